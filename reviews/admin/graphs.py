"""Assistants."""

from __future__ import annotations

from django.contrib import admin

from reviews import models
from reviews.admin.base import LookOnly


@admin.register(models.Assistant)
class AssistantAdmin(LookOnly):
    list_display = ("name", "graph_id", "version", "owner", "updated_at")
    list_filter = ("graph_id",)
    list_select_related = ("owner",)
    search_fields = ("name", "graph_id", "uuid")
    pretty_fields = ("config", "context", "metadata")
