"""What the stream modes show of what happens. Shapes are LangGraph's.

`Show` turns what the loop knows into events; it decides nothing and stores nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime import ids, said
from runtime.builder import Graph
from runtime.events import event, level, metadata, triggers
from runtime.levels import address
from runtime.requests import Emit, Request
from runtime.stored import NOTHING, Stored
from runtime.types import (
    END,
    INTERRUPT,
    PREVIOUS,
    RESERVED,
    RETURN,
    ROOT,
    START,
    UNSET,
    Checkpoint,
    Interrupt,
    RunConfig,
    Task,
    TaskResult,
)

Pairs = Sequence[tuple[str, Any]]

_CACHED = {"__metadata__": {"cached": True}}
_HIDDEN = RESERVED | {PREVIOUS}


@dataclass(slots=True)
class Show:
    """The events of one graph level. `seen` are the ids of messages that were shown or given."""

    graph: Graph
    config: RunConfig
    modes: frozenset[str]
    durable: bool = False
    seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, graph: Graph, request: Request) -> Show:
        """Of a call; `seen` is shared with the tasks in it."""
        config, modes = request.config, request.modes
        return cls(graph, config, modes, request.durable, request.seen)

    def opened(
        self,
        checkpoint: Checkpoint,
        tasks: Sequence[Task],
        saved: Mapping[str, Stored],
        *,
        resuming: bool,
    ) -> Iterator[Emit]:
        """Where a call begins."""
        if "messages" in self.modes:
            self.seen.update(said.ids_in(checkpoint.values.values()))
        if resuming and "values" in self.modes:
            yield self._emit("values", state(self.graph, checkpoint.values))
        yield from self._checkpoint(checkpoint, tasks, saved)

    def started(
        self, checkpoint: Checkpoint, tasks: Iterable[Task], *, cached: bool = False
    ) -> Iterator[Emit]:
        """Tasks that are about to run, or whose result is taken from an earlier attempt."""
        if not self.modes & {"tasks", "debug", "events"}:
            return
        for task in tasks:
            if task.node == START:
                continue
            given = input_of(self.graph, checkpoint, task)
            shown = {
                "id": task.id,
                "name": task.node,
                "input": given,
                "triggers": triggers(task),
            }
            yield from self._task(checkpoint, "task", shown)
            if "events" in self.modes and not cached:
                yield self._event(checkpoint, task, "on_chain_start", {"input": given})

    def ended(self, checkpoint: Checkpoint, result: TaskResult) -> Iterator[Emit]:
        """A task that finished, asked, or failed."""
        if not self.modes:
            return
        if result.paused:
            yield from self._asked(checkpoint, result)
        elif result.error is None:
            yield from self._updated(result)
            if "messages" in self.modes and not result.cached:
                yield from self._messages(checkpoint, result)
        if result.task.node == START or result.cached:
            return
        if self.modes & {"tasks", "debug"}:
            yield from self._task(checkpoint, "task_result", _ending(self.graph, result))
        if "events" in self.modes and result.error is None and not result.paused:
            output = _written(self.graph, result.writes)
            yield self._event(checkpoint, result.task, "on_chain_end", {"output": output})

    def spoken(self, checkpoint: Checkpoint, task: Task, message: Any) -> Iterator[Emit]:
        """A message, or a piece of one, that a node reports while it runs."""
        if "messages" in self.modes:
            self.seen.update(said.ids_in([message]))
            yield self._emit("messages", (message, self._facts(checkpoint, task)))
        if "events" in self.modes:
            yield self._event(checkpoint, task, "on_chat_model_stream", {"chunk": message})

    def closed(
        self, checkpoint: Checkpoint, tasks: Sequence[Task], *, changed: bool
    ) -> Iterator[Emit]:
        """A superstep that was saved; `tasks` come next."""
        if changed and "values" in self.modes:
            yield self._emit("values", state(self.graph, checkpoint.values))
        yield from self._checkpoint(checkpoint, tasks, {})

    def paused(self, values: Mapping[str, Any], *, changed: bool) -> Iterator[Emit]:
        if changed and "values" in self.modes:
            yield self._emit("values", state(self.graph, values))

    def breakpoint(self) -> Iterator[Emit]:
        if "updates" in self.modes:
            yield self._emit("updates", {INTERRUPT: ()})

    def _emit(self, mode: str, data: Any) -> Emit:
        return Emit(mode, level(self.config.ns), data)

    def _asked(self, checkpoint: Checkpoint, result: TaskResult) -> Iterator[Emit]:
        question = {INTERRUPT: result.interrupts}
        if "updates" in self.modes:
            yield self._emit("updates", question)
        if "values" in self.modes and result.interrupts:
            shown = state(self.graph, checkpoint.values)
            yield self._emit("values", {**(shown if isinstance(shown, dict) else {}), **question})

    def _facts(self, checkpoint: Checkpoint, task: Task) -> dict[str, Any]:
        return metadata(self.config, task, checkpoint.step + 1)

    def _updated(self, result: TaskResult) -> Iterator[Emit]:
        if "updates" not in self.modes or result.task.node == START:
            return
        shown = {result.task.node: _written(self.graph, result.writes)}
        yield self._emit("updates", {**shown, **_CACHED} if result.cached else shown)

    def _messages(self, checkpoint: Checkpoint, result: TaskResult) -> Iterator[Emit]:
        facts = self._facts(checkpoint, result.task)
        for _, value in result.writes:
            for message in said.messages_in(value):
                new = said.id_of(message) not in self.seen
                self.seen.update(said.ids_in([message]))
                if new and result.task.node != START:
                    yield self._emit("messages", (message, facts))

    def _checkpoint(
        self, checkpoint: Checkpoint, tasks: Sequence[Task], saved: Mapping[str, Stored]
    ) -> Iterator[Emit]:
        if not self.durable or not self.modes & {"checkpoints", "debug"}:
            return
        shown = {
            "config": address(self.config, checkpoint.id, checkpoint.ns),
            "parent_config": checkpoint.parent_id
            and address(self.config, checkpoint.parent_id, checkpoint.ns),
            "values": state(self.graph, checkpoint.values),
            "metadata": dict(checkpoint.metadata),
            "next": [task.node for task in tasks],
            "tasks": [_standing(self.graph, task, saved.get(task.id, NOTHING)) for task in tasks],
        }
        if "checkpoints" in self.modes:
            yield self._emit("checkpoints", shown)
        yield from self._debug("checkpoint", checkpoint.step, shown)

    def _task(self, checkpoint: Checkpoint, kind: str, shown: dict[str, Any]) -> Iterator[Emit]:
        if "tasks" in self.modes:
            yield self._emit("tasks", shown)
        yield from self._debug(kind, checkpoint.step + 1, shown)

    def _debug(self, kind: str, step: int, payload: dict[str, Any]) -> Iterator[Emit]:
        if "debug" in self.modes:
            head = {"step": step, "timestamp": ids.timestamp(), "type": kind}
            yield self._emit("debug", {**head, "payload": payload})

    def _event(self, checkpoint: Checkpoint, task: Task, name: str, data: Any) -> Emit:
        return self._emit("events", event(name, task, data, self._facts(checkpoint, task)))


def input_of(graph: Graph, checkpoint: Checkpoint, task: Task) -> Any:
    """What the task is given, as a plain dict: the argument of a Send, or the node's keys."""
    if task.arg is not UNSET:
        return task.arg
    return graph.nodes[task.node].schema.read(checkpoint.values)


