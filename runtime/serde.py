"""The codec: JSON with tags, a closed registry, no pickle.

A tag is a JSON object with one key that starts with "$": {"$set": [1, 2]}. A plain dict that would
look like one, or has other keys than text, is written as {"$dict": [[key, value], ...]}, so every
value comes back as it was. A subclass of a built-in type comes back as that type, unless it is
registered: by `register`, or by a graph, which registers the classes that its schemas name.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from runtime import registry
from runtime.errors import NotSerializable, UnknownTagError
from runtime.plain import to_plain as to_plain
from runtime.policy import packed, unpacked
from runtime.registry import register as register
from runtime.types import UNSET, Command, Interrupt, Overwrite, Send, Unset, Waiting

_INT_LIMIT = 1 << 63
_BASES: tuple[Any, ...] = (dict, list, tuple, str, int, float, bytes)


def dumps(value: Any) -> str:
    """Strict JSON text without NUL. Raises NotSerializable naming the place inside the value."""
    try:
        return _to_text(_encode(value))
    except _Refused as error:
        path = "".join(f"[{key!r}]" for key in reversed(error.path))
        raise NotSerializable(f"cannot store {path or 'the value'}: {error}") from None
    except RecursionError:
        raise NotSerializable("cannot store the value: it nests too deep or in itself") from None


def loads(text: str) -> Any:
    """The value that `dumps` wrote. Raises UnknownTagError for what this process cannot read."""
    return _from_text(text)


# --- writing -----------------------------------------------------------------------------------


class _Refused(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.path: list[object] = []


def _encode(value: Any) -> Any:
    encoder = _ENCODERS.get(type(value))
    return encoder(value) if encoder else _encode_other(value)


def _same(value: Any) -> Any:
    return value


def _encode_str(value: str) -> Any:
    if "\x00" not in value:
        try:
            value.encode()
        except UnicodeEncodeError:
            pass
        else:
            return value
    return {"$str": b64encode(value.encode("utf-8", "surrogatepass")).decode()}


def _encode_int(value: int) -> Any:
    return value if -_INT_LIMIT <= value < _INT_LIMIT else {"$int": hex(value)}


def _encode_float(value: float) -> Any:
    return value if isfinite(value) else {"$float": repr(value)}


def _encode_list(value: list[Any]) -> Any:
    return _each(enumerate(value))


def _encode_dict(value: Mapping[Any, Any]) -> Any:
    if not _is_plain(value):
        return {"$dict": [[_encode(key), item] for key, item in _items(value)]}
    return dict(_items(value))


def _is_plain(value: Mapping[Any, Any]) -> bool:
    """Whether JSON can hold this dict as an object that is not taken for a tag."""
    if any(type(key) is not str or _encode_str(key) is not key for key in value):
        return False
    return not (len(value) == 1 and next(iter(value)).startswith("$"))


def _items(value: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    for key, item in value.items():
        try:
            yield key, _encode(item)
        except _Refused as error:
            error.path.append(key)
            raise


def _each(pairs: Iterator[tuple[Any, Any]]) -> list[Any]:
    encoded = []
    for key, item in pairs:
        try:
            encoded.append(_encode(item))
        except _Refused as error:
            error.path.append(key)
            raise
    return encoded


def _encode_set(value: set[Any] | frozenset[Any]) -> list[Any]:
    return sorted((_encode(item) for item in value), key=json.dumps)


def _encode_zoned(value: datetime | time) -> Any:
    if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key:
        return [value.replace(tzinfo=None).isoformat(), value.tzinfo.key, value.fold]
    return _clock(value)


def _clock(value: datetime | time) -> Any:
    text = value.isoformat()
    return [text, None, 1] if value.fold else text


def _encode_object(value: Any, name: str) -> Any:
    pairs = ((each.name, getattr(value, each.name)) for each in fields(value))
    return [name, dict(zip((each.name for each in fields(value)), _each(iter(pairs)), strict=True))]


def _encode_model(value: Any, name: str) -> list[Any]:
    """A pydantic model: its fields, which of them were set, and what it took beside them."""
    extra = value.__pydantic_extra__
    parts = (vars(value), sorted(value.model_fields_set), extra and dict(extra))
    return [name, *map(_encode, parts)]


def _encode_other(value: Any) -> Any:
    name = registry.name_of(type(value))
    if name is not None:
        if isinstance(value, Enum):
            return {"$enum": [name, value.name]}
        if is_dataclass(value):
            return {"$object": _encode_object(value, name)}
        return {"$model": _encode_model(value, name)}
    codec = registry.codec_for(value)
    if codec is not None:
        return {codec.tag: _encode(codec.encode(value))}
    if isinstance(value, Enum) or is_dataclass(value) or registry.is_model(type(value)):
        raise _Refused(
            f"{type(value).__name__} is not registered; name it in the state schema"
            " or call runtime.serde.register"
        )
    if isinstance(value, PurePath):
        return {"$path": str(value)}
    for base in _BASES:
        if isinstance(value, base):
            return _ENCODERS[base](base(value))
    raise _Refused(f"a value of type {type(value).__name__} has no stored form")


def _tag(name: str, encode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: {name: encode(value)}


_ENCODERS: dict[type, Callable[[Any], Any]] = {
    type(None): _same,
    bool: _same,
    str: _encode_str,
    int: _encode_int,
    float: _encode_float,
    list: _encode_list,
    dict: _encode_dict,
    tuple: _tag("$tuple", lambda value: _each(enumerate(value))),
    set: _tag("$set", _encode_set),
    frozenset: _tag("$frozenset", _encode_set),
    deque: _tag("$deque", lambda value: [_each(enumerate(value)), value.maxlen]),
    bytes: _tag("$bytes", lambda value: b64encode(value).decode()),
    bytearray: _tag("$bytearray", lambda value: b64encode(value).decode()),
    datetime: _tag("$datetime", _encode_zoned),
    date: _tag("$date", date.isoformat),
    time: _tag("$time", _encode_zoned),
    timedelta: _tag("$timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    Decimal: _tag("$decimal", str),
    UUID: _tag("$uuid", str),
    Unset: _tag("$unset", lambda value: 0),
    Send: _tag("$send", lambda value: [_encode(value.node), _encode(value.arg), *packed(value)]),
    Overwrite: _tag("$overwrite", lambda value: _encode(value.value)),
    Interrupt: _tag("$interrupt", lambda value: _encode_object(value, "")[1]),
    Waiting: _tag("$waiting", lambda value: _encode_object(value, "")[1]),
    Command: _tag("$command", lambda value: _encode_object(value, "")[1]),
}


# --- reading -----------------------------------------------------------------------------------


def _decode(found: dict[str, Any]) -> Any:
    if len(found) != 1:
        return found
    ((tag, value),) = found.items()
    if not tag.startswith("$"):
        return found
    decoder = _DECODERS.get(tag) or registry.decoder(tag)
    if decoder is None:
        raise UnknownTagError(f"unknown tag {tag!r} in stored data")
    return decoder(value)


def _zoned(kind: type[datetime] | type[time], value: Any) -> Any:
    if isinstance(value, str):
        return kind.fromisoformat(value)
    text, zone, fold = value
    read = kind.fromisoformat(text)
    return read.replace(tzinfo=ZoneInfo(zone) if zone else read.tzinfo, fold=fold)


def _decode_enum(value: Any) -> Any:
    name, member = value
    try:
        return registry.class_named(name)[member]
    except KeyError:
        raise UnknownTagError(f"{name} has no member {member!r}") from None


def _decode_object(value: Any) -> Any:
    """Rebuilt field by field: no code of the class runs, so the round trip is exact."""
    name, stored = value
    cls = registry.class_named(name)
    read = object.__new__(cls)
    for each in fields(cls):
        if each.name in stored:
            item = stored.pop(each.name)
        elif each.default is not MISSING:
            item = each.default
        elif each.default_factory is not MISSING:
            item = each.default_factory()
        else:
            raise UnknownTagError(f"stored {name} has no field {each.name!r}")
        object.__setattr__(read, each.name, item)
    if stored:
        raise UnknownTagError(f"stored {name} has unknown fields {sorted(stored)}")
    return read


def _decode_model(value: Any) -> Any:
    """Without validation: what was stored was a model already."""
    name, stored, given, extra = value
    read = registry.class_named(name).model_construct(set(given), **stored)
    if extra:
        read.__pydantic_extra__.update(extra)
    return read


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "$dict": dict,
    "$str": lambda value: b64decode(value).decode("utf-8", "surrogatepass"),
    "$int": lambda value: int(value, 16),
    "$float": float,
    "$tuple": tuple,
    "$set": set,
    "$frozenset": frozenset,
    "$deque": lambda value: deque(value[0], value[1]),
    "$bytes": b64decode,
    "$bytearray": lambda value: bytearray(b64decode(value)),
    "$datetime": lambda value: _zoned(datetime, value),
    "$date": date.fromisoformat,
    "$time": lambda value: _zoned(time, value),
    "$timedelta": lambda value: timedelta(*value),
    "$decimal": Decimal,
    "$uuid": UUID,
    "$path": Path,
    "$unset": lambda value: UNSET,
    "$send": lambda value: Send(*value[:2], timeout=unpacked(value[2:])),
    "$overwrite": Overwrite,
    "$interrupt": lambda value: Interrupt(**value),
    "$waiting": lambda value: Waiting(**value),
    "$command": lambda value: Command(**value),
    "$enum": _decode_enum,
    "$object": _decode_object,
    "$model": _decode_model,
}

_to_text = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
_from_text = json.JSONDecoder(object_hook=_decode).decode
