"""A thread's states as plain values, in the shapes of server-api.md section 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

from reviews.engine import registry
from reviews.engine.saver import DjangoSaver
from reviews.errors import NotFound, Unreadable
from reviews.models import Checkpoint, Thread
from runtime.app import App
from runtime.errors import GraphError
from runtime.serde import dumps, loads, to_plain
from runtime.types import Interrupt, PregelTask, StateSnapshot

State = dict[str, Any]


def current(thread: Thread, *, checkpoint_id: str | None = None) -> State:
    """The latest state, or that of a checkpoint; NotFound when there is no such checkpoint.

    Unreadable when a stored value is none that this process can read.
    """
    app = _app(thread)
    if app is None:
        return _empty()
    with _read_back():
        snapshot = app.get_state(_config(thread, checkpoint_id))
        if checkpoint_id is not None and snapshot.created_at is None:
            raise NotFound("There is no such checkpoint.")
        return _plain(snapshot, thread)


def history(thread: Thread, *, limit: int | None = 10, before: str | None = None) -> list[State]:
    """States, newest first; `before` is a checkpoint id, `limit` None means all.

    Unreadable when a stored value is none that this process can read.
    """
    app = _app(thread)
    if app is None:
        return []
    marker = _config(thread, before) if before else None
    with _read_back():
        found: Iterator[StateSnapshot] = app.get_state_history(
            _config(thread), before=marker, limit=limit
        )
        return [_plain(snapshot, thread) for snapshot in islice(found, limit)]


def channels(checkpoint: Checkpoint) -> State:
    """Channel -> its value as plain JSON, or the words why it cannot be read. Needs no graph."""
    read = DjangoSaver(checkpoint.thread).reader([checkpoint])
    return {name: _value(read, name, at) for name, at in sorted(checkpoint.versions.items())}


def encode(value: Any) -> str:
    """Codec text of a value that came from outside as JSON."""
    return dumps(value)


def decode(text: str) -> Any:
    """The value that `encode` stored."""
    return loads(text)


def readable(text: str) -> Any:
    """Codec text as plain JSON for people and clients."""
    return to_plain(loads(text))


def _value(read: Callable[[str, str], Any], channel: str, version: str) -> Any:
    try:
        with _read_back():
            return to_plain(read(channel, version))
    except Unreadable as error:
        return error.message


@contextmanager
def _read_back() -> Iterator[None]:
    """Stored text that the codec or the graph's types refuse is Unreadable, not a fault of ours."""
    try:
        yield
    except (GraphError, ValueError, LookupError, TypeError) as error:
        raise Unreadable(f"The stored state cannot be read: {error}") from error


def _app(thread: Thread) -> App | None:
    """The thread's graph on its rows; None when no run has named a graph that still exists."""
    app = registry.graphs().get(thread.graph_id)
    return app.bind(saver=DjangoSaver(thread)) if app else None


def _config(thread: Thread, checkpoint_id: str | None = None) -> dict[str, Any]:
    place = {"thread_id": str(thread.uuid)}
    if checkpoint_id is not None:
        place["checkpoint_id"] = checkpoint_id
    return {"configurable": place}


def _plain(snapshot: StateSnapshot, thread: Thread) -> State:
    here = _checkpoint(snapshot.config, thread) if snapshot.created_at else None
    parent = _checkpoint(snapshot.parent_config, thread)
    return {
        "values": to_plain(snapshot.values),
        "next": list(snapshot.next),
        "tasks": [_task(task) for task in snapshot.tasks],
        "checkpoint": here,
        "parent_checkpoint": parent,
        "metadata": to_plain(snapshot.metadata),
        "created_at": snapshot.created_at,
        "interrupts": [_interrupt(one) for one in snapshot.interrupts],
        "checkpoint_id": here and here["checkpoint_id"],
        "parent_checkpoint_id": parent and parent["checkpoint_id"],
    }


def _empty() -> State:
    nothing: State = dict.fromkeys(
        ("checkpoint", "parent_checkpoint", "metadata", "created_at", "checkpoint_id")
    )
    return {"values": {}, "next": [], "tasks": [], "interrupts": [], **nothing}


def _checkpoint(config: Mapping[str, Any] | None, thread: Thread) -> State | None:
    place = (config or {}).get("configurable", {})
    if not place.get("checkpoint_id"):
        return None
    return {
        "thread_id": str(thread.uuid),
        "checkpoint_ns": place.get("checkpoint_ns", ""),
        "checkpoint_id": place["checkpoint_id"],
    }


def _task(task: PregelTask) -> State:
    return {
        "id": task.id,
        "name": task.name,
        "path": to_plain(task.path),
        "error": task.error,
        "interrupts": [_interrupt(one) for one in task.interrupts],
        "checkpoint": None,
        "state": None,
        "result": to_plain(task.result),
    }


def _interrupt(interrupt: Interrupt) -> State:
    return {
        "id": interrupt.id,
        "value": to_plain(interrupt.value),
        "response_schema": interrupt.response_schema,
    }
