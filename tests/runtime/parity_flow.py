"""Cases of the comparison: how work flows through a graph."""

from __future__ import annotations

import operator
import time
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypedDict

from tests.runtime.parity_kit import Player


class Log(TypedDict, total=False):
    log: Annotated[list, operator.add]
    x: Any
    n: int


class InOnly(TypedDict):
    x: str


class OutOnly(TypedDict):
    n: int


class Private(TypedDict):
    secret: str


@dataclass
class Card:
    title: str
    log: Annotated[list, operator.add] = field(default_factory=list)


def say(name: str) -> Any:
    return lambda state: {"log": [name]}


def a_chain(p: Player) -> None:
    p.graph(Log, {"a": say("a"), "b": say("b")}, [("start", "a"), ("a", "b")])
    p.call({"x": 1})


def an_input_without_known_keys(p: Player) -> None:
    p.graph(Log, {"a": say("a")}, [("start", "a")])
    p.call({"log": ["in"], "zzz": 3})


def a_plain_key_keeps_the_last_write(p: Player) -> None:
    nodes = {"a": lambda s: {"x": 1}, "b": lambda s: {"x": s["x"] + 1}}
    p.graph(Log, nodes, [("start", "a"), ("a", "b")])
    p.call({"n": 5})


def unknown_keys_of_an_update_are_dropped(p: Player) -> None:
    p.graph(Log, {"a": lambda s: {"x": 1, "nope": 2}}, [("start", "a")])
    p.call({"n": 5})


def a_node_that_returns_none(p: Player) -> None:
    p.graph(Log, {"a": lambda s: None, "b": say("b")}, [("start", "a"), ("a", "b")])
    p.call({"n": 5})


def a_fan_out_merges_by_node_name(p: Player) -> None:
    nodes = {name: say(name) for name in "zba"}
    p.graph(Log, nodes, [("start", "z"), ("start", "b"), ("start", "a")])
    p.call({"n": 5})


