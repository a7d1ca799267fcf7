"""The lists of the inbox: which tasks, in what order, how many. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value, When

from reviews.models import Claim, Decision, InterruptTask
from reviews.services import access
from reviews.states import RunStatus, TaskStatus

PAGE_SIZE: Final = 50
VIEWS: Final = ("team", "mine", "claimed", "decided", "failed")
SORTS: Final = ("breach", "due", "priority", "age")
SEARCH_LIMIT: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows. Empty text means "any"; `page` counts from 1."""

    view: str = "team"
    queue: str = ""  # slug
    kind: str = ""
    q: str = ""
    sort: str = "breach"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    tasks: list[InterruptTask]
    number: int
    has_next: bool


def tasks(user: User, filters: Filters, *, now: datetime) -> QuerySet[InterruptTask]:
    """The tasks that `user` may see and `filters` let through, in their order."""
    rows = _annotated(user, now).filter(_in_view(filters.view, user))
    if filters.queue:
        rows = rows.filter(queue__slug=filters.queue)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.q:
        rows = rows.filter(title__icontains=filters.q[:SEARCH_LIMIT])
    return rows.order_by(*_order(filters, now))


def page(user: User, filters: Filters, *, now: datetime) -> Page:
    """One page of rows, each with its queue, its live claims and its decisions at hand."""
    start = (filters.page - 1) * PAGE_SIZE
    found = list(for_rows(tasks(user, filters, now=now), now=now)[start : start + PAGE_SIZE + 1])
    return Page(found[:PAGE_SIZE], filters.page, len(found) > PAGE_SIZE)


def for_rows(rows: QuerySet[InterruptTask], *, now: datetime) -> QuerySet[InterruptTask]:
    """Fetch with each task what a row shows: `live_claims` and `last_decisions` as lists."""
    claims = Claim.objects.filter(released_at=None, expires_at__gt=now).select_related("reviewer")
    decisions = Decision.objects.select_related("reviewer").order_by("-round")
    return rows.select_related("queue", "resume_run").prefetch_related(
        Prefetch("claims", queryset=claims, to_attr="live_claims"),
        Prefetch("decisions", queryset=decisions, to_attr="last_decisions"),
    )


def contains(user: User, filters: Filters, task: InterruptTask, *, now: datetime) -> bool:
    """Whether `task` belongs to the list that `filters` describe, on whatever page."""
    return tasks(user, filters, now=now).filter(pk=task.pk).exists()


def counts(user: User, *, now: datetime) -> dict[str, int]:
    """How many tasks each view holds for `user`, in one query."""
    views = {view: Count("pk", filter=_in_view(view, user)) for view in VIEWS}
    return _annotated(user, now).aggregate(**views)


def next_open(
    user: User, *, now: datetime, besides: InterruptTask | None = None
) -> InterruptTask | None:
    """The first open task that `user` may decide and nobody else holds, or None."""
    rows = tasks(user, Filters(), now=now).filter(
        Q(is_held=False) | Q(is_mine=True), queue__in=access.decidable_queues(user)
    )
    if besides is not None:
        rows = rows.exclude(pk=besides.pk)
    return rows.first()


def _annotated(user: User, now: datetime) -> QuerySet[Any]:
    live = Claim.objects.filter(task=OuterRef("pk"), released_at=None, expires_at__gt=now)
    return access.tasks_visible_to(user).annotate(
        is_held=Exists(live), is_mine=Exists(live.filter(reviewer=user))
    )


def _in_view(view: str, user: User) -> Q:
    waiting = Q(status=TaskStatus.OPEN)
    closed = Q(status__in=[TaskStatus.DECIDED, TaskStatus.APPLIED])
    return {
        "team": waiting,
        "mine": waiting & (Q(is_mine=True) | Q(assignee=user)),
        "claimed": waiting & Q(is_held=True),
        "decided": closed,
        "failed": (waiting & ~Q(error=""))
        | (closed & Q(resume_run__status__in=[RunStatus.ERROR, RunStatus.TIMEOUT])),
    }[view]


def _order(filters: Filters, now: datetime) -> list[Any]:
    if filters.view == "decided":
        return [F("decided_at").desc(nulls_last=True), "-pk"]
    due = F("due_at").asc(nulls_last=True)
    breached = Case(When(due_at__lt=now, then=Value(0)), default=Value(1))
    orders: dict[str, list[Any]] = {
        "breach": [breached, due, "-priority", "created_at", "pk"],
        "due": [due, "-priority", "created_at", "pk"],
        "priority": ["-priority", due, "created_at", "pk"],
        "age": ["created_at", "pk"],
    }
    return orders[filters.sort]
