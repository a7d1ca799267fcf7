"""B14: graphs inside graphs, where LangGraph's own tests do not reach or we differ on purpose."""

from __future__ import annotations

from typing import Any

import pytest

from runtime import START, Command, InMemorySaver, Send, StateGraph, interrupt
from runtime.errors import (
    InterruptNotFound,
    InvalidUpdateError,
    NoSaverError,
    ParentCommand,
    QuestionGoneError,
)
from runtime.levels import namespace
from tests.runtime.helpers import Log, ask, chain, fan, say


def ids_of(app: Any, thread: Any) -> dict[Any, str]:
    return {each.value: each.id for each in app.get_state(thread).interrupts}


def inner_of(app: Any, thread: Any) -> Any:
    """The snapshot of the level inside the first waiting task."""
    return app.get_state(thread, subgraphs=True).tasks[0].state


@pytest.mark.parametrize(
    ("call", "memory", "expected"),
    [
        (0, None, "a:1|b:2"),
        (1, None, "a:1|b:2|1"),
        (0, True, "a|b"),
        (2, True, "a|b|2"),
    ],
)
def test_a_namespace_says_whose_state_it_is(call, memory, expected):
    """14.2, 14.5"""
    assert namespace("a:1|b:2", call, memory) == expected


def test_a_question_at_any_depth_is_one_and_the_same(call, saver, thread):
    """14.3"""
    deep = chain(None, q=ask("q"))
    app = chain(saver, top=chain(None, deep=deep))
    asked = call(app, {"x": 1}, thread)["__interrupt__"]

    levels = [app.get_state(thread, subgraphs=True)]
    while levels[-1].tasks[0].state:
        levels.append(levels[-1].tasks[0].state)

    assert len(asked) == 1
    assert len(levels) == 3
    assert all(level.interrupts == tuple(asked) for level in levels)


def test_the_outcome_says_where_each_question_was_asked(saver, thread):
    """14.3: hosts store the inner checkpoint with the question."""
    app = chain(saver, sub=chain(None, i=say("i"), q=ask("q")))
    (waiting,) = app.execute({"x": 1}, thread).waiting
    (again,) = app.execute(None, thread).waiting

    inner = inner_of(app, thread)
    assert waiting == again
    assert waiting.node == "q"
    assert waiting.ns.startswith(inner.config["configurable"]["checkpoint_ns"] + "|q:")
    assert waiting.checkpoint_id == inner.config["configurable"]["checkpoint_id"]
    assert waiting.interrupt == inner.interrupts[0]


def test_inner_questions_are_answered_one_by_one_and_nothing_runs_twice(call, saver, thread):
    """14.4, 7.4"""
    ran: list[str] = []

    def counted(name: str) -> Any:
        def node(state: Any) -> Any:
            ran.append(name)
            return {"log": [interrupt(name)]}

        return node

    app = chain(saver, sub=fan(None, a=counted("a"), b=counted("b")))
    call(app, {"x": 1}, thread)
    ids = ids_of(app, thread)
    call(app, Command(resume={ids["b"]: "B"}), thread)

    assert ran.count("a") == 1
    assert ran.count("b") == 2
    assert list(ids_of(app, thread)) == ["a"]
    assert call(app, Command(resume={ids["a"]: "A"}), thread)["log"] == ["A", "B"]
    with pytest.raises(InterruptNotFound):
        call(app, Command(resume={ids["b"]: "B"}), thread)


def test_a_node_with_a_question_of_its_own_and_one_inside(call, saver, thread):
    """8.3, 14.4"""
    sub = chain(None, q=ask("inside"))

    def both(state: Any) -> Any:
        return {"log": [interrupt("before"), *sub.invoke({"x": 1})["log"], interrupt("after")]}

    app = chain(saver, both=both)
    call(app, {"x": 1}, thread)
    for answer in ("1", "2"):
        call(app, Command(resume=answer), thread)

    assert call(app, Command(resume="3"), thread)["log"] == ["1", "2", "3"]


def test_an_inner_node_that_rejects_the_answer_leaves_the_question_open(call, saver, thread):
    """9.4, 14.3"""

    def picky(state: Any) -> Any:
        if interrupt("number?") != 7:
            raise ValueError("not seven")
        return {"log": ["ok"]}

    app = chain(saver, sub=chain(None, picky=picky))
    call(app, {"x": 1}, thread)
    with pytest.raises(ValueError, match="not seven"):
        call(app, Command(resume=1), thread)

    shown = app.get_state(thread)
    assert [each.value for each in shown.interrupts] == ["number?"]
    assert "not seven" in shown.tasks[0].error
    assert call(app, Command(resume=7), thread)["log"] == ["ok"]


def test_an_answered_question_is_gone_when_a_later_inner_node_fails(call, saver, thread):
    """11.5: LangGraph still lists it."""
    fails = [True]

    def shaky(state: Any) -> Any:
        if fails.pop() if fails else False:
            raise ValueError("not yet")
        return {"log": ["shaky"]}

    app = chain(saver, sub=chain(None, q=ask("q"), shaky=shaky))
    call(app, {"x": 1}, thread)
    with pytest.raises(ValueError, match="not yet"):
        call(app, Command(resume="yes"), thread)

    assert app.get_state(thread).interrupts == ()
    assert call(app, None, thread)["log"] == ["yes", "shaky"]


