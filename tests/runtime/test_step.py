"""One superstep, decided without a driver; and which question an answer is for."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest

from runtime import START, Interrupt, InvalidUpdateError, ResumeError, Send, StateGraph
from runtime.answers import command_batches, command_targets, command_writes, place, resume_writes
from runtime.errors import AmbiguousResumeError, InterruptNotFound
from runtime.position import blank
from runtime.step import commit, merge, merged, plan, routes
from runtime.stored import open_questions, stored, writes_of
from runtime.types import DONE, ERROR, GOTO, INTERRUPT, RESUME, TaskResult, Write


class State(TypedDict):
    log: Annotated[list, operator.add]
    x: Any


A, B = "a" * 32, "b" * 32
HEAD = {"id": "02", "source": "loop", "created_at": "now", "metadata": {}}


@pytest.fixture
def graph():
    builder = StateGraph(State)
    for name in "abcd":
        builder.add_node(name, lambda state: None)
    builder.add_edge(START, "a").add_edge("a", "c").add_edge("a", "b")
    builder.add_edge(["b", "c"], "d")
    return builder.build()


@pytest.fixture
def at(graph):
    def make(*following: Any, **changes: Any) -> Any:
        from dataclasses import replace

        return replace(blank(graph, ""), id="01", step=0, next=following, **changes)

    return make


def test_tasks_are_planned_by_node_name_and_then_sends_by_index(at):
    """5.4"""
    tasks = plan(at("b", "c", Send("a", 1), Send("a", 2)), extra=["a", "__end__", Send("d", 3)])

    assert [(task.node, task.path[0], task.path[1]) for task in tasks] == [
        ("a", "__pregel_pull", "a"),
        ("b", "__pregel_pull", "b"),
        ("c", "__pregel_pull", "c"),
        ("a", "__pregel_push", 0),
        ("a", "__pregel_push", 1),
        ("d", "__pregel_push", 2),
    ]


def test_task_ids_hash_the_full_namespace(at):
    """8.5"""
    (root,) = plan(at("a"))
    (inner,) = plan(at("a", ns="outer:1"))

    assert root.id != inner.id
    assert inner.ns == f"outer:1|a:{inner.id}"


def test_writes_merge_in_the_order_of_the_batches(graph):
    """5.4"""
    changed = merge(graph, {"log": ["0"]}, [[("log", ["a"])], [("log", ["b"]), ("x", 1)]])

    assert changed == {"log": ["0", "a", "b"], "x": 1}


def test_merging_for_readers_never_fails(graph):
    """2.2"""
    values = {"log": []}
    clash = [("a", [("x", 1)]), ("b", [("x", 2)])]

    assert merged(graph, values, clash) is values
    with pytest.raises(InvalidUpdateError, match="'x'"):
        merge(graph, values, [pairs for _, pairs in clash])


def test_edges_gotos_and_sends_decide_what_is_next(graph):
    """4.1, 4.5, 4.6"""
    send = Send("d", 1)

    following, joins = routes(graph, {}, [("a", [(GOTO, "d"), (GOTO, send), (GOTO, "b")])])

    assert following == ("b", "c", "d", send)
    assert not joins


def test_a_join_counts_over_supersteps_and_starts_afresh(graph):
    """4.2; a complete join is kept until its target has run, so that an edit finds it (12.3)."""
    following, joins = routes(graph, {}, [("b", [])])
    assert (following, joins) == ((), {"join:b+c:d": ("b",)})

    following, joins = routes(graph, joins, [("c", [])])
    assert (following, joins) == (("d",), {"join:b+c:d": ("b", "c")})

    following, joins = routes(graph, joins, [("d", [])])
    assert (following, dict(joins)) == ((), {})


def test_closing_stores_only_what_changed(graph, at):
    """5.5, decision 10"""
    before = at("a", values={"log": [], "x": 1}, versions={"x": "00"})

    after = commit(graph, before, [("a", [("log", ["a"])])], head=HEAD, dirty=["y"])

    assert after.versions == {"x": "00", "log": "02", "y": "02"}
    assert after.values == {"log": ["a"], "x": 1}
    assert (after.parent_id, after.step, after.next) == ("01", 1, ("b", "c"))


def test_nothing_written_shares_the_values(graph, at):
    before = at("d", values={"x": 1}, versions={"x": "00"})

    after = commit(graph, before, [("d", [])], head=HEAD)

    assert after.values is before.values
    assert after.versions is before.versions


def test_a_task_that_wrote_nothing_is_marked_as_done(at):
    """7.1"""
    (task,) = plan(at("a"))

    (write,) = writes_of(TaskResult(task))

    assert write.channel == DONE
    assert stored([write])[task.id].done


def test_special_kinds_have_their_slots(at):
    """6.6"""
    (task,) = plan(at("a"))
    asked = TaskResult(task, interrupts=(Interrupt("?", B, 1),), resumes=((A, "1"),))

    assert [(write.channel, write.idx) for write in writes_of(asked)] == [
        (INTERRUPT, -3),
        (RESUME, -2),
    ]
    failed = TaskResult(task, error=ValueError("no"))
    assert [(w.channel, w.idx, w.value) for w in writes_of(failed)] == [
        (ERROR, -1, "ValueError('no')")
    ]


def test_only_questions_without_an_answer_are_open(at):
    """11.5"""
    (task,) = plan(at("a"))
    question = Write(task.id, task.path, -3, INTERRUPT, (Interrupt("?", A),))
    answer = Write(task.id, task.path, -2, RESUME, ((A, "yes"),))

    assert [each.interrupt.id for each in open_questions(at("a"), [task], stored([question]))] == [
        A
    ]
    assert open_questions(at("a"), [task], stored([question, answer])) == []


def test_stored_writes_are_read_in_their_order_whatever_the_saver_gives(at):
    """5.4"""
    (task,) = plan(at("a"))
    writes = [Write(task.id, task.path, idx, "log", [idx]) for idx in (2, 0, 1)]

    assert stored(writes)[task.id].pairs == (("log", [0]), ("log", [1]), ("log", [2]))


def waiting(at, *ids: str) -> Any:
    tasks = plan(at(*"abcd"[: len(ids)]))
    writes = [
        Write(task.id, task.path, -3, INTERRUPT, (Interrupt("?", identifier),))
        for task, identifier in zip(tasks, ids, strict=True)
    ]
    return tasks, writes, open_questions(at(), tasks, stored(writes))


def test_one_value_is_bound_to_the_one_question(at):
    """9.2"""
    _, _, questions = waiting(at, A)

    assert place(False, questions, recover=False) == {A: False}
    assert place({"a": 1}, questions, recover=False) == {A: {"a": 1}}
    assert place("loose", [], recover=False) == {}


def test_a_map_answers_some_and_refuses_unknown_ids(at):
    """9.3"""
    _, _, questions = waiting(at, A, B)

    assert place({B: 0}, questions, recover=False) == {B: 0}
    with pytest.raises(InterruptNotFound):
        place({"c" * 32: 0}, questions, recover=False)
    with pytest.raises(AmbiguousResumeError):
        place("one", questions, recover=False)


def test_recovery_leaves_out_used_answers_and_wants_ids(at):
    _, _, questions = waiting(at, A)

    assert place({A: 1, B: 2}, questions, recover=True) == {A: 1}
    with pytest.raises(ResumeError, match="by interrupt id"):
        place("one", questions, recover=True)


def test_answers_are_kept_in_question_order(at):
    tasks, writes, _ = waiting(at, B)
    earlier = Write(tasks[0].id, tasks[0].path, -2, RESUME, ((A, "1"),))

    (write,) = resume_writes({B: "2"}, tasks, stored([*writes, earlier]))

    assert write.value == ((A, "1"), (B, "2"))


def test_commands_as_input_are_kept_apart_and_in_order(at):
    first = command_writes(at(), [("x", 1), (GOTO, "b")], known=(), run_id=None, recover=False)
    second = command_writes(at(), [("x", 2)], known=first, run_id=None, recover=False)

    assert command_batches([*second, *first]) == [[("x", 1)], [("x", 2)]]
    assert command_targets([*second, *first]) == ("b",)


def test_a_recovered_run_does_not_write_its_command_twice(at):
    first = command_writes(at(), [("x", 1)], known=(), run_id="r", recover=False)

    assert command_writes(at(), [("x", 1)], known=first, run_id="r", recover=True) == []
    assert command_writes(at(), [("x", 1)], known=first, run_id="r", recover=False) != []
