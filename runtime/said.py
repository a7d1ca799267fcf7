"""Messages as streams look for them: dicts and objects that carry content and say who speaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from typing import Any
from uuid import uuid4

_SPEAKER = ("type", "role")


def is_message(value: Any) -> bool:
    """A dict or an object with `content` and a `type` or `role` that is text."""
    if isinstance(value, Mapping):
        return "content" in value and any(isinstance(value.get(key), str) for key in _SPEAKER)
    if isinstance(value, type) or not hasattr(value, "content"):
        return False
    return any(isinstance(getattr(value, key, None), str) for key in _SPEAKER)


def messages_in(value: Any) -> Iterator[Any]:
    """The messages of an update: the value itself, or those in a list."""
    if is_message(value):
        yield value
    elif isinstance(value, (list, tuple)):
        yield from filter(is_message, value)


def id_of(message: Any) -> str | None:
    found = message.get("id") if isinstance(message, Mapping) else getattr(message, "id", None)
    return None if found is None else str(found)


def ids_in(values: Iterable[Any]) -> Iterator[str]:
    """The ids of the messages that the state already holds."""
    for value in values:
        for message in messages_in(value):
            identifier = id_of(message)
            if identifier is not None:
                yield identifier


def with_ids(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The writes, in which each message has an id: clients put pieces together by it."""
    return [(channel, _named(value)) for channel, value in pairs]


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return [_named(each) for each in value] if any(map(is_message, value)) else value
    if not is_message(value) or id_of(value) is not None:
        return value
    identifier = str(uuid4())
    if isinstance(value, Mapping):
        return {**value, "id": identifier}
    named = copy(value)
    object.__setattr__(named, "id", identifier)
    return named
