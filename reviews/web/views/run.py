"""Runs: the list of them, and the form that starts one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reviews.errors import Forbidden, Invalid
from reviews.models import Run, Thread
from reviews.services import access, assistants, runs, threads
from reviews.web import fields, schema_form
from reviews.web.fields import MISSING, Errors, Field
from reviews.web.forms import Problem, rows_changed
from reviews.web.views.base import PersonRequest, page

PAGE_SIZE = 50
ROOT = "input"


@require_safe
@page
def index(request: PersonRequest) -> HttpResponse:
    visible = Run.objects.filter(thread__in=access.threads_visible_to(request.user))
    shown = visible.select_related("thread", "created_by", "assistant").order_by("-created_at")
    context = {
        "runs": shown[:PAGE_SIZE],
        "graphs": assistants.graphs() if access.may_start(request.user) else [],
        "limit": PAGE_SIZE,
    }
    return render(request, "run/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def new(request: PersonRequest, graph_id: str) -> HttpResponse:
    if not access.may_start(request.user):
        raise Forbidden(_("You may not start runs. The right “add run” is missing."))
    schema = assistants.input_schema(graph_id)
    if request.method != "POST":
        return _form(request, graph_id, tree=_tree(schema, None))
    data = {name: ",".join(request.POST.getlist(name)) for name in request.POST}
    if order := data.get("do", ""):
        return _form(request, graph_id, tree=_tree(schema, rows_changed(data, order)))
    tree, errors = _tree(schema, data), Errors()
    value = fields.read(tree, errors)
    if not errors:
        try:
            return redirect("thread", _start(request, graph_id, value).uuid)
        except Invalid as error:
            errors = error.errors or {"": [error.message]}
    tree = fields.with_errors(tree, errors)
    return _form(request, graph_id, tree=tree, errors=errors)


@transaction.atomic
def _start(request: PersonRequest, graph_id: str, value: Any) -> Thread:
    """A new thread with its first run; neither stays without the other."""
    assistant = assistants.for_graph(graph_id)
    if value is not MISSING:
        assistants.check_input(assistant, value)
    thread = threads.create(request.user)
    spec = runs.RunSpec(input=None if value is MISSING else value)
    runs.create(request.user, thread, assistant, spec=spec)
    return thread


def _tree(schema: dict[str, Any], data: dict[str, str] | None) -> Field:
    builder = schema_form.Builder(schema, data, {"widgets": {"*": "long"}})
    return schema_form.build(schema, MISSING, name=ROOT, path=ROOT, builder=builder)


def _form(
    request: PersonRequest, graph_id: str, *, tree: Field, errors: Errors | None = None
) -> HttpResponse:
    graph = next(one for one in assistants.graphs() if one.id == graph_id)
    if tree.help == graph.description:
        tree = replace(tree, help="")  # the page says it already
    context = {
        "graph": graph,
        "tree": tree,
        "problems": [_problem(tree, path, said) for path, said in (errors or {}).items()],
    }
    return render(request, "run/new.html", context, status=422 if errors else 200)


def _problem(tree: Field, path: str, said: list[str]) -> Problem:
    found = fields.find(tree, path)
    label, anchor = (found.label or path, found.html_id) if found else (path, "")
    return Problem(label, anchor, tuple(said))
