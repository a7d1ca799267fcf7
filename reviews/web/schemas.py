"""Reading JSON Schema: unwrapping, options, and the schema of a value that has none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reviews.web.fields import Option, kind_of, text_of

Schema = Mapping[str, Any]


def infer(value: Any) -> Schema:
    """The schema of a value that came without one."""
    names = {"json": "", "decimal": "number"}
    if isinstance(value, dict) and value:
        return {"type": "object", "inferred": True}
    if isinstance(value, list) and value and kind_of(value[0]) != "json":
        return {"type": "array"} if all(kind_of(v) == kind_of(value[0]) for v in value) else {}
    kind = kind_of(value)
    return {"type": names.get(kind, kind)}


def size(value: Any) -> int:
    """How many controls a value would need."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return 1 + sum(size(part) for part in parts)
    return 1


def unwrapped(schema: Schema) -> tuple[Schema, bool] | None:
    """Take one wrapping off: "type": [x, null], anyOf/oneOf [x, null], allOf [x]."""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        rest = [kind for kind in kinds if kind != "null"]
        plain = {key: part for key, part in schema.items() if key != "type"}
        return ({**plain, "type": rest[0]} if len(rest) == 1 else plain), "null" in kinds
    for word in ("anyOf", "oneOf", "allOf"):
        branches = schema.get(word)
        if not isinstance(branches, list) or titled(branches):
            continue
        rest = [one for one in branches if one != {"type": "null"}]
        if len(rest) == 1 and isinstance(rest[0], Mapping):
            plain = {key: part for key, part in schema.items() if key != word}
            return {**rest[0], **plain}, len(rest) < len(branches)
    return None


def titled(branches: Any) -> bool:
    return bool(branches) and all(isinstance(b, Mapping) and "const" in b for b in branches)


def options_of(schema: Schema) -> tuple[Option, ...]:
    """The choices of an enum, or of oneOf/anyOf with const and title."""
    if isinstance(schema.get("enum"), list):
        values = enumerate(schema["enum"], 1)
        return tuple(Option(str(i), text_of(value, kind_of(value)), value) for i, value in values)
    for word in ("oneOf", "anyOf"):
        branches = schema.get(word)
        if isinstance(branches, list) and titled(branches):
            return tuple(
                Option(str(i), str(b.get("title") or b["const"]), b["const"])
                for i, b in enumerate(branches, 1)
            )
    return ()
