"""Storage grows with what changed: lists that grow read back equal and take linear bytes."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import START, Command, InMemorySaver, Overwrite, StateGraph, interrupt
from runtime.deltas import CHUNK, Row, kept_items, place_text, plan, read_place, unfold
from runtime.serde import dumps
from runtime.sqlite import SqliteSaver
from tests.runtime.conftest import Call

Edit = tuple[int, int, list[Any]]


class Rows:
    """The rows of one channel, as a saver would keep them."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}

    def add(self, version: str, value: Any, kept: tuple[str, int] | None = None) -> None:
        older = self.rows.get(("x", kept[0])) if kept else None
        before = read_place(older.place) if older and older.place else None
        planned = plan(version, value, kept=kept, before=before)
        self.rows["x", version] = Row(planned.base, place_text(planned.place), dumps(planned.value))

    def read(self, version: str) -> Any:
        return unfold(self.rows, "x", version)

    def chain(self, version: str) -> int:
        """How many rows one read takes."""
        base = self.rows["x", version].base
        return 1 if base is None else 1 + self.chain(base)

    @property
    def bytes(self) -> int:
        return sum(len(row.data) + len(row.place or "") for row in self.rows.values())


items = st.one_of(st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
edits = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.lists(items, max_size=90)),
    max_size=40,
)


@given(edits)
def test_every_version_of_a_tree_of_edits_reads_back_equal(story: list[Edit]) -> None:
    rows, values = Rows(), [[]]
    rows.add("0", [])
    for parent, keep, more in story:
        parent %= len(values)
        keep %= len(values[parent]) + 1
        version = str(len(values))
        values.append(values[parent][:keep] + more)
        rows.add(version, values[-1], (str(parent), keep))

    assert [rows.read(str(n)) for n in range(len(values))] == values


def appended(count: int, step: int = 1) -> Rows:
    rows, value = Rows(), []
    rows.add("0", value)
    for n in range(1, count + 1):
        size = len(value)
        value = value + [f"message {n:08}"] * step
        rows.add(str(n), value, (str(n - 1), size))
    return rows


@pytest.mark.parametrize("step", [1, 2, 7])
def test_bytes_grow_with_what_was_appended(step: int) -> None:
    small, large = appended(500, step).bytes, appended(2000, step).bytes

    assert large / small < 4.5  # four times the turns; the digits of places grow


def test_an_item_is_written_about_twice() -> None:
    once = sum(len(dumps(f"message {n:08}")) for n in range(2000))

    assert sum(len(row.data) for row in appended(2000).rows.values()) < 2.2 * once


def test_a_long_list_is_read_from_few_rows() -> None:
    assert appended(2000).chain("2000") <= 2000 // CHUNK + CHUNK


def test_a_tail_that_is_replaced_for_ever_stays_bounded() -> None:
    rows, value = Rows(), list(range(100))
    rows.add("0", value)
    for n in range(1, 5001):
        value = [*value[:-1], n]
        rows.add(str(n), value, (str(n - 1), 99))

    assert rows.read("5000") == value
    assert max(rows.chain(str(n)) for n in range(4900, 5001)) <= CHUNK + 20
    assert rows.bytes < 5000 * 100


def test_other_values_are_stored_whole() -> None:
    rows = Rows()
    rows.add("0", {"a": 1})
    rows.add("1", (1, 2), ("0", 0))

    assert [rows.read("0"), rows.read("1")] == [{"a": 1}, (1, 2)]


def test_what_is_written_again_counts_as_new() -> None:
    first, second = {"id": 1}, {"id": 2}
    old = [first, second, "text"]

    assert kept_items(old, [*old, "more"], [["more"]]) == 3
    assert kept_items(old, [*old, "text"], [["text"]]) == 3
    assert kept_items(old, [*old, second], [[second]]) == 3
    assert kept_items(old, [*old, "more"], [[second, "more"]]) == 1
    assert kept_items(old, [first, {"id": 2}, "text"], [{"id": 2}]) == 1
    assert kept_items(old, old, [Overwrite(old)]) == 0


# --- in a thread -----------------------------------------------------------------------------


class Chat(TypedDict, total=False):
    turns: Annotated[list, operator.add]
    note: Any


def chat(saver: Any) -> Any:
    builder = StateGraph(Chat)
    builder.add_node("answer", lambda state: {"turns": [f"answer {len(state['turns']):06}"]})
    builder.add_edge(START, "answer")
    return builder.compile(saver)


def talk(app: Any, turns: int, config: Any) -> None:
    for n in range(turns):
        app.invoke({"turns": [f"question {n:06}"]}, config)


