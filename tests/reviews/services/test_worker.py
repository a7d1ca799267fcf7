"""The sweep makes every hint unnecessary; a worker that dies costs an attempt, not a run."""

from __future__ import annotations

import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from reviews import hints
from reviews.engine import heartbeat, leases
from reviews.models import InterruptTask, Run
from reviews.services import decisions, intake, settling, threads, worker
from reviews.services.answers import Verdict
from runtime import interrupt
from tests import graphs
from tests.cast import Cast
from tests.factories import make_run, seen, start

pytestmark = pytest.mark.usefixtures("sample_graphs")


def decided(cast: Cast) -> InterruptTask:
    thread = start(cast.alice, "parallel", {"items": ["a"]})
    task = InterruptTask.objects.get(thread=thread)
    decisions.decide(cast.bob, task.uuid, Verdict(action="respond", value="1"), seen=seen(task))
    return task


def test_the_sweep_gives_a_decided_task_the_run_that_was_lost(cast: Cast):
    task = decided(cast)
    Run.objects.filter(kind="resume").delete()
    assert worker.sweep() == 1
    worker.drain()
    task.refresh_from_db()
    assert task.status == "applied"
    assert worker.sweep() == 0


def test_two_sweeps_make_one_run(cast: Cast):
    decided(cast)
    Run.objects.filter(kind="resume").delete()
    worker.sweep()
    worker.sweep()
    assert Run.objects.filter(kind="resume").count() == 1


def test_a_run_that_kills_its_workers_fails_after_its_attempts(cast: Cast, settings: Settings):
    settings.HITL_MAX_ATTEMPTS = 2
    run = make_run()
    run.thread.graph_id = "sample"
    for _ in range(3):
        Run.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        lease = leases.take("dies")
    settling.perform(lease)
    run.refresh_from_db()
    run.thread.refresh_from_db()
    assert (run.status, run.thread.status) == ("error", "error")
    assert "gave up" in run.error["message"]


def test_a_worker_that_lost_its_lease_settles_nothing(cast: Cast):
    thread = start(cast.alice, "approval")
    Run.objects.filter(thread=thread).update(status="pending")
    old = leases.take("old")
    Run.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    leases.take("new")
    settling.perform(old)
    assert Run.objects.get(thread=thread).status == "running"


def test_an_answer_is_not_used_twice_when_its_worker_dies_before_settling(cast: Cast):
    task = decided(cast)
    lease = leases.take("dies")
    run = Run.objects.select_related("thread", "assistant").get(pk=lease.run_id)
    settling.executor.execute(run, lease, answers=settling.collect(run.thread))
    task.refresh_from_db()
    assert task.status == "applied"  # with the superstep's own commit
    Run.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    worker.drain()
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("success", 2)
    assert threads.state(task.thread)["values"]["notes"] == ["a=1", "closed"]


def test_a_graph_that_is_gone_fails_the_run_and_keeps_the_question(cast: Cast):
    task = decided(cast)
    Run.objects.filter(kind="resume").update(
        assistant=make_run().assistant
    )  # of graph "sample", which is not served
    worker.drain()
    task.refresh_from_db()
    assert task.status == "open"
    assert "no graph 'sample'" in task.error


def test_a_node_that_calls_exit_fails_its_run_and_not_the_worker(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(graphs, "BEFORE_RETURN", [sys.exit])
    thread = start(cast.alice, "meddling")
    assert (thread.status, thread.error["error"]) == ("error", "SystemExit")


def test_a_lost_database_is_not_the_nodes_fault(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    """The superstep's transaction fails; the run is taken again from its last checkpoint."""

    def lose(lease: leases.Lease) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    def once() -> None:
        broken.setattr(leases, "renew", lose)

    with pytest.MonkeyPatch.context() as broken:
        monkeypatch.setattr(graphs, "BEFORE_RETURN", [once])
        thread = start(cast.alice, "meddling")
        run = thread.runs.get()
        assert (run.status, run.error, thread.status) == ("running", None, "busy")
    monkeypatch.setattr(graphs, "BEFORE_RETURN", [])
    Run.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    worker.drain()
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("success", 2)
    assert threads.state(thread)["values"]["notes"] == ["meddled"]


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_a_lease_alive(settings: Settings):
    settings.HITL_LEASE_SECONDS = 0.6
    make_run()
    lease = leases.take("slow")
    with heartbeat.kept(lease):
        time.sleep(1.5)
        assert leases.take("other") is None
    leases.renew(lease)


def test_a_hint_wakes_a_waiting_worker(django_capture_on_commit_callbacks: object, cast: Cast):
    hints.work_waits.clear()
    waiter = threading.Thread(target=hints.work_waits.wait, args=(10,))
    waiter.start()
    with django_capture_on_commit_callbacks(execute=True):
        decided(cast)
    waiter.join(5)
    assert not waiter.is_alive()


def test_a_worker_that_is_asked_to_end_stops_after_its_superstep(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    closing = threading.Event()
    monkeypatch.setattr(leases, "closing", closing)
    monkeypatch.setattr(graphs, "BEFORE_RETURN", [closing.set])
    thread = start(cast.alice, "meddling")
    run = thread.runs.get()
    assert (run.status, run.attempt, run.leased_by) == ("pending", 0, "")
    closing.clear()
    monkeypatch.setattr(graphs, "BEFORE_RETURN", [lambda: pytest.fail("the node ran twice")])
    worker.drain()
    run.refresh_from_db()
    assert run.status == "success"
    assert threads.state(thread)["values"]["notes"] == ["meddled"]


@pytest.mark.parametrize("part", [{"due_in": 10**12}, {"expects": {"decisions": 5}}])
def test_a_question_that_nobody_can_read_ends_its_run(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, part: dict[str, object]
):
    question = {"kind": "approve", "title": "Go?", **part}
    monkeypatch.setattr(graphs, "BEFORE_RETURN", [lambda: interrupt(question)])
    thread = start(cast.alice, "meddling")
    assert (thread.status, thread.runs.get().status) == ("error", "error")


def test_a_run_that_cannot_be_settled_still_ends(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    """A fault is injected into the settling: the run is settled once more, as failed."""
    task = decided(cast)
    settle_answer = intake._answered
    calls = []

    def fail_once(*args: object, **options: object) -> None:
        calls.append(args)
        if len(calls) == 1:
            raise TypeError("a defect of ours")
        settle_answer(*args, **options)

    monkeypatch.setattr(intake, "_answered", fail_once)
    monkeypatch.setattr(settling.executor, "execute", lambda *_, **__: ended_waiting(task))
    worker.work_once()
    run = Run.objects.get(kind="resume")
    assert (run.status, run.error["error"]) == ("error", "TypeError")


def ended_waiting(task: InterruptTask) -> settling.Ended:
    return settling.executor.still_asked([task])
