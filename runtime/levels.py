"""Levels of a thread: where a subgraph keeps its state, and which graph a namespace belongs to.

The root level is "". A task's level is "node:taskid", deeper ones are joined with "|". A further
call of the same task adds its number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from runtime.builder import Graph
from runtime.nodes import Subgraph
from runtime.types import RunConfig

_SEP = "|"


def namespace(task_ns: str, call: int, memory: bool | None) -> str:
    """Where the `call`-th subgraph (from 0) that a task calls keeps its state.

    `memory` None: for this task alone. True: for the whole thread, so task ids are left out.
    """
    ns = f"{task_ns}{_SEP}{call}" if call else task_ns
    return without_tasks(ns) if memory is True else ns


def without_tasks(ns: str) -> str:
    return _SEP.join(part.split(":")[0] for part in ns.split(_SEP))


def named_level(config: RunConfig) -> str | None:
    """The namespace under which the config names a checkpoint of this level, in whatever task."""
    place = without_tasks(config.ns)
    return next((ns for ns in config.checkpoint_map if ns and without_tasks(ns) == place), None)


def within(task_ns: str, level: str) -> bool:
    """Whether a task runs at this level or at one inside it."""
    return not level or task_ns.startswith(level + _SEP)


def locate(graph: Graph, ns: str) -> tuple[Subgraph | None, str]:
    """The subgraph whose state is kept at `ns`, and the namespace as it keeps it.

    None for the root level, and for a namespace that no node of the graph leads to.
    """
    found: Subgraph | None = None
    choices: tuple[Subgraph, ...] = ()
    for part in ns.split(_SEP) if ns else ():
        if part.isdigit():
            found = choices[min(int(part), len(choices) - 1)]
            continue
        node = (found.graph if found else graph).nodes.get(part.split(":")[0])
        if node is None or not node.subgraphs:
            return None, ns
        choices = node.subgraphs
        found = choices[0]
    return found, namespace(ns, 0, found.memory if found else None)


@dataclass(slots=True)
class Replay:
    """The past is run again from checkpoint `before`, for all levels of one call."""

    before: str
    _visited: set[str] = field(default_factory=set)

    def bound(self, ns: str) -> str | None:
        """`before` on the first visit of a level, whichever task calls it; later None."""
        place = without_tasks(ns)
        seen = place in self._visited
        self._visited.add(place)
        return None if seen else self.before


def address(config: RunConfig, checkpoint_id: str, ns: str) -> dict[str, Any]:
    """A config that names one checkpoint; inside a subgraph with those of the enclosing levels."""
    named: dict[str, Any] = {
        "thread_id": config.thread_id,
        "checkpoint_ns": ns,
        "checkpoint_id": checkpoint_id,
    }
    if ns:
        named["checkpoint_map"] = {**config.parents, ns: checkpoint_id}
    return {"configurable": named}
