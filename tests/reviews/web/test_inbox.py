"""The inbox: what is listed, counted and served to whom, and in which order."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from reviews.models import InterruptTask, Queue
from reviews.services import claims, decisions, feed, inbox
from reviews.services.answers import Verdict
from reviews.services.inbox import Filters
from tests.cast import Cast
from tests.factories import make_run, make_task
from tests.reviews.web.pages import Page

APPROVE = {"kind": "approve", "title": "Publish?"}


def titles(cast: Cast, filters: Filters) -> list[str]:
    rows = inbox.tasks(cast.alice, filters, now=timezone.now())
    return [task.title for task in rows]


def named(queue: Queue, title: str, **fields: object) -> InterruptTask:
    return make_task(queue=queue, payload={**APPROVE, "title": title}, **fields)


def test_the_order_is_breached_then_due_then_priority_then_age(cast: Cast):
    now = timezone.now()
    named(cast.licences, "old")
    named(cast.licences, "urgent", priority=90)
    named(cast.licences, "later", due_at=now + timedelta(hours=2))
    named(cast.tools, "sooner", due_at=now + timedelta(hours=1))
    named(cast.licences, "late", due_at=now - timedelta(hours=1))
    assert titles(cast, Filters()) == ["late", "sooner", "later", "urgent", "old"]
    assert titles(cast, Filters(sort="priority"))[0] == "urgent"
    assert titles(cast, Filters(sort="age"))[0] == "old"


def test_filters_narrow_the_list(cast: Cast):
    named(cast.licences, "Use ghostscript?")
    make_task(queue=cast.tools, payload="Use what?")
    assert titles(cast, Filters(queue="tools")) == ["Use what?"]
    assert titles(cast, Filters(kind="approve")) == ["Use ghostscript?"]
    assert titles(cast, Filters(q="GHOST")) == ["Use ghostscript?"]


def test_each_view_holds_its_own_tasks(cast: Cast):
    mine, theirs, done = (named(cast.licences, title) for title in ("mine", "theirs", "done"))
    named(cast.licences, "failed", error="ValueError: no")
    claims.claim(cast.alice, mine.uuid)
    claims.claim(cast.bob, theirs.uuid)
    make_run(thread=done.thread)
    decisions.decide(cast.bob, done.uuid, Verdict("approve"), seen=None)
    assert set(titles(cast, Filters())) == {"mine", "theirs", "failed"}
    assert titles(cast, Filters(view="mine")) == ["mine"]
    assert set(titles(cast, Filters(view="claimed"))) == {"mine", "theirs"}
    assert titles(cast, Filters(view="decided")) == ["done"]
    assert titles(cast, Filters(view="failed")) == ["failed"]
    counts = inbox.counts(cast.alice, now=timezone.now())
    assert counts == {"team": 3, "mine": 1, "claimed": 2, "decided": 1, "failed": 1}


def test_a_stranger_counts_and_lists_nothing(cast: Cast):
    named(cast.licences, "secret")
    now = timezone.now()
    assert set(inbox.counts(cast.charlie, now=now).values()) == {0}
    assert not inbox.tasks(cast.charlie, Filters(), now=now).exists()
    assert inbox.next_open(cast.charlie, now=now) is None


def test_the_next_task_is_one_that_can_be_decided(cast: Cast):
    held, free = named(cast.licences, "held", priority=90), named(cast.licences, "free")
    claims.claim(cast.bob, held.uuid)
    now = timezone.now()
    assert inbox.next_open(cast.alice, now=now) == free
    assert inbox.next_open(cast.alice, now=now, besides=free) is None
    assert inbox.next_open(cast.vera, now=now) is None


def test_a_page_of_fifty_needs_few_queries(
    cast: Cast, client: Client, django_assert_max_num_queries
):
    for number in range(60):
        task = named(cast.licences, f"Task {number}")
        claims.claim(cast.bob, task.uuid)
    client.force_login(cast.alice)
    with django_assert_max_num_queries(12):
        page = Page(client.get("/inbox/").text)
    assert sum("/tasks/" in link for link in page.links) == 50
    rest = Page(client.get("/inbox/?page=2").text)
    assert sum("/tasks/" in link for link in rest.links) == 10


@pytest.mark.parametrize(
    "query", ["view=x", "sort=x", "kind=x", "page=0", "page=x", "page=99999999"]
)
def test_an_unknown_filter_is_a_clear_error(cast: Cast, client: Client, query: str):
    client.force_login(cast.alice)
    assert client.get(f"/inbox/?{query}").status_code == 422


@pytest.mark.parametrize("q", ["%25' OR 1=1 --", "a" * 5000, "☃"])
def test_any_search_text_is_just_text(cast: Cast, client: Client, q: str):
    client.force_login(cast.alice)
    assert client.get(f"/inbox/?q={q}").status_code == 200


def test_a_row_says_whether_it_belongs_to_the_list(cast: Cast, client: Client):
    task = named(cast.licences, "Publish?")
    client.force_login(cast.alice)
    url = f"/tasks/{task.uuid}/row/"
    assert 'data-in-view="1"' in client.get(url).text
    assert 'data-in-view="0"' in client.get(f"{url}?queue=tools").text
    make_run(thread=task.thread)
    decisions.decide(cast.bob, task.uuid, Verdict("approve"), seen=None)
    gone = client.get(url).text
    assert "data-gone" in gone
    assert "decided by bob" in Page(gone).text


def test_changes_since_a_cursor_name_each_task_once(cast: Cast, client: Client):
    task = named(cast.licences, "Publish?")
    since = json.dumps(feed.head(cast.alice))
    claims.claim(cast.bob, task.uuid)
    claims.release(cast.bob, task.uuid)
    client.force_login(cast.alice)
    told = client.get("/inbox/changes/", {"since": since}).json()
    assert told["tasks"] == [str(task.uuid)]
    assert told["reset"] is False
    assert told["counts"]["team"] == 1
    again = client.get("/inbox/changes/", {"since": json.dumps(told["cursor"])}).json()
    assert again["tasks"] == []


@pytest.mark.parametrize(
    "since", ["", "x", "[]", '{"a": "b"}', '{"a": -1}', '{"a": 1e400}', "[" * 99_000, '{"a": true}']
)
def test_a_bad_cursor_is_a_clear_error(cast: Cast, client: Client, since: str):
    client.force_login(cast.alice)
    assert client.get("/inbox/changes/", {"since": since}).status_code == 422
