"""The API's map: LangGraph Server paths directly under /api/, ours under /api/review/."""

from __future__ import annotations

from django.urls import include, path, re_path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from reviews.api import queues, tasks
from reviews.api.langgraph import assistants, runs, threads
from reviews.errors import NotFound


class Nowhere(APIView):
    """An unknown path, whatever the method, is a 404 in JSON like every other fault."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        raise NotFound("There is no such path.")


review = [
    path("queues", queues.QueueList.as_view()),
    path("tasks", tasks.TaskList.as_view()),
    path("tasks/<task_id>", tasks.TaskDetail.as_view()),
    path("tasks/<task_id>/claim", tasks.TaskClaim.as_view()),
    path("tasks/<task_id>/release", tasks.TaskRelease.as_view()),
    path("tasks/<task_id>/decisions", tasks.TaskDecisions.as_view()),
]

thread = [
    path("state", threads.ThreadState.as_view()),
    path("history", threads.ThreadHistory.as_view()),
    path("runs", runs.ThreadRuns.as_view()),
    path("runs/wait", runs.ThreadRunsWait.as_view()),
    path("runs/<run_id>", runs.RunDetail.as_view()),
    path("runs/<run_id>/join", runs.RunJoin.as_view()),
]

urlpatterns = [
    path("ok", assistants.Ok.as_view()),
    path("info", assistants.Info.as_view()),
    path("assistants/search", assistants.AssistantSearchView.as_view()),
    path("assistants/<assistant_id>", assistants.AssistantDetail.as_view()),
    path("threads", threads.ThreadList.as_view()),
    path("threads/<thread_id>", threads.ThreadDetail.as_view()),
    path("threads/<thread_id>/", include(thread)),
    path("review/", include(review)),
    re_path("", Nowhere.as_view()),
]
