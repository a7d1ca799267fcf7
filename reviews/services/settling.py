"""Performing a leased run and settling how it ended: run, thread and tasks in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models.functions import Now

from reviews.engine import executor, leases
from reviews.engine.executor import Ended
from reviews.engine.leases import Lease
from reviews.engine.state import decode
from reviews.engine.storage import reached
from reviews.errors import LeaseLost, StorageLost
from reviews.models import Decision, InterruptTask, Run, Thread
from reviews.services import audit, intake, resuming
from reviews.states import RUN, THREAD, TaskStatus, move

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a run failed, for people and clients; never a traceback."""

    error: str  # the exception's class
    message: str


def perform(lease: Lease) -> None:
    """Execute the leased run and settle it.

    A lost lease ends in silence: another worker has it. After a lost database the lease lapses,
    and the run is taken again from its last checkpoint.
    """
    run = Run.objects.select_related("thread", "assistant").get(pk=lease.run_id)
    answers = collect(run.thread) if run.kind == Run.Kind.RESUME else {}
    used = frozenset(answers)
    try:
        ended, fault = _execute(run, lease, answers)
        try:
            settle(run, lease, ended=ended, fault=fault, used=used)
        except (LeaseLost, StorageLost):
            raise
        except Exception as error:  # the last resort: a run must end, whatever it left behind
            log.exception("run %s could not be settled", run.uuid)
            settle(run, lease, ended=_still_asked(run), fault=_fault(error), used=used)
    except LeaseLost:
        log.warning("run %s: lease lost (fence %s)", run.uuid, lease.fence)
    except StorageLost:
        log.warning("run %s: database lost (fence %s)", run.uuid, lease.fence, exc_info=True)


def collect(thread: Thread) -> dict[str, Any]:
    """{interrupt id: answer} of what is decided and not applied."""
    decisions = Decision.objects.filter(
        task__thread=thread, task__status=TaskStatus.DECIDED
    ).select_related("task")
    return {
        decision.task.interrupt_id: decode(decision.resume_value)
        for decision in decisions.order_by("round")
    }


def _execute(run: Run, lease: Lease, answers: Mapping[str, Any]) -> tuple[Ended, Fault | None]:
    """How the run ended; after a fault, what waits now."""
    try:
        if run.attempt > settings.HITL_MAX_ATTEMPTS:
            raise RuntimeError(f"gave up: {run.attempt - 1} workers died while executing this run")
        if run.input is not None and run.attempt == 1:
            intake.refuse_protected(run.created_by, run.thread)
        return executor.execute(run, lease, answers=answers), None
    except (LeaseLost, StorageLost):
        raise
    except (Exception, SystemExit) as error:  # the rim: what a node raises is the run's result
        log.warning("run %s failed", run.uuid, exc_info=True)
        return _standing(run), _fault(error)


def _fault(error: BaseException) -> Fault:
    return Fault(error=type(error).__name__, message=str(error))


def _standing(run: Run) -> Ended:
    try:
        return executor.standing(run)
    except Exception:  # the graph is gone or has changed: what waited is taken to wait still
        return _still_asked(run)


def _still_asked(run: Run) -> Ended:
    return executor.still_asked(
        InterruptTask.objects.filter(
            thread=run.thread, status__in=(TaskStatus.OPEN, TaskStatus.DECIDED)
        )
    )


def settle(
    run: Run, lease: Lease, *, ended: Ended, fault: Fault | None, used: frozenset[str]
) -> None:
    """Write the end of the run. Raises LeaseLost when another worker has it."""
    with reached(), leases.fenced(lease):
        error = f"{fault.error}: {fault.message}" if fault else ""
        problems = intake.reconcile(run, ended.asked, used=used, error=error)
        if problems and fault is None:
            fault = Fault(error="InvalidQuestion", message="; ".join(problems))
        details = None if fault is None else {"error": fault.error, "message": fault.message}
        move(
            leases.held(lease),
            RUN,
            "fail" if fault else "succeed",
            error=details,
            finished_at=Now(),
            leased_by="",
            lease_expires_at=None,
        )
        _settle_thread(run.thread, ended=ended, details=details)
        audit.record(
            audit.WORKER, "fail" if fault else "finish", run, thread=run.thread, data=details or {}
        )


def _settle_thread(thread: Thread, *, ended: Ended, details: dict[str, str] | None) -> None:
    tasks = InterruptTask.objects.filter(thread=thread)
    this = Thread.objects.filter(pk=thread.pk)
    if tasks.filter(status=TaskStatus.DECIDED).exists():
        resuming.ensure_resume(thread)
    elif thread.runs.filter(status__in=resuming.ACTIVE).exists():
        move(this, THREAD, "occupy", error=details, updated_at=Now())
    elif details and not tasks.filter(status=TaskStatus.OPEN).exists():
        move(this, THREAD, "fail", error=details, updated_at=Now())
    elif ended.next:
        move(this, THREAD, "pause", error=details, updated_at=Now())
    else:
        move(this, THREAD, "rest", error=details, updated_at=Now())
