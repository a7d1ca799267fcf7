"""Reading one part of a payload; each raises Invalid with the path of what cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

from reviews.errors import Invalid
from reviews.services.questions import ACTIONS, EFFECTS


def decisions(names: Any, default: tuple[str, ...] | None, path: str) -> tuple[str, ...]:
    if names is None and default is not None:
        return default
    if not isinstance(names, list | tuple) or not names:
        raise bad(path, "must be a non-empty list")
    for name in names:
        known(name, ACTIONS, path)
    return tuple(dict.fromkeys(names))


def union(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    seen = {name for group in groups for name in group}
    return tuple(name for name in ACTIONS if name in seen)


def unique(ids: list[str]) -> None:
    if len(set(ids)) != len(ids):
        raise bad("actions", "two calls share one id")


def schema(schema: Any, path: str) -> dict[str, Any] | None:
    if schema is None:
        return None
    found: dict[str, Any] = dict(mapping(schema, path))
    try:
        Draft202012Validator.check_schema(found)
    except SchemaError as error:
        raise bad(path, error.message) from error
    for ref in _refs(found):
        if not ref.startswith("#"):
            raise bad(path, f"$ref {ref!r} must point into the schema itself")
    return found


def _refs(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(ref := schema.get("$ref"), str):
            yield ref
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _refs(part)


def field_errors(errors: Any) -> dict[str, list[str]]:
    return {
        str(path): [reasons] if isinstance(reasons, str) else [str(one) for one in reasons]
        for path, reasons in mapping(errors or {}, "field_errors").items()
    }


def priority(value: Any) -> int | None:
    number = whole(value, "priority")
    return None if number is None else max(0, min(100, number))


def whole(value: Any, path: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise bad(path, "must be a whole number, 0 or more")
    return value


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise bad(path, "must be an object")
    return value


def text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise bad(path, "must be a text")
    return value


def known(value: Any, names: tuple[str, ...], path: str) -> None:
    if value not in names:
        raise bad(path, f"{value!r} is not one of {', '.join(names)}")


def effect(value: Any, path: str) -> str:
    """A side-effect class, or "" when none is named."""
    if value:
        known(value, EFFECTS, path)
    return str(value or "")


def bad(path: str, reason: str) -> Invalid:
    return Invalid(f"The question cannot be read: {path}: {reason}", errors={path: [reason]})
