"""Pydantic models in the state: stored whole, read back without being validated again."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest
from pydantic import BaseModel, ConfigDict, field_validator

from runtime import START, Command, InMemorySaver, StateGraph, interrupt
from runtime.errors import NotSerializable, UnknownTagError
from runtime.serde import dumps, loads
from tests.runtime.conftest import Call


class City(BaseModel):
    name: str = "nowhere"
    tags: tuple[str, ...] = ()


class Person(BaseModel):
    model_config = ConfigDict(extra="allow")

    age: int
    home: City = City()

    @field_validator("age")
    @classmethod
    def grows(cls, age: int) -> int:
        return age + 1


class State(TypedDict, total=False):
    person: Person
    answer: Any


def test_a_model_in_the_state_survives_a_pause(call: Call, thread: dict) -> None:
    """19.1"""
    builder = StateGraph(State)
    builder.add_node(
        "make", lambda state: {"person": Person(age=1, home=City(tags=("a",)), x=(1,))}
    )
    builder.add_node("ask", lambda state: {"answer": interrupt(state["person"].age)})
    builder.add_edge(START, "make").add_edge("make", "ask")
    app = builder.compile(InMemorySaver())
    call(app, {}, thread)
    person = call(app, Command(resume=1), thread)["person"]

    assert person == Person.model_construct(age=2, home=City(tags=("a",)), x=(1,))
    assert person.model_fields_set == {"age", "home", "x"}
    assert person.home.model_fields_set == {"tags"}


def test_a_model_that_no_schema_names_is_refused() -> None:
    class Stranger(BaseModel):
        x: int = 1

    with pytest.raises(NotSerializable, match="Stranger is not registered"):
        dumps({"a": Stranger()})


def test_a_class_that_is_gone_is_named() -> None:
    with pytest.raises(UnknownTagError, match="gone:Model"):
        loads('{"$model":["gone:Model",{},[],null]}')
