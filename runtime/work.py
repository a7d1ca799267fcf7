"""Runs one task or job: in this thread or on the event loop, with its attempts and time limits.

What it does step by step is in steps.py, how often is decided in policy.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from dataclasses import dataclass, replace
from inspect import isawaitable
from itertools import count
from time import sleep, time
from typing import Any

from runtime import caching
from runtime.builder import Graph
from runtime.context import TaskContext
from runtime.errors import GraphInterrupt, ParentCommand
from runtime.facts import RunInfo
from runtime.jobs import JobsInAsyncio, JobsInThreads, asettled, settled
from runtime.limits import within
from runtime.outputs import Pairs
from runtime.policy import NO_POLICIES, Policies, TimeoutPolicy
from runtime.requests import Start
from runtime.steps import Call, Steps, steps_of
from runtime.stored import NOTHING
from runtime.types import CURRENT, Task, TaskResult

AroundTask = Callable[[], AbstractContextManager[Any]]


#: Seconds to wait before a try, answered with its result; ends with the last one.
Attempts = Generator[float, Any, TaskResult]


@dataclass(frozen=True, slots=True)
class Worker:
    """Runs the tasks of one call. `around_task` is entered in the thread that runs a task."""

    graph: Graph
    run: RunInfo
    around_task: AroundTask = nullcontext

    def work(self, task: Task, start: Start) -> TaskResult:
        """Run the task in this thread. Only what is no Exception gets out, but for signals."""
        reach = self._reach(task, start)
        reach.caller = JobsInThreads(self, self.run.config.max_concurrency)
        return self.play(reach, self.around_task)

    async def awork(self, task: Task, start: Start, pool: Executor) -> TaskResult:
        """Run the task in this asyncio task; its sync functions run in the pool."""
        reach = self._reach(task, start)
        reach.caller = JobsInAsyncio(self, self.run.config.max_concurrency)
        return await self.aplay(reach, pool)

    def play(self, reach: TaskContext, around: AroundTask = nullcontext) -> TaskResult:
        """All attempts of a task or job."""
        policies = self.policies(reach)
        if policies is NO_POLICIES:
            return self._attempt(reach, around)
        attempts = _attempts(self.graph, reach, policies)
        answer: TaskResult | None = None
        while True:
            try:
                wait = attempts.send(answer)
            except StopIteration as end:
                result: TaskResult = end.value
                return result
            if wait:
                sleep(wait)
            answer = self._attempt(reach, around)

    async def aplay(self, reach: TaskContext, pool: Executor) -> TaskResult:
        policies = self.policies(reach)
        if policies is NO_POLICIES:
            return await self._aattempt(reach, pool, None)
        attempts = _attempts(self.graph, reach, policies)
        answer: TaskResult | None = None
        while True:
            try:
                wait = attempts.send(answer)
            except StopIteration as end:
                result: TaskResult = end.value
                return result
            if wait:
                await asyncio.sleep(wait)
            answer = await self._aattempt(reach, pool, policies.timeout)

    def policies(self, reach: TaskContext) -> Policies:
        """Those of the node or @task; a Send may bring another timeout."""
        if reach.job is not None:
            return reach.job.policies
        found = self.graph.nodes[reach.task.node].policies
        limit = reach.task.timeout
        return found if limit is None else replace(found, timeout=limit)

    def _attempt(self, reach: TaskContext, around: AroundTask) -> TaskResult:
        token = CURRENT.set(reach)
        try:
            with around():
                try:
                    pairs = _call_all(steps_of(self.graph, reach))
                finally:
                    settled(reach)
            return _ended(reach, pairs)
        except GraphInterrupt as signal:
            return _paused(reach, signal)
        except Exception as error:  # the rim: a node may raise anything
            return _failed(reach, error)
        finally:
            CURRENT.reset(token)

    async def _aattempt(
        self, reach: TaskContext, pool: Executor, limit: TimeoutPolicy | None
    ) -> TaskResult:
        token = CURRENT.set(reach)
        try:
            try:
                steps = self._await_all(steps_of(self.graph, reach), pool)
                pairs = await (within(limit, reach, steps) if limit else steps)
            finally:
                await asettled(reach)
            return _ended(reach, pairs)
        except GraphInterrupt as signal:
            return _paused(reach, signal)
        except Exception as error:  # the rim: a node may raise anything
            return _failed(reach, error)
        finally:
            CURRENT.reset(token)

    def _reach(self, task: Task, start: Start) -> TaskContext:
        answers, saved = list(task.resumes), start.saved
        before = saved.get(task.id, NOTHING)
        return TaskContext(
            self.run, task, start.checkpoint, start.loose, answers, before=before, saved=saved
        )

    async def _await_all(self, steps: Steps, pool: Executor) -> Pairs:
        value: Any = None
        while True:
            try:
                call = steps.send(value)
            except StopIteration as end:
                pairs: Pairs = end.value
                return pairs
            try:
                value = await self._await(call, pool)
            except ParentCommand as sent:
                value = replace(sent.command, graph=None)

    async def _await(self, call: Call, pool: Executor) -> Any:
        if call.twin is not None:
            return await call.twin(call.argument)
        if call.is_async or call.quick:
            value = call.function(call.argument, **call.injected)
        else:
            context = copy_context()
            value = await asyncio.get_running_loop().run_in_executor(
                pool, context.run, self._in_thread, call
            )
        return await value if isawaitable(value) else value

    def _in_thread(self, call: Call) -> Any:
        with self.around_task():
            return call.function(call.argument, **call.injected)


def _attempts(graph: Graph, reach: TaskContext, policies: Policies) -> Attempts:
    """How often and when to try: not at all if the cache knows."""
    slot, found = caching.look_up(graph, reach, policies.cache)
    if found is not None:
        return found
    first, wait = time(), 0.0
    for attempt in count(1):
        reach.again(attempt, first)
        result = yield wait
        delay = policies.retry_delay(result.error, attempt)
        if delay is None:
            break
        wait = delay
    return slot.keep(result) if slot is not None and not reach.used else result


def _ended(reach: TaskContext, pairs: Pairs) -> TaskResult:
    """A node that caught the signal of interrupt() and went on still waits for its answer."""
    if reach.waits():
        raise GraphInterrupt()
    if reach.fault is not None:
        raise reach.fault
    if reach.job is None:
        reach.check_used()
    return TaskResult(reach.task, tuple(pairs))


def _paused(reach: TaskContext, signal: GraphInterrupt) -> TaskResult:
    if reach.fault is not None:
        raise reach.fault
    asked = {each.id: each for each in (*reach.questions(), *signal.interrupts)}
    return TaskResult(
        reach.task,
        interrupts=tuple(asked.values()),
        resumes=reach.own_answers(),
        held=not asked,
        marks=tuple(reach.marks),
        inner=reach.inside(),
    )


def _failed(reach: TaskContext, error: Exception) -> TaskResult:
    if reach.fault is not None:
        raise reach.fault
    left = reach.left_open()
    reach.open, reach.paused, reach.jobs = (), False, ()
    return TaskResult(reach.task, error=error, inner=left)


def _call_all(steps: Steps) -> Pairs:
    value: Any = None
    while True:
        try:
            call = steps.send(value)
        except StopIteration as end:
            pairs: Pairs = end.value
            return pairs
        if call.is_async:
            raise TypeError(
                f'No synchronous function provided to "{call.name}". Use ainvoke or astream.'
            )
        try:
            value = call.function(call.argument, **call.injected)
        except ParentCommand as sent:
            value = replace(sent.command, graph=None)
