"""Building: schemas, channels, nodes and edges, and every refusal when compiling."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal, NotRequired, TypedDict

import pytest

from runtime import END, START, Command, InvalidUpdateError, Overwrite, StateGraph
from runtime.channels import LastValue, Reduced
from runtime.errors import InvalidGraphError
from runtime.schema import read_schema
from runtime.serde import dumps, loads
from runtime.types import UNSET
from tests.runtime.helpers import Log, say


class Mood(Enum):
    GOOD = 1


@dataclass
class Inner:
    mood: Mood


class Typed(TypedDict):
    plain: int
    maybe: NotRequired[Annotated[list[int], operator.add]]
    many: Annotated[Sequence[str], "words", operator.add]
    inner: Inner | None


def graph_of(*names: str) -> StateGraph:
    builder = StateGraph(Log)
    for name in names:
        builder.add_node(name, say(name))
    return builder


def test_each_field_is_a_channel():
    """2.1, 2.3"""
    channels = read_schema(Typed).channels

    assert isinstance(channels["plain"], LastValue)
    assert isinstance(channels["maybe"], Reduced)
    assert channels["maybe"].start() == []
    assert channels["many"].start() == []


def test_class_variables_are_no_channels():
    """2.1"""

    @dataclass
    class Counted:
        n: int
        kind: ClassVar[str] = "x"

    assert list(read_schema(Counted).channels) == ["n"]


def test_a_type_that_needs_arguments_starts_with_the_first_write():
    """2.3"""
    channel = Reduced(operator.add, bytes | None)

    assert channel.start() is UNSET
    assert channel.apply("x", UNSET, [b"a", b"b"]) == b"ab"


def test_classes_named_in_the_schema_can_be_stored():
    """19.3"""
    read_schema(Typed)

    assert loads(dumps(Inner(Mood.GOOD))) == Inner(Mood.GOOD)


@pytest.mark.parametrize("reducer", [lambda a: a, lambda a, b, c: a, lambda *a: a])
def test_a_reducer_takes_exactly_two(reducer):
    """2.3"""
    with pytest.raises(InvalidGraphError, match="reducer"):
        read_schema(Annotated[list, reducer])


def test_the_last_callable_is_the_reducer():
    """2.3"""
    channel = read_schema(Annotated[int, max, operator.add, "note"]).channels["__root__"]

    assert channel.apply("x", 1, [2]) == 3


def test_two_overwrites_are_one_too_many():
    """2.4"""
    with pytest.raises(InvalidUpdateError, match=r"'log'.*one Overwrite"):
        Reduced(operator.add).apply("log", [], [Overwrite([1]), {"__overwrite__": [2]}])


def test_two_schemas_with_different_reducers_clash():
    """2.5"""

    class Other(TypedDict):
        log: Annotated[list, max]

    with pytest.raises(InvalidGraphError, match="'log'"):
        StateGraph(Log, input_schema=Other)


def test_a_plain_redeclaration_keeps_the_reducer():
    """2.5"""

    class Plain(TypedDict):
        log: list

    app = StateGraph(Log, output_schema=Plain).add_node("a", say("a")).add_edge(START, "a")

    assert app.compile().invoke({"log": ["in"]}) == {"log": ["in", "a"]}


def test_a_schema_without_fields_is_refused():
    class Empty(TypedDict):
        pass

    with pytest.raises(InvalidGraphError, match="no fields"):
        StateGraph(Empty)


@pytest.mark.parametrize("name", [START, END, "a|b", "a:b", "taken"])
def test_names_that_cannot_be_used(name):
    """3.5"""
    with pytest.raises(ValueError, match=r"reserved|already present"):
        graph_of("taken").add_node(name, say("x"))


def test_a_node_is_a_function():
    with pytest.raises(ValueError, match="must be a function"):
        graph_of().add_node("a", "text")


def test_a_function_gives_its_name():
    """3.5"""

    def greet(state: Log) -> Any:
        return {"x": "hello"}

    app = StateGraph(Log).add_node(greet).add_edge(START, "greet").compile()

    assert app.invoke({})["x"] == "hello"


def test_a_graph_needs_an_entry():
    """4.4"""
    with pytest.raises(ValueError, match="entrypoint"):
        graph_of("a").compile()


@pytest.mark.parametrize(
    "draw",
    [
        lambda g: g.add_edge("a", "bb"),
        lambda g: g.add_edge("bb", "a"),
        lambda g: g.add_edge(["a", "bb"], "a"),
        lambda g: g.add_conditional_edges("a", lambda s: 1, {1: "bb"}),
        lambda g: g.add_conditional_edges("bb", lambda s: "a"),
        lambda g: g.add_node("c", say("c"), destinations=["bb"]),
    ],
)
def test_an_unknown_node_is_named_with_the_closest_when_compiling(draw):
    """4.4, B22 10"""
    builder = graph_of("a", "bbb").add_edge(START, "a")
    draw(builder)

    with pytest.raises(ValueError, match="Did you mean 'bbb'"):
        builder.compile()


def test_an_annotated_goto_target_is_checked_when_compiling():
    def go(state: Log) -> Command[Literal["nowhere"]] | None:
        return None

    with pytest.raises(ValueError, match="nowhere"):
        graph_of().add_node(go).add_edge(START, "go").compile()


def test_edges_into_start_and_out_of_end_are_refused():
    with pytest.raises(ValueError, match="END cannot be a start node"):
        graph_of("a").add_edge(END, "a")
    with pytest.raises(ValueError, match="START cannot be an end node"):
        graph_of("a").add_edge("a", START)


def test_two_branches_of_one_name_are_refused():
    def pick(state: Log) -> str:
        return "a"

    with pytest.raises(ValueError, match="`pick` already exists"):
        graph_of("a").add_conditional_edges("a", pick).add_conditional_edges("a", pick)


def test_an_unknown_breakpoint_is_refused_when_compiling():
    """10.1"""
    with pytest.raises(ValueError, match="Did you mean 'review'"):
        graph_of("review").add_edge(START, "review").compile(interrupt_before=["reviw"])


@pytest.mark.parametrize("checkpointer", [1, "memory", object()])
def test_a_checkpointer_is_a_saver(checkpointer):
    """6.6"""
    with pytest.raises(TypeError, match="checkpointer"):
        graph_of("a").add_edge(START, "a").compile(checkpointer)


def test_a_sequence_adds_and_chains():
    """3.5"""
    app = StateGraph(Log).add_sequence([("a", say("a")), ("b", say("b"))]).add_edge(START, "a")

    assert app.compile().invoke({})["log"] == ["a", "b"]
    with pytest.raises(ValueError, match="at least one"):
        StateGraph(Log).add_sequence([])


def test_a_compiled_graph_does_not_change_with_its_builder():
    builder = graph_of("a", "b").add_edge(START, "a")
    app = builder.compile()
    builder.add_edge("a", "b")

    assert app.invoke({})["log"] == ["a"]


def test_is_async_says_whether_some_function_is_a_coroutine_function():
    async def later(state: Log) -> str:
        return END

    builder = graph_of("a").add_edge(START, "a")

    assert not builder.compile().is_async
    assert builder.add_conditional_edges("a", later).compile().is_async


def test_entry_and_finish_points_are_edges():
    """4.4"""
    builder = graph_of("a", "b").set_entry_point("a").set_finish_point("b")
    builder.add_edge("a", "b")

    assert builder.compile().invoke({})["log"] == ["a", "b"]
    chosen = graph_of("a", "b").set_conditional_entry_point(lambda state: "b").compile()
    assert chosen.invoke({})["log"] == ["b"]
