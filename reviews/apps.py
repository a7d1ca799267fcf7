"""The Django app that stores threads, checkpoints and interrupt tasks."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from reviews.checks import graphs_load


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "Signoff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(graphs_load)
