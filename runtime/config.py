"""What code inside a node can reach without a parameter. Outside a run: RuntimeError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.context import Runtime, current

__all__ = ["Runtime", "get_config", "get_runtime", "get_stream_writer"]


def get_config() -> dict[str, Any]:
    """The config of the running task."""
    return current().config


def get_stream_writer() -> Callable[[Any], None]:
    """A function that shows its argument in stream mode `custom`."""
    return current().write


def get_runtime() -> Runtime:
    """Context, writer and execution info of the running task."""
    return current().runtime
