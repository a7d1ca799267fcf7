"""What a graph starts with, as JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from runtime import START, StateGraph
from runtime.describe import json_schema


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Order(TypedDict):
    """What is ordered."""

    item: str
    colour: NotRequired[Colour]
    count: Annotated[int, "How many", {"minimum": 1}]
    size: NotRequired[Literal["s", "l"]]


@dataclass
class Parcel:
    weight: float
    tags: list[str]
    fragile: bool = False


def test_a_typed_dict_names_what_is_required_and_what_it_means():
    assert json_schema(Order) == {
        "title": "Order",
        "type": "object",
        "description": "What is ordered.",
        "properties": {
            "item": {"type": "string"},
            "colour": {"enum": ["red", "blue"]},
            "count": {"type": "integer", "description": "How many", "minimum": 1},
            "size": {"enum": ["s", "l"]},
        },
        "required": ["item", "count"],
    }


def test_a_dataclass_shows_its_plain_defaults():
    schema = json_schema(Parcel)
    assert schema["required"] == ["weight", "tags"]
    assert schema["properties"]["fragile"] == {"type": "boolean", "default": False}
    assert schema["properties"]["tags"] == {"type": "array", "items": {"type": "string"}}
    assert "description" not in schema


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (tuple[str, ...], {"type": "array", "items": {"type": "string"}}),
        (Any, {}),
        (object, {}),
    ],
)
def test_types_of_fields(kind: Any, expected: dict[str, Any]):
    assert json_schema(kind) == expected


def test_an_app_tells_its_input():
    graph = StateGraph(Parcel, input_schema=Order)
    graph.add_node("pack", lambda state: {"weight": 1.0})
    graph.add_edge(START, "pack")
    assert graph.compile().get_input_jsonschema() == json_schema(Order)
