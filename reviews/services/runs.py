"""Runs: how they are made. How they end is in settling.py."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from reviews import hints
from reviews.engine.state import encode
from reviews.errors import Conflict, Forbidden, Invalid
from reviews.models import Assistant, InterruptTask, Run, Thread
from reviews.services import access, audit, decisions, intake, resuming
from reviews.states import TaskStatus

STRATEGIES = ("enqueue", "reject")
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What a caller asks for. No input and no command: go on from where the thread stands."""

    input: Any = None
    command: dict[str, Any] | None = None  # {"resume": answer or {interrupt id: answer}}
    config: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    multitask: str = "enqueue"


def create(user: User, thread: Thread, assistant: Assistant, *, spec: RunSpec) -> Run:
    """Make a pending run; a worker takes it at once.

    A command wins over input: its `resume` decides the questions it answers, like any other door,
    and needs the right to decide them instead of the right to start.
    New input closes the thread's open questions as superseded. Raises Forbidden (no right to start
    runs; a question in a protected queue), Conflict (`reject` and busy; the thread belongs to
    another graph), Invalid (unknown strategy).
    """
    if spec.command is not None:
        with transaction.atomic():
            _fit(thread, assistant)
            return _answer(user, thread, spec.command)
    if not access.may_run_on(user, thread):
        raise Forbidden("You may not start runs on this thread.")
    if spec.multitask not in STRATEGIES:
        raise Invalid(
            f"Unknown multitask_strategy {spec.multitask!r}.",
            errors={"multitask_strategy": [f"must be one of {', '.join(STRATEGIES)}"]},
        )
    with transaction.atomic():
        _fit(thread, assistant)  # locks the thread's row: a second `reject` waits and then sees us
        if spec.multitask == "reject" and thread.runs.filter(status__in=resuming.ACTIVE).exists():
            raise Conflict("The thread is busy with another run.")
        if spec.input is not None:
            _supersede_questions(user, thread)
        run = _insert(user, thread, assistant, spec)
    run.refresh_from_db()
    return run


def _insert(user: User, thread: Thread, assistant: Assistant, spec: RunSpec) -> Run:
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
    resuming.occupy(thread)
    audit.record(user, "start", run, thread=thread)
    hints.wake_worker()
    return run


def _answer(user: User, thread: Thread, command: dict[str, Any]) -> Run:
    if set(command) != {"resume"}:
        raise Invalid(
            "A command must have resume, and nothing else.",
            errors={"command": ["must be an object with the one key resume"]},
        )
    return decisions.answer(user, thread, command["resume"])


def _fit(thread: Thread, assistant: Assistant) -> None:
    """A thread keeps the graph of its first run; its metadata names graph and assistant."""
    if thread.graph_id not in ("", assistant.graph_id):
        raise Conflict(f"The thread belongs to graph {thread.graph_id!r}.")
    names = {"graph_id": assistant.graph_id, "assistant_id": str(assistant.uuid)}
    thread.graph_id = assistant.graph_id
    thread.metadata = {**thread.metadata, **names}
    thread.save(update_fields=["graph_id", "metadata", "updated_at"])


def _supersede_questions(user: User, thread: Thread) -> None:
    intake.refuse_protected(user, thread)
    waiting = InterruptTask.objects.filter(thread=thread, status=TaskStatus.OPEN)
    for task in waiting.select_related("queue", "thread"):
        intake.close(task, "supersede", actor=user)


def wait(run: Run, *, timeout_seconds: float) -> Run:
    """The run when it has ended, or as it is after the time-out."""
    deadline = time.monotonic() + timeout_seconds
    while run.status in resuming.ACTIVE and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        run.refresh_from_db()
    return run
