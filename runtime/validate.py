"""Checks a JSON value against the part of JSON Schema (2020-12) that describe.py writes, and a
little more. Enough for tool arguments and answers, without a library. Unknown keywords pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Problem = tuple[str, str]

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: _is_number(value) and value == int(value),
    "number": lambda value: _is_number(value),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, (list, tuple)),
}


def problems(schema: Mapping[str, Any], value: Any) -> list[Problem]:
    """What is wrong, as (path, reason); the path is "" for the value itself, "a.0.b" inside."""
    return [(".".join(path), reason) for path, reason in _Check(schema).at(schema, value, ())]


def problem_text(found: Sequence[Problem]) -> str:
    return "; ".join(f"{path}: {reason}" if path else reason for path, reason in found)


Path = tuple[str, ...]
Found = Iterator[tuple[Path, str]]


class _Check:
    """`root` is where local references (#/$defs/...) point into."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    def at(self, schema: Any, value: Any, path: Path) -> Found:
        if schema is False:
            yield path, "is not allowed"
        if not isinstance(schema, Mapping):
            return
        if "$ref" in schema:
            yield from self.at(self._resolved(schema["$ref"]), value, path)
        kinds = schema.get("type")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(_TYPES[kind](value) for kind in kinds if kind in _TYPES):
            yield path, f"must be {' or '.join(kinds)}"
            return
        yield from self._values(schema, value, path)
        if isinstance(value, str):
            yield from _text(schema, value, path)
        elif _is_number(value):
            yield from _number(schema, value, path)
        elif isinstance(value, Mapping):
            yield from self._object(schema, value, path)
        elif isinstance(value, (list, tuple)):
            yield from self._array(schema, value, path)

    def _values(self, schema: Mapping[str, Any], value: Any, path: Path) -> Found:
        if "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
            yield path, f"must be one of {', '.join(map(repr, schema['enum']))}"
        if "const" in schema and not _same(value, schema["const"]):
            yield path, f"must be {schema['const']!r}"
        options = schema.get("anyOf") or schema.get("oneOf")
        if options and all(any(True for _ in self.at(each, value, path)) for each in options):
            yield path, "fits none of the allowed forms"
        for each in schema.get("allOf", ()):
            yield from self.at(each, value, path)

    def _object(self, schema: Mapping[str, Any], value: Mapping[str, Any], path: Path) -> Found:
        for name in schema.get("required", ()):
            if name not in value:
                yield (*path, name), "is missing"
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        for name, item in value.items():
            if name not in known and rest is False:
                yield (*path, str(name)), "is not known"
            else:
                yield from self.at(known.get(name, rest), item, (*path, str(name)))

    def _array(self, schema: Mapping[str, Any], value: Sequence[Any], path: Path) -> Found:
        yield from _size(schema, len(value), path, ("minItems", "maxItems", "items"))
        for at, item in enumerate(value):
            yield from self.at(schema.get("items", True), item, (*path, str(at)))

    def _resolved(self, reference: str) -> Any:
        found: Any = self.root
        for part in reference.removeprefix("#").strip("/").split("/"):
            found = found.get(part, {}) if part and isinstance(found, Mapping) else found
        return found


def _text(schema: Mapping[str, Any], value: str, path: Path) -> Found:
    yield from _size(schema, len(value), path, ("minLength", "maxLength", "characters"))
    pattern = schema.get("pattern")
    if pattern is not None and not re.search(pattern, value):
        yield path, f"must match {pattern}"


def _number(schema: Mapping[str, Any], value: float, path: Path) -> Found:
    limits: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
        ("minimum", lambda limit: value < limit, "at least"),
        ("maximum", lambda limit: value > limit, "at most"),
        ("exclusiveMinimum", lambda limit: value <= limit, "more than"),
        ("exclusiveMaximum", lambda limit: value >= limit, "less than"),
    )
    for keyword, breaks, words in limits:
        if keyword in schema and breaks(schema[keyword]):
            yield path, f"must be {words} {schema[keyword]}"


def _size(schema: Mapping[str, Any], size: int, path: Path, words: tuple[str, str, str]) -> Found:
    least, most, unit = words
    if size < schema.get(least, 0):
        yield path, f"needs at least {schema[least]} {unit}"
    if most in schema and size > schema[most]:
        yield path, f"may have at most {schema[most]} {unit}"


def _is_number(value: Any) -> bool:
    """Finite: JSON knows no other number. A bool is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0


def _same(left: Any, right: Any) -> bool:
    """Equal in JSON, where true is not 1."""
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)
