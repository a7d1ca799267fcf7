"""What a node sees, what it may return, and what it can reach."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any, TypedDict

import pytest
from pydantic import BaseModel

from runtime import (
    END,
    START,
    Command,
    InvalidUpdateError,
    Send,
    StateGraph,
    get_config,
    get_runtime,
    get_stream_writer,
    interrupt,
)
from runtime.errors import ParentCommand
from tests.runtime.helpers import Log, ask, chain, say


@dataclass
class Strict:
    name: str
    n: int = 0


@dataclass(frozen=True)
class Person:
    user: str


def one(action: Any, saver: Any = None, state: Any = Log, **schemas: Any) -> Any:
    return StateGraph(state, **schemas).add_node("a", action).add_edge(START, "a").compile(saver)


def test_changing_the_state_object_changes_nothing(call, saver, thread):
    """2.8"""

    def vandal(state: Any) -> None:
        state["x"] = "changed"
        del state["log"]

    assert call(one(vandal, saver), {"x": 1}, thread) == {"log": [], "x": 1}


def test_every_task_has_its_own_copy_of_what_a_send_carries(call):
    """2.8"""
    shared = {"x": 0}

    def worker(arg: Any) -> Any:
        arg["x"] += 1
        return {"log": [arg["x"]]}

    builder = StateGraph(Log).add_node("w", worker)
    builder.add_conditional_edges(START, lambda state: [Send("w", shared), Send("w", shared)])

    assert call(builder.compile(), {})["log"] == [1, 1]


def test_siblings_do_not_see_each_others_writes(call):
    """5.1"""
    builder = StateGraph(Log)
    for name in ("a", "b"):
        builder.add_node(name, lambda state: {"log": [len(state["log"])]}).add_edge(START, name)

    assert call(builder.compile(), {})["log"] == [0, 0]


def test_a_missing_required_field_raises_before_the_node_runs(call):
    """2.7"""
    ran = []

    with pytest.raises(TypeError, match="name"):
        call(one(lambda state: ran.append(1), state=Strict), {"n": 1})

    assert ran == []


class Form(BaseModel):
    name: str
    note: str | None = None
    n: int | None = None


def test_a_pydantic_state_validates_input_and_writes_the_fields_that_were_set(call):
    """2.1, 2.7, 3.4"""
    app = one(lambda state: Form(name=state.name.upper(), n=None), state=Form)

    assert call(app, {"name": "x", "note": "kept", "n": 1}) == {
        "name": "X",
        "note": "kept",
        "n": None,
    }
    with pytest.raises(ValueError, match="name"):
        call(app, {"name": ["no text"]})


def test_results_are_plain_dicts_whatever_the_schema(call, saver, thread):
    """2.7"""
    app = one(lambda state: {"n": state.n + 1}, saver, Strict)

    assert call(app, {"name": "x"}, thread) == {"name": "x", "n": 1}
    assert app.get_state(thread).values == {"name": "x", "n": 1}


@pytest.mark.parametrize("returned", ["text", 1, ["no", "command"], object()])
def test_other_return_values_are_refused(call, returned):
    """3.4"""
    with pytest.raises(InvalidUpdateError, match="Expected dict"):
        call(one(lambda state: returned), {"x": 1})


def test_a_command_update_may_be_pairs_or_nothing_else(call):
    """3.4"""
    with pytest.raises(InvalidUpdateError, match="pairs"):
        call(one(lambda state: Command(update=["x"])), {"x": 1})
    with pytest.raises(InvalidUpdateError, match="Expected dict"):
        call(one(lambda state: Command(update=7)), {"x": 1})


def test_a_send_to_the_end_is_refused(call):
    """4.5"""
    with pytest.raises(InvalidUpdateError, match="END"):
        call(one(lambda state: Command(goto=Send(END, {}))), {"x": 1})


@pytest.mark.parametrize("nothing", [None, START])
def test_a_branch_must_answer(call, nothing):
    """4.3"""
    builder = StateGraph(Log).add_node("a", say("a")).add_edge(START, "a")
    builder.add_conditional_edges("a", lambda state: nothing)

    with pytest.raises(ValueError, match="valid destination"):
        call(builder.compile(), {"x": 1})


def test_a_command_for_the_parent_escapes_at_the_root(call):
    """4.7"""
    command = Command(graph=Command.PARENT, goto="x")

    with pytest.raises(ParentCommand) as caught:
        call(one(lambda state: command), {"x": 1})

    assert caught.value.command is command


def test_parameters_are_given_by_name(call, saver):
    """3.1"""
    seen = {}

    def node(state: Any, config: Any, *, runtime: Any, writer: Any, previous: Any) -> None:
        seen.update(config=config, runtime=runtime, previous=previous)
        writer("ignored without stream mode custom")

    app = one(node, saver, context_schema=Person)
    config = {"configurable": {"thread_id": 7, "mine": "x"}, "metadata": {"who": "me"}}
    call(app, {"x": 1}, config, context={"user": "ada"})

    configurable = seen["config"]["configurable"]
    assert (configurable["thread_id"], configurable["mine"]) == ("7", "x")
    assert configurable["checkpoint_ns"].startswith("a:")
    metadata = seen["config"]["metadata"]
    shown = ("who", "langgraph_node", "langgraph_step")
    assert [metadata[key] for key in shown] == ["me", "a", 1]
    assert seen["runtime"].context == Person("ada")
    info = seen["runtime"].execution_info
    assert (info.node_attempt, info.thread_id) == (1, "7")
    assert configurable["checkpoint_ns"] == f"a:{info.task_id}"
    assert seen["previous"] is None


def test_the_same_is_reached_without_parameters(call, saver, thread):
    """3.2"""

    def helper() -> Any:
        get_stream_writer()("ignored")
        return get_config()["configurable"]["thread_id"], get_runtime().context

    app = one(lambda state: {"x": helper()}, saver)

    assert call(app, {"log": []}, thread, context=5)["x"] == ("t", 5)


@pytest.mark.parametrize("reach", [get_config, get_runtime, get_stream_writer])
def test_outside_a_run_there_is_nothing_to_reach(reach):
    """3.2"""
    with pytest.raises(RuntimeError, match="outside"):
        reach()
    with pytest.raises(RuntimeError, match="outside"):
        interrupt("q")


def test_nodes_are_functions_methods_objects_and_partials(call):
    """3.3"""

    class Adder:
        def method(self, state: Any) -> Any:
            return {"log": ["method"]}

        def __call__(self, state: Any) -> Any:
            return {"log": ["object"]}

    def partly(word: str, state: Any) -> Any:
        return {"log": [word]}

    app = chain(None, a=Adder().method, b=Adder(), c=partial(partly, "partial"))

    assert call(app, {})["log"] == ["method", "object", "partial"]


class AsyncAdder:
    async def __call__(self, state: Any) -> Any:
        await asyncio.sleep(0)
        return {"log": ["object"]}


async def async_node(state: Any) -> Any:
    await asyncio.sleep(0)
    return {"log": [interrupt("async?")]}


async def async_pick(state: Any) -> str:
    return END


def test_async_nodes_and_branches_run_under_asyncio(saver, thread):
    """3.3, 8.7"""
    builder = StateGraph(Log).add_node("a", AsyncAdder()).add_node("b", async_node)
    builder.add_edge(START, "a").add_edge("a", "b").add_conditional_edges("b", async_pick)
    app = builder.compile(saver)

    async def story() -> Any:
        await app.ainvoke({"x": 1}, thread)
        return await app.ainvoke(Command(resume="yes"), thread)

    assert asyncio.run(story())["log"] == ["object", "yes"]


def test_an_async_node_cannot_run_in_invoke():
    """3.3"""
    with pytest.raises(TypeError, match="No synchronous function"):
        chain(None, a=async_node).invoke({"x": 1})


def test_several_questions_of_one_node_get_their_answers_in_order(call, saver, thread):
    """8.2, 8.3"""
    runs = []

    def node(state: Any) -> Any:
        runs.append(1)
        return {"log": [interrupt(n) for n in range(3)]}

    app = one(node, saver)
    call(app, {"x": 1}, thread)
    for answer in "abc":
        result = call(app, Command(resume=answer), thread)

    assert result["log"] == ["a", "b", "c"]
    assert len(runs) == 4


def test_a_later_visit_of_a_node_asks_anew(call, saver, thread):
    """8.3"""
    builder = StateGraph(Log).add_node("q", ask("again?")).add_edge(START, "q")
    builder.add_conditional_edges("q", lambda s: "q" if len(s["log"]) < 2 else END)
    app = builder.compile(saver)
    first = call(app, {"x": 1}, thread)["__interrupt__"][0]
    second = call(app, Command(resume=1), thread)["__interrupt__"][0]

    assert first.id != second.id
    assert call(app, Command(resume=2), thread)["log"] == [1, 2]


def test_an_interrupt_shows_its_schema_and_index(call, saver, thread):
    """A1, 8.6"""

    class Ask(TypedDict):
        log: list

    app = one(lambda state: {"x": interrupt("q", response_schema={"type": "string"})}, saver)
    call(app, {"log": []}, thread)
    (question,) = app.get_state(thread).interrupts

    assert question.response_schema == {"type": "string"}
    assert question.index == 0
    assert repr(question) == f"Interrupt(value='q', id='{question.id}')"


def test_reprs_are_langgraphs():
    """B23"""
    assert repr(Send("a", 1)) == "Send(node='a', arg=1)"
    assert repr(Command(goto="a", resume=0)) == "Command(resume=0, goto='a')"
    assert Command.PARENT == "__parent__"
