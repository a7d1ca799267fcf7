"""Reading and writing state, and going back in time. (test_langgraph_parity.py has the stories.)"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runtime import (
    END,
    START,
    Command,
    EmptyInputError,
    InMemorySaver,
    InvalidUpdateError,
    StateGraph,
    interrupt,
)
from runtime.errors import CheckpointNotFound, NoSaverError
from tests.runtime.helpers import Log, ask, chain, fan, say

STATE_FIELDS = (
    "values",
    "next",
    "config",
    "metadata",
    "created_at",
    "parent_config",
    "tasks",
    "interrupts",
)


def read(app: Any, config: Any, driver: str) -> Any:
    if driver == "threads":
        return app.get_state(config), list(app.get_state_history(config))

    async def both() -> Any:
        history = [each async for each in app.aget_state_history(config)]
        return await app.aget_state(config), history

    return asyncio.run(both())


def update(app: Any, driver: str, *args: Any, **options: Any) -> Any:
    if driver == "threads":
        return app.update_state(*args, **options)
    return asyncio.run(app.aupdate_state(*args, **options))


drivers = pytest.mark.parametrize("driver", ["threads", "asyncio"])


@drivers
def test_a_snapshot_has_langgraphs_fields_and_types(saver, thread, driver):
    """11.1, 11.2, 6.3, B23"""
    app = chain(saver, a=say("a"), q=ask("q"))
    app.invoke({"x": 1}, thread)
    state, history = read(app, thread, driver)

    assert state._fields == STATE_FIELDS
    assert history[0]._fields == STATE_FIELDS
    assert state.tasks[0]._fields == (
        "id",
        "name",
        "path",
        "error",
        "interrupts",
        "state",
        "result",
    )
    assert state.tasks[0].path == ("__pregel_pull", "q")
    assert state.metadata == {"source": "loop", "step": 1, "parents": {}}
    assert set(state.config["configurable"]) == {"thread_id", "checkpoint_ns", "checkpoint_id"}
    assert state.parent_config == history[1].config
    assert [type(x) for x in (state.next, state.tasks, state.interrupts)] == [tuple] * 3
    assert state.created_at.startswith("20")


@drivers
def test_an_unknown_thread_is_empty(saver, thread, driver):
    """11.1"""
    state, history = read(chain(saver, a=say("a")), thread, driver)

    assert state == ({}, (), thread, None, None, None, (), ())
    assert history == []


def test_reading_needs_a_saver_and_a_thread(saver, thread):
    """11.1, 6.4"""
    with pytest.raises(ValueError, match="checkpointer"):
        chain(None, a=say("a")).get_state(thread)
    with pytest.raises(ValueError, match="thread_id"):
        chain(saver, a=say("a")).get_state({})
    with pytest.raises(ValueError, match="thread_id"):
        chain(saver, a=say("a")).invoke({"x": 1})
    with pytest.raises(NoSaverError):
        chain(None, a=say("a")).update_state(thread, {"x": 1})


def test_the_thread_id_is_text(saver):
    """6.4, B23"""
    app = chain(saver, a=say("a"))
    app.invoke({"x": 1}, {"configurable": {"thread_id": 7}})

    assert app.get_state({"configurable": {"thread_id": "7"}}).values["x"] == 1


def test_scalars_of_the_callers_config_are_metadata(saver, thread):
    """6.3"""
    app = chain(saver, a=say("a"))
    config = {"configurable": {"thread_id": "t", "user": "ada"}, "metadata": {"n": 1, "big": []}}
    app.invoke({"x": 1}, {**config, "run_id": "r"})

    assert app.get_state(thread).metadata == {
        "source": "loop",
        "step": 1,
        "parents": {},
        "user": "ada",
        "n": 1,
        "run_id": "r",
    }


def test_history_can_be_filtered_and_cut(saver, thread):
    """11.6"""
    app = chain(saver, a=say("a"), b=say("b"))
    app.invoke({"x": 1}, thread)
    steps = [each.metadata["step"] for each in app.get_state_history(thread)]
    middle = next(app.get_state_history(thread, filter={"step": 1})).config

    assert steps == [2, 1, 0, -1]
    assert [s.metadata["step"] for s in app.get_state_history(thread, before=middle)] == [0, -1]
    assert [s.metadata["step"] for s in app.get_state_history(thread, limit=2)] == [2, 1]


def test_a_named_checkpoint_is_read_as_stored(saver, thread):
    """11.4"""
    app = fan(saver, a=say("a"), q=ask("q"))
    app.invoke({"x": 1}, thread)
    live = app.get_state(thread)
    stored = app.get_state(live.config)

    assert (live.values["log"], live.next) == (["a"], ("q",))
    assert (stored.values["log"], stored.next) == ([], ("a", "q"))


def test_history_keeps_the_questions_that_were_asked(saver, thread):
    """11.5"""
    app = chain(saver, q=ask("q"))
    app.invoke({"x": 1}, thread)
    app.invoke(Command(resume="yes"), thread)
    asked = [each for each in app.get_state_history(thread) if each.interrupts]

    assert [each.interrupts[0].value for each in asked] == ["q"]
    assert app.get_state(thread).interrupts == ()


def test_between_two_questions_next_and_interrupts_show_what_waits(saver, thread):
    """11.5"""

    def two(state: Any) -> Any:
        return {"log": [interrupt("first"), interrupt("second")]}

    app = chain(saver, q=two)
    app.invoke({"x": 1}, thread)
    app.invoke(Command(resume=1), thread)
    state = app.get_state(thread)

    assert state.next == ("q",)
    assert [each.value for each in state.interrupts] == ["second"]


def test_an_unknown_checkpoint_is_an_error(call, saver, thread):
    app = chain(saver, a=say("a"))
    call(app, {"x": 1}, thread)
    gone = {"configurable": {"thread_id": "t", "checkpoint_id": "gone"}}

    with pytest.raises(CheckpointNotFound, match="gone"):
        call(app, None, gone)
    with pytest.raises(CheckpointNotFound, match="gone"):
        app.update_state(gone, {"x": 1})


@drivers
def test_an_edit_returns_the_config_of_its_checkpoint(saver, thread, driver):
    """12.1"""
    app = chain(saver, a=say("a"), q=ask("q"))
    app.invoke({"x": 1}, thread)

    new = update(app, driver, thread, {"x": 2})

    assert app.get_state(thread).config == new
    assert app.get_state(new).metadata["source"] == "update"


@drivers
def test_an_edit_may_be_a_command(saver, thread, driver):
    """12.1"""
    builder = StateGraph(Log)
    for name in "abc":
        builder.add_node(name, say(name))
    app = builder.add_edge(START, "a").compile(saver)
    app.invoke({"x": 1}, thread)

    update(app, driver, thread, Command(update={"x": 2}, goto="c"), as_node="a")

    assert app.get_state(thread).values["x"] == 2
    assert app.get_state(thread).next == ("c",)


@drivers
def test_an_edit_as_an_unknown_node_names_the_closest(saver, thread, driver):
    """12.2"""
    app = chain(saver, review=say("a"))

    with pytest.raises(InvalidUpdateError, match="Did you mean 'review'"):
        update(app, driver, thread, {"x": 1}, as_node="reviw")


def test_an_edit_drops_the_sends_that_were_pending(saver, thread):
    """12.4"""
    app = fan(saver, a=say("a"), b=ask("b"), c=ask("c"))
    app.invoke({"x": 1}, thread)

    app.update_state(thread, {"log": ["hand"]}, as_node="b")

    assert app.get_state(thread).next == ()
    assert app.get_state(thread).values["log"] == ["hand"]


def test_values_none_makes_a_plain_new_checkpoint_that_asks_again(saver, thread):
    """12.5"""
    app = chain(saver, q=ask("q"))
    first = app.invoke({"x": 1}, thread)["__interrupt__"][0]
    app.update_state(thread, None)
    again = app.invoke(None, thread)["__interrupt__"][0]

    assert (first.value, again.value) == ("q", "q")
    assert first.id != again.id


def test_acting_as_input_and_copying(saver, thread):
    """12.5"""
    app = chain(saver, a=say("a"))
    app.update_state(thread, {"x": 1}, as_node="__input__")
    assert app.get_state(thread).next == ("__start__",)
    assert app.invoke(None, thread) == {"log": ["a"], "x": 1}

    before = app.get_state(thread)
    app.update_state(thread, None, as_node="__copy__")
    copy = app.get_state(thread)

    assert copy.values == before.values
    assert copy.parent_config == before.parent_config
    assert copy.metadata["source"] == "fork"


def test_a_copy_of_nothing_is_refused(saver, thread):
    with pytest.raises(InvalidUpdateError, match="non-existent"):
        chain(saver, a=say("a")).update_state(thread, None, as_node="__copy__")


def test_a_question_in_a_branch_during_an_edit_is_refused(saver, thread):
    builder = StateGraph(Log).add_node("a", say("a")).add_edge(START, "a")
    app = builder.add_conditional_edges("a", lambda state: interrupt("?")).compile(saver)

    with pytest.raises(InvalidUpdateError, match="asked a question"):
        app.update_state(thread, {"x": 1}, as_node="a")


def test_a_person_who_stands_in_is_recorded_as_the_result(saver, thread):
    """12.3"""
    app = chain(saver, a=say("a"), q=ask("q"), z=say("z"))
    app.invoke({"x": 1}, thread)
    app.update_state(thread, {"log": ["hand"]}, as_node="q")

    asked = next(each for each in app.get_state_history(thread) if each.interrupts)
    assert asked.tasks[0].result == {"log": ["hand"]}
    assert app.invoke(None, thread)["log"] == ["a", "hand", "z"]


def test_a_replay_is_a_branch_that_asks_again_and_becomes_the_live_one(call, saver, thread):
    """13.2, 8.5, 13.5"""
    app = chain(saver, q=ask("q"), z=say("z"))
    first = call(app, {"x": 1}, thread)["__interrupt__"][0]
    asked_at = app.get_state(thread).config
    call(app, Command(resume="one"), thread)
    before = len(list(app.get_state_history(thread)))

    again = call(app, None, asked_at)["__interrupt__"][0]
    assert again.id != first.id
    assert app.get_state(thread).metadata["source"] == "fork"
    assert app.get_state(thread).parent_config == asked_at
    assert call(app, Command(resume="two"), thread)["log"] == ["two", "z"]
    assert len(list(app.get_state_history(thread))) > before


def test_several_forks_from_one_point_are_independent(call, saver, thread):
    """13.3, 6.5"""
    app = chain(saver, a=say("a"), b=lambda state: {"log": [state["x"]]})
    call(app, {"x": 1}, thread)
    point = next(app.get_state_history(thread, filter={"step": 1})).config
    one = app.update_state(point, {"x": "one"})
    two = app.update_state(point, {"x": "two"})

    assert call(app, None, two)["log"] == ["a", "two"]
    assert call(app, None, one)["log"] == ["a", "one"]
    assert app.get_state(thread).values["x"] == "one"


def test_a_replay_with_a_command_forks_with_its_update_and_goto(call, saver, thread):
    """13.2, 9.6"""
    app = chain(saver, a=say("a"), b=lambda state: {"log": [state["x"]]})
    call(app, {"x": 1}, thread)
    point = next(app.get_state_history(thread, filter={"step": 1})).config

    assert call(app, Command(update={"x": 5}, goto="a"), point)["log"] == ["a", "a", 5, 5]


def test_no_input_for_a_thread_that_never_ran_is_an_error(call, saver, thread):
    """9.7"""
    with pytest.raises(EmptyInputError):
        call(chain(saver, a=say("a")), None, thread)


def test_a_breakpoint_list_for_one_call_replaces_the_compiled_one(call, saver, thread):
    """10.1"""
    builder = StateGraph(Log).add_sequence([(n, say(n)) for n in "abc"]).add_edge(START, "a")
    app = builder.compile(saver, interrupt_before=["b"])
    call(app, {"x": 1}, thread, interrupt_before=["c"])

    assert app.get_state(thread).next == ("c",)
    assert app.get_state(thread).interrupts == ()


def test_a_breakpoint_on_the_last_node_leaves_a_finished_thread(saver, thread):
    """10.5"""
    app = chain(saver, a=say("a"))
    outcome = app.execute({"x": 1}, thread, interrupt_after="*")

    assert (outcome.stopped_at, outcome.next) == ("end", ())


def test_a_single_value_at_a_breakpoint_is_dropped_if_nobody_asks(call, saver, thread):
    """9.5, 10.4"""
    app = chain(saver, a=say("a"), b=say("b"), q=ask("q"))
    call(app, {"x": 1}, thread, interrupt_before=["b"])

    result = call(app, Command(resume="loose"), thread)

    assert [each.value for each in result["__interrupt__"]] == ["q"]


def test_a_single_value_at_a_breakpoint_answers_the_first_question_behind_it(call, saver, thread):
    """9.5"""
    app = chain(saver, a=say("a"), q=ask("q"))
    call(app, {"x": 1}, thread, interrupt_before=["q"])

    assert call(app, Command(resume="early"), thread)["log"] == ["a", "early"]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_step_limit_below_one_is_refused(saver, thread, limit):
    with pytest.raises(ValueError, match="recursion_limit"):
        chain(saver, a=say("a")).invoke({"x": 1}, {**thread, "recursion_limit": limit})


def test_root_state_reads_and_edits_as_a_value(saver: InMemorySaver, thread):
    """2.6, 11.2"""
    builder = StateGraph(list).add_node("a", lambda state: [*state, "a"]).add_edge(START, "a")
    app = builder.add_edge("a", END).compile(saver)
    app.invoke(["in"], thread)
    assert app.get_state(thread).values == ["in", "a"]

    app.update_state(thread, ["hand"], as_node="a")
    assert app.get_state(thread).values == ["hand"]
