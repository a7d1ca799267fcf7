"""Threads and their states."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviews.api.auth import person
from reviews.api.langgraph.wire import History, StateQuery, ThreadCreate, thread_json
from reviews.api.serializers import path_id
from reviews.services import access, threads


class ThreadList(APIView):
    post_scope = "run"

    def post(self, request: Request) -> Response:
        body = ThreadCreate(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        user = person(request)
        thread = threads.create(
            user,
            uuid=data.get("thread_id"),
            metadata=data.get("metadata"),
            if_exists=data["if_exists"],
        )
        return Response(thread_json(thread, threads.state_for(user, thread)))


class ThreadDetail(APIView):
    def get(self, request: Request, thread_id: str) -> Response:
        user = person(request)
        thread = access.get_thread(user, path_id(thread_id, "thread_id"))
        return Response(thread_json(thread, threads.state_for(user, thread)))


class ThreadState(APIView):
    def get(self, request: Request, thread_id: str) -> Response:
        user = person(request)
        thread = access.get_thread(user, path_id(thread_id, "thread_id"))
        StateQuery.read(request)
        return Response(threads.state_for(user, thread))


class ThreadHistory(APIView):
    def post(self, request: Request, thread_id: str) -> Response:
        user = person(request)
        thread = access.get_thread(user, path_id(thread_id, "thread_id"))
        body = History(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        return Response(threads.history_for(user, thread, **wanted))
