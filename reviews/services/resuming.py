"""Resuming: the one pending run that goes on with what was decided, and which question is meant."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from reviews import hints
from reviews.errors import Conflict, Invalid, NotFound, ReviewError
from reviews.models import InterruptTask, Run, Thread
from reviews.states import THREAD, RunStatus, TaskStatus, move

ACTIVE = (RunStatus.PENDING, RunStatus.RUNNING)


def occupy(thread: Thread) -> None:
    """Mark the thread busy: a run is pending or running."""
    move(Thread.objects.filter(pk=thread.pk), THREAD, "occupy", updated_at=Now())


def ensure_resume(thread: Thread) -> Run:
    """The thread's one pending resume run, made if there is none. Call inside a transaction.

    The UPDATE makes a worker that is just taking the run wait for our commit, so that it sees what
    was decided; if it was faster, there is no pending run any more and a new one is made.
    """
    pending = thread.runs.filter(status=RunStatus.PENDING, kind=Run.Kind.RESUME)
    if not pending.update(available_at=Now()):
        last = thread.runs.select_related("assistant").order_by("-pk").first()
        if last is None:
            raise NotFound("The thread never ran.")
        try:
            with transaction.atomic():
                Run.objects.create(
                    thread=thread,
                    assistant=last.assistant,
                    kind=Run.Kind.RESUME,
                    config=last.config,
                    context=last.context,
                    metadata=last.metadata,
                    available_at=Now(),
                    created_by=last.created_by,
                )
        except IntegrityError:  # another decision made it meanwhile: one_pending_resume_per_thread
            pending.update(available_at=Now())
    occupy(thread)
    hints.wake_worker()
    return pending.get()


def placed(thread: Thread, resume: Any) -> dict[str, Any]:
    """Which open question each answer is for: {interrupt id: raw answer}.

    A map whose keys are all open questions answers by id; anything else answers the one that waits.
    Raises Invalid (None, {}, several wait), NotFound (an id that never waited), Conflict (nothing
    waits, or it was answered).
    """
    tasks = InterruptTask.objects.filter(thread=thread)
    waiting = list(tasks.filter(status=TaskStatus.OPEN).values_list("interrupt_id", flat=True))
    if resume is None or resume == {}:
        raise _bad_resume("an answer is needed")
    by_id = isinstance(resume, dict) and all(_looks_like_id(key) for key in resume)
    if by_id:
        for interrupt_id in sorted(set(resume) - set(waiting)):
            raise _not_waiting(tasks.filter(interrupt_id=interrupt_id).first(), interrupt_id)
        return dict(resume)
    if len(waiting) > 1:
        raise _bad_resume(f"several questions wait; answer by interrupt id: {', '.join(waiting)}")
    if not waiting:
        raise Conflict("There is nothing to answer on this thread.")
    return {waiting[0]: resume}


def _not_waiting(task: InterruptTask | None, interrupt_id: str) -> ReviewError:
    if task is None:
        return NotFound(f"No question with the id {interrupt_id} waits on this thread.")
    return Conflict(f"The question {interrupt_id} was already {task.status}.", status=task.status)


def _looks_like_id(key: str) -> bool:
    return len(key) == 32 and not set(key) - set("0123456789abcdef")


def _bad_resume(reason: str) -> Invalid:
    return Invalid(f"command.resume: {reason}", errors={"command.resume": [reason]})
