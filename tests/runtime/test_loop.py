"""The loop: what it asks of its driver, what is saved when, and going on after a crash."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from runtime import (
    START,
    Command,
    GraphRecursionError,
    InvalidUpdateError,
    StateGraph,
    interrupt,
)
from runtime.app import App
from runtime.errors import NotSerializable, UnknownNodeError
from runtime.loop import run
from runtime.requests import Next, Request, Save, Start
from runtime.types import RunConfig, TaskResult
from tests.runtime.helpers import CountingSaver, Log, LostLease, ask, chain, fan, say


@pytest.fixture
def counting() -> CountingSaver:
    return CountingSaver()


def crash(app: App, given: Any, thread: Any, **options: Any) -> None:
    """A run whose process dies inside a node: what is saved is saved, no more."""
    with pytest.raises(KeyboardInterrupt):
        app.execute(given, thread, **options)


def test_a_test_can_be_the_driver():
    """A3: canned results in, requests out."""
    loop = run(chain(a=say("a")).graph, Request({"x": 1}, RunConfig()))

    start = loop.send(None)
    assert isinstance(start, Start)
    assert isinstance(loop.send(None), Next)
    (task,) = start.tasks
    second = loop.send([TaskResult(task, (("x", 5),))])

    assert isinstance(second, Start)
    assert second.checkpoint.values == {"log": [], "x": 5}
    assert [task.node for task in second.tasks] == ["a"]


def test_a_superstep_with_one_task_is_one_save(call, counting, thread):
    """6.1, performance 3"""
    call(chain(counting, a=say("a"), b=say("b")), {"x": 1}, thread)

    assert counting.calls == [("put", 0), ("put", 1), ("put", 1), ("put", 1)]


def test_parallel_results_that_land_last_go_with_the_closing_save(counting, thread):
    """7.1"""
    gate = threading.Event()

    def last(state: Any) -> Any:
        gate.wait(5)
        return {"log": ["last"]}

    def first(state: Any) -> Any:
        return {"log": ["first"]}

    app = fan(counting, first=first, last=last)
    for event in app.stream({"x": 1}, thread):
        if "first" in event:
            assert counting.calls == [("put", 0), ("put", 1), ("put_writes", 1)]
            gate.set()

    assert counting.calls[3:] == [("put", 1)]


def test_a_pause_is_one_save_and_no_checkpoint(call, counting, thread):
    """6.1"""
    call(chain(counting, q=ask("q")), {"x": 1}, thread)

    assert counting.calls == [("put", 0), ("put", 1), ("put_writes", 1)]


def test_a_resume_saves_its_answers_before_anything_runs(call, counting, thread):
    """8.4: answers are durable before use."""
    seen = []

    def node(state: Any) -> Any:
        seen.append(len(counting.calls))
        return {"x": interrupt("q")}

    app = chain(counting, q=node)
    call(app, {"x": 1}, thread)
    call(app, Command(resume="yes"), thread)

    assert counting.calls[3:] == [("put_writes", 1), ("put", 1)]
    assert seen == [2, 4]


def test_errors_of_the_saver_come_out_at_once_and_unchanged(call, thread):
    """The host's lease: no further saver call after the first refusal."""
    lost = LostLease()

    class Losing(CountingSaver):
        def put_writes(self, *args: Any) -> None:
            self.calls.append(("refused", 0))
            raise lost

    saver = Losing()
    with pytest.raises(LostLease) as caught:
        call(chain(saver, q=ask("q")), {"x": 1}, thread)

    assert caught.value is lost
    assert saver.calls == [("put", 0), ("put", 1), ("refused", 0)]


def test_the_step_limit_bounds_one_call_and_the_thread_can_go_on(call, saver, thread):
    """4.8"""
    app = chain(saver, a=say("a"), b=say("b"), c=say("c"))

    with pytest.raises(GraphRecursionError, match="limit of 2"):
        call(app, {"x": 1}, {**thread, "recursion_limit": 2})

    assert app.get_state(thread).next == ("c",)
    assert call(app, None, {**thread, "recursion_limit": 1})["log"] == ["a", "b", "c"]


