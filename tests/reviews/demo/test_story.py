"""Two decisions by bob on the site, and their effect is there."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from reviews.demo import seeding, tools
from reviews.demo.calls import Ruling
from reviews.models import InterruptTask, LicenceException, LicenceReport, Thread
from reviews.services import decisions, worker
from reviews.services.answers import CallVerdict, Verdict

pytestmark = pytest.mark.django_db(transaction=True)


def test_after_two_decisions_the_exception_and_the_report_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seeding, "RUNS", {"small": seeding.RUNS["small"]})
    (thread,) = seeding.seed()
    bob = User.objects.get(username="bob")

    _decide(bob, Verdict("approve", {"months": 12}))
    calls = InterruptTask.objects.get(kind="tools")
    verdicts = [CallVerdict(call["id"], "approve") for call in calls.question["calls"]]
    _decide(bob, Verdict("decide", calls=tuple(verdicts)))

    thread.refresh_from_db()
    assert (thread.status, calls.queue.slug) == ("idle", "tools")
    assert LicenceException.objects.get().package == "psycopg"
    assert LicenceException.objects.get().thread == thread
    assert "| bob (approve) |" in LicenceReport.objects.get().body


def test_the_same_call_twice_is_one_row() -> None:
    job = tools.job(str(Thread.objects.create().uuid), label="x", findings=[])
    args = {"package": "p", "expression": "MPL-2.0", "reason": "r", "expires_on": "2030-01-31"}
    ruling = Ruling(id="a-1", name="record_exception", verdict="approve", args=args, text="")

    first, second = tools.run(ruling, job, []), tools.run(ruling, job, [])

    assert first == second
    assert first["text"] == "Exception recorded for p (MPL-2.0) until 2030-01-31."
    assert LicenceException.objects.count() == 1


def test_the_same_call_in_another_thread_is_another_row() -> None:
    ruling = Ruling(id="a-1", name="write_report", verdict="approve", args={"title": "T"}, text="")

    for thread_id in ("one", "two"):
        tools.run(ruling, tools.job(thread_id, label="x", findings=[]), [])

    assert LicenceReport.objects.count() == 2


def _decide(user: User, verdict: Verdict) -> None:
    worker.drain()
    task = InterruptTask.objects.get(status="open")
    decisions.decide(user, task.uuid, verdict, seen=None)
    worker.drain()
