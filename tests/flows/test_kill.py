"""Kill -9 the server at the worst moments: nothing is lost, nothing happens twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live import Site

SEED = """
from django.contrib.auth.models import User
from reviews.models import Queue, QueueMember, RoutingRule
bob = User.objects.create_superuser("bob", password="signoff-demo")
queue = Queue.objects.create(slug="all", name="All")
QueueMember.objects.create(queue=queue, user=bob, role="reviewer")
RoutingRule.objects.create(queue=queue)
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(
        tmp_path,
        {"HITL_GRAPHS": "story=tests.flows.sink_graphs:story", "SINK_FOLDER": str(tmp_path)},
    )
    made.manage("migrate", "-v", "0")
    made.python(SEED)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    key = site.manage("createtoken", "bob").strip().splitlines()[-1]
    with httpx.Client(base_url=f"{site.url}/api", headers={"X-Api-Key": key}) as made:
        yield made


def ran(site: Site) -> list[str]:
    sink = site.folder / "ran.txt"
    return sink.read_text().split() if sink.exists() else []


def start(client: httpx.Client) -> str:
    thread = client.post("/threads", json={}).json()["thread_id"]
    answer = client.post(f"/threads/{thread}/runs", json={"assistant_id": "story", "input": {}})
    assert answer.status_code == 200, answer.text
    return str(thread)


def open_tasks(client: httpx.Client) -> list[dict[str, str]]:
    return list(client.get("/review/tasks", params={"status": "open"}).json()["items"])


def state(client: httpx.Client, thread: str) -> list[str]:
    return list(client.get(f"/threads/{thread}/state").json()["values"].get("notes", []))


def test_a_server_killed_in_a_superstep_and_while_a_question_waits(
    site: Site, client: httpx.Client
):
    thread = start(client)
    site.wait_until(lambda: sorted(ran(site)) == ["quick", "slow"])
    site.kill()  # in the middle of a superstep: quick is done and saved, slow is not

    (site.folder / "open").touch()
    site.start()
    site.wait_until(lambda: len(open_tasks(client)) == 1)
    assert ran(site).count("quick") == 1
    assert ran(site).count("slow") == 2

    site.kill()  # while the question waits
    site.start()
    (task,) = open_tasks(client)
    path = f"/review/tasks/{task['id']}/decisions"
    decided = client.post(path, json={"action": "respond", "value": "yes"})
    assert decided.status_code == 201, decided.text
    site.wait_until(lambda: "effect" in ran(site))
    site.kill()  # right after the effect, perhaps before the run was settled

    site.start()
    site.wait_until(lambda: client.get(f"/threads/{thread}").json()["status"] == "idle")
    assert state(client, thread) == ["quick", "slow", "yes", "effect"]
    assert client.post(path, json={"action": "respond", "value": "no"}).status_code == 409
    assert ran(site).count("ask") == 2  # once to ask, once with the answer
    assert "Everything fits" in site.manage("check_consistency")


def test_a_decision_that_was_accepted_survives_a_kill_at_once(site: Site, client: httpx.Client):
    (site.folder / "open").touch()
    thread = start(client)
    site.wait_until(lambda: len(open_tasks(client)) == 1)
    (task,) = open_tasks(client)
    path = f"/review/tasks/{task['id']}/decisions"
    decided = client.post(path, json={"action": "respond", "value": "yes"})
    site.kill()
    assert decided.status_code == 201

    site.start()
    site.wait_until(lambda: client.get(f"/threads/{thread}").json()["status"] == "idle")
    assert state(client, thread) == ["quick", "slow", "yes", "effect"]
