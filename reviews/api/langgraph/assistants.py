"""The server itself and its assistants, one per graph."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviews.api.langgraph.wire import AssistantSearch, assistant_json
from reviews.models import Assistant
from reviews.services import assistants


class Ok(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response({"ok": True})


class Info(APIView):
    def get(self, request: Request) -> Response:
        flags = {"assistants": True, "crons": False, "langsmith": False, "strict_resume": True}
        host = {"kind": "self-hosted", "project_id": None, "revision_id": None, "tenant_id": None}
        return Response({"version": _version(), "flags": flags, "host": host})


class AssistantSearchView(APIView):
    def post(self, request: Request) -> Response:
        body = AssistantSearch(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        found = [row for row in assistants.all_assistants() if _fits(row, wanted)]
        part = found[wanted["offset"] : wanted["offset"] + wanted["limit"]]
        headers = {"X-Pagination-Total": str(len(found))}
        after = wanted["offset"] + len(part)
        if after < len(found):
            headers["X-Pagination-Next"] = str(after)
        return Response([assistant_json(row) for row in part], headers=headers)


class AssistantDetail(APIView):
    def get(self, request: Request, assistant_id: str) -> Response:
        return Response(assistant_json(assistants.find(assistant_id)))


def _fits(row: Assistant, wanted: dict[str, object]) -> bool:
    graph_id, name = wanted.get("graph_id"), str(wanted.get("name") or "")
    metadata = wanted.get("metadata") or {}
    return (
        graph_id in (None, row.graph_id)
        and name.lower() in row.name.lower()
        and isinstance(metadata, dict)
        and all(row.metadata.get(key) == value for key, value in metadata.items())
    )


def _version() -> str:
    try:
        return version("signoff")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
