"""Tasks over the API: list, read, claim, release, decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from reviews.models import Decision, InterruptTask, Queue
from reviews.services import claims, decisions
from reviews.services.answers import Verdict
from tests.cast import Cast
from tests.factories import make_run, make_task, seen
from tests.reviews.api.clients import client_of

TASKS = "/api/review/tasks"
APPROVAL = {"kind": "approve", "title": "Go?", "expects": {"decisions": ["approve", "reject"]}}
CALLS = {
    "kind": "tools",
    "title": "Two calls",
    "actions": [
        {"id": "one", "name": "mail", "args": {"to": "a"}, "args_schema": {"required": ["to"]}},
        {"id": "two", "name": "mail", "args": {"to": "b"}},
    ],
}


def asked(queue: Queue, payload: Any = APPROVAL, **fields: Any) -> InterruptTask:
    """A task that can be decided: its thread has run."""
    thread = make_run(status="success").thread
    return make_task(queue=queue, payload=payload, thread=thread, **fields)


@pytest.fixture
def task(cast: Cast) -> InterruptTask:
    return asked(cast.licences)


def _decide(client: Client, task: InterruptTask, body: Any, **headers: str) -> Any:
    address = f"{TASKS}/{task.uuid}/decisions"
    return client.post(address, body, content_type="application/json", headers=headers)


def _listed(client: Client, **query: Any) -> list[str]:
    return [item["title"] for item in client.get(TASKS, query).json()["items"]]


def test_queues_come_with_role_and_open_tasks(cast: Cast, task: InterruptTask) -> None:
    rows = client_of(cast.vera).get("/api/review/queues").json()["items"]
    told = [(row["slug"], row["role"], row["open_tasks"], row["seq"]) for row in rows]
    assert told == [("licences", "viewer", 1, 0), ("tools", "viewer", 0, 0)]
    assert client_of(cast.charlie).get("/api/review/queues").json() == {"items": []}


def test_a_task_is_told_with_question_payload_and_hash(bob: Client, task: InterruptTask) -> None:
    told = bob.get(f"{TASKS}/{task.uuid}").json()
    assert told["id"] == str(task.uuid)
    assert told["payload"] == APPROVAL
    assert told["payload_sha256"] == task.payload_sha256
    assert told["question"]["kind"] == told["kind"] == "approve"
    assert told["allowed"] == ["approve", "reject"]
    assert (told["status"], told["version"], told["queue"]) == ("open", 1, "licences")
    assert told["thread_id"] == str(task.thread.uuid)
    assert (told["claim"], told["decision"]) == (None, None)


def test_claim_and_release_are_seen_in_the_task(
    cast: Cast, bob: Client, task: InterruptTask
) -> None:
    claim = bob.post(f"{TASKS}/{task.uuid}/claim")
    assert (claim.status_code, claim.json()["reviewer"]) == (200, "bob")
    assert bob.get(f"{TASKS}/{task.uuid}").json()["claim"]["reviewer"] == "bob"
    assert bob.post(f"{TASKS}/{task.uuid}/release").status_code == 204
    assert bob.get(f"{TASKS}/{task.uuid}").json()["claim"] is None


def test_a_claimed_task_names_who_holds_it(cast: Cast, bob: Client, task: InterruptTask) -> None:
    claims.claim(cast.alice, task.uuid)
    for answer in (
        bob.post(f"{TASKS}/{task.uuid}/claim"),
        _decide(bob, task, {"action": "approve"}),
    ):
        assert answer.status_code == 409
        assert answer.json()["data"]["claimed_by"] == "alice"


def test_a_decision_is_201_and_the_task_is_decided(bob: Client, task: InterruptTask) -> None:
    body = {"action": "reject", "reason": "too early", "comment": "next week"}
    answer = _decide(bob, task, body)
    made = answer.json()
    assert answer.status_code == 201
    assert (made["reviewer"], made["action"], made["comment"]) == ("bob", "reject", "next week")
    assert made["verdict"]["reason"] == "too early"
    assert made["payload_sha256"] == task.payload_sha256
    told = bob.get(f"{TASKS}/{task.uuid}").json()
    assert (told["status"], told["decision"]) == ("decided", made)
    assert bob.get(f"{TASKS}/{task.uuid}/decisions").json() == {"items": [made]}


def test_the_second_decision_is_told_who_was_faster(
    cast: Cast, bob: Client, task: InterruptTask
) -> None:
    first = decisions.decide(cast.alice, task.uuid, Verdict("approve"), seen=seen(task))
    answer = _decide(bob, task, {"action": "reject", "reason": "no"})
    assert answer.status_code == 409
    assert answer.json()["data"] == {
        "decided_by": "alice",
        "action": "approve",
        "decided_at": first.created_at.isoformat(),
    }


def test_what_was_seen_must_be_what_is_there(bob: Client, task: InterruptTask) -> None:
    stale = {"version": 7, "payload_sha256": task.payload_sha256}
    answer = _decide(bob, task, {"action": "approve", "seen": stale})
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    fresh = {"version": 1, "payload_sha256": task.payload_sha256}
    assert _decide(bob, task, {"action": "approve", "seen": fresh}).status_code == 201


def test_the_same_idempotency_key_gives_the_first_decision(
    bob: Client, task: InterruptTask
) -> None:
    first = _decide(bob, task, {"action": "approve"}, **{"Idempotency-Key": "k1"})
    again = _decide(bob, task, {"action": "approve"}, **{"Idempotency-Key": "k1"})
    other = _decide(bob, task, {"action": "reject", "reason": "x"}, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert other.status_code == 422
    assert Decision.objects.count() == 1


def test_calls_are_decided_one_by_one(cast: Cast, bob: Client) -> None:
    task = asked(cast.tools, CALLS)
    calls = [
        {"id": "one", "action": "edit", "args": {"to": "c"}},
        {"id": "two", "action": "reject", "message": "no mail"},
    ]
    answer = _decide(bob, task, {"action": "decide", "calls": calls})
    assert answer.status_code == 201
    assert [call["action"] for call in answer.json()["verdict"]["calls"]] == ["edit", "reject"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": "aprove"}, "action"),
        ({"action": "edit", "value": 1}, "action"),
        ({"action": "reject"}, "reason"),
        ({"action": "approve", "seen": {"version": 0, "payload_sha256": "0" * 64}}, "seen.version"),
        (
            {"action": "approve", "seen": {"version": 1, "payload_sha256": "x"}},
            "seen.payload_sha256",
        ),
        ({"action": "approve", "seen": 3}, "seen"),
        ({"action": "approve", "calls": [{"id": "one"}]}, "calls.0.action"),
        ({"action": "approve", "calls": {"id": "one"}}, "calls"),
        ({"action": "approve", "comment": ["x"]}, "comment"),
        ({"action": "approve", "comment": "x" * 10_001}, "comment"),
    ],
)
def test_a_bad_decision_names_the_field(
    bob: Client, task: InterruptTask, body: Any, field: str
) -> None:
    answer = _decide(bob, task, body)
    assert answer.status_code == 422
    assert field in answer.json()["errors"]
    assert field in answer.json()["detail"]
    assert not Decision.objects.exists()


def test_a_bad_edit_of_a_call_names_the_path(cast: Cast, bob: Client) -> None:
    task = asked(cast.tools, CALLS)
    calls = [{"id": "one", "action": "edit", "args": {}}, {"id": "two", "action": "approve"}]
    answer = _decide(bob, task, {"action": "decide", "calls": calls})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["calls.one.args.to"])


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_bad_idempotency_key_is_unprocessable(bob: Client, task: InterruptTask, key: str) -> None:
    answer = _decide(bob, task, {"action": "approve"}, **{"Idempotency-Key": key})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["Idempotency-Key"])


def test_a_viewer_reads_and_may_not_claim_or_decide(cast: Cast, task: InterruptTask) -> None:
    vera = client_of(cast.vera)
    assert vera.get(f"{TASKS}/{task.uuid}").status_code == 200
    assert vera.post(f"{TASKS}/{task.uuid}/claim").status_code == 403
    assert _decide(vera, task, {"action": "approve"}).status_code == 403
    assert not Decision.objects.exists()


def test_filters_choose_by_queue_status_kind_and_thread(cast: Cast, bob: Client) -> None:
    one = asked(cast.licences, title="one")
    make_task(queue=cast.tools, payload=CALLS, title="two")
    decisions.decide(cast.bob, one.uuid, Verdict("approve"), seen=seen(one))
    assert _listed(bob, queue="tools") == ["two"]
    assert _listed(bob, status="decided") == ["one"]
    assert _listed(bob, kind="tools", status="open") == ["two"]
    assert _listed(bob, thread=one.thread.uuid) == ["one"]
    assert _listed(bob, thread=uuid4()) == []
    assert _listed(bob) == ["two", "one"]


@pytest.mark.parametrize("order", ["newest", "due"])
def test_pages_hold_every_task_once_and_new_ones_shift_nothing(
    cast: Cast, bob: Client, order: str
) -> None:
    now = timezone.now()
    for number in range(7):
        due = None if number % 3 == 0 else now + timedelta(hours=number % 2)
        make_task(queue=cast.licences, title=f"task {number}", due_at=due)
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2, "order": order}
    while True:
        page = bob.get(TASKS, query).json()
        found += [item["title"] for item in page["items"]]
        make_task(queue=cast.licences, title="late", due_at=now - timedelta(days=1))
        if page["next_cursor"] is None or len(found) > 30:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(found) == [f"task {number}" for number in range(7)]
    by_due = ["task 2", "task 4", "task 1", "task 5", "task 0", "task 3", "task 6"]
    assert found == (by_due if order == "due" else sorted(found, reverse=True))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"statuz": "open"}, "statuz"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"status": "opened"}, "status"),
        ({"kind": "quiz"}, "kind"),
        ({"order": "random"}, "order"),
        ({"thread": "7"}, "thread"),
        ({"queue": "x" * 61}, "queue"),
        ({"cursor": "!"}, "cursor"),
        ({"cursor": "W10="}, "cursor"),
        ({"cursor": "W1tbW1tb" * 40}, "cursor"),
        ({"cursor": "WyJuZXdlc3QiLCAiMSJd"}, "cursor"),
        ({"cursor": "WyJuZXdlc3QiLCA5OTk5OTk5OTk5OTk5OTk5OTk5OTldCg=="}, "cursor"),
        ({"cursor": "WyJkdWUiLCAiMjAyNi0wMS0wMVQwMDowMDowMCswMDowMCIsIDFd"}, "cursor"),
    ],
)
def test_a_bad_filter_is_unprocessable(bob: Client, query: dict[str, str], field: str) -> None:
    answer = bob.get(TASKS, query)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_a_cursor_of_another_order_is_named_as_such(cast: Cast, bob: Client) -> None:
    for _ in range(2):
        make_task(queue=cast.licences)
    cursor = bob.get(TASKS, {"limit": 1}).json()["next_cursor"]
    answer = bob.get(TASKS, {"order": "due", "cursor": cursor})
    assert answer.json()["errors"] == {"cursor": ["This cursor belongs to another order."]}


def test_a_list_costs_the_same_few_queries_however_long_it_is(
    cast: Cast, bob: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        claims.claim(cast.bob, make_task(queue=cast.licences).uuid)
    bob.get(TASKS)
    with django_assert_max_num_queries(5):
        assert len(bob.get(TASKS, {"limit": 200}).json()["items"]) == 30


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_a_wrong_method_is_405_in_json(bob: Client, task: InterruptTask, method: str) -> None:
    answer = bob.generic(method, f"{TASKS}/{task.uuid}")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "nothing", "review/", "review/tasks/a/b/c", "threads/a/b"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_404_in_json(path: str, method: str) -> None:
    answer = Client().generic(method, f"/api/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("name", ["7", "x" * 36, "{" + "0" * 34 + "}", "0" * 32])
def test_a_malformed_id_is_422(bob: Client, name: str) -> None:
    answer = bob.get(f"{TASKS}/{name}")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["task_id"])


def test_an_unknown_id_is_404(bob: Client) -> None:
    answer = bob.get(f"{TASKS}/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
