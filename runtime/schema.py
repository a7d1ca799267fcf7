"""Schemas: a TypedDict, a dataclass or another type becomes channels and a view of the state.

A type that has no fields of its own is root state: one channel, ROOT, holds the value itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Annotated, Any, NotRequired, Required, get_args, get_origin, get_type_hints

from runtime import registry
from runtime.channels import Channel, LastValue, Reduced, reduced
from runtime.errors import InvalidGraphError
from runtime.types import ROOT, UNSET


@dataclass(frozen=True, slots=True)
class Schema:
    """Which keys of the state a reader sees, and as what. `build` is None for plain dicts."""

    type: Any
    channels: Mapping[str, Channel]
    build: Callable[..., Any] | None = None

    @property
    def is_root(self) -> bool:
        return ROOT in self.channels

    def view(self, values: Mapping[str, Any]) -> Any:
        """A fresh dict or instance of the keys that have a value (root: the value or None).

        Raises what the class raises when a required field is missing.
        """
        shown = self.read(values)
        return shown if self.build is None or self.is_root else self.build(**shown)

    def read(self, values: Mapping[str, Any]) -> Any:
        """As `view`, but a plain dict whatever the class: what results and snapshots show."""
        if self.is_root:
            return values.get(ROOT)
        return {key: values[key] for key in self.channels if key in values}

    def fields_of(self, value: Any) -> dict[str, Any] | None:
        """The fields of an instance of a class with fields; None for any other value.

        Fields of a pydantic model that were not set and are None are left out.
        """
        if isinstance(value, type) or not has_fields(type(value)):
            return None
        chosen = getattr(value, "model_fields_set", None)
        found = {key: getattr(value, key) for key in self.channels if hasattr(value, key)}
        if chosen is None:
            return found
        return {key: item for key, item in found.items() if item is not None or key in chosen}


def read_schema(kind: Any) -> Schema:
    """The schema of a type. Raises InvalidGraphError for a bad reducer.

    Dataclasses and enums named in it become storable.
    """
    if not has_fields(kind):
        return Schema(kind, {ROOT: _channel(ROOT, kind)})
    hints = get_type_hints(kind, include_extras=True)
    named = _field_names(kind) or hints.keys()
    hints = {key: hint for key, hint in hints.items() if key in named}
    if not hints:
        raise InvalidGraphError(f"Schema {kind!r} has no fields")
    _register([kind, *hints.values()])
    channels = {key: _channel(key, hint) for key, hint in hints.items()}
    return Schema(kind, channels, None if _is_typed_dict(kind) else kind)


def has_fields(kind: Any) -> bool:
    """Whether a value of this type is a state with named fields."""
    return isinstance(kind, type) and (
        _is_typed_dict(kind) or is_dataclass(kind) or hasattr(kind, "model_fields")
    )


def merge_channels(into: dict[str, Channel], schema: Schema) -> None:
    """Add the schema's channels. A plain field keeps an earlier reducer; two reducers clash."""
    for key, channel in schema.channels.items():
        known = into.get(key)
        if known is None or isinstance(known, LastValue):
            into[key] = channel
        elif isinstance(channel, Reduced) and channel.reducer != getattr(known, "reducer", None):
            raise InvalidGraphError(f"Channel '{key}' already exists with a different reducer")


def start_values(channels: Mapping[str, Channel]) -> dict[str, Any]:
    """What a new thread holds before any input."""
    started = ((key, channel.start()) for key, channel in channels.items())
    return {key: value for key, value in started if value is not UNSET}


def _field_names(kind: Any) -> set[str]:
    """The fields of a dataclass or pydantic model, whose hints also name class variables."""
    if is_dataclass(kind):
        return {each.name for each in fields(kind)}
    return set(getattr(kind, "model_fields", ()))


def _is_typed_dict(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, dict) and hasattr(kind, "__total__")


def _channel(key: str, hint: Any) -> Channel:
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    if get_origin(hint) is not Annotated:
        return LastValue()
    kind, *notes = get_args(hint)
    reducers = [note for note in notes if callable(note)]
    return reduced(key, reducers[-1], kind) if reducers else LastValue()


def _register(hints: Iterable[Any], seen: set[Any] | None = None) -> None:
    """Make the classes that these hints name storable, and those of their fields."""
    seen = set() if seen is None else seen
    for hint in hints:
        if isinstance(hint, type) and hint not in seen:
            seen.add(hint)
            if is_dataclass(hint) or registry.is_model(hint) or issubclass(hint, Enum):
                registry.register(hint)
            if has_fields(hint):
                _register(get_type_hints(hint).values(), seen)
        _register(get_args(hint) if get_origin(hint) is not None else (), seen)
