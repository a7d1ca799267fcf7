"""What graph authors build with: `from runtime.graph import StateGraph, START, END`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from runtime import calls
from runtime.app import App
from runtime.builder import Graph, GraphBuilder
from runtime.cache import Cache
from runtime.messages import MessagesState, add_messages
from runtime.saver import Saver
from runtime.store import Store
from runtime.types import END, START

__all__ = ["END", "START", "App", "Graph", "MessagesState", "StateGraph", "add_messages"]

_SAVER_METHODS = ("get", "put", "put_writes", "list")


class StateGraph(GraphBuilder):
    """Nodes over one shared state: a TypedDict, a dataclass, or any other type as root state."""

    def compile(
        self,
        checkpointer: Saver | bool | None = None,
        *,
        name: str = "graph",
        store: Store | None = None,
        cache: Cache | None = None,
        debug: bool = False,
        interrupt_before: Sequence[str] | str | None = None,
        interrupt_after: Sequence[str] | str | None = None,
    ) -> App:
        """Check the graph and make it runnable.

        As a subgraph it uses the saver of the enclosing graph; `checkpointer` then says how long
        its state lives: None for one task, True for the thread, False not at all.
        `store` is what nodes reach as `store`, `cache` keeps what nodes with a CachePolicy wrote,
        `debug` prints what happens in every call.
        Raises ValueError for a graph that is not well formed and for unknown breakpoints, and
        TypeError for a checkpointer that is no saver.
        """
        memory = checkpointer if isinstance(checkpointer, bool) else None
        saver = None if isinstance(checkpointer, bool) else checkpointer
        check_saver(saver)
        graph = self.build(name)
        before = calls.read_breakpoints(graph, interrupt_before)
        after = calls.read_breakpoints(graph, interrupt_after)
        app = App(graph, saver, before, after, memory)
        return replace(app, store=store, cache=cache, debug=debug)


def check_saver(saver: Any) -> None:
    """Raises TypeError for what is no saver."""
    if saver is not None and not all(
        callable(getattr(saver, method, None)) for method in _SAVER_METHODS
    ):
        raise TypeError(f"checkpointer must be a saver, a bool or None, got {saver!r}")
