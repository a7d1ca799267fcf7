"""Messages: small classes of our own, and the reducer that keeps a list of them.

A message may also be a plain dict with "role" (or "type") and "content", a (role, text) pair,
plain text, or an object of langchain-core: what has `type`, `content` and `id` is a message.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, is_dataclass, replace
from importlib import import_module
from typing import Annotated, Any, ClassVar, Final, TypedDict
from uuid import uuid4

from runtime import registry
from runtime.channels import overwritten
from runtime.errors import UnknownTagError

REMOVE_ALL_MESSAGES: Final = "__remove_all__"

_LANGCHAIN: Final = "langchain_core.messages"
_LANGCHAIN_CLASSES: Final = frozenset(
    f"{name}{chunk}"
    for name in ("AIMessage", "HumanMessage", "SystemMessage", "ToolMessage", "ChatMessage")
    for chunk in ("", "Chunk")
) | {"RemoveMessage"}


@dataclass(frozen=True, slots=True)
class HumanMessage:
    """What a person says. `content` is text, or a list of content blocks; the reducer gives an
    `id` to a message without one."""

    type: ClassVar[str] = "human"

    content: Any
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """What the author tells the model."""

    type: ClassVar[str] = "system"

    content: Any
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class AIMessage:
    """What the model says. A tool call is {"name", "args": dict, "id"}."""

    type: ClassVar[str] = "ai"

    content: Any = ""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ToolMessage:
    """What a tool call gave. `status` is "success" or "error"."""

    type: ClassVar[str] = "tool"

    content: Any
    tool_call_id: str
    name: str | None = None
    status: str = "success"
    id: str | None = None


@dataclass(frozen=True, slots=True)
class RemoveMessage:
    """As an update: takes the message with this id out, or all before it if REMOVE_ALL_MESSAGES."""

    type: ClassVar[str] = "remove"

    id: str
    content: Any = ""


_ROLES: Final[Mapping[str, type]] = {
    "human": HumanMessage,
    "user": HumanMessage,
    "ai": AIMessage,
    "assistant": AIMessage,
    "system": SystemMessage,
    "developer": SystemMessage,
}
_TYPES: Final[Mapping[str, str]] = {"user": "human", "assistant": "ai", "developer": "system"}

registry.register(HumanMessage, SystemMessage, AIMessage, ToolMessage, RemoveMessage)


def add_messages(left: Any, right: Any) -> list[Any]:
    """A reducer: appends messages, and replaces the one with an equal id.

    RemoveMessage(id) takes one out (ValueError if there is none), RemoveMessage(
    REMOVE_ALL_MESSAGES) all that came before it. Messages stay the objects that they are, but
    for copies that carry an id where there was none.
    """
    before, added = _known_ids(left), _listed(right)
    cleared = [at for at, each in enumerate(added) if _get(each, "id") == REMOVE_ALL_MESSAGES]
    if cleared:
        before, added = ([], []), added[cleared[-1] + 1 :]
    old, ids = before
    new_ids = {_get(each, "id") for each in added}
    if len(new_ids) == len(added) and new_ids.isdisjoint(ids) and not any(map(_removes, added)):
        return old + added
    return _merge(dict(zip(ids, old, strict=True)), added)


def _merge(found: dict[Any, Any], added: list[Any]) -> list[Any]:
    """A dict keeps the place of a replaced item, which is what a replaced message does."""
    removed: set[Any] = set()
    for each in added:
        identifier = _get(each, "id")
        if not _removes(each):
            removed.discard(identifier)
            found[identifier] = each
        elif identifier in found:
            removed.add(identifier)
        else:
            raise ValueError(
                f"Attempting to delete a message with an ID that doesn't exist ('{identifier}')"
            )
    return [each for identifier, each in found.items() if identifier not in removed]


def _known_ids(messages: Any) -> tuple[list[Any], list[Any]]:
    """The messages and their ids: quick for a list that this reducer made."""
    try:
        ids = [each["id"] if type(each) is dict else each.id for each in messages]
    except (KeyError, AttributeError, TypeError):
        ids = [None]
    if type(messages) is not list or None in ids:
        messages = _listed(messages)
        ids = [_get(each, "id") for each in messages]
    return messages, ids


def prepare(write: Any) -> Any:
    """Messages in a list, each with an id. An Overwrite is left as it is."""
    return write if overwritten(write)[0] else _listed(write)


def _listed(value: Any) -> list[Any]:
    messages = value if isinstance(value, list) else [value]
    return [_with_id(as_message(each)) for each in messages]


add_messages.prepare = prepare  # type: ignore[attr-defined]
add_messages.appends = True  # type: ignore[attr-defined]


class MessagesState(TypedDict):
    """A state of messages, for graphs to use as it is or to add keys to."""

    messages: Annotated[list[Any], add_messages]


def as_message(value: Any) -> Any:
    """A dict or an object that is a message, itself; of text or a (role, text) pair, ours.

    Raises ValueError for anything else.
    """
    if isinstance(value, str):
        return HumanMessage(value)
    if isinstance(value, (tuple, list)) and len(value) == 2 and isinstance(value[0], str):
        role, content = value
        if role not in _ROLES:
            raise ValueError(f"unknown role {role!r} of a message; known: {', '.join(_ROLES)}")
        return _ROLES[role](content)
    if isinstance(value, Mapping):
        if kind_of(value) == "remove" or (kind_of(value) and "content" in value):
            return value
        raise ValueError(f"a message dict needs 'role' (or 'type') and 'content', got {value!r}")
    if isinstance(getattr(value, "type", None), str) and hasattr(value, "content"):
        return value
    raise ValueError(f"{value!r} is no message")


def kind_of(message: Any) -> str:
    """One of human, ai, system, tool, remove, or the role as it is written; "" if it has none."""
    kind = str(_get(message, "role") or _get(message, "type") or "")
    return _TYPES.get(kind, kind)


def text_of(message: Any) -> str:
    """The text of a message, blocks that are no text left out."""
    content = _get(message, "content")
    blocks = content if isinstance(content, list) else [content]
    texts = (each.get("text") if isinstance(each, Mapping) else each for each in blocks)
    return "".join(text for text in texts if isinstance(text, str))


def _get(message: Any, key: str) -> Any:
    return message.get(key) if isinstance(message, Mapping) else getattr(message, key, None)


def _removes(message: Any) -> bool:
    return kind_of(message) == "remove"


def _with_id(message: Any) -> Any:
    if _get(message, "id") is not None:
        return message
    identifier = str(uuid4())
    if isinstance(message, Mapping):
        return {**message, "id": identifier}
    if is_dataclass(message) and not isinstance(message, type):
        return replace(message, id=identifier)
    if hasattr(message, "model_copy"):
        return message.model_copy(update={"id": identifier})
    copied = copy(message)
    copied.id = identifier
    return copied


# --- how langchain-core's messages are stored --------------------------------------------------


def _is_langchain(value: Any) -> bool:
    kind = type(value)
    return kind.__module__.startswith(_LANGCHAIN) and kind.__name__ in _LANGCHAIN_CLASSES


def _encode_langchain(value: Any) -> Any:
    return [type(value).__name__, value.model_dump(exclude_defaults=True)]


def _decode_langchain(value: Any) -> Any:
    name, stored = value
    if name not in _LANGCHAIN_CLASSES:
        raise UnknownTagError(f"stored data needs message class {name!r}, which is not known")
    try:
        module = sys.modules.get(_LANGCHAIN) or import_module(_LANGCHAIN)
    except ImportError:
        raise UnknownTagError(f"stored data needs {_LANGCHAIN}.{name}, not installed") from None
    return getattr(module, name)(**stored)


registry.add_codec(registry.Codec("$message", _is_langchain, _encode_langchain, _decode_langchain))
