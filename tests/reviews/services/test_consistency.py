"""The checker is silent about what the services made, and names what a hand has broken."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reviews.models import Checkpoint, Decision, InterruptTask, Run, Thread
from reviews.services import consistency, decisions, worker
from reviews.services.answers import Verdict
from tests.cast import Cast
from tests.factories import seen, start

pytestmark = pytest.mark.usefixtures("sample_graphs")


@pytest.fixture
def lived(cast: Cast) -> Thread:
    """One question answered, one open, a thread that is done and one that failed."""
    thread = start(cast.alice, "parallel", {"items": ["a", "b"]})
    task = InterruptTask.objects.filter(thread=thread).first()
    decisions.decide(cast.bob, task.uuid, Verdict(action="respond", value="1"), seen=seen(task))
    worker.drain()
    start(cast.alice, "broken")
    start(cast.alice, "meddling")
    return thread


def test_what_the_services_made_fits_together(lived: Thread):
    out = StringIO()
    call_command("check_consistency", stdout=out)
    assert "Everything fits" in out.getvalue()


def breaks(*, model: type, match: dict[str, object], **change: object) -> Callable[[], object]:
    return lambda: model.objects.filter(**match).update(**change)


BROKEN = {
    "busy without": breaks(model=Thread, match={"status": "idle"}, status="busy"),
    "although a run": breaks(
        model=Run, match={"thread__status": "idle"}, status="pending", finished_at=None
    ),
    "without an end": breaks(model=Run, match={"status": "success"}, finished_at=None),
    "with the lease missing": breaks(model=Run, match={"thread__status": "idle"}, status="running"),
    "without a decision": breaks(model=InterruptTask, match={"status": "open"}, status="applied"),
    "decided, but no run": breaks(model=InterruptTask, match={"status": "open"}, status="decided"),
    "checkpoint, not in a queue": breaks(
        model=InterruptTask, match={"status": "open"}, status="expired"
    ),
    "open although": breaks(model=InterruptTask, match={"status": "applied"}, status="open"),
    "has lost its parent": lambda: Checkpoint.objects.filter(step=-1).delete(),
    "times": lambda: Checkpoint.objects.filter(step__in=(0, 1)).update(
        step=7, source="loop", run=Run.objects.first()
    ),
    "claimed although": lambda: _claim_closed(),
}


def _claim_closed() -> None:
    task = InterruptTask.objects.get(status="applied")
    reviewer = Decision.objects.get().reviewer
    task.claims.create(reviewer=reviewer, claimed_at=task.created_at, expires_at=task.created_at)


@pytest.mark.parametrize("said", BROKEN)
def test_what_a_hand_has_broken_is_named(lived: Thread, said: str):
    BROKEN[said]()
    assert said in "\n".join(consistency.problems())
    with pytest.raises(CommandError):
        call_command("check_consistency", stdout=StringIO())
