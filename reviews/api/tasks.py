"""Tasks: list, read, claim, release, decide. Each view parses, calls one service and answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviews.api.auth import person
from reviews.api.pages import page
from reviews.api.serializers import (
    ClaimOutput,
    DecisionInput,
    DecisionOutput,
    TaskOutput,
    TaskQuery,
    path_id,
)
from reviews.errors import Invalid
from reviews.models import InterruptTask
from reviews.services import access, claims, decisions, inbox

MAX_REQUEST_KEY = 200


class TaskList(APIView):
    def get(self, request: Request) -> Response:
        wanted = TaskQuery.read(request)
        rows = inbox.for_rows(_filtered(person(request), wanted), now=timezone.now())
        found = page(
            rows, order=wanted["order"], cursor=wanted.get("cursor"), limit=wanted["limit"]
        )
        items = TaskOutput(found.items, many=True).data
        return Response({"items": items, "next_cursor": found.next_cursor})


class TaskDetail(APIView):
    def get(self, request: Request, task_id: str) -> Response:
        return Response(_task(person(request), path_id(task_id, "task_id")))


class TaskClaim(APIView):
    post_scope = "decide"

    def post(self, request: Request, task_id: str) -> Response:
        claim = claims.claim(person(request), path_id(task_id, "task_id"))
        return Response(ClaimOutput(claim).data)


class TaskRelease(APIView):
    post_scope = "decide"

    def post(self, request: Request, task_id: str) -> Response:
        claims.release(person(request), path_id(task_id, "task_id"))
        return Response(status=204)


class TaskDecisions(APIView):
    post_scope = "decide"

    def get(self, request: Request, task_id: str) -> Response:
        task = access.get_task(person(request), path_id(task_id, "task_id"))
        made = task.decisions.select_related("reviewer").order_by("round", "pk")
        return Response({"items": DecisionOutput(made, many=True).data})

    def post(self, request: Request, task_id: str) -> Response:
        body = DecisionInput(data=request.data)
        body.is_valid(raise_exception=True)
        decision = decisions.decide(
            person(request),
            path_id(task_id, "task_id"),
            body.verdict(),
            seen=body.seen_version(),
            request_key=_request_key(request),
        )
        return Response(DecisionOutput(decision).data, status=201)


def _filtered(user: Any, wanted: dict[str, Any]) -> QuerySet[InterruptTask]:
    columns = {"queue": "queue__slug", "thread": "thread__uuid", "status": "status", "kind": "kind"}
    chosen = {column: wanted[name] for name, column in columns.items() if name in wanted}
    return access.tasks_visible_to(user).filter(**chosen).select_related("thread")


def _task(user: Any, uuid: UUID) -> dict[str, Any]:
    task = access.get_task(user, uuid)
    rows = InterruptTask.objects.filter(pk=task.pk).select_related("thread")
    return dict(TaskOutput(inbox.for_rows(rows, now=timezone.now()).get()).data)


def _request_key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 0 < len(key) <= MAX_REQUEST_KEY:
        reason = f"The Idempotency-Key has 1 to {MAX_REQUEST_KEY} characters."
        raise Invalid(errors={"Idempotency-Key": [reason]})
    return key
