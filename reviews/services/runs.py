"""Runs: how they are made. How they end is in settling.py."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from reviews import hints
from reviews.engine.state import encode
from reviews.errors import Conflict, Forbidden, Invalid, NotFound, ReviewError
from reviews.models import Assistant, InterruptTask, Run, Thread
from reviews.services import access, audit, intake
from reviews.states import THREAD, RunStatus, TaskStatus, move

ACTIVE = (RunStatus.PENDING, RunStatus.RUNNING)
STRATEGIES = ("enqueue", "reject")
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What a caller asks for. No input and no command: go on from where the thread stands."""

    input: Any = None
    config: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    multitask: str = "enqueue"


def create(user: User, thread: Thread, assistant: Assistant, *, spec: RunSpec) -> Run:
    """Make a pending run; a worker takes it at once.

    New input closes the thread's open questions as superseded. Raises Forbidden (no right to start
    runs; a question in a protected queue), Conflict (`reject` and busy; the thread belongs to
    another graph), Invalid (unknown strategy).
    """
    if not access.may_start(user):
        raise Forbidden("You may not start runs.")
    if spec.multitask not in STRATEGIES:
        raise Invalid(
            f"Unknown multitask_strategy {spec.multitask!r}.",
            errors={"multitask_strategy": [f"must be one of {', '.join(STRATEGIES)}"]},
        )
    with transaction.atomic():
        _fit(thread, assistant)
        if spec.multitask == "reject" and thread.runs.filter(status__in=ACTIVE).exists():
            raise Conflict("The thread is busy with another run.")
        if spec.input is not None:
            _supersede_questions(user, thread)
        run = Run.objects.create(
            thread=thread,
            assistant=assistant,
            input=None if spec.input is None else encode(spec.input),
            config=spec.config,
            context=spec.context,
            metadata=spec.metadata,
            multitask=spec.multitask,
            available_at=Now(),
            created_by=user,
        )
        _occupy(thread)
        audit.record(user, "start", run, thread=thread)
        hints.wake_worker()
    run.refresh_from_db()
    return run


def _fit(thread: Thread, assistant: Assistant) -> None:
    """A thread keeps the graph of its first run; its metadata names graph and assistant."""
    if thread.graph_id not in ("", assistant.graph_id):
        raise Conflict(f"The thread belongs to graph {thread.graph_id!r}.")
    names = {"graph_id": assistant.graph_id, "assistant_id": str(assistant.uuid)}
    thread.graph_id = assistant.graph_id
    thread.metadata = {**thread.metadata, **names}
    thread.save(update_fields=["graph_id", "metadata", "updated_at"])


def _supersede_questions(user: User, thread: Thread) -> None:
    waiting = InterruptTask.objects.filter(thread=thread, status=TaskStatus.OPEN)
    for task in waiting.select_related("queue", "thread"):
        if task.queue.protected and not access.led_queues(user).filter(pk=task.queue_id).exists():
            raise Conflict(
                f"A question waits in the protected queue {task.queue.name!r}; "
                "only its leads may replace it by new input.",
                task=str(task.uuid),
            )
        intake.close(task, "supersede", actor=user)


def _occupy(thread: Thread) -> None:
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
    _occupy(thread)
    hints.wake_worker()
    return pending.get()


def placed(thread: Thread, resume: Any) -> dict[str, Any]:
    """Which open question each answer is for: {interrupt id: raw answer}.

    A map whose keys are all open questions answers by id; anything else answers the one that waits.
    Raises Invalid (None, {}, several wait), NotFound (an id that never waited), Conflict (nothing
    waits, or it was answered).
    """
    tasks = InterruptTask.objects.filter(thread=thread)
    waiting = list(
        tasks.filter(status=TaskStatus.OPEN).values_list("interrupt_id", flat=True)
    )
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


def wait(run: Run, *, timeout_seconds: float) -> Run:
    """The run when it has ended, or as it is after the time-out."""
    deadline = time.monotonic() + timeout_seconds
    while run.status in ACTIVE and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        run.refresh_from_db()
    return run
