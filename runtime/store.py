"""Stores: what nodes remember across threads. Values are dicts under a namespace and a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Protocol

from runtime.errors import InvalidUpdateError
from runtime.serde import dumps, loads

Namespace = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One stored value. Times are in UTC."""

    namespace: Namespace
    key: str
    value: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Store(Protocol):
    """Safe to call from many threads. Values must be storable (serde.py)."""

    def get(self, namespace: Namespace, key: str) -> Item | None: ...

    def put(
        self, namespace: Namespace, key: str, value: Mapping[str, Any], *, ttl: float | None = None
    ) -> None:
        """Store or replace a value; `ttl` is minutes, None: for ever.

        Raises InvalidUpdateError for an empty namespace and for labels that are no text.
        """

    def delete(self, namespace: Namespace, key: str) -> None: ...

    def search(
        self,
        namespace_prefix: Namespace,
        /,
        *,
        filter: Mapping[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
    ) -> list[Item]:
        """The items under a prefix whose value has all of `filter`, in order of creation."""

    def list_namespaces(
        self,
        *,
        prefix: Namespace = (),
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        """The namespaces that hold something, cut to `max_depth`, each once, sorted."""


@dataclass(slots=True)
class _Kept:
    text: str
    created_at: datetime
    updated_at: datetime
    until: datetime | None


def _now() -> datetime:
    return datetime.now(UTC)


class InMemoryStore:
    """Keeps items in this process, as text, so that nobody shares objects."""

    def __init__(self, *, clock: Callable[[], datetime] = _now) -> None:
        self._kept: dict[tuple[Namespace, str], _Kept] = {}
        self._clock = clock
        self._lock = Lock()

    def get(self, namespace: Namespace, key: str) -> Item | None:
        with self._lock:
            return self._living().get((tuple(namespace), key))

    def put(
        self, namespace: Namespace, key: str, value: Mapping[str, Any], *, ttl: float | None = None
    ) -> None:
        place = _checked(namespace)
        text, now = dumps(dict(value)), self._clock()
        until = None if ttl is None else now + timedelta(minutes=ttl)
        with self._lock:
            before = self._kept.get((place, key))
            created = before.created_at if before else now
            self._kept[place, key] = _Kept(text, created, now, until)

    def delete(self, namespace: Namespace, key: str) -> None:
        with self._lock:
            self._kept.pop((tuple(namespace), key), None)

    def search(
        self,
        namespace_prefix: Namespace,
        /,
        *,
        filter: Mapping[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
    ) -> list[Item]:
        prefix = tuple(namespace_prefix)
        with self._lock:
            found = [
                item
                for item in self._living().values()
                if item.namespace[: len(prefix)] == prefix
                and all(item.value.get(key) == wanted for key, wanted in (filter or {}).items())
            ]
        return found[offset : offset + limit]

    def list_namespaces(
        self,
        *,
        prefix: Namespace = (),
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        with self._lock:
            spaces = {item.namespace for item in self._living().values()}
        cut = {each[:max_depth] for each in spaces if each[: len(prefix)] == tuple(prefix)}
        return sorted(cut)[offset : offset + limit]

    def _living(self) -> dict[tuple[Namespace, str], Item]:
        now = self._clock()
        for place in [p for p, kept in self._kept.items() if kept.until and kept.until <= now]:
            del self._kept[place]
        return {
            (space, key): Item(space, key, loads(kept.text), kept.created_at, kept.updated_at)
            for (space, key), kept in self._kept.items()
        }


def _checked(namespace: Namespace) -> Namespace:
    place = tuple(namespace)
    if not place or not all(isinstance(label, str) and label for label in place):
        raise InvalidUpdateError(f"a namespace is a tuple of texts that are not empty: {namespace}")
    return place
