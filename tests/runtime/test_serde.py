"""The codec: exact round trips, strict JSON, a closed registry."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import Command, Interrupt, Overwrite, Send
from runtime.errors import NotSerializable, UnknownTagError
from runtime.serde import dumps, loads, register, to_plain
from runtime.types import UNSET


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Point:
    x: int
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("never runs when loading")


@dataclass
class Stranger:
    x: int


register(Colour, Point)

KEYS = st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.just("$set"))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.uuids(),
)
HASHABLE = st.one_of(st.integers(), st.text(max_size=5), st.tuples(st.integers()))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=4),
        st.tuples(inner, inner),
        st.sets(HASHABLE, max_size=4),
        st.frozensets(HASHABLE, max_size=4),
        st.builds(Send, st.text(max_size=5), inner),
        st.builds(Overwrite, inner),
        st.builds(Command, update=inner, goto=st.lists(st.text(max_size=3))),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    """19.1, 19.2"""
    back = loads(dumps(value))

    assert back == value
    assert type(back) is type(value)


@given(VALUES)
def test_the_text_is_strict_json_without_nul(value: Any) -> None:
    """19.3"""
    text = dumps(value)

    json.loads(text, parse_constant=pytest.fail)
    text.encode()
    assert "\x00" not in text
    assert "\\u0000" not in text


@given(VALUES)
def test_plain_is_json_for_people(value: Any) -> None:
    json.dumps(to_plain(value), allow_nan=False).encode()


@pytest.mark.parametrize(
    "value",
    [
        float("inf"),
        -(1 << 200),
        "\x00 and \ud800",
        {1: "a", "1": "b"},
        {"$set": [1]},
        {"": 1},
        deque([1, (2,)], maxlen=3),
        bytearray(b"x"),
        datetime(2020, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
        datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=5))),
        time(1, 2, tzinfo=UTC, fold=1),
        date(2020, 1, 1),
        Decimal("1.10"),
        UUID(int=7),
        Path("a/b"),
        Colour.RED,
        Point(1, ("a",)),
        Interrupt({"q": (1,)}, "0" * 32, 2, {"type": "string"}),
        Command(resume={"a": 1}),
        UNSET,
    ],
    ids=repr,
)
def test_special_values_come_back(value: Any) -> None:
    """19.1"""
    back = loads(dumps(value))

    assert back == value
    assert repr(back) == repr(value)
    assert type(back) is type(value)


def test_nan_comes_back() -> None:
    assert str(loads(dumps(float("nan")))) == "nan"


def test_a_number_of_six_thousand_digits_comes_back() -> None:
    """19.1: any int, though Python refuses to print one this long."""
    assert loads(dumps(1 << 20_000)) == 1 << 20_000


def test_loading_runs_no_code_of_the_class() -> None:
    """19.3"""
    text = dumps(Point(1)).replace('"x":1', '"x":-1')

    assert loads(text).x == -1


def test_a_subclass_of_a_builtin_comes_back_as_the_builtin() -> None:
    back = loads(dumps(OrderedDict(a=1)))

    assert back == {"a": 1}
    assert type(back) is dict


def test_the_error_names_the_place_inside_the_value() -> None:
    """19.4"""
    with pytest.raises(NotSerializable, match=r"\['a'\]\[1\]\['b'\].*object"):
        dumps({"a": [1, {"b": object()}]})


def test_a_class_that_is_not_registered_is_refused() -> None:
    """19.3"""
    with pytest.raises(TypeError, match="Stranger is not registered"):
        dumps(Stranger(1))


def test_a_value_inside_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)

    with pytest.raises(NotSerializable, match="in itself"):
        dumps(loop)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"$pickle": "x"}', "unknown tag"),
        ('{"$object": ["os:system", {}]}', "not registered"),
        ('{"$enum": ["tests.runtime.test_serde:Colour", "BLUE"]}', "no member"),
        ('{"$object": ["tests.runtime.test_serde:Point", {"x": 1, "y": 2}]}', "unknown fields"),
        ('{"$object": ["tests.runtime.test_serde:Point", {"tags": []}]}', "no field 'x'"),
    ],
)
def test_what_cannot_be_read_is_a_named_error(text: str, says: str) -> None:
    """19.3"""
    with pytest.raises(UnknownTagError, match=says):
        loads(text)


def test_a_new_field_with_a_default_reads_old_data() -> None:
    assert loads('{"$object": ["tests.runtime.test_serde:Point", {"x": 1}]}') == Point(1)


def test_only_dataclasses_and_enums_can_be_registered() -> None:
    with pytest.raises(TypeError, match="neither a dataclass nor a pydantic model nor an Enum"):
        register(int)
