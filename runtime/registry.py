"""The closed registry behind the codec: which classes of authors may be stored, and as what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from enum import Enum
from typing import Any, NamedTuple

from runtime.errors import UnknownTagError


class Codec(NamedTuple):
    """How values that `fits` are stored, under `tag` ("$name")."""

    tag: str
    fits: Callable[[Any], bool]
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


_classes: dict[str, type] = {}
_names: dict[type, str] = {}
_codecs: dict[str, Codec] = {}


def register(*classes: type) -> None:
    """Let values of these dataclasses, pydantic models and enums be stored."""
    for cls in classes:
        if not (is_dataclass(cls) or is_model(cls) or issubclass(cls, Enum)):
            raise TypeError(f"{cls!r} is neither a dataclass nor a pydantic model nor an Enum")
        name = f"{cls.__module__}:{cls.__qualname__}"
        _classes[name] = cls
        _names[cls] = name


def add_codec(codec: Codec) -> None:
    """Teach the codec a kind of values that it does not know."""
    _codecs[codec.tag] = codec


def is_model(cls: type) -> bool:
    """Whether a class is a pydantic model; pydantic itself need not be there."""
    return hasattr(cls, "model_fields") and hasattr(cls, "model_construct")


def name_of(cls: type) -> str | None:
    return _names.get(cls)


def class_named(name: str) -> Any:
    """Raises UnknownTagError for a class that this process did not register."""
    try:
        return _classes[name]
    except KeyError:
        raise UnknownTagError(f"stored data needs class {name}, which is not registered") from None


def codec_for(value: Any) -> Codec | None:
    return next((codec for codec in _codecs.values() if codec.fits(value)), None)


def decoder(tag: str) -> Callable[[Any], Any] | None:
    codec = _codecs.get(tag)
    return codec.decode if codec else None
