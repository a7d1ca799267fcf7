"""update_state: a superstep whose only task is "as if node X had returned this".

A generator like the loop, so both drivers serve it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runtime import ids, step
from runtime.builder import Graph
from runtime.errors import CheckpointNotFound, InvalidUpdateError, nearest
from runtime.opening import Position, absorb, blank, child, head
from runtime.requests import Asking, Load, Next, Request, Save, Start
from runtime.step import NOTHING
from runtime.types import (
    EDIT,
    END,
    START,
    Checkpoint,
    RunConfig,
    Saved,
    Send,
    Task,
    TaskResult,
    Write,
)

INPUT = "__input__"
COPY = "__copy__"


def edit(graph: Graph, request: Request, as_node: str | None) -> Asking[Checkpoint]:
    """Write `request.input` as a node, and decide anew what is next. Returns the new checkpoint.

    Raises InvalidUpdateError for an unknown node and where it is unclear who ran last.
    """
    config = request.config
    found: Saved | None = yield Load(config.checkpoint_id)
    if found is None and config.checkpoint_id:
        raise CheckpointNotFound(f"no checkpoint {config.checkpoint_id} in this thread")
    newest: Saved | None = found
    if config.checkpoint_id:
        newest = yield Load(None)
    at = absorb(graph, found) if found else _before_anything(graph, config.ns, as_node)
    after = newest.checkpoint.id if newest else ""
    special = _special(graph, at, request, as_node=as_node, after=after)
    if special is not None:
        yield Save(special)
        return special
    node = as_node or (yield from _last_node(graph, found))
    if node not in graph.nodes:
        raise InvalidUpdateError(f"Node {node} does not exist.{nearest(node, graph.nodes)}")
    result = yield from _act_as(at, node, request.input)
    new = head(config, at.checkpoint, "update", after=after)
    done = [(node, result.writes)]
    checkpoint = step.commit(graph, at.checkpoint, done, head=new, dirty=at.dirty)
    checkpoint = replace(checkpoint, parent_id=at.checkpoint.id or None)
    yield Save(checkpoint, _stand_in(at, result) if found is newest else ())
    return checkpoint


def _stand_in(at: Position, result: TaskResult) -> list[Write]:
    """What is recorded as the result of the waiting task that a person acted for, if any."""
    for task in step.plan(at.checkpoint, at.extra):
        before = at.saved.get(task.id, NOTHING)
        if task.node == result.task.node and not before.done:
            return step.writes_of(result._replace(task=task), before)
    return []


def _before_anything(graph: Graph, ns: str, as_node: str | None) -> Position:
    """A new thread: input gets step -1 as in a run, any other edit step 0."""
    empty = blank(graph, ns)
    return Position(empty if as_node == INPUT else replace(empty, step=empty.step + 1))


def _special(
    graph: Graph, at: Position, request: Request, *, as_node: str | None, after: str
) -> Checkpoint | None:
    """The edits that are nobody's output: drop what is pending, copy, act as new input."""
    config, values = request.config, request.input
    if as_node == END and values is None:
        return _without_pending(graph, at, config, after=after)
    if as_node == INPUT:
        return child(at, config, "input", after=after, next=(Send(START, values),))
    if as_node == COPY:
        if not at.checkpoint.id:
            raise InvalidUpdateError("Cannot copy a non-existent checkpoint")
        parent = at.checkpoint.parent_id
        return replace(child(at, config, "fork", after=after), parent_id=parent)
    if as_node is None and values is None:
        return child(at, config, "update", after=after)
    return None


def _without_pending(graph: Graph, at: Position, config: RunConfig, *, after: str) -> Checkpoint:
    """The superstep closed with what has finished; the rest of its tasks is dropped."""
    entries = (
        (task, at.saved.get(task.id, NOTHING)) for task in step.plan(at.checkpoint, at.extra)
    )
    done = [(task.node, entry.pairs) for task, entry in entries if entry.done]
    dropped = step.complete(graph, at.checkpoint.joins)
    joins = {key: at.checkpoint.joins[key] for key in at.checkpoint.joins.keys() - dropped}
    new = head(config, at.checkpoint, "update", after=after)
    checkpoint = step.commit(
        graph, replace(at.checkpoint, joins=joins), done, head=new, dirty=at.dirty
    )
    return replace(checkpoint, parent_id=at.checkpoint.id or None)


def _act_as(at: Position, node: str, values: Any) -> Asking[TaskResult]:
    path = (EDIT, node)
    identifier = ids.task_id(at.checkpoint.id, at.checkpoint.ns, at.checkpoint.step + 1, path)
    yield Start(at.checkpoint, [Task(identifier, node, path, values, node)], [])
    (result,) = yield Next()
    if result.error is not None:
        raise result.error
    if result.interrupts:
        raise InvalidUpdateError(f"A branch of node '{node}' asked a question during update_state")
    landed: TaskResult = result
    return landed


def _last_node(graph: Graph, found: Saved | None) -> Asking[str]:
    """The node that ran last: START when nothing ran yet. Edits and forks do not count as runs."""
    names = [name for name in graph.nodes if name != START]
    seen = found
    while seen is not None and seen.checkpoint.source != "loop":
        parent = seen.checkpoint.parent_id
        seen = (yield Load(parent)) if parent else None
    if seen is None or seen.checkpoint.parent_id is None:
        return START
    before: Saved | None = yield Load(seen.checkpoint.parent_id)
    ran = _ran(graph, before) if before else set(names)
    if len(ran) != 1:
        raise InvalidUpdateError("Ambiguous update, specify as_node")
    return ran.pop()


def _ran(graph: Graph, before: Saved) -> set[str]:
    """The nodes of the superstep that began at this checkpoint."""
    at = absorb(graph, before)
    return {task.node for task in step.plan(before.checkpoint, at.extra)}
