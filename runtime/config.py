"""What code inside a node can reach without a parameter. Outside a run: RuntimeError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.context import current
from runtime.facts import Runtime

__all__ = [
    "Runtime",
    "get_config",
    "get_runtime",
    "get_store",
    "get_stream_writer",
    "stream_message",
]


def get_config() -> dict[str, Any]:
    """The config of the running task."""
    return current().config


def get_stream_writer() -> Callable[[Any], None]:
    """A function that shows its argument in stream mode `custom`."""
    return current().write


def stream_message(message: Any) -> None:
    """Show a message, or a piece of one as a model gives it, in stream mode `messages`.

    A message is a dict or an object with `content`, a `type` or `role`, and an `id`: pieces of one
    message share it. A message with that id in the node's output is not shown again.
    """
    current().say(message)


def get_store() -> Any:
    """The store that compile() got, or None."""
    return current().store


def get_runtime() -> Runtime:
    """Context, writer and execution info of the running task."""
    return current().runtime
