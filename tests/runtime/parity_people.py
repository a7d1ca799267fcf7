"""Cases of the comparison: pauses, answers, breakpoints, edits and time travel."""

from __future__ import annotations

from typing import Any

from tests.runtime.parity_flow import Log, say
from tests.runtime.parity_kit import Player


def asker(p: Player, question: str) -> Any:
    return lambda state: {"log": [f"{question}={p.kit.interrupt(question)}"]}


def one_question(p: Player) -> None:
    p.graph(Log, {"a": say("a"), "q": asker(p, "q")}, [("start", "a"), ("a", "q")])
    p.call({"x": 1})
    p.resume("yes")


def falsy_answers_are_answers(p: Player) -> None:
    nodes = {f"q{i}": asker(p, f"q{i}") for i in range(4)}
    p.graph(Log, nodes, [("start", "q0"), ("q0", "q1"), ("q1", "q2"), ("q2", "q3")])
    p.call({"x": 1})
    for answer in (False, 0, "", []):
        p.resume(answer)


def two_questions_in_one_node(p: Player) -> None:
    def both(state: Log) -> Any:
        return {"log": [p.kit.interrupt("first"), p.kit.interrupt("second")]}

    p.graph(Log, {"both": both, "after": say("after")}, [("start", "both"), ("both", "after")])
    p.call({"x": 1})
    p.resume("1")
    p.resume("2")


def a_loop_that_validates(p: Player) -> None:
    def age(state: Log) -> Any:
        question = "age?"
        while True:
            answer = p.kit.interrupt(question)
            if isinstance(answer, int):
                return {"x": answer}
            question = f"{answer!r} is no number"

    p.graph(Log, {"age": age}, [("start", "age")])
    p.call({"n": 1})
    p.resume("old")
    p.resume("very old")
    p.resume(42)


def parallel_questions_answered_at_once(p: Player) -> None:
    nodes = {"q1": asker(p, "q1"), "q2": asker(p, "q2"), "z": say("z")}
    edges = [("start", "q1"), ("start", "q2"), (["q1", "q2"], "z")]
    p.graph(Log, nodes, edges)
    p.call({"x": 1})
    p.answer(q1="1", q2="2")


def one_value_for_several_questions_is_refused(p: Player) -> None:
    nodes = {"q1": asker(p, "q1"), "q2": asker(p, "q2")}
    p.graph(Log, nodes, [("start", "q1"), ("start", "q2")])
    p.call({"x": 1})
    try:
        p.app.invoke(p.kit.Command(resume="?"), p.config)
    except RuntimeError:
        p.log.append("refused")
    p.look()


def a_question_beside_a_finished_sibling(p: Player) -> None:
    nodes = {"a": say("a"), "q": asker(p, "q"), "z": say("z")}
    p.graph(Log, nodes, [("start", "a"), ("start", "q"), ("a", "z"), ("q", "z")])
    p.call({"x": 1})
    p.resume("yes")


def one_question_per_send(p: Player) -> None:
    send = p.kit.Send
    review = lambda arg: {"log": [p.kit.interrupt(arg["name"])]}  # noqa: E731
    branches = [("start", lambda s: [send("r", {"name": n}) for n in s["x"]], ["r"])]
    p.graph(Log, {"r": review}, [], branches)
    p.call({"x": ["one", "two", "three"]})
    p.answer(one=1, two=2, three=3)


def a_question_in_a_helper(p: Player) -> None:
    def helper(text: str) -> Any:
        return p.kit.interrupt(text)

    p.graph(Log, {"a": lambda s: {"x": helper("deep")}}, [("start", "a")])
    p.call({"n": 1})
    p.resume("found")


def the_answer_decides_where_to_go(p: Player) -> None:
    def gate(state: Log) -> Any:
        return p.kit.Command(goto="pay" if p.kit.interrupt("pay?") else "refuse")

    p.graph(Log, {"gate": gate, "pay": say("pay"), "refuse": say("no")}, [("start", "gate")])
    p.call({"x": 1})
    p.resume(True)
    p.call({"x": 1})
    p.resume(False)


def a_structured_question_and_answer(p: Player) -> None:
    question = {"ask": "edit?", "draft": ["a", 1, None]}
    p.graph(Log, {"a": lambda s: {"x": p.kit.interrupt(question)}}, [("start", "a")])
    p.call({"n": 1})
    p.resume({"draft": {"text": "b", "n": 2}})


def an_update_with_the_answer_is_applied_first(p: Player) -> None:
    def a(state: Log) -> Any:
        return {"log": [p.kit.interrupt("?"), state["n"]]}

    p.graph(Log, {"a": a}, [("start", "a")])
    p.call({"n": 1})
    p.resume("ok", update={"n": 2})


def new_input_drops_the_question(p: Player) -> None:
    p.graph(Log, {"a": say("a"), "q": asker(p, "q")}, [("start", "a"), ("a", "q")])
    p.call({"x": 1})
    p.call({"x": 2})
    p.resume("now")


def a_breakpoint_before(p: Player) -> None:
    nodes = {"a": say("a"), "b": say("b")}
    p.graph(Log, nodes, [("start", "a"), ("a", "b")], compile={"interrupt_before": ["b"]})
    p.call({"x": 1})
    p.call(None)


def a_breakpoint_after(p: Player) -> None:
    nodes = {"a": say("a"), "b": say("b")}
    p.graph(Log, nodes, [("start", "a"), ("a", "b")], compile={"interrupt_after": ["a"]})
    p.call({"x": 1})
    p.call(None)


