"""What graph authors build with: `from runtime.graph import StateGraph, START, END`."""

from __future__ import annotations

from collections.abc import Sequence

from runtime import calls
from runtime.app import App
from runtime.builder import Graph, GraphBuilder
from runtime.messages import MessagesState, add_messages
from runtime.saver import Saver
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
        interrupt_before: Sequence[str] | str | None = None,
        interrupt_after: Sequence[str] | str | None = None,
    ) -> App:
        """Check the graph and make it runnable.

        As a subgraph it uses the saver of the enclosing graph; `checkpointer` then says how long
        its state lives: None for one task, True for the thread, False not at all.
        Raises ValueError for a graph that is not well formed and for unknown breakpoints, and
        TypeError for a checkpointer that is no saver.
        """
        memory = checkpointer if isinstance(checkpointer, bool) else None
        saver = None if isinstance(checkpointer, bool) else checkpointer
        if saver is not None and not all(
            callable(getattr(saver, method, None)) for method in _SAVER_METHODS
        ):
            raise TypeError(f"checkpointer must be a saver, a bool or None, got {saver!r}")
        graph = self.build(name)
        before = calls.read_breakpoints(graph, interrupt_before)
        after = calls.read_breakpoints(graph, interrupt_after)
        return App(graph, saver, before, after, memory)
