"""Durability modes (B16): what is stored when, and that nothing is held when the call returns."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import Any

import pytest

from runtime import START, Command, InMemorySaver, StateGraph, entrypoint, interrupt, task
from runtime.durability import AsyncSaver
from runtime.pools import pool
from tests.runtime.helpers import CountingSaver, Log, LostLease, chain, fan, say
from tests.runtime.parity_kit import LANGGRAPH, OURS, plain

MODES = ["sync", "async", "exit"]


def asks(state: Any) -> Any:
    return {"log": [interrupt("?")]}


@pytest.mark.parametrize("mode", MODES)
def test_a_pause_and_the_answer_to_it_are_durable_on_return(call, saver, thread, mode):
    """16.4"""
    app = chain(saver, a=say("a"), q=asks, b=say("b"))
    call(app, {"x": 1}, thread, durability=mode)
    again = chain(saver, a=say("a"), q=asks, b=say("b"))
    assert [each.value for each in again.get_state(thread).interrupts] == ["?"]

    assert call(again, Command(resume="y"), thread, durability=mode)["log"] == ["a", "y", "b"]
    assert again.get_state(thread).values["log"] == ["a", "y", "b"]


@pytest.mark.parametrize("mode", MODES)
def test_an_error_and_the_results_beside_it_are_durable_on_return(call, saver, thread, mode):
    """16.4, 5.7"""

    def bad(state: Any) -> Any:
        raise ValueError("no")

    app = fan(saver, good=say("good"), bad=bad)
    with pytest.raises(ValueError, match="no"):
        call(app, {"x": 1}, thread, durability=mode)
    state = app.get_state(thread)

    assert state.next == ("bad",) or "bad" in state.next
    assert "ValueError('no')" in [each.error for each in state.tasks]


def test_sync_stores_each_superstep_before_the_next_begins(call, thread):
    """16.1"""
    saver = InMemorySaver()
    seen = []

    def look(state: Any) -> None:
        seen.append(saver.get("t").checkpoint.step)

    call(chain(saver, a=look, b=look), {"x": 1}, thread, durability="sync")

    assert seen == [0, 1]


def test_async_stores_while_the_next_superstep_runs(thread):
    """16.2"""
    gate = threading.Event()

    class Slow(InMemorySaver):
        def put(self, *args: Any) -> None:
            gate.wait(5)
            super().put(*args)

    saver = Slow()

    def look(state: Any) -> Any:
        found = saver.get("t")
        gate.set()
        return {"log": [found is None]}

    assert chain(saver, a=look).invoke({"x": 1}, thread, durability="async")["log"] == [True]
    assert saver.get("t").checkpoint.step == 1


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_history_is_the_same_however_it_was_stored(call, saver, thread, mode):
    """16.2: in order"""
    call(chain(saver, a=say("a"), b=say("b")), {"x": 1}, thread, durability=mode)
    history = [(each.checkpoint.step, each.checkpoint.parent_id) for each in saver.list("t")]
    ids = [each.checkpoint.id for each in saver.list("t")]

    assert history == list(zip([2, 1, 0, -1], [*ids[1:], None], strict=True))


@pytest.mark.parametrize("mode", ["async", "exit"])
def test_a_fault_of_the_saver_reaches_the_caller(call, thread, mode):
    """16.4"""

    class Losing(InMemorySaver):
        def put(self, *args: Any) -> None:
            raise LostLease

    with pytest.raises(LostLease):
        call(chain(Losing(), a=say("a"), b=say("b")), {"x": 1}, thread, durability=mode)


def test_after_a_fault_nothing_more_is_written():
    """16.2: what follows would leave a gap"""

    class Losing(CountingSaver):
        def put_writes(self, *args: Any) -> None:
            super().put_writes(*args)
            raise LostLease

    inner = Losing()
    saver = AsyncSaver(inner, pool().submit)
    saver.put_writes("t", "", "1", [])
    with pytest.raises(LostLease):
        saver.flush()
    saver.flush()

    assert inner.calls == [("put_writes", 0)]


def exit_story(kit: Any) -> list[Any]:
    """Three runs: one pauses, one ends, one starts anew."""

    def a(state: Any) -> Any:
        return {"log": ["a"]}

    def q(state: Any) -> Any:
        return {"log": [kit.interrupt("?")]}

    app = kit.StateGraph(Log).add_sequence([a, q]).add_edge("__start__", "a")
    app = app.compile(checkpointer=kit.Saver())
    config = {"configurable": {"thread_id": "1"}}
    log: list[Any] = []
    for given in ({"x": 1}, kit.Command(resume="y"), {"x": 2}):
        app.invoke(given, config, durability="exit")
        history = list(app.get_state_history(config))
        ids = [each.config["configurable"]["checkpoint_id"] for each in history]
        for each in history:
            parent = (each.parent_config or {}).get("configurable", {}).get("checkpoint_id")
            tasks = [(task.name, task.result, plain(list(task.interrupts))) for task in each.tasks]
            metadata = {key: each.metadata[key] for key in ("source", "step")}
            known = ids.index(parent) if parent else None
            log.append((plain(each.values), each.next, metadata, known, tasks))
    return log


def test_exit_leaves_one_entry_for_each_run():
    """16.3"""
    assert exit_story(OURS) == exit_story(LANGGRAPH)


def test_exit_stores_values_that_changed_in_between_under_its_own_id(call, saver, thread):
    """16.3: forks and replays find them"""
    app = chain(saver, a=say("a"), b=say("b"), q=asks)
    call(app, {"x": 1}, thread, durability="exit")
    call(app, Command(resume="y"), thread, durability="exit")
    old = list(app.get_state_history(thread))[-1]

    assert old.values == {"log": ["a", "b"], "x": 1}
    assert call(app, None, old.config)["log"] == ["a", "b"]
    assert call(app, Command(resume="z"), thread)["log"] == ["a", "b", "z"]


@pytest.mark.parametrize("mode", MODES)
def test_subgraphs_inherit_the_mode(call, thread, mode):
    """16.3"""
    saver = CountingSaver()
    inner = StateGraph(Log).add_sequence([("i", say("i")), ("q", asks)]).add_edge(START, "i")
    app = chain(saver, a=say("a"), child=inner.compile())
    call(app, {"x": 1}, thread, durability=mode)
    puts = [name for name, _ in saver.calls if name == "put"]
    assert (len(puts) == 2) is (mode == "exit")

    call(app, Command(resume="y"), thread, durability=mode)
    assert app.get_state(thread).values["log"] == ["a", "a", "i", "y"]


def test_subgraphs_that_finished_leave_nothing_under_exit(call, saver, thread):
    """16.3"""
    inner = StateGraph(Log).add_node("i", say("i")).add_edge(START, "i").compile()
    lasting = StateGraph(Log).add_node("j", say("j")).add_edge(START, "j").compile(True)
    app = chain(saver, child=inner, other=lasting, b=say("b"))
    call(app, {"x": 1}, thread, durability="exit")

    assert [ns for ns in saver._threads["t"] if ns] == ["other"]


@pytest.mark.parametrize("mode", MODES)
def test_results_of_tasks_survive_in_every_mode(call, saver, thread, mode):
    """18.2, 16.4"""
    calls = []

    @task
    def effect() -> int:
        calls.append(1)
        return 1

    @entrypoint(checkpointer=saver)
    def flow(given: Any) -> Any:
        return [effect().result(), interrupt("?")]

    call(flow, 1, thread, durability=mode)
    assert call(flow, Command(resume=2), thread, durability=mode) == [1, 2]
    assert calls == [1]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_threads_that_store_are_entered_as_the_host_wants(saver, thread, mode):
    """A host closes its connections there"""
    inside = threading.local()
    bare = []

    @contextmanager
    def around() -> Any:
        inside.here = True
        yield
        inside.here = False

    class Looking(InMemorySaver):
        def put_writes(self, *args: Any) -> None:
            if threading.current_thread() is not threading.main_thread():
                bare.append(not getattr(inside, "here", False))
            super().put_writes(*args)

    @task
    def effect() -> int:
        return 1

    app = chain(Looking(), a=lambda state: {"log": [effect().result(), interrupt("?")]})
    app.bind(around_task=around).invoke({"x": 1}, thread, durability=mode)

    assert bare
    assert not any(bare)
