"""What the loop asks of its driver. The driver answers Load with a Saved or None, Next with the
results that have landed (at least one), Cancel with a bool, and everything else with None."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from runtime.step import Stored
from runtime.types import NO_MAPPING, Checkpoint, RunConfig, Saved, Task, TaskResult, Write


@dataclass(frozen=True, slots=True)
class Request:
    """One call of execute. `durable` says whether there is a saver."""

    input: Any
    config: RunConfig
    modes: frozenset[str] = frozenset()
    durable: bool = False


class Load(NamedTuple):
    """The named checkpoint of the thread, or its latest."""

    checkpoint_id: str | None


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
