"""Stored data as readers see it. Nothing that is stored makes reading fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runtime import step, stream
from runtime.builder import Graph
from runtime.levels import address
from runtime.position import absorb
from runtime.stored import NOTHING, Stored, open_questions
from runtime.types import PUSH, PregelTask, RunConfig, Saved, StateSnapshot, Task, Waiting


def snapshot(graph: Graph, config: RunConfig, saved: Saved, *, live: bool) -> StateSnapshot:
    """What stands at a checkpoint.

    `live`: as of now, with what finished siblings wrote, and only questions that wait. Otherwise a
    record of the superstep: values as it began, all its tasks, the questions that they asked.
    """
    checkpoint = saved.checkpoint
    config = replace(config, parents=checkpoint.metadata.get("parents") or {})
    at = absorb(graph, saved)
    tasks = sorted(step.plan(checkpoint, at.extra), key=lambda task: _rank(graph, task))
    shown = tuple(
        _task(graph, task, at.saved.get(task.id, NOTHING), live)._replace(
            state=_inner(graph, config, task)
        )
        for task in tasks
    )
    values = at.checkpoint.values
    if live:
        in_order = sorted(tasks, key=lambda task: task.path)
        done = [(task.node, at.saved.get(task.id, NOTHING).pairs) for task in in_order]
        values = step.merged(graph, values, done)
    return StateSnapshot(
        values=stream.state(graph, values),
        next=tuple(task.name for task in shown if not live or task.result is None),
        config=address(config, checkpoint.id, checkpoint.ns),
        metadata=dict(checkpoint.metadata),
        created_at=checkpoint.created_at,
        parent_config=(
            address(config, checkpoint.parent_id, checkpoint.ns) if checkpoint.parent_id else None
        ),
        tasks=shown,
        interrupts=tuple(each for task in shown for each in task.interrupts),
    )


def waiting(graph: Graph, saved: Saved) -> tuple[Waiting, ...]:
    """The questions that wait at a checkpoint, in the order of the tasks."""
    at = absorb(graph, saved)
    tasks = step.plan(saved.checkpoint, at.extra)
    return tuple(open_questions(saved.checkpoint, tasks, at.saved))


def no_snapshot(config: RunConfig) -> StateSnapshot:
    """What an unknown thread shows."""
    return StateSnapshot({}, (), dict(config.raw), None, None, None, (), ())


def _task(graph: Graph, task: Task, entry: Stored, live: bool) -> PregelTask:
    return PregelTask(
        id=task.id,
        name=task.node,
        path=task.path,
        error=entry.error,
        interrupts=entry.open if live else entry.interrupts,
        result=stream.written(graph, entry.pairs) if entry.done else None,
    )


def _inner(graph: Graph, config: RunConfig, task: Task) -> dict[str, Any] | None:
    """The config of the level inside a task whose node is or calls a subgraph."""
    node = graph.nodes.get(task.node)
    if node is None or not node.subgraphs:
        return None
    return {"configurable": {"thread_id": config.thread_id, "checkpoint_ns": task.ns}}


def _rank(graph: Graph, task: Task) -> tuple[bool, int]:
    """Sends first, then nodes in the order in which they were added: LangGraph's."""
    if task.path[0] == PUSH:
        return (False, task.path[1])
    return (True, graph.order.get(task.node, len(graph.order)))
