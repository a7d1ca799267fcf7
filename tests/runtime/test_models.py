"""State as pydantic models and dataclasses, with enums in it, from input to storage (B2.7, B19)."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from runtime import START, Command, InMemorySaver, Send, StateGraph, interrupt
from tests.runtime.parity_kit import LANGGRAPH, OURS


class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


class Item(BaseModel):
    name: str
    price: int = 0


class Order(BaseModel):
    customer: str
    count: int = 1
    items: Annotated[list[Item], operator.add] = Field(default_factory=list)
    mood: Mood = Mood.GOOD
    note: str | None = None


@dataclass
class Point:
    x: int
    log: Annotated[list[str], operator.add] = field(default_factory=list)
    mood: Mood = Mood.GOOD


def graph(kit: Any, schema: Any, *nodes: Any) -> Any:
    builder = kit.StateGraph(schema).add_sequence(list(nodes))
    return builder.add_edge("__start__", nodes[0].__name__).compile(checkpointer=kit.Saver())


def told(kit: Any, schema: Any, nodes: list[Any], given: Any) -> Any:
    """What comes of a run, and what the state is then."""
    config = {"configurable": {"thread_id": "1"}}
    app = graph(kit, schema, *nodes)
    try:
        result = app.invoke(given, config)
    except ValidationError as error:
        return [(each["loc"], each["type"]) for each in error.errors()]
    return result, app.get_state(config).values


def reads(state: Any) -> Any:
    return {"note": f"{type(state).__name__} {state.count + 1}"}


def returns_model(state: Order) -> Any:
    return Order(customer="new", items=[Item(name="tea")])


def returns_nonsense(state: Any) -> Any:
    return {"count": "many"}


def nothing(state: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("nodes", "given"),
    [
        ([reads], {"customer": "ada"}),
        ([reads], {"customer": "ada", "count": "2"}),
        ([reads], Order(customer="ada", count=3)),
        ([reads], {"count": 2}),
        ([reads], {"customer": "ada", "count": "many"}),
        ([returns_model], {"customer": "ada", "note": "kept"}),
        ([returns_nonsense], {"customer": "ada"}),
        ([returns_nonsense, nothing], {"customer": "ada"}),
        ([nothing], {"customer": "ada", "items": [{"name": "tea"}], "mood": "bad"}),
    ],
)
def test_pydantic_state_validates_what_nodes_read_as_in_langgraph(nodes, given):
    """2.7, 3.4"""
    assert told(OURS, Order, nodes, given) == told(LANGGRAPH, Order, nodes, given)


def moves(state: Any) -> Any:
    return {"x": state.x + 1, "log": [state.mood.value]}


def returns_point(state: Any) -> Any:
    return Point(7, ["p"], Mood.BAD)


@pytest.mark.parametrize("nodes", [[moves], [returns_point], [moves, returns_point]])
def test_dataclass_state_goes_as_in_langgraph(nodes):
    """2.7"""
    for given in ({"x": 1}, Point(2, ["in"]), {"x": 1, "mood": Mood.BAD}):
        assert told(OURS, Point, nodes, given) == told(LANGGRAPH, Point, nodes, given)


def test_models_and_enums_survive_a_pause_with_their_types(call, saver, thread):
    """19.1"""

    def ask(state: Order) -> Any:
        assert isinstance(state.items[0], Item)
        assert state.mood is Mood.BAD
        answer = interrupt({"item": state.items[0], "mood": state.mood})
        return {"items": [answer]}

    builder = StateGraph(Order).add_node("ask", ask).add_edge(START, "ask")
    given = {"customer": "ada", "items": [Item(name="tea", price=2)], "mood": Mood.BAD}
    call(builder.compile(saver), given, thread)
    app = builder.compile(saver)
    (question,) = app.get_state(thread).interrupts
    assert question.value == {"item": Item(name="tea", price=2), "mood": Mood.BAD}

    done = call(app, Command(resume=Item(name="milk")), thread)
    assert done["items"] == [Item(name="tea", price=2), Item(name="milk")]
    assert app.get_state(thread).values["mood"] is Mood.BAD


def test_a_send_may_carry_a_model(call, saver, thread):
    """4.5, 19.1"""

    def price(item: Item) -> Any:
        return {"items": [item.model_copy(update={"price": interrupt(item.name)})]}

    builder = StateGraph(Order).add_node("price", price, input_schema=Item)
    builder.add_conditional_edges(START, lambda state: [Send("price", Item(name="tea"))])
    app = builder.compile(saver)
    call(app, {"customer": "ada"}, thread)

    assert call(app, Command(resume=5), thread)["items"] == [Item(name="tea", price=5)]


def test_input_that_does_not_fit_is_refused_before_a_node_runs(call, thread):
    """2.7"""
    ran = []
    builder = StateGraph(Order).add_node("n", lambda state: ran.append(1)).add_edge(START, "n")
    app = builder.compile(InMemorySaver())
    with pytest.raises(ValidationError):
        call(app, {"customer": "ada", "count": "many"}, thread)

    assert ran == []


def test_a_model_edits_the_state_of_a_paused_thread(call, saver, thread):
    """12.1, 2.7"""

    def ask(state: Order) -> Any:
        return {"note": interrupt("?")}

    app = StateGraph(Order).add_node("ask", ask).add_edge(START, "ask").compile(saver)
    call(app, {"customer": "ada"}, thread)
    app.update_state(thread, Order(customer="eve", count=9), as_node="ask")

    state = app.get_state(thread)
    assert (state.values["customer"], state.values["count"], state.next) == ("eve", 9, ())
