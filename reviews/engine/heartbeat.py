"""Keeps the leases of this process alive while their nodes run, however long that takes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, connection

from reviews.engine import leases
from reviews.engine.leases import Lease
from reviews.errors import LeaseLost

log = logging.getLogger(__name__)

BEATS_PER_LEASE = 3

_lock = threading.Lock()
_held: set[Lease] = set()
_thread: threading.Thread | None = None


@contextmanager
def kept(lease: Lease) -> Iterator[None]:
    """Renew `lease` in the background until the block ends."""
    global _thread
    with _lock:
        _held.add(lease)
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_beat, name="heartbeat", daemon=True)
            _thread.start()
    try:
        yield
    finally:
        with _lock:
            _held.discard(lease)


def _beat() -> None:
    pause = threading.Event()
    while True:
        pause.wait(settings.HITL_LEASE_SECONDS / BEATS_PER_LEASE)
        with _lock:
            now_held = tuple(_held)
        for lease in now_held:
            _renew(lease)
        connection.close()


def _renew(lease: Lease) -> None:
    try:
        leases.renew(lease)
    except LeaseLost:
        with _lock:
            _held.discard(lease)
    except DatabaseError:
        log.exception("run %s: the lease could not be renewed", lease.run_id)
