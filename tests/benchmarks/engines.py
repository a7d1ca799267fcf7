"""The two engines under one face: the kits of the parity tests, with their savers."""

from __future__ import annotations

import operator
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Annotated, Any, TypedDict

from runtime.sqlite import SqliteSaver
from tests.runtime.parity_kit import LANGGRAPH, OURS


class State(TypedDict, total=False):
    log: Annotated[list, operator.add]
    n: int
    x: Any
    blob: Any


@dataclass(frozen=True)
class Engine:
    name: str
    kit: SimpleNamespace

    @contextmanager
    def saver(self, kind: str) -> Iterator[Any]:
        """none, memory, or sqlite in a file of its own; `bytes_of` reads its size."""
        if kind != "sqlite":
            yield self.kit.Saver() if kind == "memory" else None
            return
        with TemporaryDirectory() as folder:
            path = Path(folder) / "bench.sqlite3"
            if self.kit is OURS:
                with SqliteSaver.from_conn_string(path) as saver:
                    yield saver
            else:
                from langgraph.checkpoint.sqlite import SqliteSaver as TheirSaver

                connection = sqlite3.connect(path, check_same_thread=False)
                yield TheirSaver(connection)
                connection.close()

    def call(self, app: Any, given: Any, thread: str = "t") -> Any:
        config = {"configurable": {"thread_id": thread}, "recursion_limit": 100_000}
        return app.invoke(
            given, config, **(self.kit.options if getattr(app, "checkpointer", None) else {})
        )


def bytes_of(saver: Any) -> int:
    """What the tables of a SQLite saver hold, in bytes."""
    connection = getattr(saver, "conn", None) or saver._db
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(size)


ENGINES = (Engine("ours", OURS), Engine("LangGraph", LANGGRAPH))


# --- graphs ------------------------------------------------------------------------------------


def linear(engine: Engine, saver: Any, size: int) -> Any:
    builder = engine.kit.StateGraph(State)
    builder.add_sequence([(f"n{at:04}", lambda state: {"n": state["n"] + 1}) for at in range(size)])
    return builder.add_edge("__start__", "n0000").compile(checkpointer=saver)


def loop(engine: Engine, saver: Any, size: int) -> Any:
    builder = engine.kit.StateGraph(State)
    builder.add_node("a", lambda state: {"n": state["n"] + 1})
    builder.add_edge("__start__", "a")
    builder.add_conditional_edges("a", lambda s: "a" if s["n"] < size else "__end__")
    return builder.compile(checkpointer=saver)


def asking(engine: Engine, saver: Any, size: int, calls: list[int] | None = None) -> Any:
    """START sends `size` tasks, and each asks a question."""
    counted = calls if calls is not None else []

    def ask(arg: Any) -> Any:
        counted.append(arg["x"])
        return {"log": [engine.kit.interrupt(arg["x"])]}

    builder = engine.kit.StateGraph(State).add_node("ask", ask)
    sends = [engine.kit.Send("ask", {"x": at}) for at in range(size)]
    builder.add_conditional_edges("__start__", lambda state: sends, ["ask"])
    return builder.compile(checkpointer=saver)


def chat(engine: Engine, saver: Any) -> Any:
    builder = engine.kit.StateGraph(State)
    builder.add_node("answer", lambda state: {"log": [{"role": "ai", "content": "a" * 200}]})
    return builder.add_edge("__start__", "answer").compile(checkpointer=saver)
