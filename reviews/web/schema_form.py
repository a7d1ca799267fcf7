"""JSON Schema + value (+ what was submitted) -> a tree of fields. Pure.

What the table of widgets does not cover becomes JSON text, so that every value can be edited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from reviews.web.fields import MISSING, Field, Option, escape, kind_of, lines, text_of
from reviews.web.safe_text import is_hidden
from reviews.web.schemas import Schema, infer, options_of, size, unwrapped

MAX_DEPTH: Final = 4
MAX_CONTROLS: Final = 200
RADIOS: Final = 5  # up to so many options are shown at once
AREA: Final = 120  # characters
HINTS: Final = {
    "date-time": "2026-01-31T09:30:00Z",
    "time": "09:30:00",
    "email": "name@example.org",
    "uri": "https://example.org/",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}
NUMERIC: Final = ("integer", "number", "decimal")


def build(
    schema: Schema | None,
    value: Any,
    *,
    name: str,
    path: str,
    builder: Builder,
) -> Field:
    """The whole tree for one value. A value with very many parts is edited as JSON text."""
    place = Place(name, path, fresh=value is MISSING or value is None)
    if value is not MISSING and size(value) > MAX_CONTROLS:
        place = replace(place, depth=MAX_DEPTH)
    return builder.field(schema, value, place)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the form a value stands."""

    name: str
    path: str
    key: str = ""
    label: str = ""
    required: bool = True
    extra: bool = False
    depth: int = 0
    fresh: bool = False  # there is no value yet: defaults are filled in

    def inside(self, part: str, **changes: Any) -> Place:
        name, path = f"{self.name}.{escape(part)}", f"{self.path}.{part}"
        return replace(self, name=name, path=path, depth=self.depth + 1, **changes)


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds fields for one form. `data` is what was submitted, None on the first look."""

    root: Schema
    data: Mapping[str, str] | None = None
    ui: Mapping[str, Any] = field(default_factory=dict)

    def field(self, schema: Schema | None, value: Any, place: Place) -> Field:
        """The field for `value` (or MISSING) under `schema` (or None: as the value is)."""
        schema, nullable = self._plain(schema) if schema else (infer(value), False)
        if value is MISSING and place.fresh and "default" in schema:
            value = schema["default"]
        if value is MISSING and place.required and "const" in schema:
            value = schema["const"]
        base = Field(
            name=place.name,
            path=place.path,
            key=place.key,
            label=str(schema.get("title") or place.label),
            widget="text",
            original=value,
            help=str(schema.get("description") or ""),
            required=place.required,
            nullable=nullable,
            extra=place.extra,
        )
        if schema.get("readOnly") or "const" in schema:
            return replace(base, widget="fixed", initial=text_of(value, kind_of(value)))
        return self._by_type(schema, base, place)

    def _plain(self, schema: Schema) -> tuple[Schema, bool]:
        """Follow local references and unwrap "this or null"."""
        nullable = False
        for _step in range(20):
            if "$ref" in schema:
                others = {key: part for key, part in schema.items() if key != "$ref"}
                schema = {**self._resolve(str(schema["$ref"])), **others}
            elif (inner := unwrapped(schema)) is not None:
                nullable = nullable or inner[1]
                schema = inner[0]
            else:
                return schema, nullable
        return {}, nullable

    def _resolve(self, reference: str) -> Schema:
        target: Any = self.root
        if not reference.startswith("#"):
            return {}
        for part in reference[1:].split("/")[1:]:
            if not isinstance(target, Mapping):
                return {}
            target = target.get(part.replace("~1", "/").replace("~0", "~"), {})
        return target if isinstance(target, Mapping) else {}

    def _by_type(self, schema: Schema, base: Field, place: Place) -> Field:
        options = options_of(schema)
        if options:
            return self._choice(options, base)
        kind = schema.get("type")
        value = base.original
        unset = value is MISSING or value is None
        if kind == "object" and place.depth < MAX_DEPTH and (unset or isinstance(value, dict)):
            if schema.get("properties") or value:
                return self._group(schema, base, place)
        elif kind == "array" and place.depth < MAX_DEPTH and (unset or isinstance(value, list)):
            return self._array(schema, base, place)
        elif kind == "boolean" and (unset or isinstance(value, bool)):
            return self._boolean(base, place)
        elif kind in ("integer", "number") and (unset or kind_of(value) in NUMERIC):
            exact = "decimal" if kind_of(value) == "decimal" else str(kind)
            return self._leaf(replace(base, widget="number", kind=exact))
        elif kind == "string" and (unset or (isinstance(value, str) and not _unsafe(value))):
            return self._leaf(self._string(schema, base))
        return self._json(base)

    def _json(self, base: Field) -> Field:
        hint = _("JSON: text stands in double quotes")
        return self._leaf(replace(base, widget="json", kind="json", hint=hint))

    def _leaf(self, base: Field) -> Field:
        initial = text_of(base.original, base.kind)
        if base.widget == "secret":
            initial = ""
        return replace(base, initial=initial, text=self._submitted(base.name, initial))

    def _submitted(self, name: str, initial: str) -> str:
        return initial if self.data is None else lines(self.data.get(name, ""))

    def _string(self, schema: Schema, base: Field) -> Field:
        text = text_of(base.original, "string")
        form = schema.get("format")
        if form == "password" or schema.get("writeOnly") or schema.get("x-secret"):
            return replace(base, widget="secret")
        widgets = self.ui.get("widgets") or {}
        wanted = widgets.get(base.path.partition(".")[2]) or widgets.get("*")
        long = schema.get("maxLength", 0) > AREA or len(text) > AREA or "\n" in text
        if long or (wanted in ("long", "textarea") and not form):
            return replace(base, widget="area")
        if form == "date" and (not text or _is_date(text)):
            return replace(base, widget="date")
        return replace(base, hint=HINTS.get(str(form), ""))

    def _boolean(self, base: Field, place: Place) -> Field:
        if isinstance(base.original, bool) or (place.fresh and place.required):
            return self._leaf(replace(base, widget="checkbox", kind="boolean"))
        return self._choice((Option("1", _("yes"), True), Option("0", _("no"), False)), base)

    def _choice(self, options: tuple[Option, ...], base: Field) -> Field:
        value = base.original
        if base.nullable and not any(option.value is None for option in options):
            options = (*options, Option("null", _("none"), None))
        initial = next((one.key for one in options if _same(one.value, value)), "")
        if value is not MISSING and not initial:
            options = (Option("keep", text_of(value, kind_of(value)), value), *options)
            initial = "keep"
        widget = "choice" if len(options) <= RADIOS else "select"
        if not base.required or (widget == "select" and not initial):
            options = (Option("", _("not set")), *options)
        text = self._submitted(base.name, initial)
        return replace(
            base, widget=widget, kind="option", options=options, initial=initial, text=text
        )

    def _group(self, schema: Schema, base: Field, place: Place) -> Field:
        value = base.original if isinstance(base.original, dict) else {}
        properties = schema.get("properties") or {}
        order = self.ui.get("order", ()) if place.depth == 0 else ()
        names = [*[name for name in order if name in properties or name in value], *properties]
        required = set(schema.get("required") or ())
        inferred = schema.get("inferred", False)
        children = tuple(
            self.field(
                properties.get(name),
                value.get(name, MISSING),
                place.inside(
                    name,
                    key=name,
                    label=name,
                    required=name in required or inferred,
                    extra=name not in properties and not inferred,
                    fresh=place.fresh and not value,
                ),
            )
            for name in dict.fromkeys([*names, *value])
        )
        label = base.label if place.depth else ""  # the page names the whole
        return replace(base, widget="group", kind="group", label=label, children=children)

    def _array(self, schema: Schema, base: Field, place: Place) -> Field:
        items = schema.get("items")
        value = base.original if isinstance(base.original, list) else []
        if isinstance(items, Mapping) and (options := options_of(self._plain(items)[0])):
            found = [next((o.key for o in options if _same(o.value, v)), "") for v in value]
            if all(found):
                initial = ",".join(one.key for one in options if one.key in found)
                text = self._submitted(base.name, initial)
                checks = replace(base, widget="checks", kind="option", options=options)
                return replace(checks, initial=initial, text=text)
        elif items is None or isinstance(items, Mapping):
            return self._rows(items, base, place)
        return self._json(base)

    def _rows(self, items: Schema | None, base: Field, place: Place) -> Field:
        value = base.original if isinstance(base.original, list) else []
        initial = ",".join(str(index) for index in range(len(value)))
        rows = replace(base, initial=initial, text=self._submitted(base.name, initial))
        model = items or (infer(value[0]) if value else {"type": "string"})
        originals = {str(index): one for index, one in enumerate(value)}
        children = []
        for index, key in enumerate(rows.picked[:MAX_CONTROLS]):
            old = originals.get(key, MISSING)
            label = f"{base.label} {index + 1}".strip()
            spot = place.inside(key, key="", label=label, required=False, extra=False, fresh=True)
            spot = replace(spot, path=f"{place.path}.{index}")
            children.append(self.field(items or (None if old is not MISSING else model), old, spot))
        return replace(rows, widget="rows", kind="rows", children=tuple(children))


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _unsafe(text: str) -> bool:
    """Text that a plain control would change or hide is edited as JSON, with escapes."""
    return any(is_hidden(char) for char in text)


def _is_date(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdecimal()
