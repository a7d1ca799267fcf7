"""Forms from JSON Schema: what is sent back unchanged is the same value, of the same types."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.web import fields, schema_form
from reviews.web.fields import MISSING, Errors, Field
from tests.reviews.web.pages import Page

Data = dict[str, str]


def tree(schema: dict[str, Any] | None, value: Any, data: Data | None = None) -> Field:
    builder = schema_form.Builder(schema or {}, data)
    return schema_form.build(schema, value, name="value", path="value", builder=builder)


def sent(field: Field) -> Data:
    """What a browser would send of the rendered form."""
    html = render_to_string("form/_field.html", {"field": field})
    values = Page(f"<form>{html}</form>").forms[0].values
    return {name: ",".join(given) for name, given in values.items()}


def answer(schema: dict[str, Any] | None, was: Any, /, **changes: str) -> tuple[Any, Errors]:
    """Render, change some controls, send, read."""
    data = {**sent(tree(schema, was)), **changes}
    errors: Errors = {}
    return fields.read(tree(schema, was, data), errors), errors


def test_every_kind_of_leaf_keeps_its_type():
    value = {
        "text": " two\n lines\t",
        "number": 1.0,
        "exponent": 1e22,
        "big": 2**200,
        "exact": Decimal("1.10"),
        "yes": True,
        "none": None,
        "empty": [],
        "deep": {"list": [1, "1", {"a": [None]}]},
        "hidden": "a\u202eb\x00c\r",
        "": "no name",
        "a.b": "dot",
        "a": {"b": "no dot"},
    }
    back, errors = answer(None, value)
    assert (repr(back), errors) == (repr(value), {})


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
    | st.text(st.characters(), max_size=12)
)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)
)


@settings(max_examples=150, deadline=None)
@given(values)
def test_any_value_without_a_schema_comes_back_as_it_was(value: Any):
    back, errors = answer(None, value)
    assert (repr(back), errors) == (repr(value), {})


@st.composite
def described(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """A schema and a value that fits it."""
    kind = draw(st.sampled_from(["string", "integer", "number", "boolean", "enum", "null", "many"]))
    if kind == "enum":
        options = draw(st.lists(leaves, min_size=1, max_size=8, unique_by=repr))
        return {"enum": options}, draw(st.sampled_from(options))
    if kind == "many":
        options = ["a", "b", "c"]
        items = {"type": "array", "items": {"enum": options}}
        return items, draw(st.lists(st.sampled_from(options)))
    if kind == "null":
        schema, value = draw(described())
        return {"anyOf": [schema, {"type": "null"}]}, draw(st.sampled_from([value, None]))
    plain = {
        "string": st.text(st.characters(), max_size=12),
        "integer": st.integers(),
        "number": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
    }
    return {"type": kind}, draw(plain[kind])


@st.composite
def objects(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = draw(st.dictionaries(names, st.tuples(described(), st.booleans()), max_size=5))
    schema = {
        "type": "object",
        "properties": {name: schema for name, ((schema, _), _there) in parts.items()},
        "required": [name for name, (_, there) in parts.items() if there],
    }
    present = {name: value for name, ((_, value), there) in parts.items() if there}
    return schema, {**present, **draw(st.dictionaries(names, leaves, max_size=1))}


@settings(max_examples=150, deadline=None)
@given(objects())
def test_any_value_with_a_schema_comes_back_as_it_was(case: tuple[dict[str, Any], dict[str, Any]]):
    schema, value = case
    back, errors = answer(schema, value)
    assert (repr(back), errors) == (repr(value), {})


@pytest.mark.parametrize(
    ("schema", "old", "text", "new"),
    [
        ({"type": "integer"}, 1, "12345678901234567890123", 12345678901234567890123),
        ({"type": "number"}, 1, "0.1", 0.1),
        ({"type": "number"}, 1.5, "2", 2),
        (None, Decimal("1.10"), "2.20", Decimal("2.20")),
        ({"type": "string"}, "a", "", ""),
        ({"type": ["string", "null"]}, "a", "", None),
        ({"type": "boolean"}, True, "", False),
        ({}, [1, {}], '{"a": [2]}', {"a": [2]}),
        ({"type": "string", "maxLength": 500}, "a", "b\r\nc", "b\nc"),
    ],
)
def test_changed_text_becomes_a_value_of_the_declared_type(
    schema: dict[str, Any] | None, old: Any, text: str, new: Any
):
    back, errors = answer(schema, old, value=text)
    assert (repr(back), errors) == (repr(new), {})


@pytest.mark.parametrize(
    ("schema", "text", "words"),
    [
        ({"type": "integer"}, "1.5", "whole number"),
        ({"type": "number"}, "1,5", "number"),
        ({"type": "number"}, "0.12345678901234567890123", "more digits"),
        ({"type": "integer"}, "", "needed"),
        ({}, '{"a": 1,\n "b" 2}', "line 2, column 6"),
        ({}, '{"a": 1, "a": 2}', "twice"),
        ({}, "[NaN]", "NaN"),
    ],
)
def test_text_that_does_not_parse_is_an_error_at_the_field(
    schema: dict[str, Any], text: str, words: str
):
    old = 1 if schema else [1, {}]
    _, errors = answer(schema, old, value=text)
    assert list(errors) == ["value"]
    assert words in errors["value"][0]


def test_defaults_are_filled_in_only_where_there_is_no_value_yet():
    schema = {"type": "object", "properties": {"n": {"type": "integer", "default": 7}}}
    assert answer(schema, MISSING) == ({"n": 7}, {})
    assert answer(schema, {}) == ({}, {})


def test_a_fresh_form_asks_for_what_is_required():
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "sure": {"type": "boolean"}},
        "required": ["name", "sure"],
    }
    back, errors = answer(schema, MISSING)
    assert back == {"sure": False}
    assert errors == {"value.name": ["This field is needed."]}


def test_rows_can_be_added_removed_and_reordered():
    schema = {"type": "array", "items": {"type": "string"}}
    moved = {"value": "2,0,n1", "value.2": "c", "value.0": "A", "value.n1": "new"}
    errors: Errors = {}
    assert fields.read(tree(schema, ["a", "b", "c"], moved), errors) == ["c", "A", "new"]
    assert errors == {}


def test_properties_outside_the_schema_are_shown_and_kept():
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    built = tree(schema, {"a": "x", "b": 2})
    assert [(child.key, child.extra) for child in built.children] == [("a", False), ("b", True)]
    assert "not in the schema" in render_to_string("form/_field.html", {"field": built})


def test_references_are_followed_inside_the_schema_and_never_outside():
    schema = {"$defs": {"age": {"type": "integer"}}, "$ref": "#/$defs/age"}
    assert tree(schema, 1).widget == "number"
    assert tree({"$ref": "https://example.org/age.json"}, 1).widget == "json"


def test_a_secret_is_never_written_into_the_page():
    schema = {"type": "string", "format": "password"}
    html = render_to_string("form/_field.html", {"field": tree(schema, "hunter2")})
    assert "hunter2" not in html
    assert answer(schema, "hunter2")[0] == "hunter2"


def test_a_value_outside_its_enum_stays_a_choice():
    back, errors = answer({"enum": ["a", "b"]}, "c")
    assert (back, errors) == ("c", {})


def test_very_large_values_are_edited_as_json():
    value = {str(n): n for n in range(500)}
    assert tree(None, value).widget == "json"
    assert answer(None, value) == (value, {})


@pytest.mark.parametrize("key", ["9" * 5000, "00", "²"])
def test_a_row_key_of_no_row_is_a_new_row(key: str):
    [row] = tree({"type": "array"}, ["a"], {"value": key}).children
    assert row.original is MISSING


def test_a_reference_into_a_list_of_schemas_is_no_fault_of_the_form():
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/allOf/0"}},
        "allOf": [{"type": "x"}],
    }
    assert tree(schema, {"a": "x"}).children[0].widget == "json"
