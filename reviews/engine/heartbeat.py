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
_idle = threading.Event()  # set while nothing is held; ends the thread that beats


@contextmanager
def kept(lease: Lease) -> Iterator[None]:
    """Renew `lease` in the background until the block ends."""
    global _idle
    with _lock:
        if not _held:
            _idle = threading.Event()
            threading.Thread(target=_beat, args=(_idle,), name="heartbeat", daemon=True).start()
        _held.add(lease)
    try:
        yield
    finally:
        _drop(lease)


def holding() -> tuple[Lease, ...]:
    """The leases that this process works on now."""
    with _lock:
        return tuple(_held)


def _drop(lease: Lease) -> None:
    with _lock:
        _held.discard(lease)
        if not _held:
            _idle.set()


def _beat(idle: threading.Event) -> None:
    while not idle.wait(settings.HITL_LEASE_SECONDS / BEATS_PER_LEASE):
        for lease in holding():
            _renew(lease)
        connection.close()


def _renew(lease: Lease) -> None:
    try:
        leases.renew(lease)
    except LeaseLost:
        _drop(lease)
    except DatabaseError:
        log.exception("run %s: the lease could not be renewed", lease.run_id)
