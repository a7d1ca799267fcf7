"""The place of a task in the cache: what it wrote for this input, if it has run before."""

from __future__ import annotations

from typing import Any, NamedTuple

from runtime import serde
from runtime.builder import Graph
from runtime.cache import Cache
from runtime.context import TaskContext
from runtime.errors import NotSerializable
from runtime.policy import CachePolicy
from runtime.stream import input_of
from runtime.types import EDIT, Task, TaskResult


class Slot(NamedTuple):
    """One input of one node or @task."""

    cache: Cache
    place: str
    key: str
    ttl: float | None

    def get(self, task: Task) -> TaskResult | None:
        found = self.cache.get(self.place, self.key)
        if found is None:
            return None
        writes = tuple((channel, value) for channel, value in found)
        return TaskResult(task, writes, cached=True)

    def keep(self, result: TaskResult) -> TaskResult:
        """Store what succeeded; a result that cannot be stored becomes an error."""
        if result.error is not None or result.paused:
            return result
        try:
            self.cache.set(self.place, self.key, list(result.writes), ttl=self.ttl)
        except NotSerializable as error:
            return TaskResult(result.task, error=error)
        return result


def look_up(
    graph: Graph, reach: TaskContext, policy: CachePolicy | None
) -> tuple[Slot | None, TaskResult | None]:
    """The slot, and what it holds: None for nothing, an error for an input that gives no key."""
    try:
        found = _slot(graph, reach, policy)
        return found, found and found.get(reach.task)
    except Exception as error:  # a key function of the author's may raise anything
        return None, TaskResult(reach.task, error=error)


def _slot(graph: Graph, reach: TaskContext, policy: CachePolicy | None) -> Slot | None:
    """None without a policy or a cache, and for what a person wrote as a node."""
    app, task = reach.run.app, reach.task
    cache = app.cache if app is not None else None
    if policy is None or cache is None or task.path[0] == EDIT:
        return None
    function = reach.job.function if reach.job else graph.nodes[task.node].call
    name = f"{getattr(function, '__module__', '')}:{getattr(function, '__qualname__', '')}"
    return Slot(cache, f"{task.node}|{name}", _key(graph, reach, policy), policy.ttl)


def _key(graph: Graph, reach: TaskContext, policy: CachePolicy) -> str:
    given: Any = reach.task.arg if reach.job else input_of(graph, reach.checkpoint, reach.task)
    if policy.key_func is not None:
        job = reach.job
        key = policy.key_func(*job.args, **job.kwargs) if job else policy.key_func(given)
        return key.hex() if isinstance(key, bytes) else str(key)
    try:
        return serde.dumps(given)
    except NotSerializable as error:
        raise NotSerializable(
            f"the input of '{reach.task.node}' gives no cache key: {error};"
            " pass CachePolicy(key_func=...)"
        ) from None
