"""Threads and asyncio: parallelism, limits, cancelling, hosts, streams."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from runtime import START, Command, InMemorySaver, Send, StateGraph, get_stream_writer, interrupt
from tests.runtime.helpers import CountingSaver, Log, LostLease, ask, chain, fan, say

WHO: ContextVar[str] = ContextVar("who", default="nobody")


def test_tasks_of_a_superstep_run_at_the_same_time(call):
    """5.3"""
    meeting = threading.Barrier(3, timeout=5)
    app = fan(None, **{name: lambda state: {"log": [meeting.wait() < 3]} for name in "abc"})

    assert call(app, {})["log"] == [True, True, True]


def test_max_concurrency_limits_them(call):
    """5.3"""
    lock, running, most = threading.Lock(), [0], [0]

    def node(state: Any) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1

    call(fan(None, **{f"n{i}": node for i in range(8)}), {"x": 1}, {"max_concurrency": 2})

    assert most == [2]


def test_a_single_task_runs_in_the_calling_thread():
    """Performance 3"""
    seen = []
    chain(None, a=lambda state: seen.append(threading.current_thread())).invoke({"x": 1})

    assert seen == [threading.current_thread()]


def test_context_variables_of_the_caller_are_seen_in_every_task(call):
    WHO.set("ada")
    app = fan(None, a=lambda s: {"log": [WHO.get()]}, b=lambda s: {"log": [WHO.get()]})

    assert call(app, {})["log"] == ["ada", "ada"]


def test_one_compiled_graph_runs_in_many_threads_at_once(saver):
    """5.3"""
    app = fan(saver, a=lambda s: {"log": [s["x"]]}, b=lambda s: {"log": [s["x"]]})
    results: dict[int, Any] = {}

    def client(n: int) -> None:
        results[n] = app.invoke({"x": n}, {"configurable": {"thread_id": str(n)}})["log"]

    clients = [threading.Thread(target=client, args=(n,)) for n in range(20)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()

    assert results == {n: [n, n] for n in range(20)}


def test_graphs_inside_nodes_share_the_pool_without_standing_still():
    inner = fan(None, a=say("a"), b=say("b"))

    def outer(state: Any) -> Any:
        return {"log": inner.invoke({})["log"]}

    app = fan(None, **{f"n{i:02}": outer for i in range(40)})

    assert len(app.invoke({})["log"]) == 80


def test_async_siblings_of_a_failure_are_cancelled(saver, thread):
    """5.7"""
    cancelled = []

    async def slow(state: Any) -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    async def bad(state: Any) -> None:
        await asyncio.sleep(0.01)
        raise OSError("down")

    async def quick(state: Any) -> Any:
        return {"log": ["quick"]}

    app = fan(saver, slow=slow, bad=bad, quick=quick)

    async def story() -> list[int]:
        with pytest.raises(OSError, match="down"):
            await app.ainvoke({"x": 1}, thread)
        return list(cancelled)

    assert asyncio.run(story()) == [1]
    assert app.get_state(thread).values["log"] == ["quick"]


def test_a_host_enters_its_context_in_the_thread_that_runs_a_task():
    entered = []

    @contextmanager
    def around() -> Any:
        entered.append(threading.get_ident())
        yield

    ran = []
    app = fan(None, a=lambda s: ran.append(threading.get_ident()), b=lambda s: time.sleep(0.02))
    app.bind(around_task=around).invoke({"x": 1})

    assert len(entered) == 3  # START, a, b
    assert ran[0] in entered


def test_asyncio_calls_the_saver_through_offload(thread):
    calls = []

    def offload(function: Any) -> Any:
        async def called(*args: Any) -> Any:
            calls.append(1)
            return function(*args)

        return called

    app = chain(None, q=ask("q")).bind(saver=CountingSaver(), offload=offload)

    async def story() -> Any:
        await app.ainvoke({"x": 1}, thread)
        return await app.aget_state(thread)

    state = asyncio.run(story())
    assert state.next == ("q",)
    assert len(calls) == len(app.saver.calls) + 2  # one load, one read


def test_a_saver_that_is_not_instant_runs_in_the_pool(thread):
    """The event loop is not blocked."""
    threads = set()

    class Slow:
        def __init__(self) -> None:
            self.inner = InMemorySaver()

        def __getattr__(self, name: str) -> Any:
            def method(*args: Any, **options: Any) -> Any:
                threads.add(threading.get_ident())
                return getattr(self.inner, name)(*args, **options)

            return method

    asyncio.run(chain(Slow(), a=say("a")).ainvoke({"x": 1}, thread))

    assert threading.get_ident() not in threads


def test_a_lost_lease_stops_what_has_not_started(thread):
    started = []

    class Losing(CountingSaver):
        def put_writes(self, *args: Any) -> None:
            raise LostLease

    def node(state: Any) -> None:
        started.append(1)
        time.sleep(0.01)

    app = fan(Losing(), **{f"n{i:02}": node for i in range(20)})
    with pytest.raises(LostLease):
        app.invoke({"x": 1}, {**thread, "max_concurrency": 2})
    time.sleep(0.5)

    assert len(started) < 20


def test_the_writer_is_heard_while_the_node_runs(saver, thread):
    """15.1 custom"""
    heard = threading.Event()

    def node(state: Any) -> Any:
        get_stream_writer()({"half": True})
        return {"log": [heard.wait(5)]}

    stream = chain(saver, a=node).stream({"x": 1}, thread, stream_mode=["custom", "updates"])

    assert next(stream) == ("custom", {"half": True})
    heard.set()
    assert list(stream) == [("updates", {"a": {"log": [True]}})]


def test_the_writer_is_heard_under_asyncio():
    """15.1 custom"""

    async def node(state: Any, writer: Any) -> None:
        writer(1)
        await asyncio.to_thread(lambda: writer(2))

    def sync_node(state: Any, writer: Any) -> None:
        writer(3)

    app = chain(None, a=node, b=sync_node)

    async def story() -> list[Any]:
        return [item async for item in app.astream({"x": 1}, stream_mode="custom")]

    assert asyncio.run(story()) == [1, 2, 3]


def test_updates_arrive_as_each_task_ends(saver, thread):
    """15.2"""
    gate = threading.Event()

    def slow(state: Any) -> Any:
        gate.wait(5)
        return {"log": ["slow"]}

    stream = fan(saver, slow=slow, fast=say("fast")).stream({"x": 1}, thread)

    assert next(stream) == {"fast": {"log": ["fast"]}}
    gate.set()
    assert list(stream) == [{"slow": {"log": ["slow"]}}]


def test_stream_shapes(saver, thread):
    """15.1"""
    app = chain(saver, a=say("a"))

    assert list(app.stream({"x": 1}, thread, subgraphs=True)) == [((), {"a": {"log": ["a"]}})]
    both = app.stream({"x": 1}, thread, stream_mode=["updates"], subgraphs=True)
    assert list(both) == [((), "updates", {"a": {"log": ["a"]}})]
    assert app.invoke({"x": 1}, thread, stream_mode="updates") == [{"a": {"log": ["a"]}}]
    with pytest.raises(ValueError, match="Did you mean 'values'"):
        list(app.stream({"x": 1}, thread, stream_mode="value"))


def test_an_option_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match="Did you mean 'interrupt_after'"):
        chain(None, a=say("a")).invoke({"x": 1}, interrupt_aftr=["a"])


def test_a_node_that_sets_a_context_variable_keeps_it_to_itself(call):
    def first(state: Any) -> None:
        WHO.set("first")

    WHO.set("caller")
    app = chain(None, a=first, b=lambda s: {"log": [WHO.get()]})

    assert call(app, {})["log"] == ["caller"]
    assert WHO.get() == "caller"


def test_the_caller_may_stop_reading(saver, thread):
    """15.5"""
    app = chain(saver, a=say("a"), b=say("b"))
    stream = app.stream({"x": 1}, thread)
    next(stream)
    stream.close()

    assert app.invoke(None, thread)["log"] == ["a", "b"]


def test_a_failing_answer_to_one_of_many_sends_leaves_the_others(call, saver, thread):
    """5.7, 8.3"""

    def review(arg: Any) -> Any:
        return {"log": [int(interrupt(arg["n"]))]}

    builder = StateGraph(Log).add_node("r", review)
    builder.add_conditional_edges(START, lambda s: [Send("r", {"n": n}) for n in range(3)])
    app = builder.compile(saver)
    call(app, {"x": 1}, thread)
    ids = {each.value: each.id for each in app.get_state(thread).interrupts}
    with pytest.raises(ValueError, match="invalid literal"):
        call(app, Command(resume={ids[0]: "bad"}), thread)

    assert {each.value for each in app.get_state(thread).interrupts} == {0, 1, 2}
    answers = {ids[n]: str(n) for n in range(3)}
    assert call(app, Command(resume=answers), thread)["log"] == [0, 1, 2]


def test_max_concurrency_bounds_tasks_in_threads_and_asyncio():
    """5.3"""
    running, most = [0], [0]

    def enter() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])

    def node(state: Any) -> None:
        enter()
        time.sleep(0.02)
        running[0] -= 1

    async def anode(state: Any) -> None:
        enter()
        await asyncio.sleep(0.02)
        running[0] -= 1

    fan(None, **{f"n{n}": node for n in range(6)}).invoke({"x": 1}, {"max_concurrency": 2})
    assert most == [2]
    most[0] = 0
    app = fan(None, **{f"n{n}": anode for n in range(6)})
    asyncio.run(app.ainvoke({"x": 1}, {"max_concurrency": 2}))
    assert most == [2]
