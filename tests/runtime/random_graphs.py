"""Random graphs as data, and how one is built on LangGraph and on ours.

A `Plan` says everything about a graph; `build` turns it into a compiled graph with either kit.
All nodes add to one list, so a result shows who ran in which order with which answers.
"""

from __future__ import annotations

import operator
import time
from collections import Counter
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Annotated, Any, Literal, TypedDict

from hypothesis import strategies as st

End = "__end__"
LOOP_UNTIL = 7  # branches lead to the end once the list is this long
PATIENCE = 0.03  # seconds a failing node gives its siblings, so that they land before it


class State(TypedDict, total=False):
    log: Annotated[list, operator.add]
    x: Any
    i: Any


@dataclass(frozen=True)
class NodePlan:
    """`fails`: its first attempt raises. `goto`: returned in a Command. `inner`: a subgraph, either
    as the node itself or `called` in the node's code."""

    name: str
    questions: int = 0
    writes: Literal["log", "log and x", "nothing", "overwrite"] = "log"
    fails: bool = False
    goto: tuple[str, ...] = ()
    inner: Plan | None = None
    called: bool = False


@dataclass(frozen=True)
class BranchPlan:
    """`one` of the targets by the length of the list, `all` of them, or `sends` to each."""

    source: str
    targets: tuple[str, ...]
    kind: Literal["one", "all", "sends"]
    asks: bool = False


@dataclass(frozen=True)
class Plan:
    nodes: tuple[NodePlan, ...]
    edges: tuple[tuple[str, str], ...]
    joins: tuple[tuple[tuple[str, ...], str], ...] = ()
    branches: tuple[BranchPlan, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    checkpointer: bool | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(node.name for node in self.nodes)

    @property
    def sends(self) -> bool:
        return any(branch.kind == "sends" for branch in self.branches)

    @property
    def remembers(self) -> bool:
        """Whether some subgraph keeps its state over the runs of its node."""
        inner = [node.inner for node in self.nodes if node.inner]
        return any(each.checkpointer or each.remembers for each in inner)


# --- drawing -----------------------------------------------------------------------------------


@st.composite
def plans(draw: st.DrawFn, depth: int = 3, level: str = "") -> Plan:
    """Graphs of one to five nodes; inner ones are smaller. Names differ from the order of nodes."""
    most = 5 if not level else 2
    names = draw(st.permutations([level + letter for letter in "abcde"[:most]]))
    names = names[: draw(st.integers(1, most))]
    nodes = tuple(draw(node_plans(name, names, depth)) for name in names)
    starts = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    edges = [("__start__", name) for name in starts]
    for at, source in enumerate(names):
        later = [*names[at + 1 :], End]
        targets = draw(st.lists(st.sampled_from(later), max_size=2, unique=True))
        edges += [(source, target) for target in targets]
    joins = draw(_joins(names)) if len(names) > 2 else ()
    branches = draw(st.lists(_branches(names), max_size=2, unique_by=lambda each: each.source))
    if level or any(branch.kind == "sends" for branch in branches):
        nodes = tuple(map(_forgetful, nodes))
    stops = st.lists(st.sampled_from(names), max_size=1).map(tuple)
    stop = draw(st.sampled_from(["no"] * 6 + ["before", "after"]))
    return Plan(
        nodes=nodes,
        edges=tuple(edges),
        joins=joins,
        branches=tuple(branches),
        before=draw(stops) if stop == "before" else (),
        after=draw(stops) if stop == "after" else (),
        checkpointer=draw(st.sampled_from([None, None, None, True])) if level else None,
    )


def _forgetful(node: NodePlan) -> NodePlan:
    """Without a state that parallel tasks would share, and race for."""
    return replace(node, inner=replace(node.inner, checkpointer=None)) if node.inner else node


@st.composite
def node_plans(draw: st.DrawFn, name: str, names: list[str], depth: int) -> NodePlan:
    if depth and draw(st.integers(0, 7)) == 7:
        inner = draw(plans(depth - 1, name))
        return NodePlan(name, inner=inner, called=draw(st.booleans()))
    later = [*names[names.index(name) + 1 :], End]
    goto = draw(st.lists(st.sampled_from(later), max_size=2)) if _rarely(draw) else []
    return NodePlan(
        name,
        questions=draw(st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4])),
        writes=draw(st.sampled_from(["log"] * 8 + ["log and x", "nothing", "overwrite"])),
        fails=_rarely(draw),
        goto=tuple(goto),
    )


