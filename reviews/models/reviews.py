"""The question a graph is paused on, who has claimed it, and what was decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from reviews.models.base import PublicRow, Row
from reviews.models.queues import Queue
from reviews.models.threads import Run, Thread
from reviews.states import TaskStatus


class InterruptTask(PublicRow):
    """One question. `payload` is frozen at creation and hashed; `question` is how we read it."""

    class Kind(models.TextChoices):
        APPROVE = "approve", "Approve"
        EDIT = "edit", "Edit"
        TOOLS = "tools", "Tools"
        INPUT = "input", "Input"

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="tasks")
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="tasks")
    graph_id = models.CharField(max_length=100)
    checkpoint_id = models.CharField(max_length=40)
    ns = models.TextField(blank=True, default="")
    node = models.CharField(max_length=200)
    interrupt_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=300)
    question = models.JSONField()  # answers.Question as plain JSON
    payload = models.TextField()  # codec text of the interrupt's value
    payload_sha256 = models.CharField(max_length=64)
    schema = models.JSONField(null=True, blank=True)
    allowed = models.JSONField(default=list)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="tasks")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    priority = models.PositiveSmallIntegerField(default=50)  # 0 to 100, higher first
    due_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(
        max_length=12, choices=TaskStatus.choices, default=TaskStatus.OPEN, editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    round = models.PositiveIntegerField(default=0, editable=False)  # +1 each time it is re-opened
    error = models.TextField(blank=True, default="", editable=False)  # why the last round failed
    resume_run = models.ForeignKey(
        Run,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="resumed_tasks",
        editable=False,
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    applied_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "interrupt_id"], name="interrupt_once"),
            models.CheckConstraint(
                condition=Q(status__in=TaskStatus.values), name="task_status_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "-priority", "due_at"],
                condition=Q(status="open"),
                name="task_open_by_queue",
            ),
            models.Index(
                fields=["thread"], condition=Q(status="decided"), name="task_decided_by_thread"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("task", args=[self.uuid])


class Claim(Row):
    """A reviewer's lease on one slot of a task; expiry needs no transition on the task."""

    task = models.ForeignKey(InterruptTask, on_delete=models.CASCADE, related_name="claims")
    slot = models.PositiveSmallIntegerField(default=0)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims"
    )
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "slot"],
                condition=Q(released_at__isnull=True),
                name="one_claim_per_slot",
            ),
            models.UniqueConstraint(
                fields=["task", "reviewer"],
                condition=Q(released_at__isnull=True),
                name="one_claim_per_reviewer",
            ),
        ]


class Decision(PublicRow):
    """What one reviewer said in one round. Rows are only ever added."""

    task = models.ForeignKey(InterruptTask, on_delete=models.CASCADE, related_name="decisions")
    round = models.PositiveIntegerField(default=0)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions"
    )
    action = models.CharField(max_length=10)  # approve, edit, respond, reject, ignore
    payload = models.JSONField()  # the verdict as given: values, calls, reason
    resume_value = models.TextField()  # codec text of what interrupt() returns
    payload_sha256 = models.CharField(max_length=64)  # of the payload that was seen
    comment = models.TextField(blank=True, default="")
    request_key = models.CharField(max_length=200, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "round", "reviewer"], name="one_decision_per_reviewer"
            ),
            models.UniqueConstraint(fields=["task", "round"], name="one_decision_per_round"),
            models.UniqueConstraint(
                fields=["reviewer", "request_key"],
                condition=Q(request_key__isnull=False),
                name="request_key_once",
            ),
        ]
