"""Threads and runs, with the ways from one to the next."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from reviews import models
from reviews.admin.base import LookOnly, link_column, lists_of


@admin.register(models.Thread)
class ThreadAdmin(LookOnly):
    list_display = ("__str__", "graph_id", "status", "owner", "updated_at")
    list_filter = ("status", "graph_id", "owner")
    list_select_related = ("owner",)
    search_fields = ("uuid", "owner__username")
    more_fields = ("links",)
    pretty_fields = ("metadata", "error")

    def links(self, thread: models.Thread) -> SafeString:
        related = (models.Run, models.Checkpoint, models.InterruptTask)
        return lists_of(related, thread__id__exact=thread.pk)


@admin.register(models.Run)
class RunAdmin(LookOnly):
    list_display = (
        "__str__",
        link_column("thread"),
        "kind",
        "status",
        "attempt",
        "leased_by",
        "lease_expires_at",
        "created_at",
    )
    list_filter = ("status", "kind", "assistant")
    list_select_related = ("thread",)
    search_fields = ("uuid", "thread__uuid", "created_by__username")
    more_fields = ("links",)
    pretty_fields = ("input", "command", "config", "context", "metadata", "error")

    def links(self, run: models.Run) -> SafeString:
        return lists_of((models.Checkpoint, models.InterruptTask), run__id__exact=run.pk)
