"""Reviewers who press at the same moment: one decision, one resume, a clear word for the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection

from reviews.errors import Conflict, ReviewError
from reviews.models import AuditEvent, Claim, Decision, InterruptTask, Run
from reviews.services import claims, decisions, threads, worker
from reviews.services.answers import Verdict
from tests.cast import Cast
from tests.factories import seen, start

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sample_graphs")]

RACERS = 8
ROUNDS = 6


def race(act: Callable[[int], object]) -> list[object]:
    """Let RACERS threads do `act(number)` at once; a ReviewError is a result too."""
    line = threading.Barrier(RACERS)

    def run(number: int) -> object:
        try:
            line.wait(20)
            return act(number)
        except ReviewError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(run, range(RACERS)))


def person(cast: Cast, number: int) -> User:
    return cast.alice if number % 2 else cast.bob


def test_of_many_racing_decisions_one_wins_and_the_graph_resumes_once(cast: Cast):
    thread = start(cast.alice, "parallel", {"items": [f"i{number}" for number in range(ROUNDS)]})
    for task in InterruptTask.objects.filter(thread=thread).order_by("pk"):
        before = seen(task)

        def decide(
            number: int, task: InterruptTask = task, before: decisions.Seen = before
        ) -> object:
            verdict = Verdict(action="respond", value=f"from {number}")
            return decisions.decide(person(cast, number), task.uuid, verdict, seen=before)

        results = race(decide)
        won = [one for one in results if isinstance(one, Decision)]
        lost = [one for one in results if isinstance(one, Conflict)]
        assert (len(won), len(lost)) == (1, RACERS - 1)
        assert {one.data["decided_by"] for one in lost} == {won[0].reviewer.username}
    worker.drain()
    assert Decision.objects.count() == ROUNDS
    assert AuditEvent.objects.filter(verb="decide").count() == ROUNDS
    assert len(threads.state(thread)["values"]["notes"]) == ROUNDS + 1


def test_of_many_racing_claims_one_wins(cast: Cast):
    thread = start(cast.alice, "approval")
    task = InterruptTask.objects.get(thread=thread)
    results = race(lambda number: claims.claim(person(cast, number), task.uuid))
    holders = {one.reviewer.username for one in results if isinstance(one, Claim)}
    assert len(holders) == 1
    assert Claim.objects.filter(released_at=None).count() == 1


def test_of_many_racing_workers_one_executes(cast: Cast):
    thread = start(cast.alice, "approval")
    Run.objects.filter(thread=thread).update(status="pending")
    results = race(lambda number: worker.work_once())
    assert results.count(True) == 1


def test_an_async_graph_runs_off_the_test_thread_too(cast: Cast):
    thread = start(cast.alice, "asynchronous")
    assert thread.status == "interrupted"
