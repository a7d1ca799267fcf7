"""Reading one part of a payload; each raises Invalid with the path of what cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from jsonschema import Draft202012Validator, SchemaError

from reviews.errors import Invalid
from reviews.services.questions import ACTIONS, EFFECTS

SAME_VALUE: Final = ("allOf", "anyOf", "oneOf")  # these check the value itself, not a part of it


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
        if _turns_back(_target(found, ref), found):
            raise bad(path, f"$ref {ref!r} never comes to an end")
    return found


def _refs(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(ref := schema.get("$ref"), str):
            yield ref
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _refs(part)


def _turns_back(part: Any, root: Any, passed: tuple[int, ...] = ()) -> bool:
    """Whether checking one value by `part` comes back to `part` with the same value."""
    if not isinstance(part, Mapping):
        return False
    if id(part) in passed:
        return True
    same = [one for word in SAME_VALUE for one in part.get(word, ())]
    if isinstance(ref := part.get("$ref"), str):
        same.append(_target(root, ref))
    return any(_turns_back(one, root, (*passed, id(part))) for one in same)


def _target(root: Any, ref: str) -> Any:
    """The part of the schema that a JSON pointer names, or None; anchors are not followed."""
    found = root
    for step in unquote(ref[1:]).split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(key)
        elif isinstance(found, list) and key.isdecimal() and int(key[:9]) < len(found):
            found = found[int(key[:9])]
        else:
            return None
    return found


def ui(value: Any, path: str) -> dict[str, Any]:
    """Hints for the form: `order`, a list of names, and `widgets`, name -> widget."""
    found = dict(mapping(value or {}, path))
    order = found.get("order") or []
    if not isinstance(order, list | tuple) or not all(isinstance(one, str) for one in order):
        raise bad(f"{path}.order", "must be a list of names")
    widgets = mapping(found.get("widgets") or {}, f"{path}.widgets")
    if not all(isinstance(one, str) for one in widgets.values()):
        raise bad(f"{path}.widgets", "must map names to widgets")
    return {**found, "order": list(order), "widgets": dict(widgets)}


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
