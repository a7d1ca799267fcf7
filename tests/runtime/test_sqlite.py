"""SqliteSaver: what every saver does, and what only a file can show."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime import Command
from runtime.sqlite import SqliteSaver
from runtime.types import Checkpoint
from tests.runtime.conftest import Call
from tests.runtime.helpers import ask, chain, fan, say
from tests.runtime.saver_conformance import (
    FIRST,
    SECOND,
    SaverConformance,
    checkpoint,
    grown,
    ids,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "threads.sqlite"


@pytest.fixture
def saver(path: Path) -> Iterator[SqliteSaver]:
    with SqliteSaver.from_conn_string(path) as saver:
        yield saver


class TestSqliteSaver(SaverConformance):
    pass


def test_an_authors_own_connection_will_do(path: Path) -> None:
    connection = sqlite3.connect(path)
    SqliteSaver(connection).put("t", checkpoint(FIRST))
    connection.close()

    with SqliteSaver.from_conn_string(str(path)) as again:
        assert again.get("t").checkpoint == checkpoint(FIRST)


def test_a_pause_is_answered_by_another_process(path: Path, call: Call, thread: dict) -> None:
    """6.4, 9.1"""
    with SqliteSaver.from_conn_string(path) as first:
        call(chain(first, a=say("a"), b=ask("?"), c=say("c")), {"log": []}, thread)

    with SqliteSaver.from_conn_string(path) as second:
        app = chain(second, a=say("a"), b=ask("?"), c=say("c"))
        assert call(app, Command(resume="yes"), thread) == {"log": ["a", "yes", "c"]}


def test_the_file_is_durable_and_open_to_readers(saver: SqliteSaver) -> None:
    assert saver._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert saver._db.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_put_that_fails_leaves_nothing(saver: SqliteSaver) -> None:
    saver.put("t", checkpoint(FIRST))
    twice: Checkpoint = checkpoint(FIRST, SECOND, versions={})

    with pytest.raises(sqlite3.IntegrityError):
        saver.put("t", twice)
    saver.put("t", checkpoint(SECOND, FIRST))
    assert ids(saver) == [SECOND, FIRST]


def test_many_threads_share_one_saver(saver: SqliteSaver) -> None:
    def live(name: str) -> list[str]:
        app = fan(saver, a=say("a"), b=say("b"), c=ask("?"))
        config = {"configurable": {"thread_id": name}}
        app.invoke({"log": []}, config)
        return app.invoke(Command(resume=name), config)["log"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(live, "12345678")) == [["a", "b", n] for n in "12345678"]


def test_two_connections_wait_for_each_other(path: Path) -> None:
    def fill(name: str) -> None:
        with SqliteSaver.from_conn_string(path) as saver:
            saver.put(name, checkpoint("01-000", values={"x": [0]}))
            for n in range(1, 40):  # each put reads before it writes
                saver.put(name, grown(f"01-{n:03}", f"01-{n - 1:03}", list(range(n + 1)), n))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fill, "abcd"))

    with SqliteSaver.from_conn_string(path) as saver:
        assert [len(ids(saver, name)) for name in "abcd"] == [40, 40, 40, 40]


def test_a_superstep_is_one_transaction(saver: SqliteSaver, thread: dict) -> None:
    app = chain(saver, **{f"n{n}": say("x") for n in range(10)})
    seen: list[str] = []
    saver._db.set_trace_callback(seen.append)
    app.invoke({"log": []}, thread)

    assert seen.count("COMMIT") == 1 + 1 + 1 + 10  # the first look, the input, START, the nodes
