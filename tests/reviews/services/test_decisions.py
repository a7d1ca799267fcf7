"""One question, one decision, one resume; whoever comes second is told who was first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from reviews.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from reviews.models import AuditEvent, Claim, Decision, InterruptTask, QueueEvent, Run
from reviews.services import claims, decisions
from reviews.services.answers import Verdict
from reviews.services.decisions import Seen, decide
from reviews.states import TaskStatus
from tests.cast import Cast
from tests.factories import make_run, make_task, make_thread, seen

YES = Verdict(action="respond", value="yes")
NO = Verdict(action="respond", value="no")


@pytest.fixture
def task(cast: Cast) -> InterruptTask:
    return make_task(queue=cast.licences, thread=make_run(status="success").thread)


def test_a_decision_closes_the_task_and_starts_one_resume_run(cast: Cast, task: InterruptTask):
    decision = decide(cast.bob, task.uuid, YES, seen=seen(task))
    task.refresh_from_db()
    run = Run.objects.get(kind="resume")
    assert (task.status, task.resume_run, run.status) == ("decided", run, "pending")
    assert (decision.reviewer, decision.resume_value) == (cast.bob, '"yes"')
    assert run.thread == task.thread


def test_the_second_decision_gets_a_conflict_that_names_the_first(cast: Cast, task: InterruptTask):
    decide(cast.bob, task.uuid, YES, seen=seen(task))
    with pytest.raises(Conflict) as caught:
        decide(cast.alice, task.uuid, NO, seen=seen(task))
    assert caught.value.data["decided_by"] == "bob"
    assert caught.value.data["action"] == "respond"
    assert Decision.objects.get().reviewer == cast.bob


def test_the_database_keeps_a_second_decision_of_the_round_out(cast: Cast, task: InterruptTask):
    first = decide(cast.bob, task.uuid, YES, seen=seen(task))
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            task=task,
            round=first.round,
            reviewer=cast.alice,
            action="respond",
            payload={},
            resume_value="1",
            payload_sha256="",
        )


@pytest.mark.parametrize("change", [{"version": 7}, {"payload_sha256": "0" * 64}])
def test_what_has_changed_since_it_was_seen_is_stale(
    cast: Cast, task: InterruptTask, change: dict[str, object]
):
    before = {"version": task.version, "payload_sha256": task.payload_sha256, **change}
    with pytest.raises(Stale):
        decide(cast.bob, task.uuid, YES, seen=Seen(**before))
    assert not Decision.objects.exists()


def test_the_payload_that_was_asked_cannot_be_changed(task: InterruptTask):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        InterruptTask.objects.filter(pk=task.pk).update(payload='"something else"')


def test_decisions_and_audit_cannot_be_rewritten(cast: Cast, task: InterruptTask):
    decide(cast.bob, task.uuid, YES, seen=seen(task))
    for rows, change in [(Decision, {"action": "reject"}), (AuditEvent, {"verb": "nothing"})]:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.objects.update(**change)


def test_viewers_are_refused_and_outsiders_find_nothing(cast: Cast, task: InterruptTask):
    with pytest.raises(Forbidden):
        decide(cast.vera, task.uuid, YES, seen=seen(task))
    with pytest.raises(NotFound):
        decide(cast.charlie, task.uuid, YES, seen=seen(task))
    assert not Decision.objects.exists()


def test_a_right_that_is_lost_on_the_way_decides_nothing(
    cast: Cast, task: InterruptTask, monkeypatch: pytest.MonkeyPatch
):
    """The UPDATE itself holds the permission, whatever was checked before."""
    monkeypatch.setattr(decisions.access, "may_decide", lambda user, task: True)
    with pytest.raises((Forbidden, Conflict)):
        decide(cast.vera, task.uuid, YES, seen=seen(task))
    task.refresh_from_db()
    assert task.status == TaskStatus.OPEN


def test_nobody_decides_what_they_started_where_that_is_forbidden(cast: Cast):
    cast.licences.forbid_self_review = True
    cast.licences.save()
    thread = make_run(status="success", thread=make_thread(owner=cast.bob)).thread
    task = make_task(queue=cast.licences, thread=thread)
    with pytest.raises(Forbidden):
        decide(cast.bob, task.uuid, YES, seen=seen(task))
    decide(cast.alice, task.uuid, YES, seen=seen(task))


def test_a_task_that_another_has_claimed_is_theirs(cast: Cast, task: InterruptTask):
    claims.claim(cast.alice, task.uuid)
    with pytest.raises(Conflict) as caught:
        decide(cast.bob, task.uuid, YES, seen=seen(task))
    assert caught.value.data["claimed_by"] == "alice"
    decide(cast.alice, task.uuid, YES, seen=seen(task))
    assert Claim.objects.get().release_reason == "decided"


def test_the_claim_of_somebody_who_left_does_not_matter(cast: Cast, task: InterruptTask):
    claims.claim(cast.alice, task.uuid)
    cast.licences.members.filter(user=cast.alice).delete()
    assert decide(cast.bob, task.uuid, YES, seen=seen(task)).reviewer == cast.bob
    assert not task.claims.filter(released_at=None).exists()


def test_nobody_decides_what_their_own_run_asks_on_anothers_thread(cast: Cast):
    cast.licences.forbid_self_review = True
    cast.licences.save()
    run = make_run(status="success", thread=make_thread(owner=cast.alice), created_by=cast.bob)
    task = make_task(queue=cast.licences, thread=run.thread, run=run)
    with pytest.raises(Forbidden):
        decide(cast.bob, task.uuid, YES, seen=seen(task))


def test_a_repeat_that_lost_the_race_to_itself_returns_the_first(
    cast: Cast, task: InterruptTask, monkeypatch: pytest.MonkeyPatch
):
    """Two copies of one request at once: both look before either has written."""
    first = decide(cast.bob, task.uuid, YES, seen=seen(task), request_key="k1")
    found = iter([None, first])
    monkeypatch.setattr(decisions, "_repeated", lambda user, key: next(found))
    assert decide(cast.bob, task.uuid, YES, seen=seen(task), request_key="k1") == first


def test_a_lapsed_claim_of_another_does_not_matter(cast: Cast, task: InterruptTask):
    claims.claim(cast.alice, task.uuid)
    Claim.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert decide(cast.bob, task.uuid, YES, seen=seen(task)).reviewer == cast.bob


def test_a_verdict_that_does_not_fit_changes_nothing(cast: Cast, task: InterruptTask):
    with pytest.raises(Invalid) as caught:
        decide(cast.bob, task.uuid, Verdict(action="respond", value=" "), seen=seen(task))
    assert list(caught.value.errors) == ["value"]
    task.refresh_from_db()
    assert task.status == TaskStatus.OPEN


def test_a_repeated_request_returns_the_first_decision(cast: Cast, task: InterruptTask):
    first = decide(cast.bob, task.uuid, YES, seen=seen(task), request_key="k1")
    assert decide(cast.bob, task.uuid, YES, seen=seen(task), request_key="k1") == first
    with pytest.raises(Invalid):
        decide(cast.bob, task.uuid, NO, seen=seen(task), request_key="k1")


def test_decisions_on_one_thread_share_one_pending_run(cast: Cast, task: InterruptTask):
    other = make_task(queue=cast.tools, thread=task.thread)
    decide(cast.bob, task.uuid, YES, seen=seen(task))
    decide(cast.alice, other.uuid, YES, seen=seen(other))
    assert Run.objects.filter(kind="resume", status="pending").count() == 1


def test_a_decision_is_audited_and_told_to_the_queue(cast: Cast, task: InterruptTask):
    decide(cast.bob, task.uuid, YES, seen=seen(task))
    event = AuditEvent.objects.get(verb="decide")
    assert (event.actor, event.object_id, event.queue_slug) == ("bob", str(task.uuid), "licences")
    assert QueueEvent.objects.get().kind == "task.closed"
