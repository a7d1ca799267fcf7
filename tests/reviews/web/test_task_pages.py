"""Looking at a task, claiming it, deciding it: every kind, without a script."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from reviews.models import Decision, InterruptTask
from reviews.services import claims, decisions
from reviews.services.answers import Verdict
from reviews.states import TaskStatus
from tests.cast import Cast
from tests.factories import make_run, make_task
from tests.reviews.web.pages import Page
from tests.reviews.web.test_forms import AGE, APPROVE, EDIT, TOOLS


def waiting(cast: Cast, payload: Any = APPROVE, **fields: Any) -> InterruptTask:
    task = make_task(queue=cast.licences, payload=payload, **fields)
    make_run(thread=task.thread)
    return task


def look(client: Client, task: InterruptTask) -> Page:
    answer = client.get(f"/tasks/{task.uuid}/")
    assert answer.status_code == 200
    return Page(answer.text)


def send(client: Client, task: InterruptTask, page: Page, **changes: str) -> HttpResponse:
    data = {**page.form("/decide/").data, **changes}
    return client.post(f"/tasks/{task.uuid}/decide/", data)


@pytest.mark.parametrize(
    ("payload", "changes", "action", "value"),
    [
        (APPROVE, {"action": "approve"}, "approve", None),
        (APPROVE, {"action": "reject", "reason": "too early"}, "reject", None),
        (EDIT, {"action": "approve"}, "approve", None),
        (EDIT, {"action": "approve", "value.amount": "1"}, "edit", {"amount": 1, "note": "x"}),
        (TOOLS, {"calls.0.action": "approve", "calls.1.action": "approve"}, "decide", None),
        (AGE, {"action": "respond", "value": "30"}, "respond", 30),
        ("Who?", {"action": "respond", "response": "Ana"}, "respond", "Ana"),
    ],
)
def test_each_kind_is_decided_by_a_plain_form(
    cast: Cast, client: Client, payload: Any, changes: dict[str, str], action: str, value: Any
):
    task = waiting(cast, payload)
    client.force_login(cast.bob)
    answer = send(client, task, look(client, task), **changes)
    assert (answer.status_code, answer["Location"]) == (302, f"/tasks/{task.uuid}/")
    decision = Decision.objects.get(task=task)
    assert (decision.action, decision.payload["value"]) == (action, value)
    assert "by bob" in look(client, task).text


def test_an_error_stands_at_its_field_and_keeps_what_was_typed(cast: Cast, client: Client):
    task = waiting(cast, EDIT)
    client.force_login(cast.bob)
    answer = send(client, task, look(client, task), action="approve", **{"value.amount": "12 EUR"})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.form("/decide/").data["value.amount"] == ["12 EUR"]
    assert "#f-value.amount" in page.links
    assert "f-value.amount-error" in page.ids
    assert not Decision.objects.exists()


def test_the_second_of_two_reviewers_sees_what_the_first_did_and_keeps_the_draft(
    cast: Cast, client: Client
):
    task = waiting(cast, EDIT)
    client.force_login(cast.bob)
    page = look(client, task)
    decisions.decide(cast.alice, task.uuid, Verdict("approve"), seen=None)
    answer = send(client, task, page, action="approve", **{"value.note": "my long draft"})
    shown = Page(answer.text)
    assert answer.status_code == 409
    assert "alice was faster" in shown.text
    assert "my long draft" in shown.text
    assert Decision.objects.get(task=task).reviewer == cast.alice


def test_a_task_that_changed_since_it_was_seen_is_not_decided(cast: Cast, client: Client):
    task = waiting(cast, EDIT)
    client.force_login(cast.bob)
    page = look(client, task)
    InterruptTask.objects.filter(pk=task.pk).update(version=2)
    answer = send(client, task, page, action="approve", **{"value.note": "my draft"})
    again = Page(answer.text)
    assert answer.status_code == 409
    assert again.form("/decide/").data["version"] == ["2"]
    assert again.form("/decide/").data["value.note"] == ["my draft"]
    assert send(client, task, again, action="approve").status_code == 302


@pytest.mark.parametrize("name", ["version", "payload_sha256"])
def test_a_form_that_does_not_say_what_was_seen_decides_nothing(
    cast: Cast, client: Client, name: str
):
    task = waiting(cast)
    client.force_login(cast.bob)
    answer = send(client, task, look(client, task), action="approve", **{name: ""})
    assert answer.status_code in (409, 422)
    assert not Decision.objects.exists()


def test_a_double_click_is_one_decision(cast: Cast, client: Client):
    task = waiting(cast)
    client.force_login(cast.bob)
    page = look(client, task)
    first = send(client, task, page, action="approve")
    second = send(client, task, page, action="approve")
    assert (first.status_code, second.status_code) == (302, 302)
    assert Decision.objects.count() == 1


def test_a_claimed_task_is_read_only_for_others(cast: Cast, client: Client):
    task = waiting(cast)
    client.force_login(cast.bob)
    page = look(client, task)
    claims.claim(cast.alice, task.uuid)
    assert look(client, task).form("/decide/").disabled
    assert "alice holds this task" in look(client, task).text
    answer = send(client, task, page, action="reject", reason_text="not this way")
    assert answer.status_code == 409
    assert "not this way" in answer.text
    assert client.post(f"/tasks/{task.uuid}/claim/").status_code == 302
    assert "alice has claimed this task" in look(client, task).text


def test_claim_and_release_are_plain_forms(cast: Cast, client: Client):
    task = waiting(cast)
    client.force_login(cast.bob)
    assert look(client, task).form("/claim/").method == "post"
    client.post(f"/tasks/{task.uuid}/claim/")
    assert claims.current(task).reviewer == cast.bob
    client.post(look(client, task).form("/release/").action)
    assert claims.current(task) is None


def test_a_viewer_looks_and_is_told_which_right_is_missing(cast: Cast, client: Client):
    task = waiting(cast)
    client.force_login(cast.vera)
    page = look(client, task)
    assert page.form("/decide/").disabled
    assert "Deciding needs the role “reviewer”" in page.text
    data = {"version": "1", "payload_sha256": task.payload_sha256, "action": "approve"}
    assert client.post(f"/tasks/{task.uuid}/decide/", data).status_code == 403
    assert client.post(f"/tasks/{task.uuid}/claim/").status_code == 403
    task.refresh_from_db()
    assert task.status == TaskStatus.OPEN


def test_rows_are_added_and_the_rest_approved_without_deciding(cast: Cast, client: Client):
    task = waiting(cast, {"kind": "edit", "title": "List", "proposal": {"names": ["a"]}})
    client.force_login(cast.bob)
    page = Page(send(client, task, look(client, task), do="add value.names").text)
    assert page.form("/decide/").data["value.names"] == ["0,n1"]
    answer = send(client, task, page, action="approve", **{"value.names.n1": "b"})
    assert answer.status_code == 302
    assert Decision.objects.get().payload["value"] == {"names": ["a", "b"]}


def test_pressing_enter_in_a_field_decides_nothing(cast: Cast, client: Client):
    task = waiting(cast, EDIT)
    client.force_login(cast.bob)
    page = look(client, task)
    assert page.form("/decide/").buttons[0] == ("do", "check")
    assert "Nothing is decided yet" in send(client, task, page, do="check").text
    assert send(client, task, page, do="check", **{"value.amount": "x"}).status_code == 422
    assert not Decision.objects.exists()


def test_the_notice_tells_an_open_page_that_the_task_was_decided(cast: Cast, client: Client):
    task = waiting(cast)
    client.force_login(cast.bob)
    url = f"/tasks/{task.uuid}/notice/?version=1"
    assert "data-closed" not in client.get(url).text
    decisions.decide(cast.alice, task.uuid, Verdict("approve"), seen=None)
    assert "alice has decided this task" in client.get(url).text


def test_the_whole_payload_can_be_read(cast: Cast, client: Client):
    deep = {"a": {"b": {"c": {"d": {"e": {"f": "the last leaf"}}}}}, "pad": "\n" * 500 + "below"}
    task = waiting(cast, deep)
    client.force_login(cast.bob)
    text = look(client, task).text
    assert "the last leaf" in text
    assert "below" in text


HOSTILE = "<script>alert(1)</script>\u202e\u200b'\"&<b>"


def test_text_of_an_agent_stays_text_everywhere(cast: Cast, client: Client):
    payload = {
        "kind": "tools",
        "title": HOSTILE,
        "description": HOSTILE,
        "actions": [{"id": HOSTILE, "name": HOSTILE, "args": {HOSTILE: HOSTILE, "n": [HOSTILE]}}],
    }
    task = waiting(cast, payload)
    client.force_login(cast.bob)
    for url in ("/inbox/", f"/tasks/{task.uuid}/", f"/tasks/{task.uuid}/row/"):
        html = client.get(url).text
        assert "<script>alert" not in html
        assert "<b>" not in html


@pytest.mark.parametrize("action", ["decide", "claim", "release"])
def test_a_get_after_a_sign_in_leads_to_the_task_and_changes_nothing(
    cast: Cast, client: Client, action: str
):
    task = waiting(cast)
    client.force_login(cast.bob)
    answer = client.get(f"/tasks/{task.uuid}/{action}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/tasks/{task.uuid}/")
    assert client.put(f"/tasks/{task.uuid}/{action}/").status_code == 405
    task.refresh_from_db()
    assert (task.status, task.claims.count()) == (TaskStatus.OPEN, 0)
