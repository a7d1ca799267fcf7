"""Who did what and when. Append-only: a trigger refuses UPDATE and DELETE on both databases."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class AuditEvent(models.Model):
    """Names instead of foreign keys, so that a deleted user or queue leaves its trace whole."""

    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=150)  # username, "worker", "system"
    actor_kind = models.CharField(max_length=10)  # user, worker, system
    verb = models.CharField(max_length=40)
    object_kind = models.CharField(max_length=20)
    object_id = models.CharField(max_length=64)
    thread_uuid = models.UUIDField(null=True, blank=True)
    queue_slug = models.CharField(max_length=60, blank=True, default="")
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["object_kind", "object_id"], name="audit_by_object"),
            models.Index(fields=["thread_uuid"], name="audit_by_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.object_kind} {self.object_id}"
