"""What is measured, against LangGraph and against the targets of the design's performance chapter.

Each work gives the rows of the table. `size` scales it down for the smoke test.
"""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks import engines
from tests.benchmarks.engines import Engine, bytes_of
from tests.benchmarks.measure import Row, Samples, faster, side_by_side, watch

Rows = list[Row]
THREAD: dict[str, Any] = {"configurable": {"thread_id": "t"}}
MICRO = 1e6
MILLI = 1e3


def supersteps(size: int = 1000) -> Rows:
    """The cost of a superstep that does nothing, in a loop and along a line of nodes."""
    rows = []
    for shape, make in (("loop", engines.loop), ("linear", engines.linear)):
        for kind in ("none", "memory", "sqlite"):
            repeats = 5 if kind == "none" or shape == "loop" else 3
            times = 1.0 if kind == "sqlite" else 10.0
            work = f"superstep, {shape} of {size}, saver {kind}"
            measure = _run(make, kind, size)
            rows.append(faster(work, "us", measure, times=times, repeats=repeats))
    return [*rows, _against_the_loop(rows), *_sqlite_floor(rows, size)]


def _run(make: Callable[..., Any], kind: str, size: int) -> Callable[[Engine], float]:
    def measure(engine: Engine) -> float:
        with engine.saver(kind) as saver:
            app = make(engine, saver, size)
            with watch() as spent:
                engine.call(app, {"n": 0})
            return spent.seconds / size * MICRO

    return measure


def _against_the_loop(rows: Rows) -> Row:
    """A superstep costs the same in a graph of one node and of a thousand."""
    in_loop, in_line = rows[1].ours.middle, rows[4].ours.middle
    grows = Samples((in_line / in_loop,))
    return Row("linear against loop, memory", "x", grows, None, "<= 1.3", grows.middle <= 1.3)


def _sqlite_floor(rows: Rows, size: int) -> Rows:
    """The same durable bytes through the raw driver, one transaction each."""
    floor, _ = side_by_side(lambda _: _raw_writes(size), repeats=3, theirs=False)
    found = Samples((rows[2].ours.middle / floor.middle,))
    return [
        Row("raw SQLite, one insert a commit", "us", floor, None),
        Row("superstep, sqlite, against raw", "x", found, None, "<= 1.6", found.middle <= 1.6),
    ]


def _raw_writes(size: int) -> float:
    with TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "raw.sqlite3", isolation_level=None)
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        db.execute("CREATE TABLE t (thread TEXT, id TEXT, body TEXT, PRIMARY KEY (thread, id))")
        with watch() as spent:
            for at in range(size):
                db.execute("BEGIN IMMEDIATE")
                db.execute("INSERT INTO t VALUES (?, ?, ?)", ("t", f"{at:09}", "x" * 600))
                db.execute("COMMIT")
        db.close()
        return spent.seconds / size * MICRO


def bytes_per_superstep(size: int = 1000) -> Rows:
    """What a superstep stores in SQLite: no more in a large graph than in a small one."""

    def stored(make: Callable[..., Any], count: int) -> Callable[[Engine], float]:
        def measure(engine: Engine) -> float:
            with engine.saver("sqlite") as saver:
                engine.call(make(engine, saver, count), {"n": 0})
                return bytes_of(saver) / count

        return measure

    rows = []
    for shape, make in (("loop", engines.loop), ("linear", engines.linear)):
        ours, theirs = side_by_side(stored(make, size), repeats=1)
        work = f"bytes a superstep, {shape} of {size}"
        rows.append(Row(work, "B", ours, theirs, "<= 700", ours.middle <= 700))
    return rows


def sends(sizes: tuple[int, ...] = (10, 100, 1000, 5000), theirs_to: int = 1000) -> Rows:
    """A fan-out in which every task asks: start, get_state, resume all by id."""
    rows: Rows = []
    for size in sizes:
        repeats = 5 if size <= 100 else 3 if size <= 1000 else 1
        for at, step in enumerate(("start", "get_state", "resume all")):
            measure = _fan(size, at)
            ours, theirs = side_by_side(measure, repeats=repeats, theirs=size <= theirs_to)
            limit = {0: 1500.0, 1: 200.0, 2: 1500.0}[at]
            big = size == 5000
            target = f"<= {limit:g} ms" if big else ""
            reached = ours.middle <= limit if big else None
            rows.append(Row(f"{size} questions: {step}", "ms", ours, theirs, target, reached))
    return [*rows, *_growth(rows, sizes)]


def _growth(rows: Rows, sizes: tuple[int, ...]) -> Rows:
    few, many = sizes[1], sizes[-1]
    per_task = [rows[-3].ours.middle / many, rows[3].ours.middle / few]
    found = Samples((per_task[0] / per_task[1],))
    work = f"start, per task at {many} against {few}"
    return [Row(work, "x", found, None, "<= 1.3", found.middle <= 1.3)]


def _fan(size: int, part: int) -> Callable[[Engine], float]:
    def measure(engine: Engine) -> float:
        with engine.saver("memory") as saver:
            app = engines.asking(engine, saver, size)
            times = []
            with watch() as spent:
                asked = engine.call(app, {"n": 0})["__interrupt__"]
            times.append(spent.seconds)
            with watch() as spent:
                app.get_state(THREAD)
            times.append(spent.seconds)
            if part == 2:
                answers = {each.id: each.value for each in asked}
                with watch() as spent:
                    engine.call(app, engine.kit.Command(resume=answers))
                times.append(spent.seconds)
            return times[part] * MILLI

    return measure


