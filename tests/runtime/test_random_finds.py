"""What random graphs found: each a defect of ours once, as small as it gets."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

import pytest

from runtime import END, START, App, Command, Send, StateGraph
from runtime.drivers import Crew
from runtime.position import blank
from runtime.requests import Start
from runtime.types import PULL, UNSET, Task
from tests.runtime.helpers import Log, ask, fan, say


@pytest.fixture
def joined(saver) -> App:
    """b and c -> c2 join at d, which asks."""
    nodes = {"b": say("b"), "c": say("c"), "c2": say("c2"), "d": ask("d?")}
    builder = StateGraph(Log)
    for name, action in nodes.items():
        builder.add_node(name, action)
    builder.add_edge(START, "b").add_edge(START, "c").add_edge("c", "c2")
    return builder.add_edge(["b", "c2"], "d").compile(saver)


@pytest.mark.parametrize("as_node", [None, "c2", "b", "c"])
def test_an_edit_while_the_target_of_a_join_asks_leaves_it_next(call, joined, thread, as_node):
    """12.3: the question would have been lost, and the thread would have ended."""
    call(joined, {"x": 1}, thread)
    joined.update_state(thread, {"x": 2}, as_node=as_node)

    assert "d" in joined.get_state(thread).next
    if as_node != "c":
        result = call(joined, None, thread)
        assert [each.value for each in result["__interrupt__"]] == ["d?"]
        assert call(joined, Command(resume="yes"), thread)["log"][-1] == "yes"


def test_acting_as_the_target_of_a_join_counts_as_its_run(call, joined, thread):
    """12.3; LangGraph leaves it next."""
    call(joined, {"x": 1}, thread)
    joined.update_state(thread, {"log": ["by hand"]}, as_node="d")

    assert joined.get_state(thread).next == ()


def test_new_input_drops_the_waiting_target_of_a_join(call, joined, thread):
    """9.8"""
    call(joined, {"x": 1}, thread)
    result = call(joined, {"log": ["again"]}, thread)

    assert result["log"].count("c2") == 2
    assert [each.value for each in result["__interrupt__"]] == ["d?"]
    assert call(joined, Command(resume="yes"), thread)["log"].count("yes") == 1


def test_dropping_what_waits_drops_the_target_of_a_join(call, joined, thread):
    """12.5"""
    call(joined, {"x": 1}, thread)
    joined.update_state(thread, None, as_node=END)
    joined.update_state(thread, {"x": 2}, as_node="c2")

    assert joined.get_state(thread).next == ()


def test_dropping_what_waits_keeps_what_has_finished(call, saver, thread):
    """12.5: a sibling's result that readers have already seen is not taken back."""
    builder = StateGraph(Log).add_node("a", say("a")).add_node("q", ask("q?"))
    builder.add_node("b", say("b")).add_edge(START, "a").add_edge(START, "q").add_edge("a", "b")
    app = builder.compile(saver)
    call(app, {"x": 1}, thread)
    app.update_state(thread, None, as_node=END)

    assert app.get_state(thread).values["log"] == ["a"]
    assert call(app, None, thread)["log"] == ["a", "b"]


def test_an_edit_of_the_past_does_not_change_what_the_past_shows(call, saver, thread):
    """6.5: only at the head does a result stand in for the task that a person acted for."""
    app: Any = fan(saver, q=ask("q?"))
    call(app, {"x": 1}, thread)
    old = app.get_state(thread)
    call(app, {"x": 2}, thread)
    app.update_state(old.config, {"log": ["fork"]}, as_node="q")

    assert app.get_state(old.config).tasks == old.tasks


def test_an_edit_at_the_head_shows_in_the_past_even_when_the_head_is_named(call, saver, thread):
    """12.3"""
    app = fan(saver, q=ask("q?"))
    call(app, {"x": 1}, thread)
    head = app.get_state(thread).config
    app.update_state(head, {"log": ["by hand"]}, as_node="q")

    assert app.get_state(head).tasks[0].result == {"log": ["by hand"]}


def test_acting_as_a_node_stands_in_for_its_first_send(call, saver, thread):
    """12.3"""
    builder = StateGraph(Log).add_node("q", ask("q?")).add_edge(START, "q")
    app = builder.add_conditional_edges(START, lambda state: [Send("q", {})]).compile(saver)
    call(app, {"x": 1}, thread)
    head = app.get_state(thread).config
    app.update_state(thread, {"log": ["by hand"]}, as_node="q")

    sent, pulled = app.get_state(head).tasks
    assert sent.result == {"log": ["by hand"]}
    assert pulled.result is None


class Lingering(SimpleQueue):  # type: ignore[type-arg]
    """Keeps whoever put the first item from going on until `go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.first = True

    def put(self, item: Any) -> None:
        lingers, self.first = self.first, False
        super().put(item)
        if lingers:
            self.go.wait(5)


def test_a_helper_of_one_superstep_never_runs_tasks_of_the_next_on_the_old_state():
    """5.1: in 2 of 150 runs, parallel tasks saw the state of the superstep before."""

    def node(state: Any) -> Any:
        time.sleep(0.002)
        return {"x": state["x"]}

    app = StateGraph(Log).add_node("a", node).add_edge(START, "a").compile()
    crew = Crew(app._call({}, {"max_concurrency": 2}, modes=(), options={}).host)
    crew.inbox = queue = Lingering()

    def superstep(x: int, count: int) -> list[Any]:
        checkpoint = replace(blank(app.graph, ""), values={"x": x})
        tasks = [Task(f"{x}.{at}", "a", (PULL, "a"), UNSET, "") for at in range(count)]
        crew.start(Start(checkpoint, tasks, []))
        if x == 2:
            queue.go.set()
        return [queue.get(timeout=5).writes for _ in tasks]

    superstep(1, 2)
    assert superstep(2, 200) == [(("x", 2),)] * 200
