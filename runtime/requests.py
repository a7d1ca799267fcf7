"""What the loop asks of its driver. The driver answers Load with a Saved or None, Next with the
results that have landed (at least one), Cancel with a bool, and everything else with None."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from runtime.levels import Replay
from runtime.stored import Stored
from runtime.types import NO_MAPPING, Checkpoint, RunConfig, Saved, Task, TaskResult, Write


@dataclass(slots=True)
class Life:
    """Whether the call at the root is over, however it ended: then levels inside it stop too."""

    over: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """What a level inside a task gets from the enclosing one.

    `answers` by interrupt id; `loose` as in Start. `before`: the past is replayed, so the level
    goes on from what it held before that checkpoint.
    """

    answers: Mapping[str, Any]
    loose: list[Any]
    life: Life
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One call of execute. `durable` says whether there is a saver; `visit` is None at the root,
    `replay` unless the past is run again; `seen` are ids of messages that were shown."""

    input: Any
    config: RunConfig
    modes: frozenset[str] = frozenset()
    durable: bool = False
    visit: Visit | None = None
    replay: Replay | None = None
    seen: set[str] = field(default_factory=set)


class Load(NamedTuple):
    """The named checkpoint of a level (None: of the run's own), its latest, or the latest of those
    before one."""

    checkpoint_id: str | None
    ns: str | None = None
    before: str | None = None


class Save(NamedTuple):
    """A new checkpoint, with the writes of its parent that are not saved yet."""

    checkpoint: Checkpoint
    writes: Sequence[Write] = ()


class SaveWrites(NamedTuple):
    checkpoint: Checkpoint
    writes: list[Write]


class Start(NamedTuple):
    """Run these tasks on the state of the checkpoint.

    `loose` holds at most one answer, for the first interrupt() that any of them reaches. `saved`
    is what earlier attempts stored, by task id.
    """

    checkpoint: Checkpoint
    tasks: list[Task]
    loose: list[Any]
    saved: Mapping[str, Stored] = NO_MAPPING


class Next(NamedTuple):
    """Wait until something has landed."""


class Cancel(NamedTuple):
    """A task failed: stop its siblings where that is possible.

    The answer is True if they report nothing more (asyncio), False if they finish (threads).
    """


class Emit(NamedTuple):
    """Something for the caller's stream. `ns` is () at the root."""

    mode: str
    ns: tuple[str, ...]
    data: Any


Ask = Load | Save | SaveWrites | Start | Next | Cancel | Emit
Reply = Saved | list[TaskResult] | bool | None
R = TypeVar("R")
Asking = Generator[Ask, Any, R]
