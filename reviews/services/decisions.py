"""Deciding: the only way to answer a question, whoever asks for it and through whichever door.

One conditional UPDATE holds status, version, payload hash, permission and claim; a unique
constraint stands behind it. The decision, the pending resume run, the audit row and the feed are
one transaction: accepted means stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from reviews.engine.state import encode
from reviews.errors import Conflict, Forbidden, Invalid, ReviewError, Stale
from reviews.models import Decision, InterruptTask, Run, Thread
from reviews.services import access, answers, audit, claims, feed, resuming
from reviews.services.answers import Question, Verdict
from reviews.states import TASK, TaskStatus, move


@dataclass(frozen=True, slots=True)
class Seen:
    """What the reviewer had before them: the task's version and the hash of its payload."""

    version: int
    payload_sha256: str


def decide(
    user: User,
    task_uuid: UUID | str,
    verdict: Verdict,
    *,
    seen: Seen | None,
    request_key: str | None = None,
) -> Decision:
    """Store the decision and make sure that a run resumes with it.

    `seen` None: the caller vouches for nothing but the task being open. A repeated `request_key`
    of the same reviewer returns the first decision. Raises NotFound, Forbidden, Invalid (errors by
    field path), Stale (the task changed since it was seen), Conflict (data: `decided_by`,
    `action`, `decided_at`, or `claimed_by`, `expires_at`).
    """
    with transaction.atomic():
        if request_key and (first := _repeated(user, request_key)):
            return _same(first, task_uuid, verdict)
        task = access.get_task(user, task_uuid)
        question = Question.from_json(task.question)
        if access.may_decide(user, task) and (errors := answers.check(question, verdict)):
            raise Invalid("The decision does not fit the question.", errors=errors)
        if not _win(user, task, seen):
            if request_key and (first := _repeated(user, request_key)):
                return _same(first, task_uuid, verdict)
            raise _why_not(user, task, seen)
        decision = Decision.objects.create(
            task=task,
            round=task.round,
            reviewer=user,
            action=verdict.action,
            payload=verdict.to_json(),
            resume_value=encode(answers.resume_value(question, verdict)),
            payload_sha256=task.payload_sha256,
            comment=verdict.comment,
            request_key=request_key or None,
        )
        _settle(user, task, decision)
        return decision


def answer(user: User, thread: Thread, resume: Any) -> Run:
    """Decide by a bare resume value, as LangGraph's clients send it; returns the resume run.

    All answers of a map are accepted together or none. Raises what `decide` and
    `resuming.placed` raise.
    """
    with transaction.atomic():
        for interrupt_id, raw in sorted(resuming.placed(thread, resume).items()):
            task = (
                access.tasks_visible_to(user)
                .filter(thread=thread, interrupt_id=interrupt_id)
                .first()
            )
            if task is None:
                raise Forbidden("You started this thread, but others review its questions.")
            verdict = answers.as_verdict(Question.from_json(task.question), raw)
            decide(user, task.uuid, verdict, seen=None)
        return resuming.ensure_resume(thread)


def _win(user: User, task: InterruptTask, seen: Seen | None) -> int:
    """The one UPDATE that only one of several racing reviewers gets a row from."""
    row: QuerySet[InterruptTask] = InterruptTask.objects.filter(
        pk=task.pk, round=task.round, queue__in=access.decidable_queues(user)
    )
    if seen is not None:
        row = row.filter(version=seen.version, payload_sha256=seen.payload_sha256)
    others = claims.holding().filter(task=OuterRef("pk")).exclude(reviewer=user)
    own = Q(thread__owner=user) | Q(run__created_by=user)
    barred = InterruptTask.objects.filter(own, queue__forbid_self_review=True)
    row = row.filter(~Exists(others)).exclude(pk__in=barred.values("pk"))
    return move(row, TASK, "decide", version=F("version") + 1, decided_at=Now())


def _settle(user: User, task: InterruptTask, decision: Decision) -> None:
    task.claims.filter(released_at=None).update(released_at=Now(), release_reason="decided")
    task.resume_run = resuming.ensure_resume(task.thread)
    InterruptTask.objects.filter(pk=task.pk).update(resume_run=task.resume_run)
    audit.record(
        user,
        "decide",
        task,
        thread=task.thread,
        queue=task.queue,
        data={"action": decision.action, "payload_sha256": decision.payload_sha256},
    )
    feed.publish(task, feed.CLOSED)


def _why_not(user: User, task: InterruptTask, seen: Seen | None) -> ReviewError:
    """Read again and say what stood in the way."""
    task.refresh_from_db()
    if access.reviews_own(user, task):
        return Forbidden("Who started a run may not decide its questions in this queue.")
    if not access.may_decide(user, task):
        return Forbidden("You may look at this queue, but only its reviewers decide.")
    if task.status != TaskStatus.OPEN:
        return decided(task)
    if seen and (seen.version, seen.payload_sha256) != (task.version, task.payload_sha256):
        return Stale("The task has changed since you opened it.", version=task.version)
    return claims.taken(task)


def decided(task: InterruptTask) -> Conflict:
    """The conflict that names who was faster, and with what."""
    decision = task.decisions.select_related("reviewer").order_by("-round", "pk").first()
    if task.status in (TaskStatus.DECIDED, TaskStatus.APPLIED) and decision is not None:
        name = decision.reviewer.get_username()
        return Conflict(
            f"{name} has already decided this task ({decision.action}).",
            decided_by=name,
            action=decision.action,
            decided_at=decision.created_at.isoformat(),
        )
    return Conflict(f"This task is no longer open: {task.status}.", status=task.status)


def _repeated(user: User, request_key: str) -> Decision | None:
    return Decision.objects.filter(reviewer=user, request_key=request_key).first()


def _same(first: Decision, task_uuid: UUID | str, verdict: Verdict) -> Decision:
    as_stored = Verdict.from_json(first.payload)
    if str(first.task.uuid) != str(task_uuid) or as_stored != verdict:
        raise Invalid(
            "This key was already used for another decision.",
            errors={"request_key": ["already used with another body"]},
        )
    return first
