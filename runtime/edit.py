"""update_state: a superstep whose only task is "as if node X had returned this".

A generator like the loop, so both drivers serve it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from runtime import ids, step
from runtime.builder import Graph
from runtime.errors import CheckpointNotFound, InvalidUpdateError, nearest
from runtime.levels import within
from runtime.position import Position, absorb, blank, child, head
from runtime.requests import Asking, Load, Next, Request, Save, SaveWrites, Start
from runtime.stored import NOTHING, writes_of
from runtime.types import (
    EDIT,
    END,
    INTERRUPT,
    PUSH,
    START,
    Checkpoint,
    RunConfig,
    Saved,
    Send,
    StateUpdate,
    Task,
    TaskResult,
    Waiting,
    Write,
)

INPUT = "__input__"
COPY = "__copy__"


def edit(graph: Graph, request: Request, updates: Sequence[StateUpdate]) -> Asking[Checkpoint]:
    """Write each update as its node, and decide anew what is next. Returns the new checkpoint.

    Raises InvalidUpdateError for an unknown node and where it is unclear who ran last.
    """
    found: Saved | None = yield Load(request.config.checkpoint_id)
    if found is None and request.config.checkpoint_id:
        raise CheckpointNotFound(f"no checkpoint {request.config.checkpoint_id} in this thread")
    parents = found.checkpoint.metadata.get("parents") or {} if found else {}
    config = replace(request.config, parents=parents)
    newest: Saved | None = found
    if config.checkpoint_id:
        newest = yield Load(None)
    first = updates[0]
    at = absorb(graph, found) if found else _before_anything(graph, config.ns, first.as_node)
    after = newest.checkpoint.id if newest else ""
    special = None
    if len(updates) == 1:
        special = _special(graph, at, config, update=first, after=after)
    if special is not None:
        yield Save(special)
        checkpoint = yield from _copied(graph, special, request, first)
    else:
        live = at.checkpoint.id == after
        checkpoint = yield from _written(graph, _Desk(config, at, after, found, live), updates)
    yield from _reopen_outside(config)
    return checkpoint


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where an edit is made: at a stored checkpoint, `live` if it is the newest of its level."""

    config: RunConfig
    at: Position
    after: str
    found: Saved | None
    live: bool


def _written(graph: Graph, desk: _Desk, updates: Sequence[StateUpdate]) -> Asking[Checkpoint]:
    """A superstep whose tasks are the updates."""
    at, results = desk.at, []
    for update in updates:
        if update.as_node is None and len(updates) > 1:
            raise InvalidUpdateError("as_node is required when applying multiple updates")
        if update.as_node in (INPUT, COPY) and len(updates) > 1:
            raise InvalidUpdateError(f"Cannot apply multiple updates as {update.as_node}")
        node = update.as_node or (yield from _last_node(graph, desk.found))
        if node not in graph.nodes:
            raise InvalidUpdateError(f"Node {node} does not exist.{nearest(node, graph.nodes)}")
        results.append((yield from _act_as(at, node, update.values)))
    new = head(desk.config, at.checkpoint, "update", after=desk.after)
    done = [(result.task.node, result.writes) for result in results]
    checkpoint = step.commit(graph, at.checkpoint, done, head=new, dirty=at.dirty)
    checkpoint = replace(checkpoint, parent_id=at.checkpoint.id or None)
    yield Save(checkpoint, _stand_ins(at, results) if desk.live else ())
    return checkpoint


def _stand_ins(at: Position, results: Sequence[TaskResult]) -> list[Write]:
    """What is recorded as the results of the waiting tasks that a person acted for, if any."""
    tasks = step.plan(at.checkpoint, at.extra)
    waiting = [task for task in tasks if not at.saved.get(task.id, NOTHING).done]
    waiting.sort(key=lambda task: task.path[0] != PUSH)  # Sends first
    writes: list[Write] = []
    for result in results:
        task = next((each for each in waiting if each.node == result.task.node), None)
        if task is not None:
            waiting.remove(task)
            before = at.saved.get(task.id, NOTHING)
            writes += writes_of(result._replace(task=task), before)
    return writes


def _copied(
    graph: Graph, made: Checkpoint, request: Request, update: StateUpdate
) -> Asking[Checkpoint]:
    """A copy may bring a list of (values, node) that is written to it at once."""
    if update.as_node != COPY or not isinstance(update.values, list) or not update.values:
        return made
    items = [StateUpdate(*item[:2]) for item in update.values]
    at = replace(request, config=replace(request.config, checkpoint_id=made.id))
    return (yield from edit(graph, at, items))


def _reopen_outside(config: RunConfig) -> Asking[None]:
    """The questions of an edited level are gone: the tasks around it no longer wait for them."""
    for ns, checkpoint_id in config.parents.items():
        found: Saved | None = yield Load(checkpoint_id, ns)
        writes = []
        for write in found.writes if found else ():
            if write.channel == INTERRUPT:
                left = tuple(each for each in write.value if not _asked_in(each, config.ns))
                writes += [write._replace(value=left)] if left != tuple(write.value) else []
        if found and writes:
            yield SaveWrites(found.checkpoint, writes)


def _asked_in(question: Any, ns: str) -> bool:
    return isinstance(question, Waiting) and within(question.ns, ns)


def _before_anything(graph: Graph, ns: str, as_node: str | None) -> Position:
    """A new thread: input gets step -1 as in a run, any other edit step 0."""
    empty = blank(graph, ns)
    return Position(empty if as_node == INPUT else replace(empty, step=empty.step + 1))


def _special(
    graph: Graph, at: Position, config: RunConfig, *, update: StateUpdate, after: str
) -> Checkpoint | None:
    """The edits that are nobody's output: drop what is pending, copy, act as new input."""
    values, as_node = update.values, update.as_node
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
