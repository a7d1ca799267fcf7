"""A JSON value as a tree for reading: every leaf is there, deep parts as JSON text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from reviews.web.exact_json import dumps

MAX_DEPTH: Final = 4
BLOCK: Final = 80  # characters; longer text gets a block of its own
LONG_LINES: Final = 14  # longer blocks scroll, so that the form stays near


@dataclass(frozen=True, slots=True)
class Shown:
    """`kind` is text (a leaf), block (many words), long (many lines), map or list (children)."""

    label: str
    kind: str
    text: str = ""
    children: tuple[Shown, ...] = ()


def show(value: Any, label: str = "", depth: int = 0) -> Shown:
    """The tree of `value`; the root has no label."""
    if isinstance(value, dict) and value and depth < MAX_DEPTH:
        parts = tuple(show(part, str(key), depth + 1) for key, part in value.items())
        return Shown(label, "map", children=parts)
    if isinstance(value, list) and value and depth < MAX_DEPTH:
        if len(value) <= 20 and all(_short(part) for part in value):
            return Shown(label, "text", ", ".join(_leaf(part) for part in value))
        parts = tuple(show(part, str(i), depth + 1) for i, part in enumerate(value, 1))
        return Shown(label, "list", children=parts)
    text = dumps(value) if isinstance(value, dict | list) and value else _leaf(value)
    return Shown(label, _size(text), text)


def _size(text: str) -> str:
    rows = sum(1 + len(line) // BLOCK for line in text.split("\n"))
    if rows > LONG_LINES:
        return "long"
    return "block" if rows > 1 else "text"


def _short(value: Any) -> bool:
    return isinstance(value, str | int | float) and len(str(value)) <= 40 and "," not in str(value)


def _leaf(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value == "" or value == [] or value == {}:
        return _("none") if value is None else _("empty")
    return value if isinstance(value, str) else dumps(value)
