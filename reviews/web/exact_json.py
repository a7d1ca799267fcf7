"""JSON text that a person reads or writes: exact numbers, hidden characters as escapes."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from reviews.web.safe_text import is_hidden

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
MAX_DIGITS: Final = 1000


def dumps(value: Any) -> str:
    """Indented JSON; characters that a reader could not see are written as \\u escapes."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=_plain)
    return "".join(_escaped(char) if is_hidden(char) else char for char in text)


def loads(text: str) -> Any:
    """Parse JSON. ValueError says why and where (line and column) in words for a person."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=integer,
            parse_float=number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        reason = _("%(reason)s at line %(line)d, column %(column)d.")
        place = {"reason": error.msg, "line": error.lineno, "column": error.colno}
        raise ValueError(reason % place) from error
    except RecursionError as error:
        raise ValueError(_("This is nested too deeply.")) from error


def integer(text: str) -> int:
    """A whole number of any size, exactly. ValueError otherwise."""
    if not _INTEGER.fullmatch(text) or len(text) > MAX_DIGITS:
        raise ValueError(_("Enter a whole number."))
    return int(text)


def number(text: str) -> int | float:
    """A number that JSON can carry without changing it. ValueError otherwise."""
    if _INTEGER.fullmatch(text):
        return integer(text)
    if not _NUMBER.fullmatch(text) or len(text) > MAX_DIGITS:
        raise ValueError(_("Enter a number, with a point before the decimals."))
    value = float(text)
    if value in (float("inf"), float("-inf")) or Decimal(repr(value)) != Decimal(text):
        raise ValueError(_("This number has more digits than can be kept exactly."))
    return value


def decimal(text: str) -> Decimal:
    """A decimal number with exactly these digits. ValueError otherwise."""
    if not _NUMBER.fullmatch(text) or len(text) > MAX_DIGITS:
        raise ValueError(_("Enter a number, with a point before the decimals."))
    return Decimal(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(_("The name “%(name)s” is given twice.") % {"name": twice})
    return value


def _constant(text: str) -> Any:
    raise ValueError(_("%(text)s is not a number in JSON.") % {"text": text})


def _plain(value: Any) -> str:
    return str(value)


def _escaped(char: str) -> str:
    return char if char == "\n" else json.dumps(char)[1:-1]
