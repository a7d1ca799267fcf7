"""Threads: made, read, and told as a timeline."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from reviews.engine import state as states
from reviews.errors import Conflict, Forbidden
from reviews.models import Decision, Thread
from reviews.services import access, audit


def create(
    user: User,
    *,
    uuid: UUID | None = None,
    metadata: dict[str, Any] | None = None,
    if_exists: str = "raise",
) -> Thread:
    """A new thread owned by `user`.

    Forbidden without the right to start runs. A taken `uuid` is a Conflict, or with
    `if_exists="do_nothing"` the thread that has it (NotFound when it is not the user's to see).
    """
    if not access.may_start(user):
        raise Forbidden("You may not start runs, and so make no threads.")
    try:
        with transaction.atomic():
            thread = Thread.objects.create(
                uuid=uuid or uuid4(), owner=user, metadata=metadata or {}
            )
            audit.record(user, "create", thread, thread=thread)
            return thread
    except IntegrityError as error:
        if if_exists == "do_nothing" and uuid is not None:
            return access.get_thread(user, uuid)
        raise Conflict(f"Thread with ID {uuid} already exists.") from error


def state(thread: Thread, *, checkpoint_id: str | None = None) -> dict[str, Any]:
    """The whole ThreadState of server-api.md section 3.

    Raises NotFound for an unknown checkpoint, Unreadable for stored values that cannot be read.
    """
    return states.current(thread, checkpoint_id=checkpoint_id)


def state_for(user: User, thread: Thread) -> dict[str, Any]:
    """The state without the questions of queues that the person does not see."""
    return _for(user, thread, [state(thread)])[0]


def history_for(
    user: User, thread: Thread, *, limit: int = 10, before: str | None = None
) -> list[dict[str, Any]]:
    """States, newest first, without the questions of queues that the person does not see."""
    return _for(user, thread, states.history(thread, limit=limit, before=before))


def _for(user: User, thread: Thread, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The owner of a thread is told all that it asks."""
    if thread.owner_id == user.pk:
        return found
    tasks = access.tasks_visible_to(user).filter(thread=thread)
    seen = set(tasks.values_list("interrupt_id", flat=True))
    return [
        {**_asking(one, seen), "tasks": [_asking(task, seen) for task in one["tasks"]]}
        for one in found
    ]


def _asking(part: dict[str, Any], seen: set[str]) -> dict[str, Any]:
    return {**part, "interrupts": [one for one in part["interrupts"] if one["id"] in seen]}


def timeline(thread: Thread) -> list[dict[str, Any]]:
    """What happened, oldest first, for a page.

    {"kind": "checkpoint", "at": ISO time, "step", "source", "nodes": who produced it, "writes":
    [{"node", "update"}], "values", "next", "checkpoint_id"}, and
    {"kind": "decision", "at", "decision": row}.
    """
    decisions = Decision.objects.filter(task__thread=thread).select_related("task", "reviewer")
    entries = [
        {"kind": "decision", "at": decision.created_at.isoformat(), "decision": decision}
        for decision in decisions
    ]
    return sorted(entries + _checkpoints(thread), key=lambda entry: str(entry["at"]))


def _checkpoints(thread: Thread) -> list[dict[str, Any]]:
    snapshots = states.history(thread, limit=None)
    by_id = {one["checkpoint_id"]: one for one in snapshots}
    entries = []
    for one in snapshots:
        parent = by_id.get(one["parent_checkpoint_id"], {"tasks": []})
        done = [task for task in parent["tasks"] if task["result"] is not None]
        entries.append(
            {
                "kind": "checkpoint",
                "at": one["created_at"],
                "checkpoint_id": one["checkpoint_id"],
                "step": (one["metadata"] or {}).get("step"),
                "source": (one["metadata"] or {}).get("source"),
                "nodes": [task["name"] for task in done],
                "writes": [{"node": task["name"], "update": task["result"]} for task in done],
                "values": one["values"],
                "next": one["next"],
            }
        )
    return entries
