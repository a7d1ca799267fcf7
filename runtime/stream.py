"""What the stream modes show of what happens. Shapes are LangGraph's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.builder import Graph
from runtime.types import INTERRUPT, RESERVED, ROOT, START, Interrupt, TaskResult

Pairs = Sequence[tuple[str, Any]]


def state(graph: Graph, values: Mapping[str, Any]) -> Any:
    """The whole state as readers see it: a plain dict, or the value of root state."""
    return values.get(ROOT) if graph.is_root else dict(values)


def state_and_question(graph: Graph, values: Mapping[str, Any], result: TaskResult) -> Any:
    shown = state(graph, values)
    return {**(shown if isinstance(shown, dict) else {}), **question(result.interrupts)}


def question(interrupts: tuple[Interrupt, ...]) -> dict[str, Any]:
    return {INTERRUPT: interrupts}


def update(graph: Graph, result: TaskResult, *, cached: bool = False) -> dict[str, Any] | None:
    """{node: what it wrote}; None for START, which nobody sees."""
    node = result.task.node
    if node == START:
        return None
    shown: dict[str, Any] = {node: _written(graph, result.writes)}
    if cached:
        shown["__metadata__"] = {"cached": True}
    return shown


def _written(graph: Graph, writes: Pairs) -> Any:
    """None if nothing was written, a dict of keys, or a list of dicts if a key came twice."""
    pairs = [(channel, value) for channel, value in writes if channel not in RESERVED]
    if graph.is_root:
        values = [value for _, value in pairs]
    elif any(count > 1 for count in Counter(channel for channel, _ in pairs).values()):
        values = [{channel: value} for channel, value in pairs]
    else:
        return dict(pairs) or None
    return values[0] if len(values) == 1 else values or None


def written(graph: Graph, writes: Pairs) -> Any:
    """A finished task's result in a snapshot: {} if it wrote nothing; twice: {"$writes": [...]}."""
    pairs = [(channel, value) for channel, value in writes if channel not in RESERVED]
    gathered: dict[str, Any] = {}
    for channel, value in pairs:
        gathered.setdefault(channel, []).append(value)
    shown = {
        channel: values[0] if len(values) == 1 else {"$writes": values}
        for channel, values in gathered.items()
    }
    return shown.get(ROOT) if graph.is_root else shown
