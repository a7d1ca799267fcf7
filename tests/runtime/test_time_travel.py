"""B13, 14.6, 14.7 and crashes: what a run goes on from, at every level."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from time import sleep
from typing import Any

import pytest

from runtime import END, START, Command, InMemorySaver, StateGraph
from runtime.errors import ResumeError
from runtime.types import Checkpoint, Write
from tests.runtime.helpers import Log, LostLease, ask, chain, fan, say


class DyingSaver(InMemorySaver):
    """Raises LostLease in place of the n-th write from now, and of all after it until revived."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 1_000

    def _tick(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise LostLease

    def put(self, thread_id: str, checkpoint: Checkpoint, writes: Sequence[Write] = ()) -> None:
        self._tick()
        super().put(thread_id, checkpoint, writes)

    def put_writes(
        self, thread_id: str, ns: str, checkpoint_id: str, writes: Sequence[Write]
    ) -> None:
        self._tick()
        super().put_writes(thread_id, ns, checkpoint_id, writes)


def nested(saver: Any) -> Any:
    """Two levels, three questions: one at the root beside two inside, one after the other."""
    inner = chain(None, i=say("i"), q=ask("q"), r=ask("r"), j=say("j"))
    builder = StateGraph(Log).add_node("sub", inner).add_node("p", ask("p"))
    builder.add_edge(START, "sub").add_edge(START, "p").add_node("z", say("z"))
    return builder.add_edge(["sub", "p"], "z").compile(saver)


@pytest.mark.parametrize("dies_at", range(9))
def test_a_crash_at_any_write_loses_no_answer_and_asks_nothing_twice(thread, dies_at):
    """7.2, 8.4, 9.4, 14.4: the same run again, with the same answers by id."""
    saver = DyingSaver()
    app = nested(saver)
    answered: list[str] = []
    outcome = app.execute({"x": 1}, thread)
    while outcome.waiting:
        answers = {each.interrupt.id: each.interrupt.value.upper() for each in outcome.waiting}
        answered += [each.interrupt.value for each in outcome.waiting]
        saver.left = dies_at
        try:
            outcome = app.execute(Command(resume=answers), thread, recover=True)
        except LostLease:
            saver.left = 1_000
            outcome = app.execute(Command(resume=answers), thread, recover=True)

    assert outcome.values["log"] == ["P", "i", "Q", "R", "j", "z"]
    assert sorted(answered) == ["p", "q", "r"]


def test_a_subgraph_in_a_thread_stops_when_nobody_reads_on(saver, thread):
    """15.5: what it runs after that would be written over a later call."""
    ran: list[str] = []
    go_on, reached = Event(), Event()

    def slow(state: Any) -> Any:
        reached.set()
        go_on.wait(5)
        return {"log": ["slow"]}

    def after(state: Any) -> Any:
        ran.append("after")
        return None

    app = fan(saver, a=say("a"), sub=chain(None, slow=slow, after=after))
    reading = app.stream({"x": 1}, thread)
    next(reading)
    reached.wait(5)
    reading.close()
    go_on.set()
    sleep(0.1)

    assert ran == []
    assert app.invoke(None, thread)["log"] == ["a", "slow"]


def test_later_visits_in_a_replay_go_on_from_the_first(call, saver, thread):
    """14.7"""
    inner = StateGraph(Log).add_node("i", say("i")).add_edge(START, "i").compile(checkpointer=True)

    def visit(state: Any) -> Any:
        return {"x": [*state["x"], len(inner.invoke({"log": []})["log"])]}

    builder = StateGraph(Log).add_node("visit", visit).add_edge(START, "visit")
    builder.add_conditional_edges("visit", lambda s: "visit" if len(s["x"]) % 2 else END)
    app = builder.compile(saver)
    call(app, {"x": []}, thread)
    assert call(app, None, thread)["x"] == [1, 2]
    start = [each for each in app.get_state_history(thread) if each.next == ("visit",)][-1]
    call(app, {"x": []}, thread)

    assert app.get_state(thread).values["x"] == [3, 4]
    assert call(app, None, start.config)["x"] == [1, 2]


def test_an_answer_with_the_id_of_the_head_is_an_ordinary_answer(call, saver, thread):
    """9.11: for subgraphs too"""
    ran: list[str] = []

    def counted(state: Any) -> Any:
        ran.append("i")
        return {"log": ["i"]}

    app = chain(saver, sub=chain(None, i=counted, q=ask("q")))
    call(app, {"x": 1}, thread)

    head = app.get_state(thread).config
    assert call(app, Command(resume="yes"), head)["log"] == ["i", "yes"]
    assert ran == ["i"]


def test_an_answer_at_a_checkpoint_of_the_past_is_refused(call, saver, thread):
    """9.11, B22 17"""
    app = chain(saver, sub=chain(None, q=ask("q")), z=say("z"))
    call(app, {"x": 1}, thread)
    old = app.get_state(thread).config
    call(app, Command(resume="yes"), thread)

    with pytest.raises(ResumeError, match="not the latest"):
        call(app, Command(resume="no"), old)


def test_new_input_in_the_past_branches_there_at_all_levels(call, saver, thread):
    """13.4, 14.7"""
    sub = StateGraph(Log).add_node("i", say("i")).add_edge(START, "i").compile(checkpointer=True)
    app = chain(saver, a=say("a"), sub=sub)
    call(app, {"x": 1}, thread)
    first = app.get_state(thread).config
    call(app, {"x": 2}, thread)

    call(app, {"x": 3}, first)
    (inner, *_) = app.get_state_history(
        {"configurable": {"thread_id": "t", "checkpoint_ns": "sub"}}
    )
    assert inner.values["log"].count("i") == 3


def test_replays_inside_leave_the_history_of_every_level_as_it_was(call, saver, thread):
    """6.5, 13.2"""
    app = fan(saver, sub=chain(None, i=say("i"), q=ask("q")), other=ask("other"))
    call(app, {"x": 1}, thread)
    (start,) = [each for each in app.get_state_history(thread) if each.metadata["step"] == 0]
    level = app.get_state(thread).tasks[0].state
    before = list(app.get_state_history(thread)), list(app.get_state_history(level))
    call(app, None, start.config)

    assert list(app.get_state_history(thread))[1:] == before[0]
    assert list(app.get_state_history(level)) == before[1]
    assert len({each.id for each in app.get_state(thread).interrupts}) == 2
