"""One task: look at it, claim it, decide it, see what became of it."""

from __future__ import annotations

import json
import uuid as uuids
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reviews.errors import Conflict, Invalid
from reviews.models import InterruptTask
from reviews.services import access, claims, decisions, feed, inbox
from reviews.services.answers import Question
from reviews.states import RunStatus, TaskStatus, ThreadStatus
from reviews.web import forms
from reviews.web.exact_json import dumps
from reviews.web.shown import show
from reviews.web.told import draft, told
from reviews.web.views.base import PersonRequest, View, page

MAX_DIGITS = 9


def posted(view: View[[UUID]]) -> View[[UUID]]:
    """Only a POST acts. A GET, as it comes when a sign-in was in between, leads to the task."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def acted(request: PersonRequest, /, uuid: UUID) -> HttpResponse:
        return view(request, uuid) if request.method == "POST" else redirect("task", uuid)

    return acted


@require_safe
@page
def detail(request: PersonRequest, uuid: UUID) -> HttpResponse:
    task = access.get_task(request.user, uuid)
    if task.status != TaskStatus.OPEN:
        return render(request, "task/closed.html", _closed(request, task))
    form = forms.form_for(Question.from_json(task.question))
    return _review(request, task, form)


@posted
@page
def decide(request: PersonRequest, uuid: UUID) -> HttpResponse:
    task = access.get_task(request.user, uuid)
    question = Question.from_json(task.question)
    data = {name: ",".join(request.POST.getlist(name)) for name in request.POST}
    form = forms.form_for(question, data)
    if (order := data.get("do", "")) and task.status == TaskStatus.OPEN:
        return _rearranged(request, task, form=form, order=order)
    try:
        verdict = forms.verdict_of(form, data.get("action", ""))
        decisions.decide(
            request.user, uuid, verdict, seen=_seen(data), request_key=_request_key(data)
        )
    except Invalid as error:
        if task.status != TaskStatus.OPEN:
            return _lost(request, task, form)
        errors = error.errors or {"": [error.message]}
        return _review(request, task, forms.with_errors(form, errors), status=error.status)
    except Conflict as error:
        task.refresh_from_db()
        return _lost(request, task, form, error=error)
    return redirect("task", uuid)


@posted
@page
def claim(request: PersonRequest, uuid: UUID) -> HttpResponse:
    try:
        claims.claim(request.user, uuid)
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect("task", uuid)


@posted
@page
def release(request: PersonRequest, uuid: UUID) -> HttpResponse:
    claims.release(request.user, uuid)
    return redirect("task", uuid)


@require_safe
@page
def notice(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """What an open review page should know by now: who holds the task, who decided it."""
    task = access.get_task(request.user, uuid)
    changed = str(task.version) != request.GET.get("version", str(task.version))
    return render(request, "task/_notice.html", {**_standing(request, task), "changed": changed})


@require_safe
@page
def receipt(request: PersonRequest, uuid: UUID) -> HttpResponse:
    task = access.get_task(request.user, uuid)
    return render(request, "task/_receipt.html", _closed(request, task))


def _review(
    request: PersonRequest,
    task: InterruptTask,
    form: forms.ReviewForm,
    *,
    status: int = 200,
    stale: Conflict | None = None,
) -> HttpResponse:
    """The page with the form. What was typed stays; what was seen is taken anew."""
    question = form.question
    context = {
        **_standing(request, task),
        "form": form,
        "question": question,
        "facts": None if question.facts is None else show(question.facts),
        "facts_first": question.kind in ("approve", "tools"),  # else the fields to fill in are
        "proposal": None if question.proposal is None else show(question.proposal),
        "payload": dumps(json.loads(task.payload)),
        "request_key": form.said("request_key") or uuids.uuid4().hex,
        "problems": forms.problems(form),
        "stale": stale,
        "cursor": json.dumps(feed.head(request.user)),
    }
    return render(request, "task/detail.html", context, status=status)


def _standing(request: PersonRequest, task: InterruptTask) -> dict[str, Any]:
    """Who holds the task and what this person may do with it."""
    holder = claims.current(task)
    mine = holder is not None and holder.reviewer_id == request.user.pk
    may_decide = access.may_decide(request.user, task)
    return {
        "task": task,
        "now": timezone.now(),
        "holder": holder,
        "mine": mine,
        "may_decide": may_decide,
        "own_run": access.reviews_own(request.user, task),
        "locked": not may_decide or (holder is not None and not mine),
        "decision": task.decisions.select_related("reviewer").order_by("-round").first(),
    }


def _closed(request: PersonRequest, task: InterruptTask) -> dict[str, Any]:
    """The receipt: what was decided, whether the graph went on, and what came of it."""
    question = Question.from_json(task.question)
    standing = _standing(request, task)
    decision, run, thread = standing["decision"], task.resume_run, task.thread
    asks = access.tasks_visible_to(request.user).filter(thread=thread, status=TaskStatus.OPEN)
    waiting = task.status == TaskStatus.DECIDED or thread.status == ThreadStatus.BUSY
    return {
        **standing,
        "question": question,
        "told": told(question, decision.payload) if decision else None,
        "run": run,
        "asks": asks.order_by("created_at")[:5],
        "settled": not waiting or (run is not None and run.status == RunStatus.ERROR),
        "next_task": inbox.next_open(request.user, now=standing["now"], besides=task),
        "payload": dumps(json.loads(task.payload)),
        "cursor": json.dumps(feed.head(request.user)),
    }


def _lost(
    request: PersonRequest,
    task: InterruptTask,
    form: forms.ReviewForm,
    *,
    error: Conflict | None = None,
) -> HttpResponse:
    """Somebody was faster: show what they did and what this person had typed."""
    if task.status == TaskStatus.OPEN:
        return _review(request, task, form, status=409, stale=error)
    context = {**_closed(request, task), "draft": draft(form), "error": error}
    return render(request, "task/conflict.html", context, status=409)


def _rearranged(
    request: PersonRequest, task: InterruptTask, *, form: forms.ReviewForm, order: str
) -> HttpResponse:
    """The form again with rows added or taken away, or the rest approved."""
    data = dict(form.data or {})
    if order == "check":
        return _checked(request, task, form)
    if order == "rest":
        data = forms.rest_decided(data, form.calls)
    elif order.startswith("revert "):
        data = forms.reverted(form, order.removeprefix("revert "))
    else:
        data = forms.rows_changed(data, order)
    return _review(request, task, forms.form_for(form.question, data))


def _checked(request: PersonRequest, task: InterruptTask, form: forms.ReviewForm) -> HttpResponse:
    """The form with its errors, as Enter in a field asks for it; nothing is decided."""
    try:
        forms.verdict_of(form, "respond" if form.question.kind == "input" else "approve")
    except Invalid as error:
        return _review(request, task, forms.with_errors(form, error.errors), status=error.status)
    messages.info(request, _("Checked: it fits. Nothing is decided yet."))
    return _review(request, task, form)


def _seen(data: dict[str, str]) -> decisions.Seen:
    version = data.get("version", "")
    if not (version.isascii() and version.isdecimal() and len(version) <= MAX_DIGITS):
        raise Invalid(_("The form does not say which version was seen. Open the page again."))
    return decisions.Seen(int(version), data.get("payload_sha256", ""))


def _request_key(data: dict[str, str]) -> str | None:
    return data.get("request_key", "")[:200] or None
