"""Our small validator agrees with jsonschema on every schema that it knows the words of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from runtime.validate import problem_text, problems

values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 3), st.floats(-3, 3), st.text("ab", max_size=3)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=6,
)
kinds = st.sampled_from(["string", "integer", "number", "boolean", "null", "object", "array"])
small = st.integers(0, 3)
plain = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(kinds, st.lists(kinds, min_size=1, max_size=2, unique=True)),
        "enum": st.lists(values, min_size=1, max_size=3),
        "const": values,
        "minLength": small,
        "maxLength": small,
        "pattern": st.sampled_from(["a", "^b*$"]),
        "minimum": small,
        "exclusiveMaximum": small,
        "minItems": small,
        "maxItems": small,
        "required": st.lists(st.sampled_from("xyz"), max_size=2, unique=True),
    },
)
schemas = st.recursive(
    st.one_of(plain, st.booleans()),
    lambda inner: st.builds(
        lambda base, more: {**base, **more},
        plain,
        st.fixed_dictionaries(
            {},
            optional={
                "properties": st.dictionaries(st.sampled_from("xyz"), inner, max_size=2),
                "additionalProperties": inner,
                "items": inner,
                "anyOf": st.lists(inner, min_size=1, max_size=2),
                "allOf": st.lists(inner, min_size=1, max_size=2),
            },
        ),
    ),
    max_leaves=5,
)


@given(schemas, values)
def test_we_refuse_what_jsonschema_refuses(schema: Any, value: Any) -> None:
    assert bool(problems(schema, value)) != Draft202012Validator(schema).is_valid(value)


def test_problems_have_paths_and_reasons() -> None:
    schema = {
        "type": "object",
        "properties": {"to": {"type": "array", "items": {"type": "string", "minLength": 2}}},
        "required": ["amount"],
        "additionalProperties": False,
    }
    found = problems(schema, {"to": ["ab", "c", 3], "extra": 1})

    assert problem_text(found) == (
        "amount: is missing; to.1: needs at least 2 characters; to.2: must be string;"
        " extra: is not known"
    )


def test_local_references_are_followed() -> None:
    schema = {"$defs": {"age": {"minimum": 0}}, "items": {"$ref": "#/$defs/age"}}

    assert problems(schema, [1, -1]) == [("1", "must be at least 0")]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_say_is_no_number(value: float) -> None:
    assert problems({"type": "number"}, value) == [("", "must be number")]
