"""What waits in the checkpoint -> task rows, idempotently; called only while a run is settled.

Afterwards exactly the questions that wait have an open or decided task: new ones are opened, used
answers are applied, refused ones re-opened, and questions that vanished are superseded.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, User
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from reviews.engine.executor import Asked
from reviews.errors import Conflict
from reviews.models import InterruptTask, Queue, RoutingRule, Run, Thread
from reviews.services import access, answers, audit, feed, routing
from reviews.services.routing import Route
from reviews.states import TASK, TaskStatus, move

log = logging.getLogger(__name__)


def reconcile(run: Run, asked: Iterable[Asked], *, used: frozenset[str], error: str) -> list[str]:
    """Make the tasks of the run's thread fit what waits now.

    `used` are the interrupt ids this run was given answers for; one of them that still waits was
    refused by its node, with `error`. Returns why questions could not be read ([] is the rule).
    """
    waiting = {one.interrupt_id: one for one in asked}
    tasks = {
        task.interrupt_id: task
        for task in InterruptTask.objects.filter(
            thread=run.thread, status__in=(TaskStatus.OPEN, TaskStatus.DECIDED)
        ).select_related("queue", "thread")
    }
    for interrupt_id, task in tasks.items():
        if task.status == TaskStatus.DECIDED and interrupt_id in used:
            _answered(task, refused=interrupt_id in waiting, error=error)
        elif interrupt_id not in waiting:
            close(task, "supersede", actor=run.created_by or audit.WORKER)
    known = set(
        InterruptTask.objects.filter(thread=run.thread, interrupt_id__in=waiting).values_list(
            "interrupt_id", flat=True
        )
    )
    return _open(run, [one for one in waiting.values() if one.interrupt_id not in known])


def refuse_protected(user: User | None, thread: Thread) -> None:
    """Raise Conflict when new input by `user` would replace a question of a protected queue."""
    waiting = InterruptTask.objects.filter(
        thread=thread, status=TaskStatus.OPEN, queue__protected=True
    )
    led = access.led_queues(user) if user else Queue.objects.none()
    task = waiting.exclude(queue__in=led).select_related("queue").first()
    if task is not None:
        raise Conflict(
            f"A question waits in the protected queue {task.queue.name!r}; "
            "only its leads may replace it by new input.",
            task=str(task.uuid),
        )


def close(task: InterruptTask, event: str, *, actor: AbstractBaseUser | str = audit.WORKER) -> None:
    """Take a task that will not be answered out of its queue (event: supersede, cancel, expire)."""
    if move(InterruptTask.objects.filter(pk=task.pk), TASK, event, version=F("version") + 1):
        audit.record(actor, event, task, thread=task.thread, queue=task.queue)
        feed.publish(task, feed.CLOSED)


def _answered(task: InterruptTask, *, refused: bool, error: str) -> None:
    this = InterruptTask.objects.filter(pk=task.pk)
    if not refused:
        move(this, TASK, "apply", applied_at=Now())
        return
    again = {"round": F("round") + 1, "version": F("version") + 1, "error": error}
    if move(this, TASK, "reopen", decided_at=None, **again):
        audit.record(
            audit.WORKER,
            "reopen",
            task,
            thread=task.thread,
            queue=task.queue,
            data={"error": error},
        )
        feed.publish(task, feed.OPENED)


def _open(run: Run, asked: list[Asked]) -> list[str]:
    problems = []
    rules = list(RoutingRule.objects.select_related("queue").order_by("order", "pk"))
    for one in asked:
        place = (run.assistant.graph_id, one.node)
        try:
            question = answers.read(one.payload, response_schema=one.response_schema, node=one.node)
            route = routing.route(
                question,
                place=place,
                rules=rules,
                fallback=_default_queue(),
                now=timezone.now(),
            )
        except Exception as error:  # the rim: a payload may be anything, and the run must end
            problems.append(f"{one.node}: {type(error).__name__}: {error}")
            continue
        _create(run, one, question=question, route=route)
    return problems


def _create(run: Run, one: Asked, *, question: answers.Question, route: Route) -> None:
    task = InterruptTask.objects.create(
        thread=run.thread,
        run=run,
        graph_id=run.assistant.graph_id,
        checkpoint_id=one.checkpoint_id,
        ns=one.ns,
        node=one.node,
        interrupt_id=one.interrupt_id,
        kind=question.kind,
        title=question.title[:300],
        question=question.to_json(),
        payload=one.text,
        payload_sha256=hashlib.sha256(one.text.encode()).hexdigest(),
        schema=question.schema,
        allowed=list(question.allowed),
        queue=route.queue,
        priority=route.priority,
        due_at=route.due_at,
    )
    audit.record(audit.WORKER, "open", task, thread=run.thread, queue=route.queue)
    feed.publish(task, feed.OPENED)
    if not route.queue.members.exists():
        log.warning("task %s waits where nobody sees it: no members in %s", task.uuid, route.queue)


def _default_queue() -> Queue:
    """Where questions wait that no rule knows; an admin gives it members."""
    queue, _ = Queue.objects.get_or_create(
        slug="default",
        defaults={
            "name": "Default",
            "claim_seconds": settings.HITL_CLAIM_SECONDS,
            "due_seconds": settings.HITL_DUE_SECONDS,
        },
    )
    return queue
