"""The steps of a task: call the node with its input, read what it returns, ask its branches.

A generator of calls, so threads and asyncio share it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any, NamedTuple

from runtime.builder import Graph
from runtime.context import TaskContext
from runtime.errors import GraphInterrupt
from runtime.facts import Job
from runtime.nodes import Branch, Node
from runtime.outputs import Pairs, read_branch, read_output
from runtime.policy import check_stoppable
from runtime.said import with_ids
from runtime.step import merge
from runtime.types import EDIT, RETURN, START, UNSET


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


def steps_of(graph: Graph, reach: TaskContext) -> Steps:
    """Call the job; or the node, then its branches; and gather what they write."""
    if reach.job is not None:
        job = reach.job
        function = partial(_spread, job)
        return [(RETURN, (yield Call(function, None, {}, job.name, job.is_async)))]
    task = reach.task
    node = graph.nodes[task.node]
    if task.timeout is not None:
        check_stoppable(node.name, is_async=node.is_async)
    if task.path[0] == EDIT:
        output = task.arg
    else:
        output = yield _node_call(node, reach)
        _still_asking(reach)
    pairs = read_output(graph, task.node, output)
    if graph.branches.get(task.node):
        pairs += yield from _branch_steps(graph, reach, output, pairs)
    return with_ids(pairs) if "messages" in reach.run.modes else pairs


def _spread(job: Job, _: None) -> Any:
    return job.function(*job.args, **job.kwargs)


def _branch_steps(graph: Graph, reach: TaskContext, output: Any, pairs: Pairs) -> Steps:
    task, values = reach.task, reach.checkpoint.values
    seen = {**values, **merge(graph, values, [pairs])}
    found: Pairs = []
    for branch in graph.branches[task.node]:
        argument = _branch_view(graph, graph.nodes[task.node], branch, seen)
        if branch.schema is None and isinstance(argument, dict) and isinstance(output, dict):
            argument = {**output, **argument}
        injected = reach.injected(branch.wants)
        result = yield Call(branch.call, argument, injected, branch.name, branch.is_async)
        _still_asking(reach)
        found += read_branch(graph, task.node, branch, result)
    return found


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
    if reach.changed is not None:
        raise reach.changed
    if reach.paused:
        raise GraphInterrupt(reach.open)
