"""Cases of the comparison: nodes that wait (`defer`), root state, edits in bulk, time travel."""

from __future__ import annotations

import operator
from typing import Annotated, Any

from tests.runtime.parity_flow import Log, say
from tests.runtime.parity_kit import Player
from tests.runtime.parity_people import asker


def late(
    p: Player, names: str, edges: list[tuple[Any, str]], deferred: str = "z", **more: Any
) -> None:
    """A graph of nodes that say their letter; those in `deferred` wait."""
    builder = p.kit.StateGraph(Log)
    for name in names:
        builder.add_node(name, say(name), defer=name in deferred)
    for name, action in more.items():
        builder.add_node(name, action)
    for source, target in edges:
        builder.add_edge(p.kit.START if source == "start" else source, target)
    p.app = builder.compile(checkpointer=p.kit.Saver())


def a_node_waits_for_the_longer_way(p: Player) -> None:
    """17.4"""
    late(p, "abcz", [("start", "a"), ("a", "z"), ("a", "b"), ("b", "c"), ("c", "z")])
    p.call({"x": 1})
    p.call({"x": 2})


def two_nodes_wait_one_behind_a_join(p: Player) -> None:
    """17.4, 4.2"""
    edges = [("start", "a"), ("start", "b"), (["a", "b"], "z"), ("b", "c"), ("a", "y")]
    late(p, "abcyz", edges, deferred="yz")
    p.call({"x": 1})


def a_goto_to_a_node_that_waits(p: Player) -> None:
    """17.4, 4.6"""
    goto = lambda s: p.kit.Command(goto="z")  # noqa: E731
    late(p, "abz", [("start", "g"), ("g", "a"), ("a", "b")], g=goto)
    p.call({"x": 1})


def a_question_beside_a_node_that_waits(p: Player) -> None:
    """17.4"""
    edges = [("start", "a"), ("a", "z"), ("a", "q"), ("q", "b")]
    late(p, "abz", edges, q=asker(p, "q"))
    p.call({"x": 1})
    p.resume("yes")


def tasks_dropped_before_a_node_that_waits(p: Player) -> None:
    """12.5, 17.4"""
    late(p, "abz", [("start", "a"), ("a", "z"), ("a", "q"), ("q", "b")], q=asker(p, "q"))
    p.call({"x": 1})
    p.update(None, as_node=p.kit.END)
    p.call(None)


def new_input_while_a_node_waits(p: Player) -> None:
    """9.8, 17.4"""
    late(p, "abz", [("start", "a"), ("a", "z"), ("a", "q"), ("q", "b")], q=asker(p, "q"))
    p.call({"x": 1})
    p.call({"x": 2})
    p.resume("yes")


def root_state_that_is_a_list(p: Player) -> None:
    """2.6, 8.8"""
    nodes = {
        "a": lambda s: ["a", len(s)],
        "none": lambda s: None,
        "q": lambda s: [p.kit.interrupt("q")],
    }
    edges = [("start", "a"), ("a", "none"), ("none", "q")]
    p.graph(Annotated[list, operator.add], nodes, edges)
    p.call(["in"])
    p.resume("yes")
    p.update(["edit"])
    p.call(["again"])


def root_state_that_is_a_number(p: Player) -> None:
    """2.6"""
    p.graph(
        Annotated[int, operator.add],
        {"a": lambda s: s, "b": lambda s: 1},
        [("start", "a"), ("a", "b")],
    )
    p.call(3)


def root_state_that_is_overwritten(p: Player) -> None:
    """2.4, 2.6"""
    over = p.kit.Overwrite
    p.graph(Annotated[list, operator.add], {"a": lambda s: over(["only"])}, [("start", "a")])
    p.call(["in"])


def edits_in_bulk(p: Player) -> None:
    """12.6"""
    edit = p.kit.StateUpdate
    p.graph(Log, {n: say(n) for n in "abz"}, [("start", "a"), ("a", "b"), ("b", "z")])
    first = [edit({"x": 1}, "__input__")]
    p.app.bulk_update_state(
        p.config, [first, [edit({"log": ["A"]}, "a"), edit({"log": ["B"]}, "b")]]
    )
    p.look()
    p.update([({"log": ["C"]}, "b"), ({"log": ["D"]}, "z")], as_node="__copy__")
    p.call(None)


def edits_in_bulk_that_are_refused(p: Player) -> None:
    """12.6"""
    edit = p.kit.StateUpdate
    p.graph(Log, {"a": say("a")}, [("start", "a")])
    for bad in ([], [[]]):
        try:
            p.app.bulk_update_state(p.config, bad)
        except ValueError as error:
            p.log.append(str(error))
    for bad in ([edit({"x": 1}), edit({"x": 2})], [edit({"x": 1}, "__copy__"), edit({}, "a")]):
        try:
            p.app.bulk_update_state(p.config, [bad])
        except Exception as error:
            p.log.append(type(error).__name__)


def acting_as_new_input_on_a_finished_thread(p: Player) -> None:
    """12.5"""
    p.graph(Log, {"a": say("a"), "b": say("b")}, [("start", "a"), ("a", "b")])
    p.call({"x": 1})
    p.update({"x": 5}, as_node="__input__")
    p.call(None)


def history_is_cut_to_what_was_asked(p: Player) -> None:
    """11.6"""
    p.graph(Log, {n: say(n) for n in "abc"}, [("start", "a"), ("a", "b"), ("b", "c")])
    p.call({"x": 1})
    history = p.app.get_state_history
    steps = [each.metadata["step"] for each in history(p.config, limit=2)]
    before = [each.metadata["step"] for each in history(p.config, before=p.past(step=2))]
    found = [each.metadata["step"] for each in history(p.config, filter={"source": "input"})]
    p.log.append((steps, before, found))


def several_forks_of_one_point(p: Player) -> None:
    """13.3"""
    p.graph(Log, {n: say(n) for n in "ab"}, [("start", "a"), ("a", "b")])
    p.call({"x": 1})
    point = p.past(step=1)
    first = p.update({"x": "first"}, config=point)
    second = p.update({"x": "second"}, config=point)
    p.call(None, first)
    p.call(None, second)


CASES = [
    each
    for each in list(globals().values())
    if callable(each) and getattr(each, "__annotations__", {}) == {"p": "Player", "return": "None"}
]
