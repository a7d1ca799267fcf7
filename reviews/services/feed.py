"""The feed of each queue: what changed since a cursor, without gaps.

`seq` is bumped on the queue's row in the transaction of the change, so that a later number is never
seen before an earlier one (reliability.md M6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import F

from reviews import hints
from reviews.models import InterruptTask, Queue, QueueEvent
from reviews.services import access

CATCH_UP_LIMIT = 500  # further behind than this, a page reloads its list

OPENED, CHANGED, CLOSED = "task.opened", "task.changed", "task.closed"


@dataclass(frozen=True, slots=True)
class Changes:
    """`tasks`: uuids that changed, each once, oldest first; `reset`: too many, reload the list."""

    cursor: dict[str, int]
    tasks: list[str]
    reset: bool


def publish(task: InterruptTask, kind: str) -> None:
    """Add to the feed, and push after the commit. Call inside the transaction of the change."""
    Queue.objects.filter(pk=task.queue_id).update(event_seq=F("event_seq") + 1)
    queue = Queue.objects.only("slug", "event_seq").get(pk=task.queue_id)
    QueueEvent.objects.create(queue=queue, seq=queue.event_seq, kind=kind, task_uuid=task.uuid)
    message = {"type": kind, "id": str(task.uuid), "queue": queue.slug, "seq": queue.event_seq}
    hints.task_event(queue.pk, message)


def head(user: access.Person) -> dict[str, int]:
    """The cursor of now: queue slug -> last seq, for the queues the person sees."""
    return dict(access.queues_visible_to(user).values_list("slug", "event_seq"))


def changes(user: access.Person, since: Mapping[str, int]) -> Changes:
    """What happened after `since` in the visible queues.

    A queue that `since` does not name (the person has just joined it) asks for a reload.
    """
    cursor = head(user)
    behind = {slug: since[slug] for slug, seq in cursor.items() if since.get(slug, seq) < seq}
    reset = set(cursor) != set(since) or (
        sum(cursor[slug] - seen for slug, seen in behind.items()) > CATCH_UP_LIMIT
    )
    tasks: dict[str, None] = {}
    if not reset:
        for slug, seen in behind.items():
            rows = QueueEvent.objects.filter(
                queue__slug=slug, seq__gt=seen, seq__lte=cursor[slug]
            ).order_by("seq")
            tasks.update((str(uuid), None) for uuid in rows.values_list("task_uuid", flat=True))
    return Changes(cursor=cursor, tasks=list(tasks), reset=reset)
