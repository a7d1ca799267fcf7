"""Marks tell whether a question that a node asks again is the one that was answered.

A node runs again from its first line, and its n-th question gets the n-th answer. If the code has
changed meanwhile, or went another way, that answer belongs to another question. An author may
name a question: `interrupt(value, key="price")`. Without a key its value is compared, but for
what nodes build anew each time: times, fractions and texts of more than 80 characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from hashlib import blake2b
from typing import Any, NamedTuple

from runtime import serde
from runtime.errors import QuestionChangedError
from runtime.plain import to_plain

_LONG = 80
_TIMES = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?"  # ISO dates and times
    r"|\d\d?:\d\d(:\d\d)?(\.\d+)?"
    r"|\b\d{10,}(\.\d+)?"  # seconds since 1970, and finer
)


class Mark(NamedTuple):
    """Digests of a question: all of it, and what lasts of it. `shown` is for people."""

    exact: str
    like: str
    shown: str


def mark(value: Any, key: str | None) -> Mark:
    shown = _shortened(repr(value) if key is None else f"{key} ({value!r})")
    if key is not None:
        return Mark(_digest(key), _digest(key), shown)
    return Mark(_digest(value), _digest(_lasting(value)), shown)


def is_other(asked: Mark, index: int, known: Sequence[Mark]) -> bool:
    """Whether a task that asked the `known` questions now asks another one as its `index`-th."""
    if index >= len(known) or asked.exact == known[index].exact:
        return False
    swapped = any(asked.exact == each.exact for each in known)
    return swapped or asked.like != known[index].like


def changed(node: str, asked: Sequence[Mark], known: Sequence[Mark]) -> QuestionChangedError | None:
    """The error if the last question asked is not the one that was answered in its place."""
    index = len(asked) - 1
    if not is_other(asked[index], index, known):
        return None
    return QuestionChangedError(
        f"node '{node}' asks {asked[index].shown} where {known[index].shown} was answered; was its"
        " code changed while it waited? If it is the same question, name it:"
        " interrupt(..., key=...)"
    )


def _lasting(value: Any) -> Any:
    """The value without what a node may build anew."""
    if isinstance(value, str):
        return _TIMES.sub("~", value) if len(value) <= _LONG else "~"
    if isinstance(value, (float, date, time)):
        return "~"
    if isinstance(value, Mapping):
        return {str(key): _lasting(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_lasting(item) for item in value]
    return value if value is None or isinstance(value, (bool, int)) else _lasting(to_plain(value))


def _digest(value: Any) -> str:
    return blake2b(serde.dumps(value).encode(), digest_size=8).hexdigest()


def _shortened(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 3]}..."
