"""Cases of the comparison: graphs inside graphs (B14), as nodes and called in code."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

from tests.runtime.parity_flow import Log, say
from tests.runtime.parity_kit import Player
from tests.runtime.parity_people import asker


class Only(TypedDict):
    log: Annotated[list, operator.add]


def inner(p: Player, memory: Any = None, **nodes: Any) -> Any:
    """A compiled chain of nodes."""
    builder = p.kit.StateGraph(Log)
    builder.add_sequence(list(nodes.items()))
    builder.add_edge(p.kit.START, next(iter(nodes)))
    return builder.compile(checkpointer=memory)


def a_graph_as_a_node(p: Player) -> None:
    """14.1: shared reducer keys are merged again."""
    sub = inner(p, i1=say("i1"), i2=say("i2"))
    p.graph(Log, {"a": say("a"), "sub": sub, "z": say("z")}, [("start", "a"), ("a", "sub")])
    p.call({"x": 1})


def a_graph_called_in_code(p: Player) -> None:
    """14.1"""
    sub = inner(p, i1=say("i1"))
    p.graph(Log, {"a": lambda s: {"x": sub.invoke({"x": 5})["log"]}}, [("start", "a")])
    p.call({"x": 1})


def a_question_inside(p: Player) -> None:
    """14.3, 14.4"""
    sub = inner(p, i1=say("i1"), q=asker(p, "q"), i3=say("i3"))
    edges = [("start", "a"), ("a", "sub"), ("sub", "z")]
    p.graph(Log, {"a": say("a"), "sub": sub, "z": say("z")}, edges)
    p.call({"x": 1})
    p.resume("yes")
    p.call({"x": 2})
    p.resume("no")


def a_question_two_levels_down(p: Player) -> None:
    """14.3, 14.4"""
    middle = inner(p, m1=say("m1"), deep=inner(p, q=asker(p, "q"), d=say("d")), m2=say("m2"))
    p.graph(Log, {"top": middle, "z": say("z")}, [("start", "top"), ("top", "z")])
    p.call({"x": 1})
    p.call(None)
    p.resume("yes")


def two_questions_inside_one_after_the_other(p: Player) -> None:
    """14.3, 14.4"""
    p.graph(Log, {"sub": inner(p, q=asker(p, "q"), r=asker(p, "r"))}, [("start", "sub")])
    p.call({"x": 1})
    p.resume(1)
    p.resume(2)


def a_called_graph_that_asks(p: Player) -> None:
    """14.4: the calling node starts again, finished inner nodes do not."""
    sub = inner(p, i1=say("i1"), q=asker(p, "q"))
    ran: list[str] = []

    def call(state: Log) -> Any:
        ran.append("call")
        return {"x": [len(ran), sub.invoke({"x": 1})["log"]]}

    p.graph(Log, {"call": call}, [("start", "call")])
    p.call({"x": 1})
    p.resume("yes")


def a_graph_called_twice_in_one_node(p: Player) -> None:
    """14.5"""
    sub = inner(p, q=asker(p, "q"))

    def twice(state: Log) -> Any:
        return {"x": [sub.invoke({"x": 1})["log"], sub.invoke({"x": 2})["log"]]}

    p.graph(Log, {"twice": twice}, [("start", "twice")])
    p.call({"x": 1})
    p.resume("first")
    p.resume("second")


def one_question_per_send_inside(p: Player) -> None:
    """14.3"""
    send, builder = p.kit.Send, p.kit.StateGraph(Log, output_schema=Only)
    builder.add_node("q", lambda s: {"log": [p.kit.interrupt(s["x"])]})
    builder.add_edge(p.kit.START, "q")
    sub = builder.compile()
    branches = [("start", lambda s: [send("sub", {"x": n}) for n in s["x"]], ["sub"])]
    p.graph(Log, {"sub": sub}, [], branches)
    p.call({"x": ["one", "two"]})
    p.answer(one=1, two=2)


def memory_of_the_thread(p: Player) -> None:
    """14.2: True keeps the state over calls."""
    sub = inner(p, True, i=say("i"), q=asker(p, "q"))
    p.graph(Log, {"sub": sub}, [("start", "sub")])
    p.call({"x": 1})
    p.resume("a")
    p.call({"x": 2})
    p.resume("b")


def a_command_for_the_parent(p: Player) -> None:
    """4.7: other writes of the subgraph are dropped, drawn edges of its node fire as well."""
    command = p.kit.Command

    def leave(state: Log) -> Any:
        return command(graph=command.PARENT, update={"log": ["left"]}, goto="other")

    sub = inner(p, i=say("i"), leave=leave, never=say("never"))
    nodes = {"sub": sub, "other": say("other"), "z": say("z")}
    p.graph(Log, nodes, [("start", "sub"), ("sub", "z")])
    p.call({"x": 1})


def a_command_for_the_parent_of_an_asking_node(p: Player) -> None:
    """4.7"""
    command = p.kit.Command

    def leave(state: Log) -> Any:
        return command(graph=command.PARENT, goto=p.kit.interrupt("where to?"))

    p.graph(Log, {"sub": inner(p, leave=leave), "there": say("there")}, [("start", "sub")])
    p.call({"x": 1})
    p.resume("there")


def a_breakpoint_inside(p: Player) -> None:
    """10.6"""
    builder = p.kit.StateGraph(Log)
    builder.add_sequence([("i1", say("i1")), ("i2", say("i2"))])
    builder.add_edge(p.kit.START, "i1")
    sub = builder.compile(interrupt_before=["i2"])
    p.graph(Log, {"sub": sub, "z": say("z")}, [("start", "sub"), ("sub", "z")])
    p.call({"x": 1})
    p.call(None)


def a_failure_inside(p: Player) -> None:
    """7.2: finished inner nodes are not run again."""
    ran: list[str] = []

    def shaky(state: Log) -> Any:
        ran.append("shaky")
        if len(ran) == 1:
            raise ValueError("not yet")
        return {"log": [len(ran)]}

    p.graph(Log, {"sub": inner(p, i=say("i"), shaky=shaky)}, [("start", "sub")])
    p.call({"x": 1})
    p.call(None)


def other_keys_inside(p: Player) -> None:
    """14.1: cut to the keys of the subgraph."""
    builder = p.kit.StateGraph(Log, output_schema=Log)
    builder.add_node("i", lambda state: {"x": sorted(state), "unknown": 1})
    builder.add_edge(p.kit.START, "i")
    p.graph(Log, {"sub": builder.compile()}, [("start", "sub")])
    p.call({"x": 1, "n": 2})


def replayed_from_before_the_subgraph(p: Player) -> None:
    """13.2, 14.2"""
    sub = inner(p, i=say("i"), q=asker(p, "q"))
    p.graph(Log, {"a": say("a"), "sub": sub}, [("start", "a"), ("a", "sub")])
    p.call({"x": 1})
    p.resume("yes")
    p.call(None, p.past(step=1))
    p.resume("no")


def replayed_with_the_memory_of_before(p: Player) -> None:
    """14.7"""
    sub = inner(p, True, i=say("i"), q=asker(p, "q"))
    p.graph(Log, {"a": say("a"), "sub": sub}, [("start", "a"), ("a", "sub")])
    p.call({"x": 1})
    p.resume("one")
    p.call({"x": 2})
    p.resume("two")
    p.call(None, p.past(step=1))
    p.resume("three")


def forked_with_the_memory_of_before(p: Player) -> None:
    """13.3, 14.7"""
    sub = inner(p, True, i=say("i"), q=asker(p, "q"))
    p.graph(Log, {"a": say("a"), "sub": sub}, [("start", "a"), ("a", "sub")])
    p.call({"x": 1})
    p.resume("one")
    new = p.update({"x": 7}, config=p.past(step=1))
    p.call(None, new)
    p.resume("two")


CASES = [
    each
    for each in list(globals().values())
    if callable(each) and getattr(each, "__annotations__", {}) == {"p": "Player", "return": "None"}
]
