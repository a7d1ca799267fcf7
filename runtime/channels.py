"""Channels are rules without values: `apply(name, old, writes)` gives the new value.

Values live in the checkpoint. UNSET is a channel that nobody wrote yet.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, MutableSet, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, Protocol, get_origin

from runtime.errors import InvalidGraphError, InvalidUpdateError
from runtime.types import UNSET, Overwrite

OVERWRITE_KEY = "__overwrite__"

_APPENDING = (operator.add, operator.concat)

_STAND_INS: dict[Any, Callable[[], Any]] = {
    Sequence: list,
    MutableSequence: list,
    AbstractSet: set,
    MutableSet: set,
    Mapping: dict,
    MutableMapping: dict,
}


class Channel(Protocol):
    def start(self) -> Any:
        """The value before the first write, or UNSET."""

    def prepare(self, write: Any) -> Any:
        """The write as it is saved, streamed and applied."""

    def apply(self, name: str, old: Any, writes: Sequence[Any]) -> Any: ...


@dataclass(frozen=True, slots=True)
class LastValue:
    """Holds the last write; takes one write per superstep."""

    def start(self) -> Any:
        return UNSET

    def prepare(self, write: Any) -> Any:
        return write

    def apply(self, name: str, old: Any, writes: Sequence[Any]) -> Any:
        if len(writes) > 1:
            raise InvalidUpdateError(
                f"At key '{name}': Can receive only one value per step."
                " Use an Annotated key to handle multiple values."
            )
        found, value = overwritten(writes[0])
        return value if found else writes[0]


@dataclass(frozen=True, slots=True)
class Reduced:
    """Folds each write into the value with `reducer(current, new)`, in write order."""

    reducer: Callable[[Any, Any], Any]
    kind: Any = UNSET

    @property
    def appends(self) -> bool:
        """Whether the reducer leaves the items of the old list as they are, but for those it is
        given again. An author's own says so by an attribute `appends = True`."""
        return self.reducer in _APPENDING or getattr(self.reducer, "appends", False) is True

    def start(self) -> Any:
        """`T()` where that works: list for Sequence, set for Set, dict for Mapping."""
        kind = get_origin(self.kind) or self.kind
        make = _STAND_INS.get(kind, kind)
        try:
            return make()
        except Exception:  # any refusal of T() only means that there is no start value
            return UNSET

    def prepare(self, write: Any) -> Any:
        """What is drawn by lot (ids of messages) is drawn once, by the reducer's `prepare`."""
        prepare = getattr(self.reducer, "prepare", None)
        return write if prepare is None else prepare(write)

    def apply(self, name: str, old: Any, writes: Sequence[Any]) -> Any:
        replacements = [value for found, value in map(overwritten, writes) if found]
        if len(replacements) > 1:
            raise InvalidUpdateError(
                f"At key '{name}': Can receive only one Overwrite value per super-step."
            )
        if replacements:
            return replacements[0]
        value = old
        for write in writes:
            value = write if value is UNSET else self.reducer(value, write)
        return value


def overwritten(write: Any) -> tuple[bool, Any]:
    """Whether the write is an Overwrite (or its dict form), and the value in it."""
    if isinstance(write, Overwrite):
        return True, write.value
    if type(write) is dict and len(write) == 1 and OVERWRITE_KEY in write:
        return True, write[OVERWRITE_KEY]
    return False, None


def reduced(name: str, reducer: Callable[[Any, Any], Any], kind: Any) -> Reduced:
    """A Reduced channel. Raises InvalidGraphError unless the reducer takes two positionals."""
    try:
        parameters = list(signature(reducer).parameters.values())
    except (TypeError, ValueError):  # built-ins without a signature are taken at their word
        return Reduced(reducer, kind)
    positional = [
        each
        for each in parameters
        if each.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    ]
    if len(positional) != 2:
        raise InvalidGraphError(
            f"Invalid reducer signature of key '{name}'. Expected (a, b) -> c. Got {reducer!r}"
        )
    return Reduced(reducer, kind)
