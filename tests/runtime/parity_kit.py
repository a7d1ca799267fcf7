"""Plays one story on LangGraph and on ours and writes down what an outsider sees.

A case is a function of a Player: it builds a graph from `player.kit` and tells a story of calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import groupby
from types import SimpleNamespace
from typing import Any

import langgraph.checkpoint.memory
import langgraph.graph
import langgraph.types

import runtime
import runtime.graph
import runtime.types

LANGGRAPH = SimpleNamespace(
    StateGraph=langgraph.graph.StateGraph,
    START=langgraph.graph.START,
    END=langgraph.graph.END,
    Command=langgraph.types.Command,
    Send=langgraph.types.Send,
    Overwrite=langgraph.types.Overwrite,
    StateUpdate=langgraph.types.StateUpdate,
    interrupt=langgraph.types.interrupt,
    Saver=langgraph.checkpoint.memory.InMemorySaver,
    # Its default stores join barriers wrong now and then; ours always saves before going on.
    options={"durability": "sync"},
)
OURS = SimpleNamespace(
    StateGraph=runtime.StateGraph,
    START=runtime.START,
    END=runtime.END,
    Command=runtime.Command,
    Send=runtime.Send,
    Overwrite=runtime.types.Overwrite,
    StateUpdate=runtime.types.StateUpdate,
    interrupt=runtime.interrupt,
    Saver=runtime.InMemorySaver,
    options={},
)

MODES = ["updates", "values"]
Case = Callable[["Player"], None]


class Player:
    """Runs calls and logs what comes back. `how`: stream, invoke, or ainvoke."""

    def __init__(self, kit: SimpleNamespace, how: str) -> None:
        self.kit = kit
        self.how = how
        self.log: list[Any] = []
        self.app: Any = None
        self.config: dict[str, Any] = {"configurable": {"thread_id": "1"}}

    def graph(
        self,
        state: Any,
        nodes: dict[str, Callable[..., Any]],
        edges: list[tuple[Any, str]],
        branches: list[tuple[Any, ...]] = (),
        compile: dict[str, Any] | None = None,
        **schemas: Any,
    ) -> Any:
        """Build and compile; START and END are written as "start" and "end"."""
        builder = self.kit.StateGraph(state, **schemas)
        for name, action in nodes.items():
            builder.add_node(name, action)
        for source, target in edges:
            builder.add_edge(_end(source), _end(target))
        for source, *rest in branches:
            builder.add_conditional_edges(_end(source), *rest)
        self.app = builder.compile(checkpointer=self.kit.Saver(), **(compile or {}))
        return self.app

    def call(self, given: Any, config: dict[str, Any] | None = None, **options: Any) -> None:
        """One run, and the state after it."""
        config = config or self.config
        options.update(self.kit.options)
        try:
            if self.how == "stream":
                events = self.app.stream(given, config, stream_mode=MODES, **options)
                self.log += in_any_order([plain(event) for event in events])
            elif self.how == "invoke":
                self.log.append(plain(self.app.invoke(given, config, **options)))
            else:
                result = asyncio.run(self.app.ainvoke(given, config, **options))
                self.log.append(plain(result))
        except Exception as error:
            self.log.append(f"raised {type(error).__name__}")
        self.look()

    def resume(self, answer: Any, **rest: Any) -> None:
        self.call(self.kit.Command(resume=answer, **rest))

    def answer(self, **by_value: Any) -> None:
        """Answer questions by their id; the keys are the questions' values."""
        waiting = {each.value: each.id for each in self.state().interrupts}
        self.resume({waiting[value]: answer for value, answer in by_value.items()})

    def update(self, values: Any, as_node: str | None = None, config: Any = None) -> Any:
        try:
            new = self.app.update_state(config or self.config, values, as_node=as_node)
        except Exception as error:
            self.log.append(f"update raised {type(error).__name__}")
            return None
        self.look()
        return new

    def state(self) -> Any:
        return self.app.get_state(self.config)

    def look(self) -> None:
        self.log.append(("state", snapshot(self.state(), live=True)))

    def past(self, **wanted: Any) -> dict[str, Any]:
        """The config of the newest checkpoint whose metadata has these values."""
        for each in self.app.get_state_history(self.config):
            if all(each.metadata.get(key) == value for key, value in wanted.items()):
                return each.config
        raise LookupError(wanted)

    def finish(self) -> list[Any]:
        history = [snapshot(each) for each in self.app.get_state_history(self.config)]
        return [*self.log, ("history", history)]


def play(case: Case, kit: SimpleNamespace, how: str) -> list[Any]:
    player = Player(kit, how)
    case(player)
    return player.finish()


def snapshot(shown: Any, *, live: bool = False) -> dict[str, Any]:
    """What both must agree on; ids and times are left out."""
    tasks = [
        (task.name, plain(task.result), bool(task.error), [plain(x) for x in task.interrupts])
        for task in shown.tasks
    ]
    kept = {
        "values": plain(shown.values),
        "next": shown.next,
        "tasks": tasks,
        "interrupts": [plain(each) for each in shown.interrupts],
        "parent": shown.parent_config is not None,
    }
    if shown.metadata is not None:
        kept["metadata"] = {key: shown.metadata[key] for key in ("source", "step", "parents")}
    return kept


def in_any_order(events: list[Any]) -> list[Any]:
    """Tasks of one superstep finish in any order: what they show is sorted."""
    groups = groupby(events, key=lambda event: event[0] == "values" and "?" not in repr(event))
    return [event for _, group in groups for event in sorted(group, key=repr)]


def plain(value: Any) -> Any:
    """Interrupts become their value, so that both sides compare."""
    if isinstance(value, (runtime.types.Interrupt, langgraph.types.Interrupt)):
        return ("?", value.value)
    if isinstance(value, (runtime.types.Overwrite, langgraph.types.Overwrite)):
        return ("overwrite", value.value)
    if isinstance(value, dict) and "__interrupt__" in value:
        asked = sorted(plain(list(value["__interrupt__"])), key=repr)
        return {**{k: plain(v) for k, v in value.items()}, "__interrupt__": asked}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    return value


def _end(name: Any) -> Any:
    return {"start": "__start__", "end": "__end__"}.get(name, name) if name.__hash__ else name
