"""One control of a form: what it shows, and which value a submitted text stands for. Pure.

The rule that keeps types exact: text that comes back as it was shown means the original value,
whatever its type. Only changed text is parsed.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from django.utils.translation import gettext as _

from reviews.web import exact_json

Errors = dict[str, list[str]]


class Missing(Enum):
    """The value of a property that is not there."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Option:
    key: str  # what is submitted
    label: str
    value: Any = MISSING


@dataclass(frozen=True, slots=True)
class Field:
    """A control or a group of them.

    `name` is the HTML name, `path` the name that `answers.check` uses in its errors. `initial` is
    the text of `original`, `text` what the person sees now. For rows and checks, `text` is a
    comma list of keys.
    """

    name: str
    path: str
    key: str  # the property it stands for, "" for the root and for rows
    label: str
    widget: str  # text area number date choice select tristate checkbox checks json secret fixed
    #              group rows
    kind: str = "string"  # string integer number decimal json option boolean
    original: Any = MISSING
    initial: str = ""
    text: str = ""
    help: str = ""
    hint: str = ""
    required: bool = False
    nullable: bool = False
    extra: bool = False  # not named by the schema
    options: tuple[Option, ...] = ()
    children: tuple[Field, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the person changed it, or anything inside it."""
        if self.widget == "fixed":
            return False
        own = lines(self.text) != lines(self.initial)
        return own or any(child.changed for child in self.children)

    @property
    def changes(self) -> int:
        """How many controls inside it were changed."""
        if not self.children:
            return int(self.changed)
        return sum(child.changes for child in self.children) or int(self.changed)

    @property
    def picked(self) -> list[str]:
        """The keys of the options or rows that are there now."""
        return [key for key in self.text.split(",") if key]

    @property
    def html_id(self) -> str:
        """An id for labels and error links."""
        return f"f-{self.name}"

    @property
    def was(self) -> str:
        """What was proposed, as a person reads it."""
        labels = {option.key: option.label for option in self.options}
        return (
            ", ".join(labels.get(key, key) for key in self.initial.split(","))
            if labels
            else (self.initial)
        )


def lines(text: str) -> str:
    """Browsers send CR LF where a line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def text_of(value: Any, kind: str) -> str:
    """The text that stands for `value` in a control of this kind."""
    if value is MISSING or (value is None and kind != "json"):
        return ""
    if kind == "json":
        return exact_json.dumps(value)
    if kind == "boolean":
        return "on" if value else ""
    return str(value) if isinstance(value, str | Decimal) else exact_json.dumps(value)


def read(field: Field, errors: Errors) -> Any:
    """The value the person means, or MISSING. What does not parse is noted in `errors`."""
    if field.widget == "checkbox" and field.original is MISSING:
        return field.text == "on"
    if not field.changed and not (field.required and field.original is MISSING):
        return field.original
    if field.widget == "group":
        return _read_group(field, errors)
    if field.widget == "rows":
        return [value for child in field.children if (value := read(child, errors)) is not MISSING]
    return _read_leaf(field, errors)


def _read_group(field: Field, errors: Errors) -> Any:
    value: dict[str, Any] = {}
    for child in field.children:
        part = read(child, errors)
        if part is not MISSING:
            value[child.key] = part
    return value


def _read_leaf(field: Field, errors: Errors) -> Any:
    if field.kind == "option":
        return _read_option(field, errors)
    if field.kind == "boolean":
        return field.text == "on"
    text = lines(field.text)
    if not text.strip() and (field.kind != "string" or field.nullable or not field.initial):
        return _emptied(field, errors)
    try:
        return PARSERS[field.kind](text if field.kind == "string" else text.strip())
    except ValueError as error:
        errors.setdefault(field.path, []).append(str(error))
        return MISSING


def _emptied(field: Field, errors: Errors) -> Any:
    if field.nullable:
        return None
    if field.kind == "string" and not field.required and field.text:
        return lines(field.text)
    if field.required:
        errors.setdefault(field.path, []).append(_("This field is needed."))
    return MISSING


def _read_option(field: Field, errors: Errors) -> Any:
    if field.widget == "checks":
        return [option.value for option in field.options if option.key in field.picked]
    for option in field.options:
        if option.key == field.text:
            return option.value
    return _emptied(field, errors)


PARSERS: Final[dict[str, Any]] = {
    "string": lambda text: text,
    "integer": exact_json.integer,
    "number": exact_json.number,
    "decimal": exact_json.decimal,
    "json": exact_json.loads,
}


def with_errors(field: Field, errors: Errors) -> Field:
    """The same field, each part carrying its own errors."""
    children = tuple(with_errors(child, errors) for child in field.children)
    return replace(field, children=children, errors=tuple(errors.get(field.path, ())))


def find(field: Field, path: str) -> Field | None:
    """The part of the form that an error path names, or None."""
    return next((one for one in controls(field) if one.path == path), None)


def controls(field: Field) -> Iterator[Field]:
    """The field and everything in it."""
    yield field
    for child in field.children:
        yield from controls(child)


def escape(key: str) -> str:
    """A property name as one part of an HTML name; different names stay different."""
    plain = string.ascii_letters + string.digits + "_-"
    return "".join(char if char in plain else f"%{ord(char):x};" for char in key)


def kind_of(value: Any) -> str:
    """The kind of control that fits a value when no schema says more."""
    kinds = {bool: "boolean", int: "integer", float: "number", Decimal: "decimal", str: "string"}
    return kinds.get(type(value), "json")