def one_by_one(size: int = 100) -> Rows:
    """Parallel questions answered one after the other: seconds, and how often nodes ran again."""
    calls: dict[str, int] = {}

    def measure(engine: Engine) -> float:
        with engine.saver("memory") as saver:
            counted: list[int] = []
            app = engines.asking(engine, saver, size, counted)
            asked = engine.call(app, {"n": 0})["__interrupt__"]
            counted.clear()
            with watch() as spent:
                for each in asked:
                    engine.call(app, engine.kit.Command(resume={each.id: each.value}))
            calls[engine.name] = len(counted)
            return spent.seconds * MILLI

    ours, theirs = side_by_side(measure, repeats=3)
    counts = Samples((calls["ours"],)), Samples((calls["LangGraph"],))
    return [
        Row(f"{size} questions one by one", "ms", ours, theirs, "<= 600 ms", ours.middle <= 600),
        Row("- node calls", "", *counts, f"{size}", calls["ours"] == size),
    ]


def long_thread(turns: int = 1000, theirs_turns: int = 200) -> Rows:
    """A chat whose list grows by two messages a turn, in SQLite."""
    first, _, stored = _chat(engines.ENGINES[0], turns)
    theirs_first, _, theirs_stored = _chat(engines.ENGINES[1], theirs_turns)
    ours_grow, theirs_grow = Samples((first[1],)), Samples((theirs_first[1],))
    size, theirs_size = Samples((stored / turns,)), Samples((theirs_stored / theirs_turns,))
    late = f"turn at {turns} (LangGraph {theirs_turns}) against 10"
    few = f"bytes a turn over {turns} (LangGraph {theirs_turns})"
    return [
        Row("turn at 10", "ms", Samples((first[0],)), Samples((theirs_first[0],))),
        Row(late, "x", ours_grow, theirs_grow, "<= 1.5", first[1] <= 1.5),
        Row(few, "B", size, theirs_size, "<= 2,500", size.middle <= 2500),
    ]


def _chat(engine: Engine, turns: int) -> tuple[tuple[float, float], float, int]:
    """(ms of a turn at 10, its growth by the end), seconds in all, bytes stored."""
    spent = []
    with engine.saver("sqlite") as saver:
        app = engines.chat(engine, saver)
        for _ in range(turns):
            with watch() as turn:
                engine.call(app, {"log": [{"role": "user", "content": "q" * 200}]})
            spent.append(turn.seconds * MILLI)
        stored = bytes_of(saver)
    window = max(1, min(10, turns // 2))
    early = sorted(spent[window : 2 * window])[window // 2]
    late = sorted(spent[-window:])[window // 2]
    return (early, late / early), sum(spent) / MILLI, stored


def big_state(sizes: tuple[int, ...] = (1_000, 100_000, 5_000_000), steps: int = 20) -> Rows:
    """A loop that changes a number beside a blob that it does not touch, in SQLite."""

    def measure(size: int) -> Callable[[Engine], float]:
        def one(engine: Engine) -> float:
            with engine.saver("sqlite") as saver:
                app = engines.loop(engine, saver, steps)
                engine.call(app, {"n": steps - 1, "blob": "b" * size})
                with watch() as spent:
                    engine.call(app, {"n": 0})
                return spent.seconds / steps * MILLI

        return one

    rows = []
    for size in sizes:
        ours, theirs = side_by_side(measure(size), repeats=3)
        rows.append(Row(f"superstep beside {size:,} B, sqlite", "ms", ours, theirs))
    found = Samples((rows[-1].ours.middle / rows[0].ours.middle,))
    work = f"beside {sizes[-1]:,} B against {sizes[0]:,} B"
    return [*rows, Row(work, "x", found, None, "<= 2", found.middle <= 2)]


def reading(size: int = 1000) -> Rows:
    """get_state and the whole history of a thread."""
    rows = []
    for kind in ("memory", "sqlite"):
        for name, read in (
            ("get_state", lambda app: app.get_state(THREAD)),
            ("history", lambda app: list(app.get_state_history(THREAD))),
        ):

            def measure(engine: Engine, kind: str = kind, read: Any = read) -> float:
                with engine.saver(kind) as saver:
                    app = engines.loop(engine, saver, size)
                    engine.call(app, {"n": 0})
                    with watch() as spent:
                        read(app)
                    return spent.seconds * MILLI

            times = 3.0 if name == "history" else 1.0
            work = f"{name} at {size} checkpoints, {kind}"
            rows.append(faster(work, "ms", measure, times=times, repeats=3))
    return rows


def compiling(size: int = 1000) -> Rows:
    def measure(engine: Engine) -> float:
        with watch() as spent:
            engines.linear(engine, None, size)
        return spent.seconds * MILLI

    return [faster(f"compile {size} nodes", "ms", measure, times=5)]


def memory(size: int = 1000) -> Rows:
    """The peak of a run with a memory saver, as Python counts it."""

    def measure(engine: Engine) -> float:
        with engine.saver("memory") as saver:
            app = engines.loop(engine, saver, size)
            tracemalloc.start()
            engine.call(app, {"n": 0})
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return peak / 1e6

    return [faster(f"memory of {size} supersteps", "MB", measure, times=1, repeats=1)]


WORKS: dict[str, Callable[[], Rows]] = {
    each.__name__: each
    for each in (
        supersteps,
        bytes_per_superstep,
        sends,
        one_by_one,
        long_thread,
        big_state,
        reading,
        compiling,
        memory,
    )
}
