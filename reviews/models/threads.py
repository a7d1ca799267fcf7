"""A thread is one run history of a graph; a run executes it once from where it stands."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from reviews.models.base import PublicRow
from reviews.models.graphs import Assistant
from reviews.states import RunStatus, ThreadStatus


class Thread(PublicRow):
    status = models.CharField(
        max_length=12, choices=ThreadStatus.choices, default=ThreadStatus.IDLE, editable=False
    )
    graph_id = models.CharField(max_length=100, blank=True, default="", editable=False)
    metadata = models.JSONField(default=dict, blank=True)
    error = models.JSONField(null=True, blank=True, editable=False)  # {"error": class, "message"}
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    updated_at = models.DateTimeField(auto_now=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status", "updated_at"], name="thread_by_status")]

    def __str__(self) -> str:
        return f"{self.graph_id or 'thread'} {str(self.uuid)[:8]}"


class Run(PublicRow):
    class Kind(models.TextChoices):
        START = "start"
        RESUME = "resume"

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="runs")
    assistant = models.ForeignKey(Assistant, on_delete=models.PROTECT, related_name="runs")
    status = models.CharField(
        max_length=12, choices=RunStatus.choices, default=RunStatus.PENDING, editable=False
    )
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.START)
    input = models.TextField(null=True, blank=True)  # codec text; None: go on from the checkpoint
    command = models.TextField(null=True, blank=True)  # codec text of a Command's parts, or None
    config = models.JSONField(default=dict, blank=True)
    context = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    multitask = models.CharField(max_length=10, default="enqueue")
    webhook_url = models.URLField(null=True, blank=True)
    graph_fingerprint = models.CharField(max_length=64, blank=True, default="")
    available_at = models.DateTimeField()
    attempt = models.PositiveIntegerField(default=0, editable=False)
    leased_by = models.CharField(max_length=100, blank=True, default="", editable=False)
    lease_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    fence = models.PositiveBigIntegerField(default=0, editable=False)
    cancel_requested_at = models.DateTimeField(null=True, blank=True, editable=False)
    error = models.JSONField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["thread"], condition=Q(status="running"), name="one_running_run_per_thread"
            ),
            models.UniqueConstraint(
                fields=["thread"],
                condition=Q(status="pending", kind="resume"),
                name="one_pending_resume_per_thread",
            ),
        ]
        indexes = [
            models.Index(
                fields=["available_at"], condition=Q(status="pending"), name="run_pending"
            ),
            models.Index(
                fields=["lease_expires_at"], condition=Q(status="running"), name="run_leased"
            ),
        ]

    def __str__(self) -> str:
        return f"run {str(self.uuid)[:8]}"
