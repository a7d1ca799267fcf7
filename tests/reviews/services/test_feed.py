"""The feed has no gaps, and shows each person their own queues only."""

from __future__ import annotations

from reviews.models import QueueMember
from reviews.services import feed
from tests.cast import Cast
from tests.factories import make_task


def test_changes_since_a_cursor_are_told_once_each(cast: Cast):
    one, two = make_task(queue=cast.licences), make_task(queue=cast.tools)
    since = feed.head(cast.bob)
    feed.publish(one, feed.OPENED)
    feed.publish(two, feed.OPENED)
    feed.publish(one, feed.CHANGED)
    found = feed.changes(cast.bob, since)
    assert sorted(found.tasks) == sorted([str(one.uuid), str(two.uuid)])
    assert found.cursor == {"licences": 2, "tools": 1}
    assert feed.changes(cast.bob, found.cursor).tasks == []


def test_a_person_outside_gets_an_empty_feed(cast: Cast):
    feed.publish(make_task(queue=cast.licences), feed.OPENED)
    assert feed.changes(cast.charlie, {"licences": 0}).tasks == []
    assert feed.head(cast.charlie) == {}


def test_a_gained_or_lost_queue_asks_for_a_reload(cast: Cast):
    since = feed.head(cast.bob)
    QueueMember.objects.filter(user=cast.bob, queue=cast.tools).delete()
    assert feed.changes(cast.bob, since).reset is True


def test_who_is_far_behind_reloads(cast: Cast, monkeypatch):
    monkeypatch.setattr(feed, "CATCH_UP_LIMIT", 2)
    since = feed.head(cast.bob)
    task = make_task(queue=cast.licences)
    for _ in range(3):
        feed.publish(task, feed.CHANGED)
    assert feed.changes(cast.bob, since).reset is True
