"""The path of the house: start, pause, decide, resume; the four patterns on real graphs."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission

from reviews.errors import Conflict, Forbidden, Invalid, NotFound
from reviews.models import AuditEvent, CheckpointWrite, InterruptTask, Run, Thread
from reviews.services import assistants, decisions, resuming, runs, threads, worker
from reviews.services.answers import Verdict
from tests.cast import Cast
from tests.factories import seen, start

pytestmark = pytest.mark.usefixtures("sample_graphs")


def say(user: Any, task: InterruptTask, value: Any = None, **verdict: Any) -> None:
    """Decide and let the worker go on."""
    given = Verdict(**{"action": "respond", "value": value, **verdict})
    decisions.decide(user, task.uuid, given, seen=seen(task))
    worker.drain()


def notes(thread: Thread) -> list[str]:
    return threads.state(thread)["values"].get("notes", [])


def only(thread: Thread) -> InterruptTask:
    return InterruptTask.objects.get(thread=thread, status="open")


def test_an_approval_lets_the_graph_go_on(cast: Cast):
    thread = start(cast.alice, "approval", {"subject": "news"})
    task = only(thread)
    assert (thread.status, task.kind, task.title) == ("interrupted", "approve", "Publish news?")
    assert thread.checkpoints.filter(ns=task.ns, checkpoint_id=task.checkpoint_id).exists()
    say(cast.bob, task, action="approve")
    thread.refresh_from_db()
    task.refresh_from_db()
    assert notes(thread) == ["approve:", "published"]
    assert (thread.status, task.status) == ("idle", "applied")
    assert task.applied_at is not None


def test_a_rejection_takes_the_other_way(cast: Cast):
    thread = start(cast.alice, "approval", {"subject": "news"})
    say(cast.bob, only(thread), action="reject", reason="too early")
    assert notes(thread) == ["reject:too early"]


def test_each_of_several_parallel_questions_resumes_at_once_and_alone(cast: Cast):
    thread = start(cast.alice, "parallel", {"items": ["a", "b", "c"]})
    tasks = {task.title: task for task in InterruptTask.objects.filter(thread=thread)}
    say(cast.bob, tasks["Value of b"], "2")
    states = dict(InterruptTask.objects.values_list("title", "status"))
    assert states == {"Value of a": "open", "Value of b": "applied", "Value of c": "open"}
    say(cast.bob, tasks["Value of c"], "3")
    say(cast.alice, tasks["Value of a"], "1")
    thread.refresh_from_db()
    assert notes(thread) == ["a=1", "b=2", "c=3", "closed"]
    assert thread.status == "idle"


def test_quick_decisions_before_the_worker_comes_are_one_run(cast: Cast):
    thread = start(cast.alice, "parallel", {"items": ["a", "b"]})
    for task in InterruptTask.objects.filter(thread=thread):
        decisions.decide(cast.bob, task.uuid, Verdict(action="respond", value="x"), seen=seen(task))
    assert worker.drain() == 1
    assert notes(thread) == ["a=x", "b=x", "closed"]


def test_a_node_that_is_not_content_asks_again_with_its_error(cast: Cast):
    thread = start(cast.alice, "validated")
    say(cast.bob, only(thread), 400)
    again = only(thread)
    assert again.question["error"] == "Nothing here is older than 150 years."
    assert again.question["attempt"] == 2
    say(cast.bob, again, 40)
    assert notes(thread) == ["age 40"]
    assert list(InterruptTask.objects.values_list("status", flat=True)) == ["applied", "applied"]


def test_an_answer_that_breaks_its_node_comes_back_open_with_the_error(cast: Cast):
    thread = start(cast.alice, "fragile")
    task = only(thread)
    say(cast.bob, task, "not a number")
    task.refresh_from_db()
    thread.refresh_from_db()
    assert (task.status, task.round, thread.status) == ("open", 1, "interrupted")
    assert "ValueError" in task.error
    say(cast.bob, task, "8")
    assert notes(thread) == ["half is 4"]
    assert task.decisions.count() == 2


def test_async_nodes_pause_and_resume(cast: Cast):
    thread = start(cast.alice, "asynchronous")
    say(cast.bob, only(thread), "yes")
    assert notes(thread) == ["yes"]


def test_a_failing_node_ends_run_and_thread_with_its_error(cast: Cast):
    thread = start(cast.alice, "broken")
    run = thread.runs.get()
    expected = {"error": "ValueError", "message": "the node is broken"}
    assert (run.status, run.error) == ("error", expected)
    assert (thread.status, thread.error) == ("error", expected)


def test_a_question_that_cannot_be_read_fails_its_run_and_opens_nothing(cast: Cast):
    thread = start(cast.alice, "unreadable")
    assert thread.status == "error"
    assert "expects.decisions" in thread.error["message"]
    assert not InterruptTask.objects.exists()


def test_settling_twice_opens_no_second_task(cast: Cast):
    """A crash after the pause and before the end: the run is taken again and settled again."""
    thread = start(cast.alice, "approval")
    task = only(thread)
    Run.objects.update(status="pending")
    worker.drain()
    assert only(thread) == task


def test_new_input_closes_the_open_question_as_superseded(cast: Cast):
    thread = start(cast.alice, "approval", {"subject": "old"})
    old = only(thread)
    runs.create(
        cast.alice, thread, thread.runs.get().assistant, spec=runs.RunSpec(input={"subject": "new"})
    )
    worker.drain()
    old.refresh_from_db()
    assert old.status == "superseded"
    assert AuditEvent.objects.get(verb="supersede").actor == "alice"
    assert only(thread).title == "Publish new?"


def test_a_protected_queue_refuses_new_input(cast: Cast):
    thread = start(cast.alice, "approval")
    task = only(thread)
    type(cast.licences).objects.update(protected=True)
    spec = runs.RunSpec(input={"subject": "new"})
    with pytest.raises(Conflict):
        runs.create(cast.bob, thread, thread.runs.get().assistant, spec=spec)
    task.refresh_from_db()
    assert task.status == "open"


def enqueue(user: Any, thread: Thread, subject: str) -> Run:
    spec = runs.RunSpec(input={"subject": subject})
    return runs.create(user, thread, assistants.for_graph("approval"), spec=spec)


def test_input_that_waits_in_line_runs_after_the_decision_and_is_not_lost(cast: Cast):
    thread = start(cast.alice, "approval", {"subject": "one"})
    task = only(thread)
    decisions.decide(cast.bob, task.uuid, Verdict(action="approve"), seen=seen(task))
    enqueue(cast.alice, thread, "two")
    worker.drain()
    task.refresh_from_db()
    assert task.status == "applied"
    assert only(thread).title == "Publish two?"


def test_a_protected_queue_refuses_input_that_was_enqueued_early(cast: Cast):
    type(cast.licences).objects.update(protected=True)
    thread = threads.create(cast.bob)
    enqueue(cast.bob, thread, "one")
    late = enqueue(cast.bob, thread, "two")
    worker.drain()
    late.refresh_from_db()
    thread.refresh_from_db()
    assert (late.status, late.error["error"]) == ("error", "Conflict")
    assert (only(thread).title, thread.status) == ("Publish one?", "interrupted")


def test_a_viewer_cannot_replace_the_question_of_another(cast: Cast):
    thread = start(cast.alice, "approval")
    cast.vera.user_permissions.add(Permission.objects.get(codename="add_run"))
    with pytest.raises(Forbidden):
        enqueue(cast.vera, thread, "mine")
    assert only(thread).title == "Publish it?"


def test_a_refused_answer_leaves_a_fresh_thread_as_it_was(cast: Cast):
    thread = threads.create(cast.alice)
    spec = runs.RunSpec(command={"resume": "7"})
    with pytest.raises(Conflict):
        runs.create(cast.alice, thread, assistants.for_graph("parallel"), spec=spec)
    thread.refresh_from_db()
    assert (thread.graph_id, thread.metadata) == ("", {})


def test_a_bare_answer_goes_through_the_same_decision(cast: Cast):
    thread = start(cast.alice, "parallel", {"items": ["a"]})
    task = only(thread)
    spec = runs.RunSpec(command={"resume": "7"})
    runs.create(cast.bob, thread, thread.runs.get().assistant, spec=spec)
    worker.drain()
    assert notes(thread) == ["a=7", "closed"]
    assert task.decisions.get().reviewer == cast.bob


def test_a_bare_answer_with_another_graph_or_from_outside_the_queue_is_refused(cast: Cast):
    cast.charlie.user_permissions.add(Permission.objects.get(codename="add_run"))
    thread = start(cast.charlie, "parallel", {"items": ["a"]})
    spec = runs.RunSpec(command={"resume": "7"})
    with pytest.raises(Conflict):
        runs.create(cast.bob, thread, assistants.for_graph("approval"), spec=spec)
    with pytest.raises(Forbidden):
        runs.create(cast.charlie, thread, assistants.for_graph("parallel"), spec=spec)
    assert only(thread).status == "open"


def test_a_bare_answer_to_several_questions_is_refused_naming_them(cast: Cast):
    thread = start(cast.alice, "parallel", {"items": ["a", "b"]})
    with pytest.raises(Invalid) as caught:
        resuming.placed(thread, "7")
    for task in InterruptTask.objects.all():
        assert task.interrupt_id in caught.value.message


@pytest.mark.parametrize(
    ("resume", "error"), [(None, Invalid), ({}, Invalid), ({"0" * 32: 1}, NotFound)]
)
def test_answers_to_nothing_are_refused(cast: Cast, resume: Any, error: type[Exception]):
    thread = start(cast.alice, "parallel", {"items": ["a"]})
    with pytest.raises(error):
        resuming.placed(thread, resume)


def test_a_used_answer_is_refused(cast: Cast):
    thread = start(cast.alice, "parallel", {"items": ["a"]})
    task = only(thread)
    say(cast.alice, task, "1")
    with pytest.raises(Conflict):
        resuming.placed(thread, {task.interrupt_id: "2"})
    with pytest.raises(Conflict):
        resuming.placed(thread, "2")


def test_the_timeline_tells_checkpoints_and_decisions_in_order(cast: Cast):
    thread = start(cast.alice, "approval", {"subject": "news"})
    say(cast.bob, only(thread), action="approve")
    told = [
        entry["kind"] if entry["kind"] == "decision" else entry["nodes"]
        for entry in threads.timeline(thread)
    ]
    assert told == [[], ["__start__"], "decision", ["ask"], ["publish"]]


def test_what_a_task_wrote_is_stored_once(cast: Cast):
    start(cast.alice, "parallel", {"items": ["a", "b"]})
    keys = list(CheckpointWrite.objects.values_list("checkpoint_id", "task_id", "idx"))
    assert len(keys) == len(set(keys))
