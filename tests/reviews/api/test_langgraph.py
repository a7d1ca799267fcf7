"""The LangGraph Server paths: threads, states, runs and answers, with real graphs."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from reviews.models import Decision, InterruptTask, Run, Thread
from reviews.services import worker
from tests.cast import Cast
from tests.factories import make_thread, start
from tests.reviews.api.clients import client_of, working

pytestmark = pytest.mark.usefixtures("sample_graphs")

ISO = "+00:00"
works = pytest.mark.django_db(transaction=True)  # a worker commits, from its own threads


def _post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"/api{path}", body or {}, content_type="application/json")


def _new_thread(client: Client, **body: Any) -> str:
    return str(_post(client, "/threads", body).json()["thread_id"])


def _run(client: Client, thread: str | Thread, **body: Any) -> Any:
    uuid = thread.uuid if isinstance(thread, Thread) else thread
    return _post(client, f"/threads/{uuid}/runs", {"assistant_id": "approval", **body})


def _thread(client: Client, thread: str | Thread) -> Any:
    uuid = thread.uuid if isinstance(thread, Thread) else thread
    return client.get(f"/api/threads/{uuid}").json()


def test_ok_needs_no_key_and_info_does(bob: Client) -> None:
    assert Client().get("/api/ok").json() == {"ok": True}
    assert Client().get("/api/info").status_code == 401
    assert bob.get("/api/info").json()["flags"]["strict_resume"] is True


def test_each_graph_has_one_assistant_with_a_stable_id(bob: Client) -> None:
    rows = _post(bob, "/assistants/search", {"graph_id": "approval"}).json()
    assert [row["name"] for row in rows] == ["approval"]
    assert set(rows[0]) == {
        *("assistant_id", "graph_id", "config", "context", "metadata", "name", "description"),
        *("version", "created_at", "updated_at"),
    }
    for name in (rows[0]["assistant_id"], "approval"):
        assert bob.get(f"/api/assistants/{name}").json() == rows[0]


def test_assistants_are_searched_by_name_and_in_pages(bob: Client) -> None:
    everything = _post(bob, "/assistants/search", {"limit": 100}).json()
    answer = _post(bob, "/assistants/search", {"limit": 2, "offset": 1})
    assert answer.json() == everything[1:3]
    assert answer["X-Pagination-Total"] == str(len(everything))
    assert answer["X-Pagination-Next"] == "3"
    named = _post(bob, "/assistants/search", {"name": "BROK"}).json()
    assert [row["name"] for row in named] == ["broken"]


def test_an_unknown_assistant_is_404_by_id_and_422_by_name(bob: Client) -> None:
    assert bob.get(f"/api/assistants/{uuid4()}").status_code == 404
    assert bob.get("/api/assistants/nothing").status_code == 422


def test_a_new_thread_is_idle_and_empty(bob: Client) -> None:
    answer = _post(bob, "/threads", {"metadata": {"a": 1}})
    told = answer.json()
    assert answer.status_code == 200
    assert (told["status"], told["values"], told["interrupts"]) == ("idle", None, {})
    assert told["metadata"] == {"a": 1}
    assert told["created_at"].endswith(ISO)
    state = bob.get(f"/api/threads/{told['thread_id']}/state").json()
    assert (state["values"], state["next"], state["tasks"]) == ({}, [], [])
    assert state["checkpoint"] is None


def test_a_thread_id_can_be_chosen_once(bob: Client) -> None:
    uuid = str(uuid4())
    assert _new_thread(bob, thread_id=uuid) == uuid
    again = _post(bob, "/threads", {"thread_id": uuid})
    assert (again.status_code, uuid in again.json()["detail"]) == (409, True)
    assert _new_thread(bob, thread_id=uuid, if_exists="do_nothing") == uuid


@works
def test_a_run_asks_and_the_question_is_told_everywhere(cast: Cast, bob: Client) -> None:
    thread = _new_thread(bob)
    answer = _run(bob, thread, input={"subject": "it"})
    run = answer.json()
    assert (answer.status_code, run["status"], run["thread_id"]) == (200, "pending", thread)
    assert answer["Content-Location"] == f"/threads/{thread}/runs/{run['run_id']}"
    worker.drain()
    task = InterruptTask.objects.get()
    told = _thread(bob, thread)
    state = bob.get(f"/api/threads/{thread}/state").json()
    assert told["status"] == "interrupted"
    [[asked]] = told["interrupts"].values()
    assert set(asked) == {"id", "value", "response_schema"}
    assert (asked["id"], asked["value"]["title"]) == (task.interrupt_id, "Publish it?")
    assert state["interrupts"] == [asked]
    assert state["tasks"][0]["interrupts"] == [asked]
    assert state["next"] == ["ask"]
    finished = bob.get(f"/api/threads/{thread}/runs/{run['run_id']}").json()
    assert finished["status"] == "success"
    assert told["metadata"]["graph_id"] == "approval"


@works
def test_an_answer_by_command_is_an_ordinary_decision(cast: Cast, bob: Client) -> None:
    thread = start(cast.bob, "approval", {"subject": "it"})
    answer = _run(bob, thread, input={}, command={"resume": {"type": "approve"}})
    assert answer.status_code == 200
    worker.drain()
    told = _thread(bob, thread)
    assert (told["status"], told["interrupts"]) == ("idle", {})
    assert told["values"]["notes"][-1] == "published"
    decision = Decision.objects.get()
    assert (decision.action, decision.reviewer) == ("approve", cast.bob)
    run = bob.get(f"/api/threads/{thread.uuid}/runs/{answer.json()['run_id']}").json()
    assert run["status"] == "success"


@works
def test_one_of_several_questions_is_answered_by_its_id(cast: Cast, bob: Client) -> None:
    thread = start(cast.bob, "parallel", {"items": ["a", "b"]})
    first = InterruptTask.objects.get(title="Value of a")
    bare = _run(bob, thread, assistant_id="parallel", command={"resume": "x"})
    assert bare.status_code in (409, 422)
    assert not Decision.objects.exists()
    _run(bob, thread, assistant_id="parallel", command={"resume": {first.interrupt_id: "x"}})
    worker.drain()
    asked = [one["value"] for row in _thread(bob, thread)["interrupts"].values() for one in row]
    assert asked == ["Value of b"]


@works
def test_a_used_or_unknown_answer_is_refused_and_nothing_runs(cast: Cast, bob: Client) -> None:
    thread = start(cast.bob, "approval")
    _run(bob, thread, command={"resume": {"type": "approve"}})
    worker.drain()
    before = Run.objects.count()
    for resume in ({"type": "approve"}, {"0" * 32: {"type": "approve"}}):
        assert _run(bob, thread, command={"resume": resume}).status_code in (404, 409)
    assert (Run.objects.count(), Decision.objects.count()) == (before, 1)


@works
def test_who_may_not_decide_may_not_resume(cast: Cast) -> None:
    thread = start(cast.bob, "approval")
    answer = _run(client_of(cast.vera), thread, command={"resume": {"type": "approve"}})
    assert answer.status_code == 403
    assert not Decision.objects.exists()


def test_without_the_right_no_run_is_started(cast: Cast) -> None:
    charlie = client_of(cast.charlie)
    answer = _run(charlie, make_thread(owner=cast.charlie, graph_id=""), input={})
    assert (answer.status_code, Run.objects.count()) == (403, 0)


def test_without_the_right_no_thread_is_made(cast: Cast) -> None:
    charlie = client_of(cast.charlie)
    assert _post(charlie, "/threads").status_code == 403
    assert _run(charlie, str(uuid4()), input={}, if_not_exists="create").status_code == 403
    assert not Thread.objects.exists()


def test_a_refused_run_leaves_no_thread_behind(bob: Client) -> None:
    body = {"command": {"resume": "yes"}, "if_not_exists": "create"}
    assert _run(bob, str(uuid4()), **body).status_code in (404, 409)
    assert not Thread.objects.exists()


@works
def test_history_is_newest_first_and_goes_on_before_a_checkpoint(cast: Cast, bob: Client) -> None:
    thread = start(cast.bob, "approval")
    path = f"/threads/{thread.uuid}/history"
    states = _post(bob, path, {"limit": 10}).json()
    ids = [state["checkpoint"]["checkpoint_id"] for state in states]
    assert ids == sorted(ids, reverse=True)
    assert len(_post(bob, path).json()) == 1
    for before in (
        ids[0],
        {"checkpoint_id": ids[0]},
        {"configurable": {"checkpoint_id": ids[0]}},
    ):
        assert _post(bob, path, {"limit": 10, "before": before}).json() == states[1:]
    assert states[-1]["parent_checkpoint"] is None


@works
def test_runs_are_listed_newest_first_and_by_status(cast: Cast, bob: Client) -> None:
    thread = start(cast.bob, "approval")
    _run(bob, thread, input=None)
    rows = bob.get(f"/api/threads/{thread.uuid}/runs").json()
    assert [row["status"] for row in rows] == ["pending", "success"]
    query = {"status": "success", "limit": "1"}
    assert bob.get(f"/api/threads/{thread.uuid}/runs", query).json() == rows[1:]


def test_a_second_run_with_reject_is_409_while_one_is_pending(bob: Client) -> None:
    thread = _new_thread(bob)
    _run(bob, thread, input={})
    assert _run(bob, thread, input={}, multitask_strategy="reject").status_code == 409


def test_a_config_keeps_what_we_do_not_know(bob: Client) -> None:
    config = {"recursion_limit": 7, "configurable": {"user": "u"}, "run_name": "mine"}
    assert _run(bob, _new_thread(bob), input={}, config=config).status_code == 200
    assert Run.objects.get().config == config


@pytest.mark.parametrize(
    ("door", "query"),
    [
        ("state", {"checkpoint_id": "nope"}),
        ("state", {"subgraphs": "true"}),
        ("runs", {"statuz": "pending"}),
    ],
)
def test_a_parameter_that_would_do_nothing_is_refused(
    bob: Client, door: str, query: dict[str, str]
) -> None:
    answer = bob.get(f"/api/threads/{_new_thread(bob)}/{door}", query)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, list(query))


def test_if_not_exists_makes_the_thread(bob: Client) -> None:
    uuid = str(uuid4())
    assert _run(bob, uuid, input={}).status_code == 404
    assert _run(bob, uuid, input={}, if_not_exists="create").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"assistant_id": None}, "assistant_id"),
        ({"assistant_id": "nothing"}, "assistant_id"),
        ({"multitask_strategy": "queue"}, "multitask_strategy"),
        ({"if_not_exists": "maybe"}, "if_not_exists"),
        ({"command": "resume"}, "command"),
        ({"command": {"goto": "publish"}}, "command"),
        ({"command": {}}, "command"),
        ({"input": 5}, "input"),
        ({"input": {"subject": 5}}, "input.subject"),
        ({"config": []}, "config"),
        ({"config": {"configurable": 5}}, "config.configurable"),
        ({"config": {"configurable": {"checkpoint_id": "x"}}}, "config.configurable.checkpoint_id"),
        ({"config": {"metadata": 5}}, "config.metadata"),
        ({"config": {"recursion_limit": "x"}}, "config.recursion_limit"),
        ({"config": {"recursion_limit": -1}}, "config.recursion_limit"),
        ({"config": {"max_concurrency": "x"}}, "config.max_concurrency"),
        ({"config": {"tags": 5}}, "config.tags"),
        ({"metadata": 1}, "metadata"),
        ({"interrupt_before": ["publsh"]}, "interrupt_before"),
        ({"checkpoint_id": "x"}, "checkpoint_id"),
        ({"after_seconds": 5}, "after_seconds"),
    ],
)
def test_a_bad_run_names_the_field_and_is_not_made(
    bob: Client, body: dict[str, Any], field: str
) -> None:
    answer = _run(bob, _new_thread(bob), **body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/threads", {"thread_id": "x"}),
        ("/threads", {"if_exists": "x"}),
        ("/threads", {"metadata": []}),
        ("/threads", {"supersteps": [{}]}),
        ("/assistants/search", {"limit": 0}),
        ("/assistants/search", {"limit": 1001}),
        ("/assistants/search", {"offset": -1}),
        ("/assistants/search", {"metadata": "x"}),
        ("/threads/{}/history", {"limit": "many"}),
        ("/threads/{}/history", {"before": 7}),
        ("/threads/{}/history", {"before": [1]}),
    ],
)
def test_a_bad_body_is_unprocessable(bob: Client, path: str, body: Any) -> None:
    assert _post(bob, path.format(_new_thread(bob)), body).status_code == 422


def test_unknown_fields_of_the_sdks_are_passed_over(bob: Client) -> None:
    extras = {"langsmith_tracer": {}, "feedback_keys": [], "checkpoint_during": True}
    assert _run(bob, _new_thread(bob), input={}, stream_mode="values", **extras).status_code == 200


@works
def test_wait_answers_with_the_last_values_and_what_is_asked(cast: Cast, bob: Client) -> None:
    thread = _new_thread(bob)
    with working():
        body = {"assistant_id": "approval", "input": {"notes": ["n"]}}
        answer = _post(bob, f"/threads/{thread}/runs/wait", body)
    told = answer.json()
    assert told["notes"] == ["n"]
    assert [one["id"] for one in told["__interrupt__"]] == [
        InterruptTask.objects.get().interrupt_id
    ]
    assert answer["Location"].endswith("/join")
    run = Run.objects.get()
    assert bob.get(f"/api/threads/{thread}/runs/{run.uuid}/join").json() == told


@works
def test_wait_for_a_run_that_fails_tells_the_error(bob: Client) -> None:
    body = {"assistant_id": "broken", "input": {"notes": []}}
    with working():
        told = _post(bob, f"/threads/{_new_thread(bob)}/runs/wait", body).json()
    assert told == {"__error__": {"error": "ValueError", "message": "the node is broken"}}
