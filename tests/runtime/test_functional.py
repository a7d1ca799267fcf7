"""The functional API (B18), side by side with LangGraph where the two agree."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import langgraph.func
import pytest

import runtime.func
from runtime import (
    START,
    Command,
    InMemorySaver,
    RetryPolicy,
    StateGraph,
    entrypoint,
    interrupt,
    once,
    task,
)
from runtime.errors import NotSerializable
from tests.runtime.helpers import Log, LostLease, chain
from tests.runtime.parity_kit import LANGGRAPH, OURS
from tests.runtime.test_stream import bare

KITS = {
    "langgraph": SimpleNamespace(func=langgraph.func, **vars(LANGGRAPH)),
    "ours": SimpleNamespace(func=runtime.func, **vars(OURS)),
}


def told(kit: Any) -> list[Any]:
    """One story: tasks, two questions, one of them in a task; then a second run."""
    calls: list[Any] = []

    @kit.func.task
    def double(x: int) -> int:
        calls.append(x)
        return 2 * x

    @kit.func.task
    def ask(question: str) -> Any:
        return kit.interrupt(question)

    @kit.func.entrypoint(checkpointer=kit.Saver())
    def flow(given: int, *, previous: Any = None) -> Any:
        results = [double(given).result(), double(0).result()]
        first = kit.interrupt("first?")
        second = ask("second?").result()
        value = {"results": results, "said": [first, second], "before": previous}
        return kit.func.entrypoint.final(value=value, save=first)

    config = {"configurable": {"thread_id": "1"}}
    log: list[Any] = []
    modes = ["updates", "values"]
    for given in (3, kit.Command(resume="A"), kit.Command(resume=False), 5):
        log += [bare(each) for each in flow.stream(given, config, stream_mode=modes)]
        log += [bare(flow.get_state(config).values), flow.get_state(config).next, list(calls)]
    for each in flow.get_state_history(config):
        step = each.metadata["step"], each.metadata["source"]
        log.append((step, bare(each.values), each.next, each.parent_config is not None))
    return log


def test_a_flow_behaves_as_in_langgraph():
    """18.1 to 18.4"""
    assert told(KITS["ours"]) == told(KITS["langgraph"])


def test_tasks_run_in_parallel(call):
    """18.1"""

    @task
    def nap(n: int) -> int:
        time.sleep(0.1)
        return n

    @entrypoint()
    def flow(count: int) -> list[int]:
        return [each.result() for each in [nap(n) for n in range(count)]]

    began = time.monotonic()
    assert call(flow, 8) == list(range(8))
    assert time.monotonic() - began < 0.7


def test_async_tasks_are_awaited_and_run_in_parallel():
    """18.1"""

    @task
    async def nap(n: int) -> int:
        await asyncio.sleep(0.05)
        return n

    @task
    def quick(n: int) -> int:
        return -n

    @entrypoint()
    async def flow(count: int) -> list[int]:
        naps = await asyncio.gather(*[nap(n) for n in range(count)])
        return [*naps, await quick(9)]

    assert asyncio.run(flow.ainvoke(3)) == [0, 1, 2, -9]


def test_a_sync_node_beside_the_event_loop_may_call_async_tasks():
    """18.1, 3.3"""

    @task
    async def nap(n: int) -> int:
        await asyncio.sleep(0)
        return n

    app = chain(None, a=lambda state: {"log": [nap(7).result()]})

    assert asyncio.run(app.ainvoke({"x": 1}))["log"] == [7]
    with pytest.raises(TypeError, match="Use ainvoke"):
        app.invoke({"x": 1})


def test_finished_tasks_are_not_run_again_after_an_answer(call, saver, thread):
    """18.2: in a node of a StateGraph too; falsy results count"""
    calls = []

    @task
    def nothing(x: int) -> Any:
        calls.append(x)

    def node(state: Any) -> Any:
        results = [nothing(1).result(), nothing(2).result()]
        return {"log": [*results, interrupt("?")]}

    app = chain(saver, a=node)
    call(app, {"x": 1}, thread)
    assert call(app, Command(resume="yes"), thread)["log"] == [None, None, "yes"]
    assert calls == [1, 2]


def test_results_of_tasks_are_durable_as_they_land(call, saver, thread):
    """18.1: a crash in the middle of the node repeats no finished task"""
    calls = []

    @task
    def effect() -> str:
        calls.append(1)
        return "done"

    def node(state: Any) -> Any:
        result = effect().result()
        if len(calls) == 1 and not getattr(node, "crashed", False):
            node.crashed = True
            raise KeyboardInterrupt
        return {"log": [result]}

    app = chain(saver, a=node)
    with pytest.raises(KeyboardInterrupt):
        call(app, {"x": 1}, thread)

    assert call(app, None, thread)["log"] == ["done"]
    assert calls == [1]


def test_a_retry_of_the_node_keeps_the_results_of_its_tasks(call):
    """17.1, 18.2: without a saver too"""
    calls = []

    @task
    def effect() -> int:
        calls.append(1)
        return len(calls)

    attempts = []

    def node(state: Any) -> Any:
        result = effect().result()
        attempts.append(1)
        if len(attempts) < 3:
            raise ConnectionError
        return {"log": [result]}

    builder = StateGraph(Log).add_node("n", node, retry_policy=RetryPolicy(0, jitter=False))
    app = builder.add_edge(START, "n").compile()

    assert call(app, {"x": 1})["log"] == [1]
    assert calls == [1]


def test_a_question_in_a_task_is_reported_once_and_answered_by_its_id(call, saver, thread):
    """18.3"""

    @task
    def ask(question: str) -> Any:
        return interrupt(question)

    @entrypoint(checkpointer=saver)
    def flow(given: Any) -> Any:
        both = [ask("a"), ask("b")]
        return [each.result() for each in both]

    asked = call(flow, 1, thread)["__interrupt__"]
    assert [each.value for each in asked] == ["a", "b"]
    left = call(flow, Command(resume={asked[1].id: "B"}), thread)["__interrupt__"]
    assert [each.value for each in left] == ["a"]
    assert call(flow, Command(resume="A"), thread) == ["A", "B"]


def test_a_question_in_a_task_that_nobody_waited_for_still_pauses(call, saver, thread):
    """18.3: where LangGraph would forget it"""

    @task
    def ask() -> Any:
        return interrupt("?")

    @entrypoint(checkpointer=saver)
    def flow(given: Any) -> Any:
        ask()
        return "done"

    assert [each.value for each in call(flow, 1, thread)["__interrupt__"]] == ["?"]
    assert call(flow, Command(resume=1), thread) == "done"


def test_the_error_of_a_task_comes_with_its_result_and_may_be_caught(call, saver, thread):
    """18.3"""
    calls = []

    @task
    def bad() -> None:
        calls.append(1)
        raise ValueError("no")

    @entrypoint(checkpointer=saver)
    def flow(given: Any) -> Any:
        try:
            bad().result()
        except ValueError as error:
            return [str(error), interrupt("?")]

    call(flow, 1, thread)
    assert call(flow, Command(resume="ok"), thread) == ["no", "ok"]
    assert calls == [1, 1]  # only successes are stored


def test_tasks_take_policies_and_names(call):
    """17.1, 18.1"""
    calls = []

    @task(name="flaky", retry_policy=RetryPolicy(0, jitter=False))
    def named() -> int:
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionError
        return len(calls)

    @entrypoint()
    def flow(given: Any) -> Any:
        return named().result()

    assert call(flow, 1, stream_mode="updates") == [{"flaky": 3}, {"flow": 3}]


def test_max_concurrency_bounds_the_tasks_of_a_flow(call):
    """5.3"""
    running, most = [], []

    @task
    def nap(n: int) -> None:
        running.append(n)
        most.append(len(running))
        time.sleep(0.02)
        running.remove(n)

    @entrypoint()
    def flow(count: int) -> None:
        for each in [nap(n) for n in range(count)]:
            each.result()

    flow.invoke(6, {"max_concurrency": 2})
    assert max(most) == 2


def test_tasks_call_tasks_and_graphs(call, saver, thread):
    """18.2, 14.4"""
    child = StateGraph(Log).add_node("q", lambda state: {"log": [interrupt("deep?")]})
    graph = child.add_edge(START, "q").compile()
    calls = []

    @task
    def leaf() -> str:
        calls.append(1)
        return "leaf"

    @task
    def branch() -> Any:
        return [leaf().result(), graph.invoke({"x": 1})["log"], interrupt("near?")]

    @entrypoint(checkpointer=saver)
    def flow(given: Any) -> Any:
        return branch().result()

    assert [each.value for each in call(flow, 1, thread)["__interrupt__"]] == ["deep?"]
    asked = call(flow, Command(resume="d"), thread)["__interrupt__"]
    assert [each.value for each in asked] == ["near?"]
    assert call(flow, Command(resume="n"), thread) == ["leaf", ["d"], "n"]
    assert calls == [1]


def test_a_result_that_cannot_be_stored_names_the_task(call, saver, thread):
    """19.4"""

    @task
    def odd() -> Any:
        return object()

    @entrypoint(checkpointer=saver)
    def flow(given: Any) -> Any:
        return odd().result()

    with pytest.raises(NotSerializable, match="task 'odd'"):
        call(flow, 1, thread)


def test_a_fault_of_the_saver_ends_the_run_whatever_the_node_catches(call, thread):
    """A lost lease is not the author's to handle"""

    class Losing(InMemorySaver):
        def put_writes(self, *args: Any) -> None:
            raise LostLease

    @task
    def effect() -> int:
        return 1

    @entrypoint(checkpointer=Losing())
    def flow(given: Any) -> Any:
        try:
            return effect().result()
        except Exception:
            return "went on"

    with pytest.raises(LostLease):
        call(flow, 1, thread)


def test_outside_a_run_tasks_and_once_say_so():
    """3.2"""
    with pytest.raises(RuntimeError, match="outside of a run"):
        task(lambda: 1)()
    with pytest.raises(RuntimeError, match="outside of a run"):
        once("key", lambda: 1)


def test_a_flow_without_a_parameter_or_with_a_wrong_saver_is_refused():
    """18.1, 6.6"""
    with pytest.raises(ValueError, match="at least one argument"):
        entrypoint()(lambda: 1)
    with pytest.raises(TypeError, match="must be a saver"):
        entrypoint(checkpointer="memory")
