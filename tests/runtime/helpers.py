"""Small graphs and a saver that counts, for the tests of the runtime."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypedDict

from runtime import START, App, InMemorySaver, StateGraph, interrupt
from runtime.types import Checkpoint, Write


class Log(TypedDict, total=False):
    log: Annotated[list, operator.add]
    x: Any


def say(name: str) -> Callable[[Any], Any]:
    return lambda state: {"log": [name]}


def ask(question: Any) -> Callable[[Any], Any]:
    return lambda state: {"log": [interrupt(question)]}


def chain(saver: Any = None, **nodes: Callable[..., Any]) -> App:
    """START -> each node in turn."""
    builder = StateGraph(Log)
    builder.add_sequence(list(nodes.items()))
    builder.add_edge(START, next(iter(nodes)))
    return builder.compile(saver)


def fan(saver: Any = None, **nodes: Callable[..., Any]) -> App:
    """START -> all nodes in one superstep."""
    builder = StateGraph(Log)
    for name, action in nodes.items():
        builder.add_node(name, action)
        builder.add_edge(START, name)
    return builder.compile(saver)


class CountingSaver(InMemorySaver):
    """Writes down the calls that change something: ("put" or "put_writes", tasks written)."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, int]] = []

    def put(self, thread_id: str, checkpoint: Checkpoint, writes: Sequence[Write] = ()) -> None:
        self.calls.append(("put", len({write.task_id for write in writes})))
        super().put(thread_id, checkpoint, writes)

    def put_writes(
        self, thread_id: str, ns: str, checkpoint_id: str, writes: Sequence[Write]
    ) -> None:
        self.calls.append(("put_writes", len({write.task_id for write in writes})))
        super().put_writes(thread_id, ns, checkpoint_id, writes)


class LostLease(Exception):
    """What a host's saver may raise."""
