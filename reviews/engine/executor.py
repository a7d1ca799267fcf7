"""Execute a run: the place where the runtime works on our rows.

What comes back is how the run ended, or the node's own exception; what that means for run, thread
and tasks is decided in services/runs.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import connections

from reviews.engine import registry
from reviews.engine.leases import Lease
from reviews.engine.saver import DjangoSaver
from reviews.models import Checkpoint, InterruptTask, Run
from runtime import Command
from runtime.app import App
from runtime.serde import dumps, loads, to_plain
from runtime.types import UNSET, Interrupt, Outcome

Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that waits. `text` is the payload as stored, `payload` the same as plain JSON."""

    interrupt_id: str
    node: str
    ns: str
    checkpoint_id: str
    text: str
    payload: Any
    response_schema: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: what waits for people, and the nodes that would come next."""

    asked: tuple[Asked, ...]
    next: tuple[str, ...]


def execute(run: Run, lease: Lease, *, answers: Answers) -> Ended:
    """Run the graph until it ends or pauses.

    `answers` maps interrupt ids to what people decided. A later attempt goes on from the last
    checkpoint. Raises what a node raised, LeaseLost, or the runtime's errors.
    """
    app = bound(run, lease)
    recover = Checkpoint.objects.filter(run=run).exists()
    given = _given(run, answers, recover=recover)
    resuming = run.kind == Run.Kind.RESUME
    perform = async_to_sync(app.aexecute) if app.is_async else app.execute
    outcome: Outcome = perform(
        given, config(run), recover=recover or resuming, context=run.context or None
    )
    asked = tuple(
        _asked(one.interrupt, node=one.node, ns=_level(one.ns), checkpoint_id=one.checkpoint_id)
        for one in outcome.waiting
    )
    return Ended(asked=asked, next=outcome.next)


def _level(task_ns: str) -> str:
    """The namespace of the checkpoint that a task belongs to; "" is the root graph."""
    return task_ns.rpartition("|")[0]


def standing(run: Run) -> Ended:
    """What waits on the thread now, read from its latest checkpoint."""
    app, place = bound(run), config(run)
    asked = tuple(
        _asked(one.interrupt, node=one.node, ns=_level(one.ns), checkpoint_id=one.checkpoint_id)
        for one in app.get_waiting(place)
    )
    return Ended(asked=asked, next=app.get_state(place).next)


def still_asked(tasks: Iterable[InterruptTask]) -> Ended:
    """What these tasks ask, for a thread whose graph can no longer be read."""
    asked = tuple(
        Asked(task.interrupt_id, task.node, task.ns, task.checkpoint_id, task.payload, None, None)
        for task in tasks
    )
    return Ended(asked=asked, next=tuple(one.node for one in asked))


def _asked(interrupt: Interrupt, *, node: str, ns: str, checkpoint_id: str) -> Asked:
    return Asked(
        interrupt_id=interrupt.id,
        node=node,
        ns=ns,
        checkpoint_id=checkpoint_id,
        text=dumps(interrupt.value),
        payload=to_plain(interrupt.value),
        response_schema=interrupt.response_schema,
    )


def bound(run: Run, lease: Lease | None = None) -> App:
    """The run's graph on the thread's rows; LookupError when the graph is gone."""
    graph_id = run.assistant.graph_id
    apps = registry.graphs()
    if graph_id not in apps:
        raise LookupError(f"There is no graph {graph_id!r} here any more.")
    return apps[graph_id].bind(
        saver=DjangoSaver(run.thread, lease), offload=sync_to_async, around_task=fresh_connections
    )


def _given(run: Run, answers: Answers, *, recover: bool) -> Any:
    command = loads(run.command) if run.command else {}
    parts = {} if recover else {key: command[key] for key in ("update", "goto") if key in command}
    if answers or parts:
        return Command(
            resume=dict(answers) if answers else UNSET,
            update=parts.get("update"),
            goto=parts.get("goto", ()),
        )
    if recover or run.input is None:
        return None
    return loads(run.input)


def config(run: Run) -> dict[str, Any]:
    """The runtime's config: the assistant's, the run's over it, and the coordinates."""
    merged = {**run.assistant.config, **run.config}
    configurable = {
        **run.assistant.config.get("configurable", {}),
        **run.config.get("configurable", {}),
        "thread_id": str(run.thread.uuid),
        "run_id": str(run.uuid),
        "graph_id": run.assistant.graph_id,
        "assistant_id": str(run.assistant.uuid),
    }
    merged.setdefault("recursion_limit", settings.HITL_RECURSION_LIMIT)
    return {**merged, "configurable": configurable}


@contextmanager
def fresh_connections() -> Iterator[None]:
    """Around a task on a pool thread: no connection outlives its time there."""
    _close_old()
    try:
        yield
    finally:
        _close_old()


def _close_old() -> None:
    """Django's own close_old_connections would also break a transaction of the calling thread."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
