"""The pages."""

from __future__ import annotations

from django.urls import path

from reviews.web.views import effects, inbox, run, task, thread

urlpatterns = [
    path("", inbox.home, name="home"),
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/changes/", inbox.changes, name="inbox-changes"),
    path("tasks/<uuid:uuid>/", task.detail, name="task"),
    path("tasks/<uuid:uuid>/row/", inbox.task_row, name="task-row"),
    path("tasks/<uuid:uuid>/notice/", task.notice, name="task-notice"),
    path("tasks/<uuid:uuid>/receipt/", task.receipt, name="task-receipt"),
    path("tasks/<uuid:uuid>/claim/", task.claim, name="task-claim"),
    path("tasks/<uuid:uuid>/release/", task.release, name="task-release"),
    path("tasks/<uuid:uuid>/decide/", task.decide, name="task-decide"),
    path("threads/<uuid:uuid>/", thread.detail, name="thread"),
    path("threads/<uuid:uuid>/body/", thread.body, name="thread-body"),
    path("runs/", run.index, name="runs"),
    path("runs/new/<str:graph_id>/", run.new, name="run-new"),
    path("effects/", effects.index, name="effects"),
    path("effects/reports/<uuid:uuid>/download/", effects.download, name="report-download"),
]
