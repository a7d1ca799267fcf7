"""The inbox: lists of tasks, one row of them, and what changed since a cursor."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from reviews.errors import Invalid
from reviews.models import InterruptTask
from reviews.services import access, feed, inbox
from reviews.services.inbox import Filters
from reviews.web.rows import row
from reviews.web.views.base import PersonRequest, page

VIEW_NAMES = {
    "team": gettext_lazy("Team"),
    "mine": gettext_lazy("Mine"),
    "claimed": gettext_lazy("Claimed"),
    "decided": gettext_lazy("Decided"),
    "failed": gettext_lazy("Failed after decision"),
}
SORT_NAMES = {
    "breach": gettext_lazy("Overdue, then due first"),
    "due": gettext_lazy("Due first"),
    "priority": gettext_lazy("Priority"),
    "age": gettext_lazy("Oldest first"),
}
MAX_PAGE = 10_000
MAX_SEQ = 2**62


def home(request: HttpRequest) -> HttpResponse:
    return redirect("inbox")


@require_safe
@page
def index(request: PersonRequest) -> HttpResponse:
    filters, now = filters_of(request.GET), timezone.now()
    # The cursor first: what happens while the list is read is then told again, never missed.
    cursor = feed.head(request.user)
    shown = inbox.page(request.user, filters, now=now)
    context = {
        "filters": filters,
        "cursor": json.dumps(cursor),
        "counts": _named_counts(request, filters),
        "rows": [row(task, request.user, now) for task in shown.tasks],
        "previous_page": _query(filters, page=filters.page - 1) if filters.page > 1 else "",
        "next_page": _query(filters, page=filters.page + 1) if shown.has_next else "",
        "row_query": _query(filters),
        "filtered": bool(filters.queue or filters.kind or filters.q),
        "unfiltered": _query(Filters(view=filters.view, sort=filters.sort)),
        "queues": access.queues_visible_to(request.user).order_by("name"),
        "kinds": InterruptTask.Kind.choices,
        "sorts": SORT_NAMES.items(),
        "view_name": VIEW_NAMES[filters.view],
    }
    return render(request, "inbox/index.html", context)


@require_safe
@page
def task_row(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """One row, and whether it belongs to the list that the query describes."""
    filters, now = filters_of(request.GET), timezone.now()
    task = access.get_task(request.user, uuid)
    whole = inbox.for_rows(InterruptTask.objects.filter(pk=task.pk), now=now).get()
    in_view = inbox.contains(request.user, filters, task, now=now)
    return render(request, "inbox/_row.html", {"row": row(whole, request.user, now, in_view)})


@require_safe
def changes(request: PersonRequest) -> HttpResponse:
    """What a page that has been away must fetch: cursor, task ids, counts."""
    try:
        since = _cursor(request.GET.get("since", "{}"))
    except Invalid as error:
        return JsonResponse({"error": error.code, "message": error.message}, status=error.status)
    found = feed.changes(request.user, since)
    counts = inbox.counts(request.user, now=timezone.now())
    return JsonResponse({**asdict(found), "counts": counts})


def filters_of(query: QueryDict) -> Filters:
    """Read the filters of an address; Invalid names the part that has no such value."""
    filters = Filters(
        view=query.get("view", "team"),
        queue=query.get("queue", ""),
        kind=query.get("kind", ""),
        q=query.get("q", "").replace("\0", "").strip(),
        sort=query.get("sort", "breach"),
    )
    known = {"view": inbox.VIEWS, "sort": inbox.SORTS, "kind": ("", *InterruptTask.Kind.values)}
    for name, values in known.items():
        if getattr(filters, name) not in values:
            raise Invalid(_("The inbox has no such %(name)s.") % {"name": name})
    number = query.get("page", "1")
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= MAX_PAGE):
        raise Invalid(_("The inbox has no such page."))
    return replace(filters, page=int(number[:9]))


def _query(filters: Filters, **changes: Any) -> str:
    """The address of a list, without what is as usual."""
    values = {**asdict(replace(filters, page=1)), **changes}
    usual = asdict(Filters())
    return urlencode({name: value for name, value in values.items() if value != usual[name]})


def _named_counts(request: PersonRequest, filters: Filters) -> list[dict[str, Any]]:
    counts = inbox.counts(request.user, now=timezone.now())
    return [
        {
            "view": view,
            "name": name,
            "count": counts[view],
            "query": _query(replace(filters, view=view)),
            "current": view == filters.view,
        }
        for view, name in VIEW_NAMES.items()
    ]


def _cursor(text: str) -> dict[str, int]:
    try:
        since = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("“since” must be JSON.")) from error
    if not isinstance(since, dict) or not all(
        type(seq) is int and 0 <= seq < MAX_SEQ for seq in since.values()
    ):
        raise Invalid(_("“since” must map queue slugs to whole numbers."))
    return since
