"""A run has one owner at a time, and a stale owner can write nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from reviews.engine import leases
from reviews.errors import LeaseLost
from reviews.models import Run
from reviews.services import worker
from tests.factories import make_run, make_thread

pytestmark = pytest.mark.django_db


def expire(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_pending_run_is_taken_once():
    run = make_run()
    lease = leases.take("one")
    assert lease is not None
    assert leases.take("two") is None
    run.refresh_from_db()
    assert (run.status, run.fence, run.attempt, run.leased_by) == ("running", 1, 1, "one")


def test_a_run_is_not_taken_before_its_time():
    make_run(available_at=timezone.now() + timedelta(minutes=1))
    assert leases.take("one") is None


def test_a_thread_runs_one_run_at_a_time_in_order():
    thread = make_thread()
    first, second = make_run(thread=thread), make_run(thread=thread)
    assert leases.take("one").run_id == first.pk
    assert leases.take("two") is None
    Run.objects.filter(pk=first.pk).update(status="success")
    assert leases.take("two").run_id == second.pk


def test_new_runs_of_a_thread_keep_their_order():
    thread = make_thread()
    soon = timezone.now() - timedelta(seconds=60)
    first, second = make_run(thread=thread), make_run(thread=thread, available_at=soon)
    assert leases.take("one").run_id == first.pk
    Run.objects.filter(pk=first.pk).update(status="success")
    assert leases.take("one").run_id == second.pk


def test_going_on_with_a_decision_comes_before_new_input():
    thread = make_thread()
    make_run(thread=thread)
    resume = make_run(thread=thread, kind="resume")
    assert leases.take("one").run_id == resume.pk


def test_the_database_keeps_a_second_running_run_out():
    thread = make_thread()
    make_run(thread=thread, status="running")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_run(thread=thread, status="running")


def test_a_lapsed_lease_is_taken_over_and_the_old_owner_can_write_nothing():
    run = make_run()
    old = leases.take("one")
    expire(run)
    new = leases.take("two")
    assert (new.run_id, new.fence) == (run.pk, 2)
    with pytest.raises(LeaseLost), leases.fenced(old):
        pytest.fail("a stale owner got in")
    with leases.fenced(new):
        pass


def test_the_fence_holds_even_for_the_same_worker():
    run = make_run()
    old = leases.take("one")
    expire(run)
    leases.take("one")
    with pytest.raises(LeaseLost):
        leases.renew(old)


def test_losing_the_lease_rolls_the_whole_block_back():
    run = make_run()
    lease = leases.take("one")
    expire(run)
    leases.take("two")
    with pytest.raises(LeaseLost), leases.fenced(lease):
        make_thread()
    assert run.thread.__class__.objects.count() == 1


def test_renewing_moves_the_end(settings):
    settings.HITL_LEASE_SECONDS = 100
    run = make_run()
    lease = leases.take("one")
    expire(run)
    leases.renew(lease)
    run.refresh_from_db()
    assert run.lease_expires_at > timezone.now() + timedelta(seconds=90)


def test_a_dead_process_of_this_machine_gives_its_leases_back_at_once():
    make_run()
    host = worker.NAME.split(":")[0]
    leases.take(f"{host}:999999999:gone")
    assert worker.reclaim_dead() == 1
    assert leases.take("two") is not None


def test_a_living_process_keeps_its_leases():
    make_run()
    leases.take(worker.NAME)
    assert worker.reclaim_dead() == 0
