"""Queues, members and rules: what an admin edits."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString

from reviews import models
from reviews.admin.base import Audited, Inline, LookOnly, link_column, lists_of


class MemberInline(Inline):
    model = models.QueueMember
    extra = 1
    autocomplete_fields = ("user", "group")


@admin.register(models.Queue)
class QueueAdmin(Audited):
    list_display = ("name", "slug", "active", "claim_seconds", "due_seconds", "protected")
    list_filter = ("active",)
    search_fields = ("name", "slug")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    readonly_fields = ("links",)
    inlines = (MemberInline,)

    def links(self, queue: models.Queue) -> SafeString | str:
        if queue.pk is None:
            return "-"
        return lists_of((models.InterruptTask, models.QueueEvent), queue__id__exact=queue.pk)


@admin.register(models.QueueMember)
class QueueMemberAdmin(Audited):
    list_display = ("__str__", "queue", "user", "group", "role")
    list_filter = ("queue", "role")
    list_select_related = ("queue", "user", "group")
    search_fields = ("queue__name", "user__username", "group__name")
    autocomplete_fields = ("queue", "user", "group")


@admin.register(models.RoutingRule)
class RoutingRuleAdmin(Audited):
    list_display = ("order", "graph_id", "node", "queue", "priority", "due_seconds")
    list_display_links = ("order",)
    list_filter = ("queue", "graph_id")
    list_select_related = ("queue",)
    ordering = ("order", "pk")


@admin.register(models.QueueEvent)
class QueueEventAdmin(LookOnly):
    list_display = (link_column("queue"), "seq", "kind", "task_uuid", "created_at")
    list_filter = ("queue", "kind")
    list_select_related = ("queue",)
    search_fields = ("task_uuid",)
