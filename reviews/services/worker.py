"""The worker: takes a run, performs it, again. Thread, command and (later) Celery call the same.

Nothing here decides who owns a run: the lease does.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections, transaction

from reviews import hints
from reviews.engine import heartbeat, leases
from reviews.models import InterruptTask, Run, Thread
from reviews.services import claims, resuming, settling
from reviews.states import RunStatus, TaskStatus

log = logging.getLogger(__name__)

NAME = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def work_once() -> bool:
    """Take one ready run and perform it; False when there was none."""
    lease = leases.take(NAME)
    if lease is None:
        return False
    with heartbeat.kept(lease):
        settling.perform(lease)
    return True


def drain() -> int:
    """Work until nothing is ready; returns how many runs were performed."""
    count = 0
    while not leases.closing.is_set() and work_once():
        count += 1
    return count


def sweep() -> int:
    """Make every hint unnecessary: decided tasks get the run that a crash may have cost them.

    Lapsed claims are released on the way. Returns how many threads got a run.
    """
    claims.release_lapsed()
    stuck = (
        InterruptTask.objects.filter(status=TaskStatus.DECIDED)
        .exclude(thread__runs__status__in=resuming.ACTIVE)
        .values_list("thread_id", flat=True)
        .distinct()
    )
    threads = list(Thread.objects.filter(pk__in=stuck))
    for thread in threads:
        with transaction.atomic():
            resuming.ensure_resume(thread)
    return len(threads)


def start_threads(count: int, *, look_seconds: float | None = None) -> None:
    """Run `count` workers and a sweeper inside this process; they end with it.

    `look_seconds` is the pace of the sweeper, HITL_SWEEP_SECONDS if None.
    """
    pace = look_seconds or settings.HITL_SWEEP_SECONDS
    for number in range(count):
        threading.Thread(target=_work, name=f"worker-{number}", daemon=True).start()
    threading.Thread(target=_sweep, args=(pace,), name="sweeper", daemon=True).start()


def shut_down(*, seconds: float) -> int:
    """Take nothing more, let running supersteps end for `seconds`, then hand back the rest.

    Returns how many runs were handed back in the middle of a superstep; the fence keeps what is
    left of them from writing.
    """
    leases.closing.set()
    end = time.monotonic() + seconds
    while heartbeat.holding() and time.monotonic() < end:
        time.sleep(0.02)
    return sum(leases.give_back(lease) for lease in heartbeat.holding())


def reclaim_dead() -> int:
    """Let the leases lapse that a dead process of this machine holds; returns how many.

    Only for a database that no other machine uses; the fence makes a mistake harmless.
    """
    host = NAME.split(":")[0]
    count = 0
    for run in Run.objects.filter(status=RunStatus.RUNNING, leased_by__startswith=f"{host}:"):
        if not _alive(int(run.leased_by.split(":")[1])):
            lease = leases.Lease(run_id=run.pk, fence=run.fence, worker=run.leased_by)
            count += leases.lapse(lease)
    return count


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _work() -> None:
    while not leases.closing.is_set():
        hints.work_waits.clear()
        _guarded(drain)
        hints.work_waits.wait()


def _sweep(pace: float) -> None:
    pause = threading.Event()
    if settings.EMBEDDED:
        _guarded(reclaim_dead)
    while True:
        _guarded(sweep)
        hints.work_waits.set()  # a lost wake-up, a due time or a lapsed lease costs this long
        pause.wait(pace)


def _guarded(work: Callable[[], int]) -> None:
    """The rim of a worker thread: it outlives a database that is away for a while."""
    close_old_connections()
    try:
        work()
    except Exception:
        log.exception("the worker goes on after an error")
    finally:
        close_old_connections()