def state(graph: Graph, values: Mapping[str, Any]) -> Any:
    """The whole state as readers see it: a plain dict, or the value of root state."""
    return values.get(ROOT) if graph.is_root else dict(values)


def _written(graph: Graph, writes: Pairs) -> Any:
    """None if nothing was written, a dict of keys, or a list of dicts if a key came twice."""
    pairs = [(channel, value) for channel, value in writes if channel not in _HIDDEN]
    if writes and writes[0][0] == RETURN:
        return writes[0][1]
    if graph.is_root:
        values = [value for _, value in pairs]
    elif any(count > 1 for count in Counter(channel for channel, _ in pairs).values()):
        values = [{channel: value} for channel, value in pairs]
    else:
        return dict(pairs) or None
    return values[0] if len(values) == 1 else values or None


def written(graph: Graph, writes: Pairs) -> Any:
    """A finished task's result in a snapshot: {} if it wrote nothing; twice: {"$writes": [...]}."""
    shown = _by_channel(writes)
    return shown.get(ROOT) if graph.is_root else shown


def _by_channel(writes: Pairs) -> dict[str, Any]:
    gathered: dict[str, list[Any]] = {}
    for channel, value in writes:
        if channel not in _HIDDEN or channel == RETURN:
            gathered.setdefault(channel, []).append(value)
    return {
        channel: values[0] if len(values) == 1 else {"$writes": values}
        for channel, values in gathered.items()
    }


def _ending(graph: Graph, result: TaskResult) -> dict[str, Any]:
    found = _by_channel(result.writes)
    if graph.entry != START and ROOT in found:
        found = {END: found[ROOT]}
    return {
        "id": result.task.id,
        "name": result.task.node,
        "error": None if result.error is None else repr(result.error),
        "result": found,
        "interrupts": [_plain(each) for each in result.interrupts],
    }


def _standing(graph: Graph, task: Task, entry: Stored) -> dict[str, Any]:
    """A task in a checkpoint event: its result or its error, if it has one already."""
    shown: dict[str, Any] = {"id": task.id, "name": task.node, "state": None}
    if entry.error is not None and not entry.done:
        return {**shown, "error": entry.error}
    shown["interrupts"] = tuple(_plain(each) for each in entry.interrupts)
    return {**shown, "result": written(graph, entry.pairs)} if entry.done else shown


def _plain(question: Interrupt) -> dict[str, Any]:
    return {
        "value": question.value,
        "id": question.id,
        "response_schema": question.response_schema,
    }
