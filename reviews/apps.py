"""The Django app that stores threads, checkpoints and interrupt tasks."""

from __future__ import annotations

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "Signoff"
    default_auto_field = "django.db.models.BigAutoField"
