"""Caches: what nodes with a CachePolicy wrote, by input."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, Protocol

from runtime.serde import dumps, loads


class Cache(Protocol):
    """`place` names the node, `key` its input. Safe to call from many threads."""

    def get(self, place: str, key: str) -> Any:
        """What was set, or None."""

    def set(self, place: str, key: str, value: Any, *, ttl: float | None = None) -> None:
        """Keep a value that is not None for `ttl` seconds; None: for ever."""

    def clear(self, place: str | None = None) -> None:
        """Forget one place, or everything."""


class InMemoryCache:
    """Keeps values in this process, as text, so that nobody shares objects."""

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._found: dict[tuple[str, str], tuple[str, float | None]] = {}
        self._clock = clock
        self._lock = Lock()

    def get(self, place: str, key: str) -> Any:
        with self._lock:
            text, until = self._found.get((place, key), (None, None))
            if text is not None and until is not None and until <= self._clock():
                del self._found[place, key]
                text = None
        return None if text is None else loads(text)

    def set(self, place: str, key: str, value: Any, *, ttl: float | None = None) -> None:
        text = dumps(value)
        with self._lock:
            self._found[place, key] = (text, None if ttl is None else self._clock() + ttl)

    def clear(self, place: str | None = None) -> None:
        with self._lock:
            if place is None:
                self._found.clear()
            for each in [each for each in self._found if each[0] == place]:
                del self._found[each]
