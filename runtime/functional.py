"""The functional API: a function becomes a graph of one node, and its helpers @task calls.

Each result of a @task is stored as it lands. When the function runs again, after an answer or a
crash, tasks that have finished give their stored results: what they did is not done twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from inspect import Parameter, signature
from typing import Any, ClassVar, Unpack, get_type_hints

from runtime.app import App
from runtime.builder import Graph
from runtime.cache import Cache
from runtime.channels import LastValue
from runtime.context import current
from runtime.errors import InvalidGraphError
from runtime.facts import Job
from runtime.graph import check_saver
from runtime.nodes import Node, is_async, wanted
from runtime.outputs import Final
from runtime.policy import PolicyOptions, read_policies
from runtime.saver import Saver
from runtime.schema import Schema
from runtime.store import Store
from runtime.types import NO_MAPPING, PREVIOUS, ROOT


class entrypoint:
    """Makes a runnable graph of a function of one argument, the input of the run.

    By name the function may also take config, runtime, writer, store, and `previous`: what the
    last finished run of the thread returned, or saved with `entrypoint.final(value=, save=)`.
    """

    final: ClassVar = Final

    def __init__(
        self,
        checkpointer: Saver | None = None,
        *,
        store: Store | None = None,
        cache: Cache | None = None,
        context_schema: Any = None,
        **policies: Unpack[PolicyOptions],
    ) -> None:
        check_saver(checkpointer)
        self.saver = checkpointer
        self.store = store
        self.cache = cache
        self.context_schema = context_schema
        self.policies = policies

    def __call__(self, function: Callable[..., Any]) -> App:
        """Raises ValueError for a function without a parameter."""
        graph = _graph(function, self.context_schema, self.policies)
        return App(graph, self.saver, store=self.store, cache=self.cache)


def _graph(function: Callable[..., Any], context: Any, policies: PolicyOptions) -> Graph:
    name = function.__name__
    given, made = _types(function)
    node = Node(
        name=name,
        call=_finishing(function),
        schema=Schema(given, {ROOT: LastValue()}),
        is_async=is_async(function),
        wants=wanted(function),
        policies=read_policies(policies, name=name, is_async=is_async(function)),
    )
    channels = {ROOT: LastValue(), PREVIOUS: LastValue()}
    return Graph(
        name=name,
        nodes={name: node},
        order={name: 0},
        channels=channels,
        state=Schema(made, channels),
        input=node.schema,
        output=Schema(made, {ROOT: LastValue()}),
        context=context,
        edges=NO_MAPPING,
        joins=NO_MAPPING,
        branches=NO_MAPPING,
        start=NO_MAPPING,
        entry=name,
    )


def _types(function: Callable[..., Any]) -> tuple[Any, Any]:
    """What the function is annotated to take and to return; Any where it does not say."""
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    names = [each.name for each in signature(function).parameters.values() if each.kind in kinds]
    if not names:
        raise InvalidGraphError("An entrypoint function takes at least one argument: the input")
    try:
        hints = get_type_hints(function)
    except (NameError, TypeError):  # names that cannot be resolved here
        hints = {}
    return hints.get(names[0], Any), hints.get("return", Any)


def _finishing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a node: what it returns is the result, what it leaves for the next."""

    def call(given: Any, **injected: Any) -> Any:
        return _final(function(given, **injected))

    async def acall(given: Any, **injected: Any) -> Any:
        return _final(await function(given, **injected))

    return acall if is_async(function) else call


def _final(result: Any) -> Final:
    return result if isinstance(result, Final) else Final(value=result, save=result)


class Task:
    """A function whose calls inside a run are tasks: futures with `.result()`, or to be awaited."""

    def __init__(self, function: Callable[..., Any], name: str, policies: PolicyOptions) -> None:
        update_wrapper(self, function)
        self.function = function
        self.name = name
        self.is_async = is_async(function)
        self.policies = read_policies(policies, name=name, is_async=self.is_async)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Start it. Raises RuntimeError outside a run; what it raises comes with its result."""
        job = Job(self.name, self.function, args, kwargs, self.is_async, self.policies)
        return current().call(job)


def task(
    function: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    **policies: Unpack[PolicyOptions],
) -> Any:
    """Make a function callable as a task, in an @entrypoint or in any node.

    Tasks run in parallel and are told apart by the order of their calls, which must not vary
    between attempts. Policies are those of add_node.
    """

    def decorated(function: Callable[..., Any]) -> Task:
        return Task(function, name or str(getattr(function, "__name__", "task")), policies)

    return decorated if function is None else decorated(function)


def once(key: str, function: Callable[[], Any]) -> Any:
    """Do something that must not happen again when the node runs again, such as sending a mail.

    The result is stored at once under `key`, for this visit of the node, and given back from then
    on. In an async node: `await once(...)`. Raises RuntimeError outside a run.
    """
    return current().once(Job("once", function, is_async=is_async(function), key=key))