def test_an_answer_to_a_graph_that_is_no_longer_called_is_an_error(call, saver, thread):
    """B22 2"""
    calls = [True]
    sub = chain(None, q=ask("q"))
    app = chain(saver, a=lambda state: sub.invoke({"x": 1}) if calls else {"x": 2})
    call(app, {"x": 1}, thread)
    calls.clear()

    with pytest.raises(QuestionGoneError):
        call(app, Command(resume="yes"), thread)


def test_a_graph_without_memory_runs_but_may_not_ask(call, saver, thread):
    """14.2, B22 13: LangGraph would ask for ever."""
    quiet = StateGraph(Log).add_node("i", say("i")).add_edge(START, "i").compile(checkpointer=False)
    asking = StateGraph(Log).add_node("q", ask("q")).add_edge(START, "q").compile(False)

    assert call(chain(saver, sub=quiet), {"x": 1}, thread)["log"] == ["i"]
    assert list(saver._threads["t"]) == [""]
    with pytest.raises(NoSaverError, match="checkpointer=False"):
        call(chain(saver, sub=asking), {"x": 1}, thread)


def test_a_subgraph_for_the_thread_is_no_root_graph(call, thread):
    """14.2"""
    app = StateGraph(Log).add_node("i", say("i")).add_edge(START, "i").compile(checkpointer=True)
    with pytest.raises(RuntimeError, match="checkpointer=True"):
        call(app, {"x": 1}, thread)


def test_a_saver_of_its_own_is_ignored_inside_a_graph_that_has_one(call, saver, thread):
    """14.2"""
    own = InMemorySaver()
    call(chain(saver, sub=chain(own, q=ask("q"))), {"x": 1}, thread)
    assert own._threads == {}
    assert len(saver._threads["t"]) == 2


def test_a_child_with_its_own_thread_is_a_root_of_its_own(call, saver, thread):
    """14.8"""
    own = InMemorySaver()
    child = chain(own, q=ask("q"))
    other = {"configurable": {"thread_id": "other"}}

    def node(state: Any) -> Any:
        return {"x": [each.value for each in child.invoke({"x": 1}, other)["__interrupt__"]]}

    assert call(chain(saver, node=node), {"x": 1}, thread)["x"] == ["q"]
    assert child.get_state(other).next == ("q",)


def test_an_async_node_awaits_a_graph(saver, thread):
    """3.3, 14.1"""
    import asyncio

    sub = chain(None, q=ask("q"))

    async def node(state: Any) -> Any:
        return await sub.ainvoke({"x": 2})

    app = chain(saver, node=node)
    asyncio.run(app.ainvoke({"x": 1}, thread))
    assert asyncio.run(app.ainvoke(Command(resume="yes"), thread))["log"] == ["yes"]
    assert app.is_async


def test_a_command_for_a_parent_that_is_not_there(call, saver, thread):
    """4.7"""
    app = chain(saver, a=lambda state: Command(graph=Command.PARENT, update={"x": 2}))
    with pytest.raises(ParentCommand) as caught:
        call(app, {"x": 1}, thread)

    assert caught.value.command.update == {"x": 2}
    assert app.get_state(thread).tasks[0].error is None


def test_configs_of_inner_levels_name_every_enclosing_one(saver, thread):
    """14.6"""
    app = chain(saver, top=chain(None, deep=chain(None, q=ask("q"))))
    app.invoke({"x": 1}, thread)
    root = app.get_state(thread, subgraphs=True)
    middle = root.tasks[0].state
    deep = middle.tasks[0].state

    places = [each.config["configurable"] for each in (root, middle, deep)]
    levels = {place["checkpoint_ns"]: place["checkpoint_id"] for place in places}
    assert "checkpoint_map" not in places[0]
    assert places[2]["checkpoint_map"] == levels
    assert deep.metadata["parents"] == {
        ns: levels[ns] for ns in levels if ns != places[2]["checkpoint_ns"]
    }


def test_a_task_shows_the_config_of_its_level_and_its_history(saver, thread):
    """11.2, 11.6"""
    app = chain(saver, a=say("a"), sub=chain(None, i=say("i"), q=ask("q")))
    app.invoke({"x": 1}, thread)
    (task,) = app.get_state(thread).tasks

    steps = list(app.get_state_history(task.state))
    assert [each.next for each in steps] == [("q",), ("i",), ("__start__",)]
    assert app.get_state(task.state).values["log"] == ["a", "i"]
    past = next(app.get_state_history(thread, filter={"step": 0})).tasks[0]
    assert past.name == "a"
    assert past.state is None


