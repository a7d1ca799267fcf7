"""Questions that graphs inside graphs ask: tasks on the site like all others."""

from __future__ import annotations

import pytest

from reviews.models import InterruptTask, Thread
from reviews.services import decisions, threads, worker
from reviews.services.answers import Verdict
from tests.cast import Cast
from tests.factories import seen, start

pytestmark = pytest.mark.usefixtures("sample_graphs")


def task(title: str) -> InterruptTask:
    return InterruptTask.objects.get(title=title)


def say(cast: Cast, title: str, value: str) -> None:
    one = task(title)
    decisions.decide(cast.bob, one.uuid, Verdict(action="respond", value=value), seen=seen(one))
    worker.drain()


def notes(thread: Thread) -> list[str]:
    return threads.state(thread)["values"].get("notes", [])


def test_inner_questions_open_at_their_checkpoint_and_are_applied_with_it(cast: Cast):
    """14.3: the superstep that closes inside has used their answers."""
    start(cast.alice, "nested", {"items": ["a", "b"]})
    places = {(one.ns.split(":")[0], one.checkpoint_id) for one in InterruptTask.objects.all()}
    assert len(places) == 1
    assert places.pop()[0] == "inner"

    say(cast, "Value of b", "2")
    assert (task("Value of a").status, task("Value of b").status) == ("open", "applied")
    say(cast, "Value of a", "1")
    assert (task("Value of a").status, task("Which number?").status) == ("applied", "open")


def test_a_bad_inner_answer_comes_back_and_the_inner_graph_can_hand_over(cast: Cast):
    """4.7, 14.3"""
    thread = start(cast.alice, "nested", {"items": ["a"]})
    say(cast, "Value of a", "1")
    before = task("Which number?")
    say(cast, "Which number?", "none")

    again = task("Which number?")
    assert (again.status, again.round) == ("open", 1)
    assert (again.ns, again.checkpoint_id) == (before.ns, before.checkpoint_id)
    say(cast, "Which number?", "7")
    thread.refresh_from_db()
    assert notes(thread) == ["['a=1'] then 7", "closed"]
    assert (thread.status, task("Which number?").status) == ("idle", "applied")