def a_diamond_runs_its_foot_once(p: Player) -> None:
    nodes = {name: say(name) for name in "abcd"}
    edges = [("start", "a"), ("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    p.graph(Log, nodes, edges)
    p.call({"n": 5})


def an_uneven_diamond_runs_its_foot_twice(p: Player) -> None:
    nodes = {name: say(name) for name in ["a", "b", "c", "c2", "d"]}
    edges = [("start", "a"), ("a", "b"), ("a", "c"), ("c", "c2"), ("b", "d"), ("c2", "d")]
    p.graph(Log, nodes, edges)
    p.call({"n": 5})


def a_waiting_edge_waits_for_both(p: Player) -> None:
    nodes = {name: say(name) for name in ["a", "b", "c", "c2", "d"]}
    edges = [("start", "a"), ("a", "b"), ("a", "c"), ("c", "c2"), (["b", "c2"], "d")]
    p.graph(Log, nodes, edges)
    p.call({"n": 5})


def a_waiting_edge_counts_afresh_in_a_loop(p: Player) -> None:
    nodes = {name: say(name) for name in ["a", "b", "c"]}
    again = lambda s: ["a", "b"] if len(s["log"]) < 6 else "__end__"  # noqa: E731
    edges = [("start", "a"), ("start", "b"), (["a", "b"], "c")]
    p.graph(Log, nodes, edges, [("c", again, ["a", "b", "__end__"])])
    p.call({"n": 5})


def a_branch_by_name(p: Player) -> None:
    pick = lambda s: "b" if s["x"] > 1 else "c"  # noqa: E731
    nodes = {name: say(name) for name in "abc"}
    p.graph(Log, nodes, [("start", "a")], [("a", pick)])
    p.call({"x": 2})
    p.call({"x": 0})


def a_branch_with_a_path_map(p: Player) -> None:
    nodes = {name: say(name) for name in "abc"}
    branches = [("a", lambda s: s["x"], {True: "b", False: "c"})]
    p.graph(Log, nodes, [("start", "a")], branches)
    p.call({"x": True})


def a_branch_returns_several_names(p: Player) -> None:
    nodes = {name: say(name) for name in "abc"}
    p.graph(Log, nodes, [("start", "a")], [("a", lambda s: ["c", "b"])])
    p.call({"x": 1})


def a_branch_returns_nothing_next(p: Player) -> None:
    nodes = {name: say(name) for name in "ab"}
    p.graph(Log, nodes, [("start", "a")], [("a", lambda s: [], ["b"])])
    p.call({"x": 1})


def a_branch_sees_its_own_nodes_writes(p: Player) -> None:
    nodes = {"a": lambda s: {"x": 7, "hint": "c"}, "b": say("b"), "c": say("c")}
    branches = [("a", lambda s: s["hint"] if s["x"] == 7 else "b", ["b", "c"])]
    p.graph(Log, nodes, [("start", "a")], branches)
    p.call({"x": 1})


def a_conditional_entry(p: Player) -> None:
    nodes = {name: say(name) for name in "ab"}
    p.graph(Log, nodes, [], [("start", lambda s: s["x"], ["a", "b"])])
    p.call({"x": "b"})


def a_loop(p: Player) -> None:
    more = lambda s: "a" if s["n"] < 4 else "__end__"  # noqa: E731
    p.graph(Log, {"a": lambda s: {"n": s["n"] + 1}}, [("start", "a")], [("a", more)])
    p.call({"n": 0})


def two_branches_on_one_node(p: Player) -> None:
    def first(state: Log) -> Literal["b"]:
        return "b"

    def second(state: Log) -> Literal["c", "b"]:
        return "c"

    nodes = {name: say(name) for name in "abc"}
    p.graph(Log, nodes, [("start", "a")], [("a", first), ("a", second)])
    p.call({"x": 1})


def sends_run_with_their_own_input(p: Player) -> None:
    send = p.kit.Send
    nodes = {"a": say("a"), "w": lambda arg: {"log": [arg["i"]]}}
    branches = [("a", lambda s: [send("w", {"i": i}) for i in (2, 1, 3)], ["w"])]
    p.graph(Log, nodes, [("start", "a")], branches)
    p.call({"x": 1})


def a_send_and_a_name_to_one_node_are_two_tasks(p: Player) -> None:
    command, send = p.kit.Command, p.kit.Send
    nodes = {
        "a": lambda s: command(goto=["w", send("w", {"x": "sent"})]),
        "w": lambda s: {"log": [s["x"]]},
    }
    p.graph(Log, nodes, [("start", "a")])
    p.call({"x": "state"})


def a_command_updates_and_goes(p: Player) -> None:
    command = p.kit.Command
    nodes = {"a": lambda s: command(update={"log": ["a"]}, goto="c"), "b": say("b"), "c": say("c")}
    p.graph(Log, nodes, [("start", "a")])
    p.call({"x": 1})


def a_goto_adds_to_drawn_edges(p: Player) -> None:
    command = p.kit.Command
    nodes = {"a": lambda s: command(goto="c"), "b": say("b"), "c": say("c")}
    p.graph(Log, nodes, [("start", "a"), ("a", "b")])
    p.call({"x": 1})


def a_goto_to_the_end_adds_nothing(p: Player) -> None:
    command = p.kit.Command
    nodes = {"a": lambda s: command(update={"x": 2}, goto="__end__"), "b": say("b")}
    p.graph(Log, nodes, [("start", "a"), ("a", "b")])
    p.call({"x": 1})


def a_command_may_write_one_key_twice(p: Player) -> None:
    command = p.kit.Command
    nodes = {"a": lambda s: command(update=[("log", ["1"]), ("log", ["2"])])}
    p.graph(Log, nodes, [("start", "a")])
    p.call({"x": 1})


def a_list_of_updates_and_commands(p: Player) -> None:
    command = p.kit.Command
    nodes = {"a": lambda s: [{"log": ["1"]}, command(update={"x": 2}, goto="b")], "b": say("b")}
    p.graph(Log, nodes, [("start", "a")])
    p.call({"x": 1})


def a_wrong_return_value_fails(p: Player) -> None:
    p.graph(Log, {"a": lambda s: "text"}, [("start", "a")])
    p.call({"x": 1})


def two_writes_to_a_plain_key_fail(p: Player) -> None:
    nodes = {"a": lambda s: {"x": 1}, "b": lambda s: {"x": 2}}
    p.graph(Log, nodes, [("start", "a"), ("start", "b")])
    try:
        p.app.invoke({"n": 1}, {"configurable": {"thread_id": "other"}})
    except Exception as error:
        p.log.append((type(error).__name__, "'x'" in str(error)))


def an_overwrite_replaces_the_reduced_value(p: Player) -> None:
    overwrite = p.kit.Overwrite
    nodes = {"a": say("a"), "b": lambda s: {"log": overwrite(["new"])}, "c": say("c")}
    p.graph(Log, nodes, [("start", "a"), ("a", "b"), ("a", "c")])
    p.call({"x": 1})


def input_and_output_schemas_cut_the_state(p: Player) -> None:
    nodes = {"a": lambda s: {"n": len(s["x"])}}
    p.graph(Log, nodes, [("start", "a")], input_schema=InOnly, output_schema=OutOnly)
    p.call({"x": "abc", "log": ["dropped"]})


def a_private_schema_passes_between_nodes(p: Player) -> None:
    def hide(state: Log) -> Any:
        return {"secret": "s" + str(state["x"])}

    def reveal(state: Private) -> Any:
        return {"log": [sorted(state), state["secret"]]}

    p.graph(Log, {"a": hide, "b": reveal}, [("start", "a"), ("a", "b")], output_schema=Log)
    p.call({"x": 1})


def a_dataclass_state(p: Player) -> None:
    def a(state: Card) -> Any:
        return {"log": [state.title], "title": state.title.upper()}

    p.graph(Card, {"a": a, "b": lambda s: {"log": [s.title]}}, [("start", "a"), ("a", "b")])
    p.call({"title": "t"})


def a_node_returns_a_dataclass(p: Player) -> None:
    p.graph(Card, {"a": lambda s: Card("new", ["x"])}, [("start", "a")])
    p.call(Card("t", ["in"]))


def root_state_is_the_value_itself(p: Player) -> None:
    p.graph(
        Annotated[list, operator.add],
        {"a": lambda s: ["a", len(s)], "b": lambda s: None},
        [("start", "a"), ("a", "b")],
    )
    p.call(["in"])


def a_failing_node_can_be_tried_again(p: Player) -> None:
    fails = [True]

    def flaky(state: Log) -> Any:
        if fails.pop() if fails else False:
            raise OSError("down")
        return {"log": ["flaky"]}

    p.graph(Log, {"a": say("a"), "f": flaky}, [("start", "a"), ("a", "f")])
    p.call({"x": 1})
    p.call(None)


def a_finished_sibling_of_a_failure_is_kept(p: Player) -> None:
    fails, runs = [True], []

    def flaky(state: Log) -> Any:
        if fails.pop() if fails else False:
            time.sleep(0.1)
            raise OSError("down")
        return {"log": ["flaky"]}

    def good(state: Log) -> Any:
        runs.append(1)
        return {"log": ["good"]}

    p.graph(Log, {"good": good, "flaky": flaky}, [("start", "good"), ("start", "flaky")])
    p.call({"x": 1})
    p.call(None)
    p.log.append(("good ran", len(runs)))


def going_on_with_a_finished_thread_runs_nothing(p: Player) -> None:
    p.graph(Log, {"a": say("a")}, [("start", "a")])
    p.call({"x": 1})
    p.call(None)


def no_input_on_a_new_thread_fails(p: Player) -> None:
    p.graph(Log, {"a": say("a")}, [("start", "a")])
    p.call(None)


def a_second_input_goes_on_with_the_state(p: Player) -> None:
    p.graph(Log, {"a": say("a"), "b": say("b")}, [("start", "a"), ("a", "b")])
    p.call({"x": 1})
    p.call({"log": ["again"]})


CASES = [
    each
    for each in list(globals().values())
    if callable(each) and getattr(each, "__annotations__", {}).get("p") == "Player"
]