def test_the_default_step_limit_is_one_hundred(call, saver, thread):
    """4.8"""
    app = chain(saver, **{f"n{i}": say("x") for i in range(101)})

    with pytest.raises(GraphRecursionError, match="limit of 100"):
        call(app, {"x": 1}, thread)

    assert len(app.get_state(thread).values["log"]) == 100


def test_a_value_that_cannot_be_stored_names_node_and_key(call, saver, thread):
    """19.4"""
    app = chain(saver, good=say("a"), bad=lambda state: {"x": object()})

    with pytest.raises(NotSerializable, match=r"'bad'.*'x'"):
        call(app, {"log": []}, thread)

    assert app.get_state(thread).next == ("bad",)


def test_a_value_that_cannot_be_stored_does_not_undo_its_siblings(call, saver, thread):
    """5.7, 19.4"""
    app = fan(saver, good=say("a"), bad=lambda state: {"x": object()}, q=ask("q"))

    with pytest.raises(NotSerializable, match=r"'bad'.*'x'"):
        call(app, {"log": []}, thread)

    assert "NotSerializable" in next(
        task.error for task in app.get_state(thread).tasks if task.name == "bad"
    )


def test_a_question_that_cannot_be_stored_fails_when_it_is_asked(call, saver, thread):
    """19.4"""
    app = chain(saver, q=ask(object()))

    with pytest.raises(NotSerializable):
        call(app, {"x": 1}, thread)

    assert "NotSerializable" in app.get_state(thread).tasks[0].error


def test_a_conflict_leaves_the_thread_readable_and_its_results_saved(call, saver, thread):
    """2.2"""
    app = fan(saver, a=lambda state: {"x": 1}, b=lambda state: {"x": 2})

    with pytest.raises(InvalidUpdateError, match="'x'"):
        call(app, {"log": []}, thread)

    results = {task.name: task.result for task in app.get_state(thread).tasks}
    assert results == {"a": {"x": 1}, "b": {"x": 2}}


def test_the_error_of_a_node_comes_unchanged_with_a_note(call, saver, thread):
    """5.7"""
    error = OSError("down")

    def fail(state: Any) -> Any:
        raise error

    with pytest.raises(OSError, match="down") as caught:
        call(chain(saver, bad=fail), {"x": 1}, thread)

    assert caught.value is error
    assert "'bad'" in error.__notes__[0]


