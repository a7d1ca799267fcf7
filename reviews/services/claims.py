"""Claims: a reviewer's lease on a task. The unique constraint says who won.

A lapsed claim needs no clean-up to stop counting; claiming releases it on the way.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from reviews.errors import Conflict, Forbidden
from reviews.models import Claim, InterruptTask
from reviews.services import access, audit, feed
from reviews.states import TaskStatus

SLOT = 0  # one reviewer at a time


def live(task: InterruptTask) -> QuerySet[Claim]:
    """Claims of the task that hold now, by the database's clock."""
    return Claim.objects.filter(task=task, released_at__isnull=True, expires_at__gt=Now())


def current(task: InterruptTask) -> Claim | None:
    """Who holds the task now (`reviewer`, `expires_at`), or None."""
    return live(task).select_related("reviewer").first()


@transaction.atomic
def claim(user: User, task_uuid: UUID | str) -> Claim:
    """Take the task, or renew one's own claim.

    Raises NotFound, Forbidden (no reviewer), Conflict (not open any more; or another holds it:
    data names `claimed_by` and `expires_at`).
    """
    task = access.get_task(user, task_uuid)
    if not access.may_decide(user, task):
        raise Forbidden("Only reviewers of this queue may claim its tasks.")
    if task.status != TaskStatus.OPEN:
        raise Conflict("This task is no longer open.", status=task.status)
    until = Now() + timedelta(seconds=task.queue.claim_seconds)
    if live(task).filter(reviewer=user).update(expires_at=until):
        return live(task).select_related("reviewer").get(reviewer=user)
    task.claims.filter(released_at__isnull=True, expires_at__lte=Now()).update(
        released_at=Now(), release_reason="lapsed"
    )
    try:
        with transaction.atomic():
            Claim.objects.create(
                task=task, slot=SLOT, reviewer=user, claimed_at=Now(), expires_at=until
            )
    except IntegrityError as error:
        raise taken(task) from error
    audit.record(user, "claim", task, thread=task.thread, queue=task.queue)
    feed.publish(task, feed.CHANGED)
    return live(task).select_related("reviewer").get(reviewer=user)


def renew(user: User, task_uuid: UUID | str) -> Claim:
    """Extend one's own claim; Conflict when it has lapsed or was released."""
    task = access.get_task(user, task_uuid)
    until = Now() + timedelta(seconds=task.queue.claim_seconds)
    if not live(task).filter(reviewer=user).update(expires_at=until):
        raise Conflict("Your claim has lapsed.")
    return live(task).select_related("reviewer").get(reviewer=user)


@transaction.atomic
def release(user: User, task_uuid: UUID | str) -> None:
    """Give one's own claim back; without one, nothing happens."""
    task = access.get_task(user, task_uuid)
    if live(task).filter(reviewer=user).update(released_at=Now(), release_reason="released"):
        audit.record(user, "release", task, thread=task.thread, queue=task.queue)
        feed.publish(task, feed.CHANGED)


def taken(task: InterruptTask) -> Conflict:
    """The conflict that names who holds the task."""
    holder = current(task)
    if holder is None:
        return Conflict("Somebody else was faster; try again.")
    name = holder.reviewer.get_username()
    return Conflict(
        f"{name} has claimed this task.",
        claimed_by=name,
        expires_at=holder.expires_at.isoformat(),
    )