def test_an_edit_inside_changes_what_the_inner_node_sees(call, saver, thread):
    """12.7; the question of the edited level is gone until it is asked again"""
    app = chain(saver, sub=chain(None, i=say("i"), q=ask("q"), z=say("z")))
    call(app, {"x": 1}, thread)
    old = ids_of(app, thread)["q"]
    app.update_state(app.get_state(thread).tasks[0].state, {"log": ["edited"]})

    assert app.get_state(thread).interrupts == ()
    assert [each.value for each in call(app, None, thread)["__interrupt__"]] == ["q"]
    with pytest.raises(InterruptNotFound):
        call(app, Command(resume={old: "yes"}), thread)
    assert call(app, Command(resume="yes"), thread)["log"] == ["i", "edited", "yes", "z"]


def test_a_person_stands_in_for_an_inner_node(call, saver, thread):
    """12.3, 12.7"""
    app = chain(saver, sub=chain(None, q=ask("q"), z=say("z")), end=say("end"))
    call(app, {"x": 1}, thread)
    app.update_state(inner_of(app, thread).config, {"log": ["by hand"]}, as_node="q")

    assert call(app, None, thread)["log"] == ["by hand", "z", "end"]


def test_an_edit_of_a_level_that_no_node_leads_to_is_refused(saver, thread):
    """12.7"""
    app = chain(saver, q=ask("q"))
    app.invoke({"x": 1}, thread)
    nowhere = {"configurable": {"thread_id": "t", "checkpoint_ns": "sub:1"}}
    with pytest.raises(ValueError, match="sub:1"):
        app.update_state(nowhere, {"x": 2})


@pytest.mark.parametrize("memory", [None, True])
def test_an_inner_config_restores_all_levels(call, saver, thread, memory):
    """14.6: LangGraph starts a subgraph without memory anew."""
    builder = StateGraph(Log).add_sequence([("i", say("i")), ("j", say("j")), ("q", ask("q"))])
    app = chain(saver, sub=builder.add_edge(START, "i").compile(memory), z=say("z"))
    call(app, {"x": 1}, thread)
    past = next(
        each
        for each in app.get_state_history(app.get_state(thread).tasks[0].state)
        if each.next == ("j",)
    )
    edited = app.update_state(past.config, {"log": ["edited"]})
    call(app, Command(resume="first"), thread)

    call(app, None, edited)
    assert inner_of(app, thread).values["log"] == ["i", "edited", "j"]
    assert call(app, Command(resume="second"), thread)["log"] == [
        "i", "edited", "j", "second", "z"
    ]  # fmt: skip


def test_events_of_inner_levels_arrive_with_their_namespace(saver, thread):
    """15.1, 15.4"""
    sub = chain(None, i=say("i"), q=ask("q"))
    app = chain(saver, sub=sub)
    events = list(app.stream({"x": 1}, thread, subgraphs=True))

    ns = (app.get_state(thread).tasks[0].state["configurable"]["checkpoint_ns"],)
    assert [(where, list(what)) for where, what in events] == [
        (ns, ["i"]),
        (ns, ["__interrupt__"]),
        ((), ["__interrupt__"]),
    ]
    assert len(list(app.stream(None, thread))) == 1


def test_parallel_subgraphs_each_have_their_level(call, saver, thread):
    """14.2, 8.5"""
    sub = chain(None, q=lambda state: {"log": [interrupt(state["x"])]})
    only = StateGraph(Log, output_schema=Log).add_node("n", lambda s: sub.invoke(s))
    builder = only.add_conditional_edges(START, lambda s: [Send("n", {"x": n}) for n in s["x"]])
    app = builder.compile(saver)
    call(app, {"x": ["a", "b"]}, thread)
    ids = ids_of(app, thread)

    assert set(ids) == {"a", "b"}
    assert len(set(ids.values())) == 2


def test_more_answers_than_levels_know_find_their_way(call, saver, thread):
    """14.4: two parallel subgraphs, both answered in one go."""
    app = fan(saver, s=chain(None, q=ask("in s")), t=chain(None, q=ask("in t")))
    app.update_state(thread, {"log": []}, as_node=START)
    call(app, None, thread)
    ids = ids_of(app, thread)
    answers = {ids["in s"]: "S", ids["in t"]: "T"}

    assert call(app, Command(resume=answers), thread)["log"] == ["S", "T"]


def test_a_state_for_the_thread_is_not_shared_by_tasks_that_run_side_by_side(call, saver, thread):
    """14.2: LangGraph lets them write into each other."""
    builder = StateGraph(Log).add_node("q", ask("q")).add_edge(START, "q")
    outer = StateGraph(Log).add_node("sub", builder.compile(checkpointer=True))
    app = outer.add_conditional_edges(START, lambda s: [Send("sub", {})] * s["x"]).compile(saver)

    with pytest.raises(InvalidUpdateError, match="checkpointer=True"):
        call(app, {"x": 2}, thread)
    assert "__interrupt__" in call(app, {"x": 1}, thread)


def test_the_level_of_a_graph_that_a_callable_object_calls_is_found(call, saver, thread):
    """11.2, 3.3"""
    sub = chain(None, q=ask("q"))

    class Caller:
        def __call__(self, state: Any) -> Any:
            return sub.invoke({"x": 1})

    app = chain(saver, a=Caller())
    call(app, {"x": 1}, thread)
    assert [each.value for each in inner_of(app, thread).interrupts] == ["q"]
