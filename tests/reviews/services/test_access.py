"""Only membership counts, and what is not yours does not exist."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from reviews.errors import NotFound
from reviews.models import QueueMember
from reviews.services import access
from tests.cast import Cast
from tests.factories import make_run, make_task, make_thread


def test_members_see_the_tasks_of_their_queues(cast: Cast):
    task = make_task(queue=cast.licences)
    for member in (cast.alice, cast.bob, cast.vera):
        assert access.get_task(member, task.uuid) == task


def test_a_person_outside_sees_nothing(cast: Cast):
    task = make_task(queue=cast.licences)
    run = make_run(thread=task.thread)
    assert not access.queues_visible_to(cast.charlie)
    assert not access.threads_visible_to(cast.charlie)
    with pytest.raises(NotFound):
        access.get_task(cast.charlie, task.uuid)
    with pytest.raises(NotFound):
        access.get_run(cast.charlie, task.thread.uuid, run.uuid)


def test_outside_and_unknown_look_the_same(cast: Cast):
    task = make_task(queue=cast.licences)
    errors = []
    for wanted in (task.uuid, uuid.uuid4()):
        with pytest.raises(NotFound) as caught:
            access.get_task(cast.charlie, wanted)
        errors.append(caught.value.message)
    assert errors[0] == errors[1]


def test_a_superuser_is_no_member(cast: Cast):
    cast.charlie.is_superuser = True
    cast.charlie.save()
    assert not access.queues_visible_to(cast.charlie)


def test_a_group_makes_its_people_members(cast: Cast):
    group = Group.objects.create(name="legal")
    cast.charlie.groups.add(group)
    QueueMember.objects.create(queue=cast.tools, group=group, role="viewer")
    assert list(access.queues_visible_to(cast.charlie)) == [cast.tools]
    assert access.role_in(cast.charlie, cast.tools) == "viewer"


def test_the_highest_of_several_roles_counts(cast: Cast):
    group = Group.objects.create(name="legal")
    cast.vera.groups.add(group)
    QueueMember.objects.create(queue=cast.licences, group=group, role="lead")
    assert access.role_in(cast.vera, cast.licences) == "lead"


def test_a_viewer_may_not_decide(cast: Cast):
    task = make_task(queue=cast.licences)
    assert not access.may_decide(cast.vera, task)
    assert access.may_decide(cast.bob, task)


def test_an_inactive_member_and_a_stranger_see_nothing(cast: Cast):
    cast.bob.is_active = False
    assert not access.queues_visible_to(cast.bob)
    assert not access.queues_visible_to(AnonymousUser())
    assert not access.threads_visible_to(AnonymousUser())


def test_a_closed_queue_is_seen_by_nobody(cast: Cast):
    cast.licences.active = False
    cast.licences.save()
    assert cast.licences not in access.queues_visible_to(cast.alice)


def test_who_started_a_thread_sees_it(cast: Cast):
    thread = make_thread(owner=cast.charlie)
    assert access.get_thread(cast.charlie, thread.uuid) == thread


def test_self_review_is_forbidden_where_the_queue_says_so(cast: Cast):
    cast.licences.forbid_self_review = True
    cast.licences.save()
    task = make_task(queue=cast.licences, thread=make_thread(owner=cast.bob))
    assert not access.may_decide(cast.bob, task)
    assert access.may_decide(cast.alice, task)