def test_siblings_of_a_failure_in_threads_are_waited_for_and_kept(saver, thread):
    """5.7"""

    def slow(state: Any) -> Any:
        time.sleep(0.1)
        return {"log": ["slow"]}

    app = fan(saver, slow=slow, bad=lambda state: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.invoke({"x": 1}, thread)

    assert app.get_state(thread).values["log"] == ["slow"]
    assert app.get_state(thread).next == ("bad",)


def test_a_stored_thread_that_goes_on_at_a_removed_node_is_a_named_error(call, saver, thread):
    call(chain(saver, a=say("a"), review=say("b")), {"x": 1}, thread, interrupt_before=["review"])
    newer = chain(saver, a=say("a"), reviews=say("b"))

    with pytest.raises(UnknownNodeError, match=r"'review'.*Did you mean 'reviews'"):
        call(newer, None, thread)


def test_a_node_runs_again_after_a_crash_and_its_sibling_does_not(saver, thread):
    """7.2"""
    runs, dies = [], [True]

    def fragile(state: Any) -> Any:
        if dies:
            dies.pop()
            time.sleep(0.1)
            raise KeyboardInterrupt
        return {"log": ["fragile"]}

    def steady(state: Any) -> Any:
        runs.append(1)
        return {"log": ["steady"]}

    app = fan(saver, fragile=fragile, steady=steady)
    crash(app, {"x": 1}, thread)

    assert app.execute(None, thread, recover=True).values["log"] == ["fragile", "steady"]
    assert runs == [1]


def test_a_crash_after_the_answer_keeps_the_answer(saver, thread):
    """8.4"""
    dies = [True]

    def node(state: Any) -> Any:
        answer = interrupt("q")
        if dies:
            dies.pop()
            raise KeyboardInterrupt
        return {"log": [answer]}

    app = chain(saver, q=node)
    asked = app.execute({"x": 1}, thread).waiting[0].interrupt.id
    crash(app, Command(resume={asked: "first"}), thread)
    outcome = app.execute(Command(resume={asked: "second"}), thread, recover=True)

    assert outcome.values["log"] == ["first"]


def test_recovery_with_nothing_new_settles_and_runs_no_node(saver, thread):
    """A3"""
    runs = []

    def node(state: Any) -> Any:
        runs.append(1)
        return {"log": [interrupt("q")]}

    app = chain(saver, q=node)
    first = app.execute({"x": 1}, thread)

    assert app.execute(None, thread, recover=True) == first
    assert runs == [1]


def test_a_recovered_run_does_not_take_its_input_twice(saver, thread):
    dies = [True]

    def fragile(state: Any) -> Any:
        if dies:
            dies.pop()
            raise KeyboardInterrupt
        return {"log": ["ran"]}

    app = chain(saver, a=fragile)
    config = {**thread, "run_id": "r1"}
    crash(app, {"log": ["in"]}, config)

    assert app.execute({"log": ["in"]}, config, recover=True).values["log"] == ["in", "ran"]


def test_a_recovered_answer_that_was_already_used_is_left_out(saver, thread):
    dies = [True]

    def after(state: Any) -> Any:
        if dies:
            dies.pop()
            raise KeyboardInterrupt
        return {"log": ["after"]}

    app = chain(saver, q=ask("q"), after=after, r=ask("r"))
    asked = app.execute({"x": 1}, thread).waiting[0].interrupt.id
    crash(app, Command(resume={asked: "yes"}), thread)
    outcome = app.execute(Command(resume={asked: "yes"}), thread, recover=True)

    assert outcome.values["log"] == ["yes", "after"]
    assert [each.interrupt.value for each in outcome.waiting] == ["r"]


def test_the_outcome_says_where_the_run_stopped(saver, thread):
    app = chain(saver, a=say("a"), q=ask("q"))

    stopped = app.execute({"x": 1}, thread, interrupt_before=["q"])
    paused = app.execute(None, thread)
    ended = app.execute(Command(resume="yes"), thread)

    assert (stopped.stopped_at, stopped.next, stopped.waiting) == ("breakpoint", ("q",), ())
    assert (paused.stopped_at, paused.next) == ("interrupt", ("q",))
    (waiting,) = paused.waiting
    assert (waiting.node, waiting.checkpoint_id) == ("q", paused.checkpoint_id)
    assert waiting.ns == f"q:{waiting.task_id}"
    assert (ended.stopped_at, ended.next, ended.values["log"]) == ("end", (), ["a", "yes"])


def test_joins_in_a_stored_checkpoint_never_change():
    """4.2, and issue 8748 of LangGraph: what is handed to the saver is frozen."""
    builder = StateGraph(Log)
    for name in ["b", "c", "c2", "d"]:
        builder.add_node(name, say(name))
    builder.add_edge(START, "b").add_edge(START, "c").add_edge("c", "c2")
    app = builder.add_edge(["b", "c2"], "d").compile()

    saves = [each for each in _requests(app, {"x": 1}) if isinstance(each, Save)]

    joins = [dict(each.checkpoint.joins) for each in saves]
    assert joins == [{}, {}, {"join:b+c2:d": ("b",)}, {"join:b+c2:d": ("b", "c2")}, {}]


def _requests(app: App, given: Any) -> list[Any]:
    """Everything the loop asks when all tasks succeed and write nothing."""
    loop = run(app.graph, Request(given, RunConfig(thread_id="t"), durable=True))
    seen: list[Any] = []
    reply: Any = None
    while True:
        try:
            seen.append(loop.send(reply))
        except StopIteration:
            return seen
        starts = [each for each in seen if isinstance(each, Start)]
        landing = isinstance(seen[-1], Next)
        reply = [TaskResult(task) for task in starts[-1].tasks] if landing else None
