"""The benchmarks run, at tiny sizes; and the counts that do not depend on the machine hold."""

from __future__ import annotations

import pytest

from tests.benchmarks import engines, works
from tests.benchmarks.__main__ import main
from tests.benchmarks.engines import ENGINES, bytes_of
from tests.runtime.helpers import CountingSaver

OURS = ENGINES[0]


def test_an_unknown_name_is_refused():
    with pytest.raises(SystemExit, match="no benchmark 'loops'"):
        main(["loops"])


@pytest.mark.parametrize(
    "rows",
    [
        lambda: works.supersteps(3),
        lambda: works.bytes_per_superstep(3),
        lambda: works.sends((2, 3), theirs_to=3),
        lambda: works.one_by_one(2),
        lambda: works.long_thread(6, 6),
        lambda: works.big_state((10, 20), steps=2),
        lambda: works.reading(3),
        lambda: works.compiling(3),
        lambda: works.memory(3),
    ],
)
def test_each_benchmark_runs(rows):
    pytest.importorskip("langgraph.checkpoint.sqlite", reason="what we compare with")
    assert all(row.ours.middle >= 0 for row in rows())


@pytest.mark.parametrize("make", [engines.loop, engines.linear])
def test_a_superstep_of_one_task_is_one_save(make):
    saver = CountingSaver()
    OURS.call(make(OURS, saver, 20), {"n": 0})

    assert saver.calls == [("put", 0), *[("put", 1)] * 21]


def test_a_pause_of_many_tasks_is_saved_in_fewer_calls_than_tasks():
    saver = CountingSaver()
    OURS.call(engines.asking(OURS, saver, 50), {"n": 0})

    pauses = [tasks for kind, tasks in saver.calls if kind == "put_writes"]
    assert sum(pauses) == 50
    assert len(saver.calls) - len(pauses) == 2


def test_each_answer_runs_one_node():
    calls: list[int] = []
    app = engines.asking(OURS, CountingSaver(), 20, calls)
    asked = OURS.call(app, {"n": 0})["__interrupt__"]
    calls.clear()
    for each in asked:
        OURS.call(app, OURS.kit.Command(resume={each.id: each.value}))

    assert sorted(calls) == list(range(20))


def test_bytes_grow_with_the_turns_and_not_with_their_square():
    stored = []
    for turns in (40, 160):
        with OURS.saver("sqlite") as saver:
            app = engines.chat(OURS, saver)
            for _ in range(turns):
                OURS.call(app, {"log": [{"role": "user", "content": "q" * 200}]})
            stored.append(bytes_of(saver) / turns)

    assert stored[1] < 1.3 * stored[0]


def test_a_superstep_stores_as_much_in_a_large_graph_as_in_a_small_one():
    stored = []
    for make in (engines.loop, engines.linear):
        with OURS.saver("sqlite") as saver:
            OURS.call(make(OURS, saver, 200), {"n": 0})
            stored.append(bytes_of(saver) / 200)

    assert stored[1] < 1.2 * stored[0]
