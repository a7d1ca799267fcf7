"""Retry, timeout and cache (B17)."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest

from runtime import (
    START,
    CachePolicy,
    Command,
    InMemoryCache,
    InMemorySaver,
    RetryPolicy,
    Send,
    StateGraph,
    TimeoutPolicy,
    get_runtime,
    interrupt,
)
from runtime.errors import InvalidUpdateError, NodeTimeoutError, StepTimeoutError
from runtime.policy import default_retry_on
from tests.runtime.helpers import Log, fan

SOON = RetryPolicy(initial_interval=0, jitter=False)


def one(node: Any, saver: Any = None, *, cache: Any = None, **policies: Any) -> Any:
    builder = StateGraph(Log).add_node("n", node, **policies).add_edge(START, "n")
    return builder.compile(saver, cache=cache)


class Flaky:
    """Fails so many times with these errors, then says which attempt it was."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self, state: Any) -> Any:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return {"log": [get_runtime().execution_info.node_attempt]}


def test_a_node_is_tried_again_and_sees_its_attempt(call):
    """17.1, 3.1"""
    flaky = Flaky(ConnectionError("a"), ConnectionError("b"))

    assert call(one(flaky, retry_policy=SOON), {"x": 1})["log"] == [3]


def test_max_attempts_counts_the_first_and_the_last_error_reaches_the_caller(call):
    """17.1"""
    flaky = Flaky(*(ConnectionError(str(n)) for n in range(5)))
    with pytest.raises(ConnectionError, match="2") as raised:
        call(one(flaky, retry_policy=SOON), {"x": 1})

    assert flaky.calls == 3
    assert "During task with name 'n'" in raised.value.__notes__[0]


@pytest.mark.parametrize(
    ("retry_on", "calls"),
    [
        (KeyError, 2),
        ((OSError, KeyError), 2),
        (lambda error: error.args == ("k",), 2),
        (OSError, 1),
    ],
)
def test_retry_on_is_a_class_a_sequence_or_a_predicate(call, retry_on, calls):
    """17.1"""
    flaky = Flaky(KeyError("k"))
    app = one(flaky, retry_policy=RetryPolicy(0, jitter=False, retry_on=retry_on))
    with suppress(KeyError):
        call(app, {"x": 1})

    assert flaky.calls == calls


def test_the_first_policy_that_matches_rules(call):
    """17.1"""
    first = RetryPolicy(0, jitter=False, max_attempts=1, retry_on=KeyError)
    second = RetryPolicy(0, jitter=False, max_attempts=5, retry_on=Exception)
    flaky = Flaky(OSError("o"), KeyError("k"))
    with pytest.raises(KeyError):
        call(one(flaky, retry_policy=[first, second]), {"x": 1})

    assert flaky.calls == 2


class Response:
    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class HTTPError(OSError):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.response = Response(status)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (ConnectionResetError(), True),
        (HTTPError(503), True),
        (HTTPError(404), False),
        (OSError("disk"), False),
        (ValueError(), False),
        (KeyError(), False),
        (RuntimeError(), False),
        (InvalidUpdateError(), False),
        (NodeTimeoutError("n", 1, kind="run"), True),
        (type("Strange", (Exception,), {})(), True),
    ],
)
def test_what_the_default_predicate_retries(error, again):
    """17.1"""
    assert default_retry_on(error) is again


def test_waits_grow_up_to_a_limit_with_jitter_of_a_second():
    """17.1"""
    plain = RetryPolicy(jitter=False)

    assert [plain.delay(n) for n in (1, 2, 3, 20)] == [0.5, 1.0, 2.0, 128.0]
    assert 0.5 <= RetryPolicy().delay(1) <= 1.5


def test_questions_are_never_retried_and_answers_survive_a_retry(call, saver, thread):
    """8.10, 8.4, 17.1"""
    calls = []

    def node(state: Any) -> Any:
        calls.append(1)
        answer = interrupt("?")
        if len(calls) < 3:
            raise ConnectionError
        return {"log": [answer]}

    app = one(node, saver, retry_policy=RetryPolicy(0, jitter=False, retry_on=Exception))
    call(app, {"x": 1}, thread)
    assert len(calls) == 1
    assert call(app, Command(resume="yes"), thread)["log"] == ["yes"]
    assert len(calls) == 3


