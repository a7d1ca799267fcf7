"""Who may see, claim, decide and start: querysets and predicates, both from the same rule.

Only membership of a queue counts, for superusers too (they have the admin). What a person may not
see does not exist for them: NotFound, never Forbidden.
"""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Exists, OuterRef, Q, QuerySet

from reviews.errors import NotFound
from reviews.models import InterruptTask, Queue, QueueMember, Run, Thread

Row = TypeVar("Row", InterruptTask, Thread, Run)
Person = User | AnonymousUser | AbstractBaseUser

DECIDERS = (QueueMember.Role.REVIEWER, QueueMember.Role.LEAD)
RANK = {QueueMember.Role.VIEWER: 0, QueueMember.Role.REVIEWER: 1, QueueMember.Role.LEAD: 2}


def _memberships(user: Person) -> QuerySet[QueueMember]:
    if not user.is_active or user.pk is None:
        return QueueMember.objects.none()
    return QueueMember.objects.filter(Q(user=user.pk) | Q(group__user=user.pk))


def queues_visible_to(user: Person) -> QuerySet[Queue]:
    """Active queues in which the person has any role."""
    return Queue.objects.filter(active=True, pk__in=_memberships(user).values("queue"))


def decidable_queues(user: Person) -> QuerySet[Queue]:
    """Active queues in which the person is a reviewer or lead."""
    mine = _memberships(user).filter(role__in=DECIDERS)
    return Queue.objects.filter(active=True, pk__in=mine.values("queue"))


def led_queues(user: Person) -> QuerySet[Queue]:
    """Active queues in which the person is a lead."""
    mine = _memberships(user).filter(role=QueueMember.Role.LEAD)
    return Queue.objects.filter(active=True, pk__in=mine.values("queue"))


def role_in(user: Person, queue: Queue) -> str | None:
    """The highest role of the person in the queue, or None."""
    roles = _memberships(user).filter(queue=queue).values_list("role", flat=True)
    return max(roles, key=lambda role: RANK[QueueMember.Role(role)], default=None)


def tasks_visible_to(user: Person) -> QuerySet[InterruptTask]:
    """Tasks of the visible queues, in any status."""
    return InterruptTask.objects.filter(queue__in=queues_visible_to(user))


def threads_visible_to(user: Person) -> QuerySet[Thread]:
    """Threads the person started, or that ask something in a queue they see."""
    if not user.is_active or user.pk is None:
        return Thread.objects.none()
    asks = tasks_visible_to(user).filter(thread=OuterRef("pk"))
    return Thread.objects.filter(Q(owner=user.pk) | Exists(asks))


def get_task(user: Person, uuid: UUID | str) -> InterruptTask:
    """The task, with queue and thread; NotFound when it is not there or not theirs to see."""
    tasks = tasks_visible_to(user).select_related("queue", "thread", "run")
    return one(tasks, uuid, "task")


def get_thread(user: Person, uuid: UUID | str) -> Thread:
    return one(threads_visible_to(user), uuid, "thread")


def get_run(user: Person, thread_uuid: UUID | str, run_uuid: UUID | str) -> Run:
    thread = get_thread(user, thread_uuid)
    return one(thread.runs.select_related("assistant"), run_uuid, "run")


def one(rows: QuerySet[Row], uuid: UUID | str, kind: str) -> Row:
    """The row with this uuid, or NotFound in words that do not tell why."""
    row = rows.filter(uuid=uuid).first()
    if row is None:
        raise NotFound(f"There is no such {kind}.")
    return row


def may_decide(user: Person, task: InterruptTask) -> bool:
    """Whether the role allows it; whether the task still waits is another matter."""
    return decidable_queues(user).filter(pk=task.queue_id).exists() and not reviews_own(user, task)


def reviews_own(user: Person, task: InterruptTask) -> bool:
    """Whether the queue forbids self-review and the person made the thread or started the run."""
    starter = task.run.created_by_id if task.run else None
    return task.queue.forbid_self_review and user.pk in (task.thread.owner_id, starter)


def may_run_on(user: Person, thread: Thread) -> bool:
    """Whether the person may start runs here: the thread's owner, and who decides its questions."""
    asked = InterruptTask.objects.filter(thread=thread, queue__in=decidable_queues(user))
    return may_start(user) and (thread.owner_id == user.pk or asked.exists())


def may_start(user: Person) -> bool:
    """Whether the person may start runs."""
    return bool(user.is_active) and isinstance(user, User) and user.has_perm("reviews.add_run")
