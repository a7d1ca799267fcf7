"""Seeding makes the demo's people, queues and runs once, and never undoes what people did."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import Model

from reviews.demo import seeding
from reviews.models import InterruptTask, Queue, QueueMember, RoutingRule, Run, Thread
from reviews.services import access, worker
from tests.factories import start

pytestmark = pytest.mark.django_db(transaction=True)

COUNTED: tuple[type[Model], ...] = (User, Queue, QueueMember, RoutingRule, Thread, Run)


def _counts() -> list[int]:
    return [model._default_manager.count() for model in COUNTED]


def test_seeding_twice_keeps_one_of_everything() -> None:
    started = seeding.seed()
    before = _counts()

    assert [thread.metadata["demo"] for thread in started] == ["small", "proposed", "environment"]
    assert seeding.seed() == []
    assert _counts() == before == [3, 3, 6, 2, 3, 3]


def test_seeding_again_keeps_a_changed_password_role_and_guidance() -> None:
    seeding.seed()
    bob = User.objects.get(username="bob")
    bob.set_password("another-one")
    bob.save()
    QueueMember.objects.filter(user__username="bob").update(role="viewer")
    Queue.objects.filter(slug="tools").update(guidance="Ours.")

    seeding.seed()

    assert authenticate(username="bob", password="another-one") == bob
    assert set(QueueMember.objects.filter(user__username="bob").values_list("role")) == {
        ("viewer",)
    }
    assert Queue.objects.get(slug="tools").guidance == "Ours."


def test_each_person_can_do_what_the_sign_ins_say() -> None:
    seeding.seed()

    people = {name: authenticate(username=name, password=seeding.PASSWORD) for name in _names()}

    assert {name: access.may_start(user) for name, user in people.items()} == {
        "alice": True,
        "bob": True,
        "charlie": False,
    }
    assert [name for name, user in people.items() if user.is_superuser] == ["alice"]
    assert access.queues_visible_to(people["charlie"]).count() == 0
    assert access.decidable_queues(people["bob"]).count() == 3


def test_the_runs_pause_and_their_questions_are_in_their_queues() -> None:
    seeding.seed()
    worker.drain()

    tasks = InterruptTask.objects.exclude(kind="tools")
    assert {task.kind for task in tasks} == {"approve", "edit", "input"}
    assert set(tasks.values_list("queue__slug", flat=True)) == {"licences"}
    first = tasks.get(thread__metadata__demo="small")
    assert first.title.startswith("May we add psycopg")
    assert first.due_at == min(task.due_at for task in tasks if task.kind == "approve")
    assert set(Thread.objects.values_list("status", flat=True)) == {"interrupted"}


def test_a_site_that_serves_only_graphs_of_its_own_is_seeded_without_runs(
    sample_graphs: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("seeddemo")

    printed = capsys.readouterr().out
    assert ("Signoff is at" in printed, "Try first" in printed) == (True, False)
    assert _counts() == [3, 3, 6, 2, 0, 0]


def test_the_first_question_of_a_new_graph_comes_to_the_people_of_the_demo(
    sample_graphs: None,
) -> None:
    seeding.seed()
    start(User.objects.get(username="alice"), "approval")

    bob = User.objects.get(username="bob")
    task = access.tasks_visible_to(bob).get()
    assert (task.queue.slug, access.may_decide(bob, task)) == ("default", True)


def test_the_command_prints_the_address_and_the_sign_ins(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("seeddemo")

    printed = capsys.readouterr().out
    assert "Signoff is at http://localhost:8000" in printed
    assert all(name in printed for name in (*_names(), seeding.PASSWORD))


def _names() -> list[str]:
    return [person.name for person in seeding.PEOPLE]
