"""JSON Schema (2020-12) of a state class, so that forms and clients know what to send.

`Annotated[T, "text"]` describes a field; `Annotated[T, {...}]` adds keywords ("title", "default",
"maxLength", ...). A type without a JSON form allows anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from inspect import cleandoc
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

JsonSchema = dict[str, Any]

_SIMPLE: Mapping[Any, JsonSchema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    time: {"type": "string", "format": "time"},
    UUID: {"type": "string", "format": "uuid"},
    dict: {"type": "object"},
    list: {"type": "array"},
    tuple: {"type": "array"},
    set: {"type": "array", "uniqueItems": True},
}
_LISTS = (list, tuple, set, frozenset, Sequence)


def json_schema(kind: Any) -> JsonSchema:
    """The schema of a type: TypedDict, dataclass, pydantic model, or what fields are made of."""
    if isinstance(kind, type) and kind in _SIMPLE:
        return dict(_SIMPLE[kind])
    if hasattr(kind, "model_json_schema"):
        return dict(kind.model_json_schema())
    if is_typeddict(kind) or (isinstance(kind, type) and is_dataclass(kind)):
        return _object(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    return _generic(get_origin(kind), get_args(kind))


def _object(kind: Any) -> JsonSchema:
    hints = get_type_hints(kind, include_extras=True)
    properties = {name: json_schema(hint) for name, hint in hints.items()}
    for name, default in _defaults(kind).items():
        properties[name].setdefault("default", default)
    schema: JsonSchema = {"title": kind.__name__, "type": "object", "properties": properties}
    if kind.__doc__ and not kind.__doc__.startswith((f"{kind.__name__}(", "dict(")):
        schema["description"] = cleandoc(kind.__doc__)
    if required := [name for name in hints if name in _required(kind, hints)]:
        schema["required"] = required
    return schema


def _required(kind: Any, hints: Mapping[str, Any]) -> frozenset[str]:
    if is_typeddict(kind):
        # Postponed annotations hide NotRequired from __required_keys__; the hints still show it.
        return frozenset(
            name for name in kind.__required_keys__ if get_origin(hints[name]) is not NotRequired
        )
    return frozenset(
        each.name
        for each in fields(kind)
        if each.default is MISSING and each.default_factory is MISSING
    )


def _defaults(kind: Any) -> dict[str, Any]:
    """Only defaults that are JSON as they stand."""
    if is_typeddict(kind):
        return {}
    plain = (str, int, float, bool, NoneType)
    return {each.name: each.default for each in fields(kind) if isinstance(each.default, plain)}


def _generic(origin: Any, args: tuple[Any, ...]) -> JsonSchema:
    if origin is Annotated:
        return _annotated(args[0], args[1:])
    if origin in (NotRequired, Required):
        return json_schema(args[0])
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, UnionType):
        return {"anyOf": [json_schema(each) for each in args]}
    if origin in _LISTS and args:
        return {"type": "array", "items": json_schema(args[0])}
    if origin in (dict, Mapping) and len(args) == 2:
        return {"type": "object", "additionalProperties": json_schema(args[1])}
    return {}


def _annotated(kind: Any, notes: tuple[Any, ...]) -> JsonSchema:
    schema = json_schema(kind)
    for note in notes:
        if isinstance(note, str):
            schema["description"] = note
        elif isinstance(note, Mapping):
            schema.update(note)
    return schema
