"""A lease is the right to execute a run: taken, renewed and given back by one conditional UPDATE.

Each take adds 1 to the run's fence; every later write proves lease and fence in its transaction,
so that a worker which slept past its lease can write nothing. Time is the database's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from reviews.errors import LeaseLost
from reviews.models import Run
from reviews.states import RUN, RunStatus, move

closing = threading.Event()  # this process is asked to end: hand back after each superstep
CANDIDATES = 20  # how many ready runs are tried before the worker looks again


@dataclass(frozen=True, slots=True)
class Lease:
    """Proof of ownership: valid while `fence` is the run's fence."""

    run_id: int
    fence: int
    worker: str


def _until() -> Any:
    return Now() + timedelta(seconds=settings.HITL_LEASE_SECONDS)


def ready() -> QuerySet[Run]:
    """Runs that may be taken now: due and first of their thread, or left by a dead worker.

    First is what goes on with people's decisions; new runs follow in the order they were made.
    """
    of_thread = Run.objects.filter(thread=OuterRef("thread"))
    busy = of_thread.filter(status=RunStatus.RUNNING)
    waiting = of_thread.filter(status=RunStatus.PENDING).exclude(pk=OuterRef("pk"))
    before = waiting.filter(Q(kind=Run.Kind.RESUME) | Q(pk__lt=OuterRef("pk")))
    first = Q(kind=Run.Kind.RESUME) | ~Exists(before)
    return Run.objects.filter(
        Q(status=RunStatus.PENDING, available_at__lte=Now()) & ~Exists(busy) & first
        | Q(status=RunStatus.RUNNING, lease_expires_at__lt=Now())
    ).order_by("available_at")


def take(worker: str) -> Lease | None:
    """Take any ready run; None when there is none. `attempt` counts the takes."""
    for run_id in ready().values_list("pk", flat=True)[:CANDIDATES]:
        if lease := _take_one(run_id, worker):
            return lease
    return None


def _take_one(run_id: int, worker: str) -> Lease | None:
    try:
        with transaction.atomic():
            taken = move(
                ready().filter(pk=run_id).order_by(),
                RUN,
                "lease",
                leased_by=worker,
                fence=F("fence") + 1,
                attempt=F("attempt") + 1,
                lease_expires_at=_until(),
                started_at=Coalesce("started_at", Now()),
            )
            if not taken:
                return None
            fence = Run.objects.values_list("fence", flat=True).get(pk=run_id)
            return Lease(run_id=run_id, fence=fence, worker=worker)
    except IntegrityError:  # the thread has a running run: one_running_run_per_thread
        return None


def held(lease: Lease) -> QuerySet[Run]:
    """The run, if the lease still holds it."""
    return Run.objects.filter(
        pk=lease.run_id, fence=lease.fence, leased_by=lease.worker, status=RunStatus.RUNNING
    )


def renew(lease: Lease) -> None:
    """Extend the lease; raises LeaseLost."""
    if not held(lease).update(lease_expires_at=_until()):
        raise LeaseLost(run=lease.run_id)


def give_back(lease: Lease) -> int:
    """Let another worker go on at once; this take does not count as an attempt."""
    return move(
        held(lease),
        RUN,
        "hand_back",
        leased_by="",
        lease_expires_at=None,
        available_at=Now(),
        attempt=F("attempt") - 1,
    )


def lapse(lease: Lease) -> int:
    """End a lease whose worker is known to be dead; 0 when it is no longer held."""
    return held(lease).update(lease_expires_at=Now() - timedelta(seconds=1))


@contextmanager
def fenced(lease: Lease) -> Iterator[None]:
    """A transaction that begins by proving the lease; LeaseLost rolls back all of it."""
    with transaction.atomic():
        renew(lease)
        yield
