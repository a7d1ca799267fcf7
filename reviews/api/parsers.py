"""The only JSON parser of the API: strict, bounded, and it says where a refused value stands.

Text that is not JSON is 422. JSON that some database, browser or reader further on would choke on
or read differently (NUL, lone surrogates, doubled keys, NaN, absurd numbers or depth) is 400.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

MAX_DEPTH = 64
MAX_DIGITS = 40
Path = tuple[str | int, ...]  # where a value stands: keys and indexes
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
UNSTORABLE_REASON = "a NUL or half of a surrogate pair"


class MalformedJson(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "malformed_json"


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


@dataclass(frozen=True, slots=True)
class Refused:
    """Stands in the parsed tree for a value that JSON text can spell but we do not take."""

    reason: str


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value of the body. Raises MalformedJson 422, TooLarge 413, ParseError 400."""
        encoding = str((parser_context or {}).get("encoding") or "utf-8")
        if encoding.lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "", "JSON is read as UTF-8 only.")
        return loads(_read(stream, max_bytes=settings.HITL_MAX_PAYLOAD_BYTES))


def loads(body: bytes) -> Any:
    """Parse strict JSON from UTF-8 bytes; see the module's opening for what is refused."""
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=lambda name: Refused(f"{name} is not a JSON number"),
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise MalformedJson(
            f"Malformed JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from error
    except RecursionError:
        _refuse((), f"nested deeper than {MAX_DEPTH} levels")
    _check(value)
    return value


def _read(stream: IO[Any], *, max_bytes: int) -> bytes:
    body: bytes = stream.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise TooLarge(f"The body is larger than {max_bytes} bytes.")
    return body


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                found[key] = Refused("this key is there twice")
            seen.add(key)
    return found


def _integer(text: str) -> int | Refused:
    if len(text) > MAX_DIGITS:
        return Refused(f"a number of more than {MAX_DIGITS} digits")
    return int(text)


def _float(text: str) -> float | Refused:
    number = float(text)
    return number if math.isfinite(number) else Refused("a number too large to store")


def _check(value: Any) -> None:
    """Walk the tree without recursion and refuse the first thing that may not come in."""
    waiting: list[tuple[Path, Any]] = [((), {"": value})]
    while waiting:
        path, container = waiting.pop()
        if len(path) > MAX_DEPTH:
            _refuse(path, f"nested deeper than {MAX_DEPTH} levels")
        for key, child in _items(container):
            if isinstance(key, str) and UNSTORABLE.search(key):
                _refuse(path, f"a key holds {UNSTORABLE_REASON}")
            if isinstance(child, dict | list):
                waiting.append(((*path, key), child))
            elif isinstance(child, Refused):
                _refuse((*path, key), child.reason)
            elif isinstance(child, str) and UNSTORABLE.search(child):
                _refuse((*path, key), UNSTORABLE_REASON)


def _items(container: dict[str, Any] | list[Any]) -> Iterable[tuple[str | int, Any]]:
    return container.items() if isinstance(container, dict) else enumerate(container)


def _refuse(path: Path, reason: str) -> NoReturn:
    place = ".".join(map(str, path)).lstrip(".")
    raise ParseError(f"Refused JSON at {place or 'the top'}: {reason}.")
