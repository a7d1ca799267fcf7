"""Tasks, claims, decisions and the audit log: nothing of it is changed by hand."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from reviews import models
from reviews.admin.base import LookOnly, link_column, lists_of, page_of


@admin.register(models.InterruptTask)
class InterruptTaskAdmin(LookOnly):
    list_display = (
        "title",
        link_column("queue"),
        link_column("thread"),
        "kind",
        "status",
        "priority",
        "due_at",
        "created_at",
    )
    list_filter = ("status", "kind", "queue", "graph_id")
    list_select_related = ("queue", "thread")
    search_fields = ("uuid", "title", "interrupt_id", "thread__uuid")
    more_fields = ("links", "checkpoint")
    pretty_fields = ("question", "payload", "schema", "allowed")

    def links(self, task: models.InterruptTask) -> SafeString:
        return lists_of((models.Claim, models.Decision), task__id__exact=task.pk)

    def checkpoint(self, task: models.InterruptTask) -> SafeString | str:
        """Where the graph is paused."""
        return page_of(
            models.Checkpoint.objects.filter(
                thread=task.thread_id, ns=task.ns, checkpoint_id=task.checkpoint_id
            ).first()
        )


@admin.register(models.Claim)
class ClaimAdmin(LookOnly):
    list_display = ("reviewer", link_column("task"), "claimed_at", "expires_at", "released_at")
    list_filter = ("task__queue", "release_reason", "reviewer")
    list_select_related = ("reviewer", "task")
    search_fields = ("task__uuid", "task__title", "reviewer__username")


@admin.register(models.Decision)
class DecisionAdmin(LookOnly):
    list_display = ("action", link_column("task"), "thread", "reviewer", "round", "created_at")
    list_filter = ("action", "task__queue", "reviewer")
    list_select_related = ("task__thread", "reviewer")
    search_fields = ("uuid", "task__uuid", "task__title", "reviewer__username", "comment")
    more_fields = ("thread",)
    pretty_fields = ("payload", "resume_value")

    def thread(self, decision: models.Decision) -> SafeString | str:
        return page_of(decision.task.thread)


@admin.register(models.AuditEvent)
class AuditEventAdmin(LookOnly):
    list_display = ("at", "actor", "verb", "object_kind", "object_id", "queue_slug")
    list_filter = ("verb", "object_kind", "actor_kind", "queue_slug")
    search_fields = ("actor", "object_id", "thread_uuid")
    date_hierarchy = "at"
    pretty_fields = ("data",)
