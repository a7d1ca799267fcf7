"""B22: what compile() warns of, and what a person sees before saving an edit."""

from __future__ import annotations

import threading
import warnings
from typing import Any, Literal, TypedDict

import pytest

from runtime import END, START, Command, StateGraph, interrupt
from runtime.errors import GraphWarning, InvalidUpdateError
from tests.runtime.helpers import Log, ask, chain, fan, say


def decide(state: Any) -> Command[Literal["pay", "refuse"]]:
    return Command(goto="refuse")


def two_ways() -> StateGraph:
    builder = StateGraph(Log).add_node("decide", decide).add_edge(START, "decide")
    return builder.add_node("pay", say("pay")).add_node("refuse", say("refuse"))


def test_a_goto_beside_a_drawn_edge_is_warned_of():
    """B22 9, 4.6"""
    with pytest.warns(GraphWarning, match="'decide' goes to pay or refuse .* edge to pay"):
        two_ways().add_edge("decide", "pay").compile()


@pytest.mark.parametrize("target", [None, END])
def test_a_goto_alone_is_not(target):
    """B22 9"""
    builder = two_ways()
    if target:
        builder.add_edge("decide", target)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        builder.compile()


def test_a_join_counts_as_a_drawn_edge():
    """B22 9"""
    builder = two_ways().add_edge(["decide", "refuse"], "pay")
    with pytest.warns(GraphWarning, match="decide"):
        builder.compile()


def test_a_preview_shows_what_an_edit_would_do_and_stores_nothing(saver, thread):
    """B22 15"""
    app = chain(saver, a=say("a"), q=ask("q"), z=say("z"))
    app.invoke({"x": 1}, thread)
    before = list(app.get_state_history(thread))

    edited = app.preview_update(thread, {"log": ["by hand"]})
    acted = app.preview_update(thread, {"log": ["by hand"]}, as_node="q")

    assert (edited.next, edited.values["log"]) == (("q",), ["a", "by hand"])
    assert (acted.next, acted.values["log"]) == (("z",), ["a", "by hand"])
    assert list(app.get_state_history(thread)) == before
    assert [each.value for each in app.get_state(thread).interrupts] == ["q"]


def test_a_preview_inside_a_subgraph_leaves_the_question_open(saver, thread):
    """B22 15, 12.7"""
    app = chain(saver, sub=chain(None, q=ask("q"), z=say("z")))
    app.invoke({"x": 1}, thread)
    inner = app.get_state(thread).tasks[0].state

    assert app.preview_update(inner, {"log": ["by hand"]}, as_node="q").next == ("z",)
    assert [each.value for each in app.get_state(thread).interrupts] == ["q"]


def test_a_preview_says_where_a_node_must_be_named(saver, thread):
    """B22 15, 12.2"""
    app = fan(saver, a=say("a"), b=say("b"))
    app.invoke({"x": 1}, thread)
    with pytest.raises(InvalidUpdateError, match="as_node"):
        app.preview_update(thread, {"x": 2})


def test_interrupt_in_a_thread_of_the_author_says_what_to_do(call, saver, thread):
    """B22 21, 3.2"""
    said: list[str] = []

    def outside() -> None:
        try:
            interrupt("anybody?")
        except RuntimeError as error:
            said.append(str(error))

    def node(state: Any) -> Any:
        worker = threading.Thread(target=outside)
        worker.start()
        worker.join()
        return {"x": 2}

    call(chain(saver, node=node), {"x": 1}, thread)
    assert "copy_context" in said[0]


def test_an_app_draws_itself_and_describes_what_it_takes():
    class Ctx(TypedDict):
        user: str

    builder = StateGraph(Log, context_schema=Ctx, output_schema=Log)
    app = builder.add_node("a", say("a")).add_edge(START, "a").compile()

    assert [node.id for node in app.get_graph().nodes] == [START, "a", END]
    assert app.get_context_jsonschema()["properties"] == {"user": {"type": "string"}}
    assert set(app.get_output_jsonschema()["properties"]) == {"log", "x"}
    assert chain(None, a=say("a")).get_context_jsonschema() is None
