"""System checks: what Django tells before a command starts."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from reviews.engine import registry


def graphs_load(**_: Any) -> list[CheckMessage]:
    """An error when HITL_GRAPHS names a graph that does not load."""
    try:
        registry.graphs()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="reviews.E001")]
    return []
