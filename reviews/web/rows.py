"""One line of the inbox: what a task looks like to one person, now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import User

from reviews.models import Claim, Decision, InterruptTask
from reviews.states import TaskStatus


@dataclass(frozen=True, slots=True)
class Row:
    """`holder` has claimed it; `decision` is the latest one; `gone`: it waits no longer."""

    task: InterruptTask
    holder: Claim | None
    mine: bool
    breached: bool
    gone: bool
    decision: Decision | None
    calls: int
    in_view: bool = True


def row(task: Any, user: User, now: datetime, in_view: bool = True) -> Row:
    """`task` comes from `inbox.for_rows`, which fetched its claims and decisions."""
    holder = cast(Claim | None, next(iter(task.live_claims), None))
    gone = task.status != TaskStatus.OPEN
    return Row(
        task=task,
        holder=None if gone else holder,
        mine=holder is not None and holder.reviewer_id == user.pk,
        breached=not gone and task.due_at is not None and task.due_at < now,
        gone=gone,
        decision=next(iter(task.last_decisions), None) if gone else None,
        calls=len(task.question.get("calls", ())),
        in_view=in_view,
    )
