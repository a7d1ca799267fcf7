"""What changed between two JSON values, path by path; and between two texts, word by word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from reviews.web.exact_json import dumps

_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")
MIN_WORDS: Final = 9  # counting spaces; shorter texts are easier to compare whole
MAX_WORDS: Final = 4000


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `kind` is added, removed or changed; the texts are for a person."""

    path: str
    kind: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is the same, added or removed."""

    kind: str
    text: str


def changes(old: Any, new: Any, path: str = "") -> tuple[Change, ...]:
    """The differences of two JSON values in reading order; equal values give ()."""
    return tuple(_changes(old, new, path))


def words(old: str, new: str) -> tuple[Piece, ...]:
    """A word diff of two texts; very short and very long ones are shown whole, old then new."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    few, many = sorted((len(before), len(after)))
    if few < MIN_WORDS or many > MAX_WORDS:
        return (Piece("removed", old), Piece("added", new))
    pieces = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(Piece("removed", "".join(before[i1:i2])))
        if j2 > j1:
            pieces.append(Piece("added", "".join(after[j1:j2])))
    return tuple(pieces)


def _changes(old: Any, new: Any, path: str) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _at(old, new, key, f"{path}.{key}" if path else str(key))
    elif isinstance(old, list) and isinstance(new, list):
        before, after = dict(enumerate(old)), dict(enumerate(new))
        for index in range(max(len(old), len(new))):
            yield from _at(before, after, index, f"{path}[{index}]")
    elif type(old) is not type(new) or old != new:
        yield Change(path, "changed", as_text(old), as_text(new))


def _at(old: Any, new: Any, key: Any, path: str) -> Iterator[Change]:
    if key not in new:
        yield Change(path, "removed", old=as_text(old[key]))
    elif key not in old:
        yield Change(path, "added", new=as_text(new[key]))
    else:
        yield from _changes(old[key], new[key], path)


def as_text(value: Any) -> str:
    """A value as a person reads it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else dumps(value)
