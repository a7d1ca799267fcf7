"""A person outside the queue, at every door: nothing is read, counted, claimed, decided or heard.

The table names every route of the API with what an outsider gets there; a route without a row, or
a row without a route, fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from reviews.models import AuditEvent, Claim, Decision, InterruptTask, Run
from reviews.services import feed, inbox
from tests.cast import Cast
from tests.factories import make_run, make_task
from tests.reviews.api.clients import client_of

SECRET = "Xyzzy-payload"
NOT_THERE = 404
PUBLIC = "whatever the person sees is public or only theirs"

# What charlie gets with the ids of a queue that is not his. A body per POST that would be fine.
API: dict[str, dict[str, Any]] = {
    "ok": {"GET": PUBLIC},
    "info": {"GET": PUBLIC},
    "assistants/search": {"POST": PUBLIC},
    "assistants/<assistant_id>": {"GET": PUBLIC},
    "threads": {"POST": 403},
    "threads/<thread_id>": {"GET": NOT_THERE},
    "threads/<thread_id>/state": {"GET": NOT_THERE},
    "threads/<thread_id>/history": {"POST": NOT_THERE},
    "threads/<thread_id>/runs": {"GET": NOT_THERE, "POST": NOT_THERE},
    "threads/<thread_id>/runs/wait": {"POST": NOT_THERE},
    "threads/<thread_id>/runs/<run_id>": {"GET": NOT_THERE},
    "threads/<thread_id>/runs/<run_id>/join": {"GET": NOT_THERE},
    "review/queues": {"GET": PUBLIC},
    "review/tasks": {"GET": PUBLIC},
    "review/tasks/<task_id>": {"GET": NOT_THERE},
    "review/tasks/<task_id>/claim": {"POST": NOT_THERE},
    "review/tasks/<task_id>/release": {"POST": NOT_THERE},
    "review/tasks/<task_id>/decisions": {"GET": NOT_THERE, "POST": NOT_THERE},
}
BODIES: dict[str, dict[str, Any]] = {
    "threads/<thread_id>/runs": {"assistant_id": "approval", "command": {"resume": "yes"}},
    "threads/<thread_id>/runs/wait": {"assistant_id": "approval", "input": {}},
    "review/tasks/<task_id>/decisions": {"action": "respond", "value": "yes"},
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CELLS = [(route, method) for route in API for method in METHODS]


@pytest.fixture
def task(cast: Cast) -> InterruptTask:
    """A question of a queue that charlie is not in, with a run behind it."""
    run = make_run(status="success")
    return make_task(queue=cast.licences, payload=SECRET, thread=run.thread, run=run)


def _routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif route:  # the empty one catches what has no route
            yield route


def _address(route: str, task: InterruptTask) -> str:
    ids = {
        "<thread_id>": task.thread.uuid,
        "<run_id>": task.thread.runs.get().uuid,
        "<task_id>": task.uuid,
        "<assistant_id>": "approval",
    }
    return "/api/" + re.sub(r"<\w+>", lambda found: str(ids[found[0]]), route)


def _ask(client: Client, method: str, route: str, address: str) -> Any:
    body = json.dumps(BODIES.get(route, {}))
    return client.generic(method, address, body, content_type="application/json")


def test_every_route_of_the_api_has_a_row_here() -> None:
    assert set(_routes(get_resolver("reviews.api.urls").url_patterns)) == set(API)


@pytest.mark.usefixtures("sample_graphs")
@pytest.mark.parametrize(("route", "method"), CELLS)
def test_an_outsider_gets_nothing_from_the_api(
    cast: Cast, task: InterruptTask, route: str, method: str
) -> None:
    before = _traces()
    address = _address(route, task)
    answer = _ask(client_of(cast.charlie), method, route, address)
    expected = API[route].get(method, 405)
    assert answer.status_code == (200 if expected == PUBLIC else expected)
    assert SECRET not in answer.content.decode()
    assert str(task.uuid) not in answer.content.decode()
    assert _traces() == before


@pytest.mark.usefixtures("sample_graphs")
@pytest.mark.parametrize(
    ("route", "method"), [cell for cell in CELLS if API[cell[0]].get(cell[1]) == NOT_THERE]
)
def test_what_is_hidden_looks_like_what_is_not_there(
    cast: Cast, task: InterruptTask, route: str, method: str
) -> None:
    charlie, address = client_of(cast.charlie), _address(route, task)
    hidden = _ask(charlie, method, route, address)
    nothing = _ask(charlie, method, route, re.sub(r"[0-9a-f-]{36}", str(uuid4()), address))
    assert (nothing.status_code, nothing.json()) == (hidden.status_code, hidden.json())


@pytest.mark.usefixtures("sample_graphs")
@pytest.mark.parametrize(("route", "method"), CELLS)
def test_without_a_key_only_ok_answers(
    cast: Cast, task: InterruptTask, route: str, method: str
) -> None:
    answer = _ask(Client(), method, route, _address(route, task))
    open_to_all = {"GET": 200}.get(method, 405)
    assert answer.status_code == (open_to_all if route == "ok" else 401)
    assert SECRET not in answer.content.decode()


@pytest.mark.usefixtures("sample_graphs")
def test_the_same_doors_open_for_a_member(cast: Cast, task: InterruptTask) -> None:
    bob = client_of(cast.bob)
    reads = [route for route, row in API.items() if row.get("GET") == NOT_THERE]
    assert [_ask(bob, "GET", route, _address(route, task)).status_code for route in reads] == [
        200
    ] * len(reads)


def test_a_former_member_is_outside_at_the_next_request(cast: Cast, task: InterruptTask) -> None:
    bob, route = client_of(cast.bob), "review/tasks/<task_id>"
    assert _ask(bob, "GET", route, _address(route, task)).status_code == 200
    cast.bob.queue_memberships.all().delete()
    assert _ask(bob, "GET", route, _address(route, task)).status_code == NOT_THERE


def test_a_superuser_outside_the_queue_is_outside_too(cast: Cast, task: InterruptTask) -> None:
    root = User.objects.create(username="root", is_staff=True, is_superuser=True)
    route = "review/tasks/<task_id>"
    assert _ask(client_of(root), "GET", route, _address(route, task)).status_code == NOT_THERE


def test_an_inactive_queue_is_closed_for_its_members(cast: Cast, task: InterruptTask) -> None:
    cast.licences.active = False
    cast.licences.save(update_fields=["active"])
    route = "review/tasks/<task_id>"
    assert _ask(client_of(cast.bob), "GET", route, _address(route, task)).status_code == NOT_THERE


def test_an_outsider_counts_and_hears_nothing(cast: Cast, task: InterruptTask) -> None:
    assert feed.head(cast.charlie) == {}
    assert feed.changes(cast.charlie, {"licences": 0}).tasks == []
    assert set(inbox.counts(cast.charlie, now=task.created_at).values()) == {0}


@pytest.mark.parametrize("name", ["charlie", "bob"])
def test_who_is_no_staff_gets_into_no_page_of_the_admin(
    cast: Cast, task: InterruptTask, name: str
) -> None:
    browser = Client()
    browser.force_login(getattr(cast, name))
    ours = [model for model in admin.site._registry if model._meta.app_label == "reviews"]
    for model in ours:
        address = reverse(f"admin:reviews_{model._meta.model_name}_changelist")
        answer = browser.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")
    shown = browser.get(reverse("admin:reviews_interrupttask_change", args=[task.pk]))
    assert shown.status_code == 302


def _traces() -> list[int]:
    """How much there is of all that an outsider must not be able to make in this thread."""
    rows = [Claim.objects, Decision.objects, Run.objects, InterruptTask.objects]
    mine = AuditEvent.objects.filter(object_kind__in=["interrupttask", "run", "decision"])
    return [*(row.count() for row in rows), mine.count()]
