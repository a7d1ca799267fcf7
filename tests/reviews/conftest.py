"""The cast and the sample graphs are at hand in every test of the site."""

from __future__ import annotations

from tests.cast import cast, django_db_setup, sample_graphs

__all__ = ["cast", "django_db_setup", "sample_graphs"]
