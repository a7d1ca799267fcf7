"""Answers: which question an answer is for, and what of a Command as input is stored.

An answer is bound to its question when it arrives, stored with the asking task, and used once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runtime import ids
from runtime.errors import AmbiguousResumeError, InterruptNotFound, ResumeError
from runtime.stored import NOTHING, Stored
from runtime.types import (
    COMMAND,
    GOTO,
    MARKS,
    RESUME,
    SLOTS,
    Checkpoint,
    Send,
    Task,
    Waiting,
    Write,
)

Answers = dict[str, Any]


def by_id(resume: Any) -> bool:
    """Whether the value is a map {interrupt id: answer}. Raises ResumeError for None and {}."""
    if resume is None:
        raise ResumeError("an answer cannot be None")
    if resume == {} and isinstance(resume, dict):
        raise ResumeError("the resume map is empty")
    return isinstance(resume, dict) and all(map(ids.is_interrupt_id, resume))


def place(resume: Any, waiting: Sequence[Waiting], *, recover: bool) -> Answers:
    """The answers by interrupt id; {} when a single value finds no question.

    Raises InterruptNotFound for an id that does not wait, AmbiguousResumeError for one value while
    several questions wait. With `recover` answers that are already used are left out.
    """
    open_ids = [each.interrupt.id for each in waiting]
    if by_id(resume):
        unknown = sorted(resume.keys() - set(open_ids))
        if unknown and not recover:
            raise InterruptNotFound(
                f"no question waits with id {unknown[0]} (unknown or already answered);"
                f" waiting: {', '.join(open_ids) or 'none'}"
            )
        return {each: answer for each, answer in resume.items() if each not in unknown}
    if recover:
        raise ResumeError("to recover a run, give its answers by interrupt id")
    if len(open_ids) > 1:
        shown = "; ".join(f"{each.interrupt.id} ({each.node})" for each in waiting)
        raise AmbiguousResumeError(
            "When there are multiple pending interrupts, you must specify the interrupt id when"
            f" resuming. Waiting: {shown}"
        )
    return {open_ids[0]: resume} if open_ids else {}


def resume_writes(
    answers: Mapping[str, Any], tasks: Iterable[Task], saved: Mapping[str, Stored]
) -> list[Write]:
    """The RESUME slots of the tasks that got an answer: earlier answers and the new one."""
    writes = []
    for task in tasks:
        before = saved.get(task.id, NOTHING)
        new = tuple((each.id, answers[each.id]) for each in before.open if each.id in answers)
        if new:
            value = before.resumes + new
            writes.append(Write(task.id, task.path, SLOTS[RESUME], RESUME, value))
    return writes


def unmarked(answered: Iterable[Write]) -> list[Write]:
    """A person who answers and edits at once knows that the question will look different."""
    return [write._replace(idx=SLOTS[MARKS], channel=MARKS, value=()) for write in answered]


def command_writes(
    checkpoint: Checkpoint,
    pairs: Sequence[tuple[str, Any]],
    *,
    known: Sequence[Write],
    run_id: str | None,
    recover: bool,
) -> list[Write]:
    """The update and goto of a Command as writes of no node; [] if a crashed run stored them."""
    rank = len({write.task_id for write in _of_commands(known)})
    identifier = _command_id(checkpoint, run_id or f"#{rank}")
    if any(write.task_id == identifier for write in known):
        if recover:
            return []
        identifier = _command_id(checkpoint, f"{run_id}#{rank}")
    return [
        Write(identifier, (COMMAND, rank), index, channel, value)
        for index, (channel, value) in enumerate(pairs)
    ]


def command_batches(writes: Iterable[Write]) -> list[list[tuple[str, Any]]]:
    """What Commands as input wrote to channels, one batch for each, in the order they came."""
    batches: dict[int, list[tuple[str, Any]]] = {}
    for write in sorted(_of_commands(writes), key=lambda each: (each.path[1], each.idx)):
        if write.channel != GOTO:
            batches.setdefault(write.path[1], []).append((write.channel, write.value))
    return list(batches.values())


def command_targets(writes: Iterable[Write]) -> tuple[str | Send, ...]:
    """Where Commands as input said to go, beside what is next anyway."""
    ordered = sorted(_of_commands(writes), key=lambda each: (each.path[1], each.idx))
    return tuple(write.value for write in ordered if write.channel == GOTO)


def _of_commands(writes: Iterable[Write]) -> list[Write]:
    return [write for write in writes if write.path and write.path[0] == COMMAND]


def _command_id(checkpoint: Checkpoint, mark: str) -> str:
    return ids.task_id(checkpoint.id, checkpoint.ns, checkpoint.step, (COMMAND, mark))
