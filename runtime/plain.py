"""Values for people: readable JSON, lossy on purpose. What is stored is serde's."""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any


def to_plain(value: Any) -> Any:
    """A JSON-able value: text for dates and numbers without a JSON form, lists for sets."""
    if value is None or (isinstance(value, (bool, int)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    for kinds, show in _SHOWN:
        if isinstance(value, kinds):
            return show(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: to_plain(getattr(value, each.name)) for each in fields(value)}
    return str(value)


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _sequence(value: Any) -> list[Any]:
    return [to_plain(item) for item in value]


def _set(value: Any) -> list[Any]:
    return sorted(_sequence(value), key=repr)


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {_text(str(to_plain(key))): to_plain(item) for key, item in value.items()}


def _isoformat(value: datetime | date | time) -> str:
    return value.isoformat()


_SHOWN: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Enum, lambda value: to_plain(value.value)),
    (str, _text),
    (Mapping, _mapping),
    ((list, tuple, deque), _sequence),
    ((set, frozenset), _set),
    ((bytes, bytearray), lambda value: b64encode(value).decode()),
    ((datetime, date, time), _isoformat),
    ((timedelta, Decimal), str),
)
