"""Runs: start, list, read, wait for the end. An answer in `command` is an ordinary decision."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviews.api.auth import need_scope, person
from reviews.api.langgraph.wire import RunCreate, RunList, final_values, run_json
from reviews.api.serializers import path_id
from reviews.errors import NotFound
from reviews.models import Run, Thread
from reviews.services import access, assistants, runs, threads

WAIT_SECONDS: Final = 300.0


class ThreadRuns(APIView):
    post_scope = "run"

    def get(self, request: Request, thread_id: str) -> Response:
        thread = access.get_thread(person(request), path_id(thread_id, "thread_id"))
        wanted = RunList.read(request)
        rows = thread.runs.select_related("thread", "assistant").order_by("-pk")
        if "status" in wanted:
            rows = rows.filter(status=wanted["status"])
        found = rows[wanted["offset"] : wanted["offset"] + wanted["limit"]]
        return Response([run_json(run) for run in found])

    def post(self, request: Request, thread_id: str) -> Response:
        run = _create(request, path_id(thread_id, "thread_id"))
        return Response(run_json(run), headers={"Content-Location": _path(run)})


class ThreadRunsWait(APIView):
    post_scope = "run"

    def post(self, request: Request, thread_id: str) -> Response:
        return _ended(request, _create(request, path_id(thread_id, "thread_id")))


class RunDetail(APIView):
    def get(self, request: Request, thread_id: str, run_id: str) -> Response:
        return Response(run_json(_run(request, thread_id, run_id)))


class RunJoin(APIView):
    def get(self, request: Request, thread_id: str, run_id: str) -> Response:
        return _ended(request, _run(request, thread_id, run_id))


def _run(request: Request, thread_id: str, run_id: str) -> Run:
    return access.get_run(
        person(request), path_id(thread_id, "thread_id"), path_id(run_id, "run_id")
    )


def _create(request: Request, thread_id: UUID) -> Run:
    body = RunCreate(data=request.data)
    body.is_valid(raise_exception=True)
    if body.answers:
        need_scope(request, "decide")
    user, spec = person(request), body.spec()
    assistant = assistants.find(body.validated_data["assistant_id"])
    if spec.input is not None:
        assistants.check_input(assistant, spec.input)
    with transaction.atomic():  # a run that is refused leaves no thread behind
        thread = _thread(user, thread_id, body.validated_data)
        return runs.create(user, thread, assistant, spec=spec)


def _thread(user: User, thread_id: UUID, data: dict[str, Any]) -> Thread:
    try:
        return access.get_thread(user, thread_id)
    except NotFound:
        if data["if_not_exists"] != "create":
            raise
        return threads.create(user, uuid=thread_id)


def _ended(request: Request, run: Run) -> Response:
    """Wait for the end. A wait that takes too long names the run, and the client joins again."""
    run = runs.wait(run, timeout_seconds=WAIT_SECONDS)
    values = final_values(run, threads.state_for(person(request), run.thread))
    headers = {"Content-Location": _path(run), "Location": f"{_path(run)}/join"}
    return Response(values, headers=headers)


def _path(run: Run) -> str:
    """Without host and prefix: the SDKs append it to their base URL."""
    return f"/threads/{run.thread.uuid}/runs/{run.uuid}"