def test_a_thread_of_a_thousand_turns_takes_linear_bytes(tmp_path: Path, thread: dict) -> None:
    sizes = {}
    for turns in (250, 1000):
        path = tmp_path / f"{turns}.sqlite"
        with SqliteSaver.from_conn_string(path) as saver:
            talk(chat(saver), turns, thread)
            assert len(saver.get("t").checkpoint.values["turns"]) == 2 * turns
        sizes[turns] = path.stat().st_size

    assert sizes[1000] / sizes[250] < 4.3
    assert sizes[1000] < 2_500_000


def test_a_big_value_costs_nothing_while_it_does_not_change(thread: dict) -> None:
    saver = InMemorySaver()
    app = chat(saver)
    app.invoke({"note": "x" * 1_000_000, "turns": []}, thread)
    before = stored(saver)
    talk(app, 10, thread)

    assert stored(saver) - before < 5_000


def stored(saver: InMemorySaver) -> int:
    return sum(len(row.data) for row in saver._threads["t"][""].blobs.values())


def test_forks_of_a_long_thread_read_right(call: Call, thread: dict) -> None:
    """13.3: a fork shares what was before it and nothing after."""
    app = chat(InMemorySaver())
    talk(app, 100, thread)
    past = list(app.get_state_history(thread))[120]
    start = past.values["turns"]
    branch = app.update_state(past.config, {"turns": ["fork"]}, as_node="answer")
    call(app, {"turns": ["on"]}, {"configurable": {**branch["configurable"]}})

    assert app.get_state(thread).values["turns"][: len(start) + 2] == [*start, "fork", "on"]
    assert len(list(app.get_state_history(thread))[4].values["turns"]) == 200


def test_a_list_changed_in_place_is_not_mixed_up(call: Call, thread: dict) -> None:
    """2.8: what a node appends to the old list itself counts for nothing, or is stored whole."""

    def sly(state: Chat) -> dict[str, Any]:
        state["turns"].append("sneaked in")
        return {"turns": ["said"]}

    builder = StateGraph(Chat)
    builder.add_sequence([("say", lambda state: {"turns": ["a"]}), ("sly", sly)])
    builder.add_edge(START, "say")
    app = builder.compile(InMemorySaver())
    result = call(app, {"turns": ["q"]}, thread)

    assert result["turns"] == app.get_state(thread).values["turns"]


def build(saver: Any, reducer: Any, *nodes: Any) -> Any:
    builder = StateGraph(TypedDict("State", {"log": Annotated[list, reducer]}, total=False))
    builder.add_sequence([(f"n{at}", node) for at, node in enumerate(nodes)])
    builder.add_edge(START, "n0")
    return builder.compile(saver)


def test_a_list_replaced_by_a_command_is_no_base(call: Call, thread: dict) -> None:
    """9.6: the update belongs to no checkpoint of its own, so nothing is stored against it."""
    app = build(InMemorySaver(), operator.add, lambda state: {"log": [interrupt("?")]})
    call(app, {"log": ["a"]}, thread)
    call(app, Command(resume="r", update={"log": Overwrite(["b"])}), thread)

    assert app.get_state(thread).values == {"log": ["b", "r"]}


def test_a_reducer_that_replaces_may_be_given_the_old_list_changed(
    call: Call, thread: dict
) -> None:
    def change(state: dict[str, Any]) -> dict[str, Any]:
        state["log"][0] = "changed"
        return {"log": state["log"]}

    for reducer, update in [
        (lambda old, new: new, change),
        (operator.add, lambda state: {"log": Overwrite(change(state)["log"])}),
    ]:
        app = build(InMemorySaver(), reducer, lambda state: {}, update)
        call(app, {"log": ["a", "b"]}, thread)
        assert app.get_state(thread).values == {"log": ["changed", "b"]}


def test_an_authors_reducer_may_say_that_it_appends(call: Call, thread: dict) -> None:
    def last_wins(old: list[Any], new: list[Any]) -> list[Any]:
        names = {each[0] for each in new}
        return [each for each in old if each[0] not in names] + new

    last_wins.appends = True
    saver = InMemorySaver()
    long = [[str(n), "x" * 100] for n in range(50)]
    app = build(saver, last_wins, lambda state: {"log": [["40", "y"]]})
    call(app, {"log": long}, thread)

    assert app.get_state(thread).values == {"log": last_wins(long, [["40", "y"]])}
    assert stored(saver) < 1.3 * len(dumps(long))
