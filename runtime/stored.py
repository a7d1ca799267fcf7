"""What is saved of the tasks of a superstep: read from writes, and turned into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.errors import ParentCommand
from runtime.marks import Mark
from runtime.types import (
    DONE,
    ERROR,
    INTERRUPT,
    MARKS,
    RESUME,
    SLOTS,
    Checkpoint,
    Interrupt,
    Task,
    TaskResult,
    Waiting,
    Write,
)


@dataclass(slots=True)
class Stored:
    """What is saved of one task. `done` if it has finished; `inner` says where the questions of
    its subgraphs were asked."""

    writes: list[tuple[int, str, Any]]
    interrupts: tuple[Interrupt, ...] = ()
    inner: tuple[Waiting, ...] = ()
    resumes: tuple[tuple[str, Any], ...] = ()
    marks: tuple[Mark, ...] = ()
    error: str | None = None

    @property
    def done(self) -> bool:
        return bool(self.writes)

    @property
    def pairs(self) -> tuple[tuple[str, Any], ...]:
        return tuple((channel, value) for _, channel, value in sorted(self.writes, key=_first))

    @property
    def open(self) -> tuple[Interrupt, ...]:
        """The questions that wait for an answer."""
        if self.writes or not self.interrupts:
            return ()
        answered = {identifier for identifier, _ in self.resumes}
        return tuple(each for each in self.interrupts if each.id not in answered)

    @property
    def waits(self) -> bool:
        """Whether there is nothing to do before a person answers."""
        return bool(self.open) and len(self.open) == len(self.interrupts)


NOTHING = Stored([])


def stored(writes: Iterable[Write]) -> dict[str, Stored]:
    """The writes of one checkpoint by task id."""
    found: dict[str, Stored] = {}
    for write in writes:
        entry = found.get(write.task_id)
        if entry is None:
            entry = found[write.task_id] = Stored([])
        if write.channel == INTERRUPT:
            entry.inner = tuple(each for each in write.value if isinstance(each, Waiting))
            entry.interrupts = tuple(
                each.interrupt if isinstance(each, Waiting) else each for each in write.value
            )
        elif write.channel == RESUME:
            entry.resumes = tuple((identifier, answer) for identifier, answer in write.value)
        elif write.channel == MARKS:
            entry.marks = tuple(Mark(*each) for each in write.value)
        elif write.channel == ERROR:
            entry.error = write.value
        else:
            entry.writes.append((write.idx, write.channel, write.value))
    return found


def open_questions(
    checkpoint: Checkpoint, tasks: Iterable[Task], saved: Mapping[str, Stored]
) -> list[Waiting]:
    """What waits, in the order of the tasks."""
    return [
        each
        for task in tasks
        if (entry := saved.get(task.id)) is not None
        for each in placed(checkpoint, task, entry.open, entry.inner)
    ]


def placed(
    checkpoint: Checkpoint,
    task: Task,
    questions: Iterable[Interrupt],
    inner: Iterable[Waiting],
) -> list[Waiting]:
    """The questions of a task with the place where each was asked: here, or in a subgraph."""
    deeper = {each.interrupt.id: each for each in inner}
    return [
        deeper.get(question.id) or Waiting(question, task.node, task.ns, task.id, checkpoint.id)
        for question in questions
    ]


def writes_of(result: TaskResult, before: Stored = NOTHING) -> list[Write]:
    """What is saved of a result.

    A failure drops the answer to the question that was open before, so that it opens again. A
    Command for the enclosing graph is no failure, and ends the whole level.
    """
    task = result.task
    if isinstance(result.error, ParentCommand):
        return []
    if result.error is not None:
        asked = {question.id for question in before.interrupts}
        kept = tuple(pair for pair in before.resumes if pair[0] not in asked)
        pairs: list[tuple[str, Any]] = [(ERROR, _error_text(result.error))]
        if kept != before.resumes:
            pairs.append((RESUME, kept))
        if before.inner or (result.inner and not before.interrupts):
            pairs.append((INTERRUPT, result.inner))
    elif result.paused:
        deeper = {each.interrupt.id: each for each in result.inner}
        pairs = [(INTERRUPT, tuple(deeper.get(each.id, each) for each in result.interrupts))]
        if result.marks:
            pairs.append((MARKS, result.marks))
        if result.resumes or before.resumes:
            pairs.append((RESUME, result.resumes))
        if before.error is not None:
            pairs.append((ERROR, None))
    else:
        pairs = list(result.writes) or [(DONE, None)]
    return [
        Write(task.id, task.path, SLOTS.get(channel, index), channel, value)
        for index, (channel, value) in enumerate(pairs)
    ]


def _first(entry: tuple[int, str, Any]) -> int:
    return entry[0]


def _error_text(error: BaseException) -> str:
    return repr(error)