def a_breakpoint_everywhere(p: Player) -> None:
    nodes = {"a": say("a"), "b": say("b")}
    p.graph(Log, nodes, [("start", "a"), ("a", "b")], compile={"interrupt_after": "*"})
    p.call({"x": 1})
    p.call(None)


def a_breakpoint_in_a_loop_stops_each_time(p: Player) -> None:
    more = lambda s: "a" if s["n"] < 3 else "__end__"  # noqa: E731
    p.graph(
        Log,
        {"a": lambda s: {"n": s["n"] + 1}},
        [("start", "a")],
        [("a", more)],
        compile={"interrupt_before": ["a"]},
    )
    p.call({"n": 0, "x": 1})
    for _ in range(3):
        p.call(None)


def a_breakpoint_for_one_call(p: Player) -> None:
    p.graph(Log, {"a": say("a"), "b": say("b")}, [("start", "a"), ("a", "b")])
    p.call({"x": 1}, interrupt_before=["b"])
    p.call(None)


def an_edit_at_a_breakpoint(p: Player) -> None:
    nodes = {"a": say("a"), "b": lambda s: {"log": [s["x"]]}}
    p.graph(Log, nodes, [("start", "a"), ("a", "b")], compile={"interrupt_before": ["b"]})
    p.call({"x": 1})
    p.update({"x": 2})
    p.call(None)


def an_edit_while_a_node_asks(p: Player) -> None:
    def q(state: Log) -> Any:
        return {"log": [p.kit.interrupt("q"), state["x"]]}

    p.graph(Log, {"a": say("a"), "q": q}, [("start", "a"), ("a", "q")])
    p.call({"x": 1})
    p.update({"x": 2})
    p.call(None)
    p.resume("yes")


def a_person_stands_in_for_the_asking_node(p: Player) -> None:
    nodes = {"a": say("a"), "q": asker(p, "q"), "z": say("z")}
    p.graph(Log, nodes, [("start", "a"), ("a", "q"), ("q", "z")])
    p.call({"x": 1})
    p.update({"log": ["by hand"]}, as_node="q")
    p.call(None)


def an_edit_as_a_node_with_a_branch(p: Player) -> None:
    nodes = {name: say(name) for name in "abc"}
    pick = lambda s: "b" if s["x"] == 1 else "c"  # noqa: E731
    p.graph(Log, nodes, [("start", "a")], [("a", pick, ["b", "c"])])
    p.call({"x": 1})
    p.update({"x": 2}, as_node="a")
    p.call(None)


def an_edit_of_a_new_thread(p: Player) -> None:
    p.graph(Log, {"a": say("a"), "b": say("b")}, [("start", "a"), ("a", "b")])
    p.update({"x": 2, "log": ["seed"]})
    p.call(None)


def an_ambiguous_edit_is_refused(p: Player) -> None:
    nodes = {name: say(name) for name in "abc"}
    p.graph(Log, nodes, [("start", "a"), ("start", "b"), ("a", "c")])
    p.call({"x": 1}, interrupt_before=["c"])
    p.update({"x": 2})
    p.update({"x": 2}, as_node="nobody")
    p.update({"x": 2}, as_node="b")


def an_edit_twice_in_a_row(p: Player) -> None:
    nodes = {name: say(name) for name in "abc"}
    edges = [("start", "a"), ("a", "b"), ("b", "c")]
    p.graph(Log, nodes, edges, compile={"interrupt_before": ["b"]})
    p.call({"x": 1})
    p.update({"x": 2}, as_node="b")
    p.update({"x": 3})
    p.call(None)


def dropping_what_is_pending(p: Player) -> None:
    p.graph(Log, {"a": say("a"), "q": asker(p, "q")}, [("start", "a"), ("a", "q")])
    p.call({"x": 1})
    p.update(None, as_node="__end__")
    p.call(None)


def a_replay_asks_again(p: Player) -> None:
    nodes = {"a": say("a"), "q": asker(p, "q"), "z": say("z")}
    p.graph(Log, nodes, [("start", "a"), ("a", "q"), ("q", "z")])
    p.call({"x": 1})
    p.resume("one")
    p.call(None, p.past(step=1))
    p.resume("two")


def a_replay_of_a_middle_step(p: Player) -> None:
    nodes = {name: say(name) for name in "abc"}
    p.graph(Log, nodes, [("start", "a"), ("a", "b"), ("b", "c")])
    p.call({"x": 1})
    p.call(None, p.past(step=1))


def a_fork_of_the_past(p: Player) -> None:
    nodes = {"a": say("a"), "b": lambda s: {"log": [s["x"]]}}
    p.graph(Log, nodes, [("start", "a"), ("a", "b")])
    p.call({"x": 1})
    forked = p.update({"x": 9}, config=p.past(step=1))
    p.call(None, forked)


def new_input_in_the_past_branches_there(p: Player) -> None:
    p.graph(Log, {"a": say("a"), "b": say("b")}, [("start", "a"), ("a", "b")])
    p.call({"x": 1})
    p.call({"x": 7}, p.past(step=1))


def a_failure_after_the_answer_of_a_sibling(p: Player) -> None:
    fails = [True]

    def flaky(state: Log) -> Any:
        if fails.pop() if fails else False:
            raise OSError("down")
        return {"log": ["flaky"]}

    p.graph(Log, {"a": asker(p, "q"), "b": flaky}, [("start", "a"), ("a", "b")])
    p.call({"x": 1})
    p.resume("yes")
    p.call(None)


CASES = [
    each
    for each in list(globals().values())
    if callable(each) and getattr(each, "__annotations__", {}) == {"p": "Player", "return": "None"}
]
