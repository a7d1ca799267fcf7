"""Hints after commit: tell open pages and idle workers that something changed.

A hint carries ids only. Losing one loses no work: pages catch up by the feed, workers by the sweep.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)

work_waits = threading.Event()  # set when a run may be ready; worker threads of this process wait

_loop_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def attach_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Send from this loop from now on: the one that the consumers of this process live in.

    The in-memory layer is only safe inside one loop.
    """
    global _loop
    _loop = loop


def group(queue_id: int) -> str:
    """The channel group of a queue."""
    return f"queue.{queue_id}"


def wake_worker() -> None:
    """After the commit: let an idle worker look for runs at once."""
    _after_commit(work_waits.set)


def task_event(queue_id: int, message: dict[str, Any]) -> None:
    """After the commit: push `message` (type, id, queue, seq) to the queue's members."""

    def send() -> None:
        layer = get_channel_layer()
        if layer is not None:
            asyncio.run_coroutine_threadsafe(
                layer.group_send(group(queue_id), message), _sending_loop()
            )

    _after_commit(send)


def _after_commit(callback: Callable[[], None]) -> None:
    def run() -> None:
        try:
            callback()
        except Exception:  # a hint that fails must not undo what was committed
            log.exception("a hint was lost")

    transaction.on_commit(run)


def _sending_loop() -> asyncio.AbstractEventLoop:
    """The attached loop, or one of our own on a thread (a worker process has no other)."""
    global _loop
    with _loop_lock:
        if _loop is None or _loop.is_closed():
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="hints", daemon=True).start()
        return _loop