@st.composite
def _branches(draw: st.DrawFn, names: list[str]) -> BranchPlan:
    source = draw(st.sampled_from(["__start__", *names]))
    return BranchPlan(
        source=source,
        targets=tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))),
        kind=draw(st.sampled_from(["one", "all", "sends"])),
        asks=source != "__start__" and _rarely(draw),  # LangGraph hides what START asks
    )


@st.composite
def _joins(draw: st.DrawFn, names: list[str]) -> tuple[tuple[tuple[str, ...], str], ...]:
    if not draw(st.booleans()):
        return ()
    ends = st.lists(st.sampled_from(names[:-1]), min_size=2, max_size=3, unique=True)
    return ((tuple(draw(ends)), names[-1]),)


def _rarely(draw: st.DrawFn) -> bool:
    return draw(st.integers(0, 11)) == 11


# --- building ----------------------------------------------------------------------------------


def build(kit: SimpleNamespace, plan: Plan, saver: Any, tries: Counter[str]) -> Any:
    """Compile the plan. `tries` counts the attempts of nodes that fail at first."""
    builder = kit.StateGraph(State)
    for node in plan.nodes:
        builder.add_node(node.name, _action(kit, node, tries))
    for source, target in dict.fromkeys(plan.edges):
        builder.add_edge(source, target)
    for sources, target in plan.joins:
        builder.add_edge(list(sources), target)
    for branch in plan.branches:
        builder.add_conditional_edges(branch.source, _path(kit, branch))
    return builder.compile(
        checkpointer=saver, interrupt_before=list(plan.before), interrupt_after=list(plan.after)
    )


def _action(kit: SimpleNamespace, node: NodePlan, tries: Counter[str]) -> Any:
    if node.inner is None:
        return _plain_node(kit, node, tries)
    inner = build(kit, node.inner, node.inner.checkpointer, tries)
    if not node.called:
        return inner
    return lambda state: {"log": [node.name, *inner.invoke({"log": ["in"]})["log"]]}


def _plain_node(kit: SimpleNamespace, node: NodePlan, tries: Counter[str]) -> Any:
    def act(state: Any) -> Any:
        sent = state.get("i")
        place = f"{node.name}<{sent}" if sent else node.name
        tries[place] += 1
        if node.fails and tries[place] == 1:
            time.sleep(PATIENCE)
            raise OSError(f"{place} is down")
        answers = [kit.interrupt(f"{place}?{n}") for n in range(node.questions)]
        if "bad" in answers:
            raise ValueError(f"{place} cannot take this")
        update = _update(kit, node, [place, *answers])
        return kit.Command(update=update, goto=list(node.goto)) if node.goto else update

    return act


def _update(kit: SimpleNamespace, node: NodePlan, said: list[Any]) -> dict[str, Any] | None:
    if node.writes == "nothing":
        return None
    if node.writes == "overwrite":
        return {"log": kit.Overwrite(said)}
    return {"log": said, "x": node.name} if node.writes == "log and x" else {"log": said}


def _path(kit: SimpleNamespace, branch: BranchPlan) -> Any:
    def path(state: Any) -> Any:
        size = len(state["log"])
        if size >= LOOP_UNTIL:
            return End
        if branch.asks:
            kit.interrupt(f"{branch.source}->?")
        if branch.kind == "one":
            return branch.targets[size % len(branch.targets)]
        if branch.kind == "all":
            return list(branch.targets)
        sent = enumerate(branch.targets)
        return [kit.Send(name, {"i": f"{branch.source}{n}"}) for n, name in sent]

    return path
