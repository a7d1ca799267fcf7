"""One thread: its timeline of checkpoints with the decisions between them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reviews.errors import Unreadable
from reviews.models import Decision, Thread
from reviews.services import access, feed, threads
from reviews.services.answers import Question
from reviews.states import TaskStatus, ThreadStatus
from reviews.web.exact_json import dumps
from reviews.web.told import told
from reviews.web.views.base import PersonRequest, page


@require_safe
@page
def detail(request: PersonRequest, uuid: UUID) -> HttpResponse:
    thread = access.get_thread(request.user, uuid)
    context = {**_context(request, thread), "cursor": json.dumps(feed.head(request.user))}
    return render(request, "thread/detail.html", context)


@require_safe
@page
def body(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """The part of the page that moves while the graph runs."""
    thread = access.get_thread(request.user, uuid)
    return render(request, "thread/_body.html", _context(request, thread))


def _context(request: PersonRequest, thread: Thread) -> dict[str, Any]:
    visible = access.tasks_visible_to(request.user).filter(thread=thread)
    wanted = request.GET.get("checkpoint", "").replace("\0", "") or None
    return {
        "thread": thread,
        "wanted": wanted,
        **_stored(thread, wanted, linked=set(visible.values_list("pk", flat=True))),
        "asks": visible.filter(status=TaskStatus.OPEN).order_by("created_at"),
        "runs": thread.runs.select_related("assistant").order_by("-created_at")[:20],
        "settled": thread.status != ThreadStatus.BUSY,
    }


def _stored(thread: Thread, wanted: str | None, *, linked: set[int]) -> dict[str, Any]:
    try:
        return {
            "values": dumps(threads.state(thread, checkpoint_id=wanted).get("values")),
            "entries": [_entry(one, linked) for one in threads.timeline(thread)],
        }
    except Unreadable as error:
        return {"unreadable": error.message}


def _entry(one: dict[str, Any], linked: set[int]) -> dict[str, Any]:
    """`linked`: the tasks this person may open; of others only the fact of a decision is told."""
    at = datetime.fromisoformat(one["at"])
    if one["kind"] == "checkpoint":
        writes = dumps(one["writes"]) if one["writes"] else ""
        return {**one, "at": at, "nodes": _counted(one["nodes"]), "writes": writes}
    decision: Decision = one["decision"]
    if decision.task_id not in linked:
        return {"kind": one["kind"], "at": at}
    question = Question.from_json(decision.task.question)
    return {**one, "at": at, "task": decision.task, "told": told(question, decision.payload)}


def _counted(nodes: list[str]) -> list[str]:
    """["assess", "assess"] -> ["assess ×2"]."""
    return [name if n == 1 else f"{name} ×{n}" for name, n in Counter(nodes).items()]
