"""Every status and every allowed transition, as tables; nothing else may assign a status.

`move` fires a transition as one conditional UPDATE: a row that is no longer in a state the event
starts from is not touched, and the caller sees it in the count.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet, TextChoices


class RunStatus(TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    SUCCESS = "success"  # also when it stopped at an interrupt or breakpoint
    ERROR = "error"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"  # cancelled or displaced


class ThreadStatus(TextChoices):
    IDLE = "idle"
    BUSY = "busy"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class TaskStatus(TextChoices):
    OPEN = "open"
    DECIDED = "decided"
    APPLIED = "applied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


Transition = tuple[frozenset[str], str]


def _table(**events: tuple[tuple[str, ...], str]) -> dict[str, Transition]:
    return {event: (frozenset(before), after) for event, (before, after) in events.items()}


RUN: Final = _table(
    lease=((RunStatus.PENDING, RunStatus.RUNNING), RunStatus.RUNNING),
    hand_back=((RunStatus.RUNNING,), RunStatus.PENDING),
    succeed=((RunStatus.RUNNING,), RunStatus.SUCCESS),
    fail=((RunStatus.PENDING, RunStatus.RUNNING), RunStatus.ERROR),
    cancel=((RunStatus.PENDING, RunStatus.RUNNING), RunStatus.INTERRUPTED),
)

THREAD: Final = _table(
    occupy=(tuple(ThreadStatus), ThreadStatus.BUSY),
    rest=(tuple(ThreadStatus), ThreadStatus.IDLE),
    pause=(tuple(ThreadStatus), ThreadStatus.INTERRUPTED),
    fail=(tuple(ThreadStatus), ThreadStatus.ERROR),
)

TASK: Final = _table(
    decide=((TaskStatus.OPEN,), TaskStatus.DECIDED),
    apply=((TaskStatus.DECIDED,), TaskStatus.APPLIED),
    reopen=((TaskStatus.DECIDED,), TaskStatus.OPEN),
    expire=((TaskStatus.OPEN,), TaskStatus.EXPIRED),
    cancel=((TaskStatus.OPEN, TaskStatus.DECIDED), TaskStatus.CANCELLED),
    supersede=((TaskStatus.OPEN, TaskStatus.DECIDED), TaskStatus.SUPERSEDED),
)


def move(queryset: QuerySet[Any], table: dict[str, Transition], event: str, **values: Any) -> int:
    """Fire `event` on the rows of `queryset` that may take it; return how many moved.

    `values` are further columns set in the same UPDATE. A count of 0 means: somebody was faster,
    or the row never was in a state this event starts from.
    """
    before, after = table[event]
    return queryset.filter(status__in=before).update(status=after, **values)
