"""Runs one task: gives the node its input, reads what it returns, asks its branches where to go.

The steps are a generator of calls, so threads and asyncio share them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Any, NamedTuple

from runtime.builder import Graph
from runtime.context import RunInfo, TaskContext
from runtime.errors import GraphInterrupt, ParentCommand
from runtime.nodes import Branch, Node
from runtime.outputs import Pairs, read_branch, read_output
from runtime.requests import Start
from runtime.step import merge
from runtime.stored import NOTHING
from runtime.types import CURRENT, EDIT, START, UNSET, Task, TaskResult

AroundTask = Callable[[], AbstractContextManager[Any]]


class Call(NamedTuple):
    """A function of the author's to call. `quick` ones are ours and never block; `twin` is the
    asyncio form of a subgraph."""

    function: Callable[..., Any]
    argument: Any
    injected: dict[str, Any]
    name: str
    is_async: bool = False
    quick: bool = False
    twin: Callable[..., Any] | None = None


Steps = Generator[Call, Any, Pairs]


@dataclass(frozen=True, slots=True)
class Worker:
    """Runs the tasks of one call. `around_task` is entered in the thread that runs a task."""

    graph: Graph
    run: RunInfo
    around_task: AroundTask = nullcontext

    def work(self, task: Task, start: Start) -> TaskResult:
        """Run the task in this thread. Only what is no Exception gets out, but for signals."""
        reach = self._reach(task, start)
        token = CURRENT.set(reach)
        try:
            with self.around_task():
                pairs = _call_all(_steps(self.graph, reach))
        except GraphInterrupt as signal:
            return _waits(reach, signal)
        except Exception as error:  # the rim: a node may raise anything
            return TaskResult(task, error=error, inner=reach.left_open())
        finally:
            CURRENT.reset(token)
        return TaskResult(task, tuple(pairs))

    async def awork(self, task: Task, start: Start, pool: Executor) -> TaskResult:
        """Run the task in this asyncio task; its sync functions run in the pool."""
        reach = self._reach(task, start)
        token = CURRENT.set(reach)
        try:
            pairs = await self._await_all(_steps(self.graph, reach), pool)
        except GraphInterrupt as signal:
            return _waits(reach, signal)
        except Exception as error:  # the rim: a node may raise anything
            return TaskResult(task, error=error, inner=reach.left_open())
        finally:
            CURRENT.reset(token)
        return TaskResult(task, tuple(pairs))

    def _reach(self, task: Task, start: Start) -> TaskContext:
        before = start.saved.get(task.id, NOTHING)
        answers = list(task.resumes)
        return TaskContext(self.run, task, start.checkpoint, start.loose, answers, before=before)

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


def _steps(graph: Graph, reach: TaskContext) -> Steps:
    """Call the node, then its branches, and gather what they write."""
    task, values = reach.task, reach.checkpoint.values
    node = graph.nodes[task.node]
    if task.path[0] == EDIT:
        output = task.arg
    else:
        output = yield _node_call(node, reach)
        _still_asking(reach)
    pairs = read_output(graph, task.node, output)
    branches = graph.branches.get(task.node, ())
    if branches:
        seen = {**values, **merge(graph, values, [pairs])}
        for branch in branches:
            argument = _branch_view(graph, node, branch, seen)
            if branch.schema is None and isinstance(argument, dict) and isinstance(output, dict):
                argument = {**output, **argument}
            injected = reach.injected(branch.wants)
            result = yield Call(branch.call, argument, injected, branch.name, branch.is_async)
            _still_asking(reach)
            pairs += read_branch(graph, task.node, branch, result)
    reach.check_used()
    return pairs


def _node_call(node: Node, reach: TaskContext) -> Call:
    """Each task gets its own top level of the state, or of the dict that a Send carries."""
    arg = reach.task.arg
    if arg is UNSET:
        arg = _state_for(node, reach.checkpoint.values)
    elif type(arg) is dict:
        arg = dict(arg)
    injected = reach.injected(node.wants)
    return Call(node.call, arg, injected, node.name, node.is_async, node.name == START, node.twin)


def _state_for(node: Node, values: Mapping[str, Any]) -> Any:
    """The keys that the node reads; of a subgraph those that are its input."""
    if node.twin is None:
        return node.schema.view(values)
    given = node.schema.read(values)
    inner = node.subgraphs[0].graph.input
    if node.schema.is_root or inner.is_root:
        return given
    return {key: value for key, value in given.items() if key in inner.channels}


def _branch_view(graph: Graph, node: Node, branch: Branch, values: dict[str, Any]) -> Any:
    fallback = graph.state if node.name == START else node.schema
    return (branch.schema or fallback).view(values)


def _still_asking(reach: TaskContext) -> None:
    """A node that caught the signal of interrupt() and went on still waits for its answer."""
    if reach.paused:
        raise GraphInterrupt(reach.open)


def _waits(reach: TaskContext, signal: GraphInterrupt) -> TaskResult:
    return TaskResult(
        reach.task,
        interrupts=signal.interrupts,
        resumes=reach.own_answers(),
        held=not signal.interrupts,
        inner=reach.inner,
    )
