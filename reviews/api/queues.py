"""The queues a person is a member of."""

from __future__ import annotations

from django.db.models import Count, Q
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviews.api.auth import person
from reviews.api.serializers import QueueOutput
from reviews.services import access
from reviews.states import TaskStatus


class QueueList(APIView):
    def get(self, request: Request) -> Response:
        waiting = Count("tasks", filter=Q(tasks__status=TaskStatus.OPEN))
        queues = access.queues_visible_to(person(request)).annotate(open_tasks=waiting)
        rows = [
            {**vars(queue), "role": access.role_in(person(request), queue)}
            for queue in queues.order_by("name")
        ]
        return Response({"items": QueueOutput(rows, many=True).data})
