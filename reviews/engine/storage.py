"""Tells a database that cannot be reached from a node that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

from reviews.errors import StorageLost


@contextmanager
def reached() -> Iterator[None]:
    """Our own reads and writes: a lost connection or a lock that did not come is StorageLost."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise StorageLost(f"The database could not be reached: {error}") from error
