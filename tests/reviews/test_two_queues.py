"""A thread that asks in two queues: who sees one learns nothing of the other, at any door."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import CheckpointBlob, InterruptTask, QueueMember, Thread
from reviews.services import decisions
from reviews.services.answers import CallVerdict, Verdict
from tests.cast import Cast
from tests.factories import seen, start
from tests.reviews.api.clients import client_of
from tests.reviews.web.pages import Page

pytestmark = [
    pytest.mark.usefixtures("sample_graphs"),
    pytest.mark.django_db(transaction=True),
]

OPEN, SECRET = "Which colour?", "Xyzzy-recipient"
DOORS = ("", "/state", "/history", "/runs/{run}/join")


@pytest.fixture
def thread(cast: Cast) -> Thread:
    """Alice's; vera sees the queue of one question, bob that of the other."""
    found = start(cast.alice, "two_queues", {"subject": "it"})
    QueueMember.objects.filter(user=cast.vera, queue=cast.tools).delete()
    QueueMember.objects.filter(user=cast.bob, queue=cast.licences).delete()
    return found


def _told(user: User, thread: Thread, door: str) -> str:
    path = f"/api/threads/{thread.uuid}{door}".format(run=thread.runs.get().uuid)
    client = client_of(user)
    asked: Any = client.post if door == "/history" else client.get
    answer = asked(path, content_type="application/json")
    assert answer.status_code == 200
    return str(answer.text)


@pytest.mark.parametrize("door", DOORS)
def test_a_member_is_told_only_the_questions_of_their_queue(
    cast: Cast, thread: Thread, door: str
) -> None:
    for user, mine, hidden in ((cast.vera, OPEN, SECRET), (cast.bob, SECRET, OPEN)):
        text = _told(user, thread, door)
        assert mine in text
        assert hidden not in text


@pytest.mark.parametrize("door", DOORS)
def test_the_owner_of_the_thread_is_told_all_questions(
    cast: Cast, thread: Thread, door: str
) -> None:
    QueueMember.objects.filter(user=cast.alice).delete()
    text = _told(cast.alice, thread, door)
    assert OPEN in text
    assert SECRET in text


def test_the_thread_page_lists_only_the_questions_of_visible_queues(
    cast: Cast, thread: Thread, client: Client
) -> None:
    hidden = InterruptTask.objects.get(queue=cast.tools)
    client.force_login(cast.vera)
    page = Page(client.get(f"/threads/{thread.uuid}/").text)
    assert OPEN in page.text
    assert f"/tasks/{hidden.uuid}/" not in page.links


def test_the_thread_page_tells_of_a_hidden_decision_only_that_it_was_made(
    cast: Cast, thread: Thread, client: Client
) -> None:
    task = InterruptTask.objects.get(queue=cast.tools)
    verdict = Verdict("decide", calls=(CallVerdict("0", "reject", message="no"),))
    decisions.decide(cast.bob, task.uuid, verdict, seen=seen(task))
    client.force_login(cast.vera)
    html = client.get(f"/threads/{thread.uuid}/").text
    assert "a question in another queue" in html
    assert "bob" not in html
    assert "outcome" not in html


def test_a_state_that_cannot_be_read_is_said_on_the_page_and_by_the_api(
    cast: Cast, thread: Thread, client: Client
) -> None:
    CheckpointBlob.objects.filter(thread=thread).update(data="{broken")
    client.force_login(cast.alice)
    for path in (f"/threads/{thread.uuid}/", f"/threads/{thread.uuid}/body/"):
        answer = client.get(path)
        assert (answer.status_code, "cannot be read" in answer.text) == (200, True)
    for door in ("", "/state"):
        told = client_of(cast.alice).get(f"/api/threads/{thread.uuid}{door}")
        assert (told.status_code, told.json()["code"]) == (409, "unreadable")
    path = f"/api/threads/{thread.uuid}/history"
    history = client_of(cast.alice).post(path, content_type="application/json")
    assert (history.status_code, history.json()["code"]) == (409, "unreadable")