def test_a_command_for_the_parent_is_never_retried():
    """17.1, 4.7"""
    calls = []

    def node(state: Any) -> Any:
        calls.append(1)
        return Command(graph=Command.PARENT, goto="elsewhere")

    with pytest.raises(Exception, match="elsewhere"):
        one(node, retry_policy=RetryPolicy(0, jitter=False, retry_on=Exception)).invoke({"x": 1})

    assert calls == [1]


# --- timeouts ---


async def slow(state: Any) -> Any:
    await asyncio.sleep(30)


def test_an_async_node_is_stopped_after_its_timeout():
    """17.2"""
    with pytest.raises(NodeTimeoutError, match="run timeout") as raised:
        asyncio.run(one(slow, timeout=0.02).ainvoke({"x": 1}))

    assert (raised.value.node, raised.value.kind) == ("n", "run")
    assert raised.value.elapsed < 5


def test_a_timeout_is_retried():
    """17.2"""
    calls = []

    async def node(state: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            await asyncio.sleep(30)
        return {"log": ["quick"]}

    app = one(node, timeout=0.05, retry_policy=SOON)

    assert asyncio.run(app.ainvoke({"x": 1}))["log"] == ["quick"]


def test_signs_of_life_move_an_idle_timeout():
    """17.2"""

    async def busy(state: Any, writer: Any) -> Any:
        for _ in range(6):
            await asyncio.sleep(0.05)
            writer("alive")
        return {"log": ["done"]}

    async def stuck(state: Any, writer: Any) -> Any:
        writer("alive")
        await asyncio.sleep(30)

    limit = TimeoutPolicy(idle_timeout=0.15)
    assert asyncio.run(one(busy, timeout=limit).ainvoke({"x": 1}))["log"] == ["done"]
    with pytest.raises(NodeTimeoutError, match="idle timeout"):
        asyncio.run(one(stuck, timeout=limit).ainvoke({"x": 1}))


def test_with_heartbeat_only_the_heartbeat_counts():
    """17.2"""

    async def beating(state: Any, runtime: Any) -> Any:
        for _ in range(6):
            await asyncio.sleep(0.05)
            runtime.heartbeat()
        return {"log": ["done"]}

    async def writing(state: Any, writer: Any) -> Any:
        for _ in range(20):
            await asyncio.sleep(0.05)
            writer("alive")

    limit = TimeoutPolicy(idle_timeout=0.15, refresh_on="heartbeat")
    assert asyncio.run(one(beating, timeout=limit).ainvoke({"x": 1}))["log"] == ["done"]
    with pytest.raises(NodeTimeoutError):
        asyncio.run(one(writing, timeout=limit).ainvoke({"x": 1}))


def test_a_sync_node_with_a_timeout_is_refused_while_building():
    """17.2"""
    with pytest.raises(ValueError, match="only an async function can be stopped"):
        one(lambda state: None, timeout=1)


def test_a_send_brings_its_own_timeout(saver, thread):
    """17.2"""
    builder = StateGraph(Log).add_node("n", slow)
    builder.add_conditional_edges(START, lambda state: [Send("n", {}, timeout=0.02)])
    app = builder.compile(saver)
    with pytest.raises(NodeTimeoutError):
        asyncio.run(app.ainvoke({"x": 1}, thread))

    assert app.get_state(thread).tasks[0].error.startswith("NodeTimeoutError")


def test_a_send_keeps_its_timeout_over_a_pause(saver, thread):
    """17.2, 4.5"""

    async def node(state: Any) -> Any:
        await asyncio.sleep(0 if interrupt("?") == "quick" else 30)

    builder = StateGraph(Log).add_node("n", node)
    builder.add_conditional_edges(START, lambda state: [Send("n", {}, timeout=0.05)])
    asyncio.run(builder.compile(saver).ainvoke({"x": 1}, thread))
    with pytest.raises(NodeTimeoutError):
        asyncio.run(builder.compile(saver).ainvoke(Command(resume="slow"), thread))


def test_a_send_with_a_timeout_to_a_sync_node_is_an_error():
    """17.2"""
    builder = StateGraph(Log).add_node("n", lambda state: None)
    builder.add_conditional_edges(START, lambda state: [Send("n", {}, timeout=1)])
    with pytest.raises(ValueError, match="only an async function"):
        builder.compile().invoke({"x": 1})


def test_a_superstep_is_bound_by_step_timeout():
    """17.2"""
    app = fan(None, a=lambda state: time.sleep(0.5), b=lambda state: None).bind(step_timeout=0.05)
    with pytest.raises(StepTimeoutError):
        app.invoke({"x": 1})
    with pytest.raises(TimeoutError):
        asyncio.run(fan(None, a=slow, b=slow).bind(step_timeout=0.05).ainvoke({"x": 1}))


# --- cache ---


def test_equal_input_gives_the_stored_writes_and_streams_them_as_cached():
    """17.3, 15.3"""
    calls = []

    def node(state: Any) -> Any:
        calls.append(1)
        return {"log": ["ran"]}

    app = one(node, cache=InMemoryCache(), cache_policy=CachePolicy())

    assert list(app.stream({"x": 1})) == [{"n": {"log": ["ran"]}}]
    assert list(app.stream({"x": 1})) == [{"n": {"log": ["ran"]}, "__metadata__": {"cached": True}}]
    assert list(app.stream({"x": 2})) == [{"n": {"log": ["ran"]}}]
    assert calls == [1, 1]


def test_the_cache_asks_the_key_function_and_forgets_after_its_ttl(call):
    """17.3"""
    now = [0.0]
    calls = []

    def node(state: Any) -> Any:
        calls.append(state["x"])

    policy = CachePolicy(key_func=lambda state: b"same", ttl=10)
    app = one(node, cache=InMemoryCache(clock=lambda: now[0]), cache_policy=policy)
    for moment in (0.0, 5.0, 11.0):
        now[0] = moment
        call(app, {"x": moment})

    assert calls == [0.0, 11.0]


def test_failures_and_answers_are_not_cached(call, saver):
    """17.3"""
    flaky = Flaky(ValueError("bad"))
    app = one(flaky, cache=InMemoryCache(), cache_policy=CachePolicy())
    with pytest.raises(ValueError, match="bad"):
        call(app, {"x": 1})
    call(app, {"x": 1})
    assert flaky.calls == 2

    def ask(state: Any) -> Any:
        return {"log": [interrupt("?")]}

    asking = one(ask, saver, cache=InMemoryCache(), cache_policy=CachePolicy())
    for thread in ("1", "2"):
        config = {"configurable": {"thread_id": thread}}
        assert "__interrupt__" in call(asking, {"x": 1}, config)
        assert call(asking, Command(resume=thread), config)["log"] == [thread]


def test_an_input_without_a_key_is_a_clear_error(call):
    """17.3, 19.4"""
    app = one(lambda state: None, cache=InMemoryCache(), cache_policy=CachePolicy())
    with pytest.raises(TypeError, match="the input of 'n' gives no cache key"):
        call(app, {"x": object()})


def test_without_a_cache_a_cache_policy_does_nothing(call):
    """17.3"""
    flaky = Flaky()
    app = one(flaky, cache_policy=CachePolicy())
    call(app, {"x": 1})
    call(app, {"x": 1})

    assert flaky.calls == 2


def test_writes_of_a_failed_attempt_are_lost(call):
    """17.1"""
    attempts = []

    def node(state: Any) -> Any:
        attempts.append(1)
        return {"log": [len(attempts)]}

    def branch(state: Any) -> str:
        if len(attempts) == 1:
            raise ConnectionError
        return "__end__"

    builder = StateGraph(Log).add_node("n", node, retry_policy=SOON).add_edge(START, "n")
    builder.add_conditional_edges("n", branch)

    assert call(builder.compile(InMemorySaver()), {"x": 1}, {"configurable": {"thread_id": "t"}})[
        "log"
    ] == [2]
