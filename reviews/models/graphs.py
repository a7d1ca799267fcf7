"""An assistant is a graph with a configuration."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from reviews.models.base import PublicRow


class Assistant(PublicRow):
    graph_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    config = models.JSONField(default=dict, blank=True)
    context = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["graph_id", "name"], name="assistant_name_per_graph")
        ]

    def __str__(self) -> str:
        return self.name
