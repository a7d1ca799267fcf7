"""What must hold between rows at rest. Reads only; every line found is a defect of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db.models import Count, Exists, OuterRef, Q

from reviews.engine import state
from reviews.models import Checkpoint, Claim, Decision, InterruptTask, Run, Thread
from reviews.services.resuming import ACTIVE
from reviews.states import RunStatus, TaskStatus, ThreadStatus


def problems() -> list[str]:
    """One line per broken rule and row; [] when all is well."""
    return [line for rule in RULES for line in rule()]


def _threads_and_runs() -> Iterator[str]:
    active = Exists(Run.objects.filter(thread=OuterRef("pk"), status__in=ACTIVE))
    for thread in Thread.objects.filter(~active, status=ThreadStatus.BUSY):
        yield f"thread {thread.uuid}: busy without a pending or running run"
    for thread in Thread.objects.filter(active).exclude(status=ThreadStatus.BUSY):
        yield f"thread {thread.uuid}: {thread.status} although a run is pending or running"


def _runs() -> Iterator[str]:
    running = Q(status=RunStatus.RUNNING)
    owned = Q(lease_expires_at__isnull=False) & ~Q(leased_by="")
    for run in Run.objects.filter(running & ~owned | ~running & owned):
        yield f"run {run.uuid}: {run.status} with the lease {run.leased_by or 'missing'}"
    ended = Run.objects.exclude(status__in=ACTIVE)
    for run in ended.filter(finished_at__isnull=True):
        yield f"run {run.uuid}: {run.status} without an end"


def _tasks() -> Iterator[str]:
    said = Exists(Decision.objects.filter(task=OuterRef("pk"), round=OuterRef("round")))
    used = (TaskStatus.DECIDED, TaskStatus.APPLIED)
    for task in InterruptTask.objects.filter(~said, status__in=used):
        yield f"task {task.uuid}: {task.status} without a decision in its round"
    for task in InterruptTask.objects.filter(said, status=TaskStatus.OPEN):
        yield f"task {task.uuid}: open although its round is decided"
    active = Exists(Run.objects.filter(thread=OuterRef("thread"), status__in=ACTIVE))
    for task in InterruptTask.objects.filter(~active, status=TaskStatus.DECIDED):
        yield f"task {task.uuid}: decided, but no run is there to use it"
    closed = Claim.objects.filter(released_at__isnull=True).exclude(task__status=TaskStatus.OPEN)
    for claim in closed.filter(task__status__in=used):
        yield f"task {claim.task.uuid}: claimed although it is closed"


def _questions() -> Iterator[str]:
    """The open tasks of a thread at rest are exactly the questions its checkpoint waits for."""
    resting = Thread.objects.exclude(status__in=(ThreadStatus.BUSY, ThreadStatus.ERROR))
    for thread in resting.exclude(graph_id="").iterator():
        waiting = {one["id"] for one in state.current(thread)["interrupts"]}
        asked = InterruptTask.objects.filter(thread=thread, status=TaskStatus.OPEN)
        stored = set(asked.values_list("interrupt_id", flat=True))
        for interrupt_id in sorted(waiting ^ stored):
            where = "checkpoint, not in a queue" if interrupt_id in waiting else "queue only"
            yield f"thread {thread.uuid}: question {interrupt_id} waits in the {where}"


def _checkpoints() -> Iterator[str]:
    parent = Checkpoint.objects.filter(
        thread=OuterRef("thread"), ns=OuterRef("ns"), checkpoint_id=OuterRef("parent_id")
    )
    orphans = Checkpoint.objects.filter(~Exists(parent), parent_id__isnull=False)
    for row in orphans.select_related("thread"):
        yield f"thread {row.thread.uuid}: checkpoint {row.checkpoint_id} has lost its parent"
    steps = Checkpoint.objects.filter(run__isnull=False, source="loop").values("run", "ns", "step")
    for twice in steps.annotate(count=Count("pk")).filter(count__gt=1):
        yield f"run {twice['run']}: step {twice['step']} was saved {twice['count']} times"


RULES: tuple[Callable[[], Iterator[str]], ...] = (
    _threads_and_runs,
    _runs,
    _tasks,
    _questions,
    _checkpoints,
)
