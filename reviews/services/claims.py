"""Claims: a reviewer's lease on a task. The unique constraint says who won.

A lapsed claim needs no clean-up to stop counting; the sweep only tells the pages of it.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from reviews.errors import Conflict, Forbidden
from reviews.models import Claim, InterruptTask, QueueMember
from reviews.services import access, audit, feed
from reviews.states import TaskStatus

SLOT = 0  # one reviewer at a time


def holding() -> QuerySet[Claim]:
    """Claims that hold now, by the database's clock: of people who may still decide."""
    reviewer = Q(user=OuterRef("reviewer")) | Q(group__user=OuterRef("reviewer"))
    may_decide = QueueMember.objects.filter(
        reviewer, queue=OuterRef("task__queue"), role__in=access.DECIDERS
    )
    return Claim.objects.filter(
        Exists(may_decide),
        released_at__isnull=True,
        expires_at__gt=Now(),
        reviewer__is_active=True,
    )


def live(task: InterruptTask) -> QuerySet[Claim]:
    """Claims of the task that hold now."""
    return holding().filter(task=task)


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
    task.claims.filter(released_at__isnull=True).exclude(pk__in=live(task).values("pk")).update(
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


@transaction.atomic
def release(user: User, task_uuid: UUID | str) -> None:
    """Give one's own claim back; without one, nothing happens."""
    task = access.get_task(user, task_uuid)
    if live(task).filter(reviewer=user).update(released_at=Now(), release_reason="released"):
        audit.record(user, "release", task, thread=task.thread, queue=task.queue)
        feed.publish(task, feed.CHANGED)


def release_lapsed() -> int:
    """Release the claims whose time is over and tell the queues; returns how many."""
    lapsed = Claim.objects.filter(released_at__isnull=True, expires_at__lte=Now())
    count = 0
    for claim in lapsed.select_related("task__queue", "task__thread"):
        with transaction.atomic():
            if lapsed.filter(pk=claim.pk).update(released_at=Now(), release_reason="lapsed"):
                task = claim.task
                audit.record(audit.WORKER, "lapse", task, thread=task.thread, queue=task.queue)
                feed.publish(task, feed.CHANGED)
                count += 1
    return count


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
