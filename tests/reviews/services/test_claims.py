"""A claim is a lease: one holder, renewable, and it lapses by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from reviews.errors import Conflict, Forbidden, NotFound
from reviews.models import AuditEvent, Claim, QueueEvent
from reviews.services import claims, worker
from reviews.states import TaskStatus
from tests.cast import Cast
from tests.factories import make_task


def lapse(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_a_second_reviewer_cannot_claim_a_taken_task(cast: Cast):
    task = make_task(queue=cast.licences)
    claims.claim(cast.alice, task.uuid)
    with pytest.raises(Conflict) as caught:
        claims.claim(cast.bob, task.uuid)
    assert caught.value.data["claimed_by"] == "alice"


def test_a_claim_runs_for_the_time_of_its_queue(cast: Cast):
    claim = claims.claim(cast.alice, make_task(queue=cast.licences).uuid)
    left = claim.expires_at - timezone.now()
    assert timedelta(seconds=890) < left <= timedelta(seconds=901)


def test_claiming_again_renews_ones_own_claim(cast: Cast):
    task = make_task(queue=cast.licences)
    first = claims.claim(cast.alice, task.uuid)
    Claim.objects.filter(pk=first.pk).update(expires_at=timezone.now() + timedelta(seconds=5))
    again = claims.claim(cast.alice, task.uuid)
    assert again.pk == first.pk
    assert again.expires_at > timezone.now() + timedelta(seconds=600)


def test_a_lapsed_claim_holds_nobody_up(cast: Cast):
    task = make_task(queue=cast.licences)
    first = claims.claim(cast.alice, task.uuid)
    lapse(first)
    assert claims.current(task) is None
    claims.claim(cast.bob, task.uuid)
    first.refresh_from_db()
    assert first.release_reason == "lapsed"
    with pytest.raises(Conflict):
        claims.claim(cast.alice, task.uuid)


def test_a_claim_of_somebody_who_lost_the_right_holds_nobody_up(cast: Cast):
    task = make_task(queue=cast.licences)
    claims.claim(cast.bob, task.uuid)
    cast.licences.members.filter(user=cast.bob).update(role="viewer")
    assert claims.current(task) is None
    assert claims.claim(cast.alice, task.uuid).reviewer == cast.alice
    cast.alice.is_active = False
    cast.alice.save()
    assert claims.current(task) is None


def test_release_lets_the_next_one_in(cast: Cast):
    task = make_task(queue=cast.licences)
    claims.claim(cast.alice, task.uuid)
    claims.release(cast.bob, task.uuid)  # not the holder: nothing happens
    assert claims.current(task).reviewer == cast.alice
    claims.release(cast.alice, task.uuid)
    assert claims.claim(cast.bob, task.uuid).reviewer == cast.bob


def test_the_database_keeps_a_second_claim_out(cast: Cast):
    task = make_task(queue=cast.licences)
    claim = claims.claim(cast.alice, task.uuid)
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.create(
            task=task,
            reviewer=cast.bob,
            claimed_at=claim.claimed_at,
            expires_at=claim.expires_at,
        )


def test_viewers_and_outsiders_cannot_claim(cast: Cast):
    task = make_task(queue=cast.licences)
    with pytest.raises(Forbidden):
        claims.claim(cast.vera, task.uuid)
    with pytest.raises(NotFound):
        claims.claim(cast.charlie, task.uuid)


def test_a_closed_task_cannot_be_claimed(cast: Cast):
    task = make_task(queue=cast.licences, status=TaskStatus.APPLIED)
    with pytest.raises(Conflict):
        claims.claim(cast.bob, task.uuid)


def test_claim_and_release_are_told_to_the_queue(cast: Cast):
    task = make_task(queue=cast.licences)
    claims.claim(cast.bob, task.uuid)
    claims.release(cast.bob, task.uuid)
    events = QueueEvent.objects.filter(queue=cast.licences).order_by("seq")
    assert list(events.values_list("seq", "kind")) == [(1, "task.changed"), (2, "task.changed")]


def test_the_sweep_tells_the_queue_once_that_a_claim_has_lapsed(cast: Cast):
    lapsed, held = (make_task(queue=cast.licences) for _ in range(2))
    first = claims.claim(cast.alice, lapsed.uuid)
    claims.claim(cast.bob, held.uuid)
    lapse(first)
    before = QueueEvent.objects.count()
    worker.sweep()
    worker.sweep()
    told = QueueEvent.objects.order_by("seq").values_list("kind", "task_uuid")[before:]
    assert list(told) == [("task.changed", lapsed.uuid)]
    first.refresh_from_db()
    assert (first.release_reason, first.released_at is None) == ("lapsed", False)
    assert AuditEvent.objects.get(verb="lapse").object_id == str(lapsed.uuid)
    assert claims.current(held).reviewer == cast.bob
