"""One superstep, decided without doing anything: what runs, and what follows from the results.

Everything here looks at the nodes that ran and the channels they wrote, never at all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runtime import ids
from runtime.builder import Graph
from runtime.deltas import grown
from runtime.errors import InvalidUpdateError, UnknownNodeError, nearest
from runtime.policy import read_timeout
from runtime.types import (
    END,
    GOTO,
    NO_MAPPING,
    PULL,
    PUSH,
    RESERVED,
    START,
    UNSET,
    Checkpoint,
    Send,
    Task,
)

Pairs = Sequence[tuple[str, Any]]


def plan(checkpoint: Checkpoint, extra: Sequence[str | Send] = ()) -> tuple[Task, ...]:
    """The tasks of the next superstep in the order of their writes: by node name, then Sends.

    `extra` are goto targets that came with a Command as input.
    """
    if len(checkpoint.next) == 1 and not extra and isinstance(checkpoint.next[0], str):
        return (_task(checkpoint, checkpoint.next[0], (PULL, checkpoint.next[0])),)
    names = {each for each in checkpoint.next if isinstance(each, str)}
    sends = [each for each in checkpoint.next if isinstance(each, Send)]
    for target in extra:
        if isinstance(target, Send):
            sends.append(target)
        elif target != END:
            names.add(target)
    pulled = [_task(checkpoint, name, (PULL, name)) for name in sorted(names)]
    pushed = [_task(checkpoint, send.node, (PUSH, n, False), send) for n, send in enumerate(sends)]
    return (*pulled, *pushed)


def check_known(graph: Graph, tasks: Iterable[Task]) -> None:
    """A stored thread may name a node that a newer graph no longer has: UnknownNodeError."""
    for task in tasks:
        if task.node not in graph.nodes:
            raise UnknownNodeError(
                f"the thread goes on at node {task.node!r}, which this graph does not have."
                f"{nearest(task.node, graph.nodes)}"
            )


def check_apart(graph: Graph, tasks: Iterable[Task]) -> None:
    """Tasks that run side by side would mix what they keep for the thread: InvalidUpdateError."""
    seen: set[str] = set()
    for node in (task.node for task in tasks):
        inner = graph.nodes[node]
        if node in seen and inner.twin is not None and inner.subgraphs[0].memory is True:
            raise InvalidUpdateError(
                f"Node '{node}' is a subgraph with checkpointer=True, which has one state for the"
                " thread: it cannot run in several tasks of one superstep"
            )
        seen.add(node)


def merge(graph: Graph, values: Mapping[str, Any], batches: Iterable[Pairs]) -> dict[str, Any]:
    """The new values of the channels that were written. `batches` are in the order of paths.

    Raises InvalidUpdateError where a channel cannot take its writes.
    """
    from_channel: dict[str, list[Any]] = {}
    for pairs in batches:
        for channel, value in pairs:
            if channel not in RESERVED:
                from_channel.setdefault(channel, []).append(value)
    return {
        name: graph.channels[name].apply(name, values.get(name, UNSET), written)
        for name, written in from_channel.items()
    }


def merged(
    graph: Graph, values: Mapping[str, Any], done: Sequence[tuple[str, Pairs]]
) -> Mapping[str, Any]:
    """The state with what finished tasks wrote, for readers; as it was if that cannot be merged."""
    try:
        changed = merge(graph, values, (pairs for _, pairs in done))
    except InvalidUpdateError:
        return values
    return {**values, **changed} if changed else values


def complete(graph: Graph, joins: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """{join: target} where all have arrived and the target has not run since."""
    return {
        key: join.target
        for key, nodes in joins.items()
        for join in graph.joins.get(nodes[0], ())
        if join.key == key and join.sources == set(nodes)
    }


def routes(
    graph: Graph, joins: Mapping[str, tuple[str, ...]], done: Sequence[tuple[str, Pairs]]
) -> tuple[tuple[str | Send, ...], Mapping[str, tuple[str, ...]]]:
    """Where (node, writes) pairs lead: what comes next, and who has arrived at the joins.

    A complete join is kept until its target has run, so that an edit in between cannot lose it.
    """
    ran = {node for node, _ in done}
    pending = complete(graph, joins)
    spent = {key for key, target in pending.items() if target in ran or START in ran}
    names = {pending[key] for key in pending.keys() - spent}
    sends: list[Send] = []
    arrived = {key: set(nodes) for key, nodes in joins.items() if key not in spent}
    for node, pairs in done:
        names.update(graph.edges.get(node, ()))
        for join in graph.joins.get(node, ()):
            arrived.setdefault(join.key, set()).add(node)
            if arrived[join.key] == join.sources:
                names.add(join.target)
        for channel, value in pairs:
            if channel != GOTO:
                continue
            if isinstance(value, Send):
                sends.append(value)
            else:
                names.add(value)
    names.discard(END)
    closed = {key: tuple(sorted(nodes)) for key, nodes in arrived.items()}
    return (*sorted(names), *sends), closed or NO_MAPPING


def put_off(
    graph: Graph, waiting: tuple[str, ...], leads: tuple[str | Send, ...]
) -> tuple[tuple[str | Send, ...], tuple[str, ...]]:
    """What comes next, and the nodes with `defer` that wait until nothing else is left to run."""
    late = {each for each in leads if isinstance(each, str) and graph.nodes[each].defer}
    if not late and not waiting:
        return leads, ()
    now = tuple(each for each in leads if isinstance(each, Send) or each not in late)
    deferred = tuple(sorted(late.union(waiting)))
    return (now, deferred) if now else (deferred, ())


def commit(
    graph: Graph,
    checkpoint: Checkpoint,
    done: Sequence[tuple[str, Pairs]],
    *,
    head: Mapping[str, Any],
    dirty: Iterable[str] = (),
) -> Checkpoint:
    """Close a superstep whose tasks, in the order of their paths, gave `done`.

    `head` are the fields id, source, created_at and metadata of the new checkpoint. `dirty` are
    channels whose value changed since `checkpoint` was saved.
    """
    batches = [pairs for _, pairs in done]
    changed = merge(graph, checkpoint.values, batches)
    leads, joins = routes(graph, checkpoint.joins, done)
    following, deferred = put_off(graph, checkpoint.deferred, leads)
    fresh = dict.fromkeys((*changed, *dirty), head["id"])
    return Checkpoint(
        ns=checkpoint.ns,
        parent_id=checkpoint.id,
        step=checkpoint.step + 1,
        values={**checkpoint.values, **changed} if changed else checkpoint.values,
        versions={**checkpoint.versions, **fresh} if fresh else checkpoint.versions,
        next=following,
        joins=joins,
        deferred=deferred,
        kept=grown(graph.channels, checkpoint, changed, batches=batches, dirty=dirty),
        **head,
    )


def _task(at: Checkpoint, node: str, path: tuple[Any, ...], send: Send | None = None) -> Task:
    place = path if send is None else (*path, node)
    identifier = ids.task_id(at.id, at.ns, at.step + 1, place)
    level = f"{node}:{identifier}"
    ns = f"{at.ns}|{level}" if at.ns else level
    if send is None:
        return Task(identifier, node, path, UNSET, ns)
    return Task(identifier, node, path, send.arg, ns, timeout=read_timeout(send.timeout))
