"""A Saver in one SQLite file, with the standard library alone.

Every put is one durable transaction (WAL, synchronous=FULL). One connection serves all threads,
one at a time; other processes may use the same file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Self

from runtime import deltas
from runtime import sqlite_statements as sql
from runtime.deltas import Key, Place, Row, Unfolding
from runtime.saver import check_keep, encode, matches, value_text
from runtime.serde import dumps, loads
from runtime.types import Checkpoint, Saved, Write

PAGE = 100  # checkpoints read at once while listing
BUSY_SECONDS = 30  # how long to wait for another process that writes


class SqliteSaver:
    """`SqliteSaver(connection)`, or `SqliteSaver.from_conn_string(path)`, which also is a context
    manager that closes the file. The connection must allow use from several threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._lock = RLock()
        self._db = connection
        self._db.row_factory = sqlite3.Row
        self._db.isolation_level = None  # transactions are opened by name, in _transaction
        self._db.executescript(sql.SCHEMA)

    @classmethod
    def from_conn_string(cls, path: str | Path) -> Self:
        """A saver on a file, made if it is not there; ":memory:" keeps nothing."""
        return cls(sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def get(self, thread_id: str, ns: str = "", checkpoint_id: str | None = None) -> Saved | None:
        where = {"thread_id": thread_id, "ns": ns}
        with self._transaction("DEFERRED"):
            named = {**where, "id": checkpoint_id}
            rows = self._db.execute(sql.READ_CHECKPOINT, named).fetchall()
            found = self._load(where, rows)
        return found[0] if found else None

    def put(self, thread_id: str, checkpoint: Checkpoint, writes: Sequence[Write] = ()) -> None:
        level = (thread_id, checkpoint.ns)
        changed = [key for key in checkpoint.versions.items() if key[1] == checkpoint.id]
        with self._transaction():
            if checkpoint.parent_id:
                self._insert((*level, checkpoint.parent_id), writes)
            rows = [
                (*level, *key, *encode(checkpoint, key[0], partial(self._place, (*level, key[0]))))
                for key in changed
            ]
            self._db.executemany(sql.ADD_BLOB, rows)
            self._db.execute(sql.ADD_CHECKPOINT, {"thread_id": thread_id, **_row(checkpoint)})

    def put_writes(
        self, thread_id: str, ns: str, checkpoint_id: str, writes: Sequence[Write]
    ) -> None:
        with self._transaction():
            self._insert((thread_id, ns, checkpoint_id), writes)

    def list(
        self,
        thread_id: str,
        ns: str = "",
        *,
        filter: Mapping[str, Any] | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Saved]:
        where = {"thread_id": thread_id, "ns": ns}
        found = 0
        while limit is None or found < limit:
            with self._transaction("DEFERRED"):
                border = {**where, "before": before, "page": PAGE}
                page = self._db.execute(sql.LIST_CHECKPOINTS, border).fetchall()
                fits = [row for row in page if matches(loads(row["metadata"]), filter)]
                fits = fits if limit is None else fits[: limit - found]
                loaded = self._load(where, fits)
            yield from loaded
            found += len(fits)
            if len(page) < PAGE:
                return
            before = page[-1]["id"]

    def delete_thread(self, thread_id: str) -> None:
        with self._transaction():
            for statement in sql.DELETE_THREAD:
                self._db.execute(statement, (thread_id,))

    def copy_thread(self, source: str, target: str) -> None:
        with self._transaction():
            if self._db.execute(sql.IS_TAKEN, (target,)).fetchone():
                raise ValueError(f"thread {target} is not empty")
            for statement in sql.COPY_THREAD:
                self._db.execute(statement, {"source": source, "target": target})

    def prune(self, thread_id: str, *, keep: int = 1) -> None:
        check_keep(keep)
        with self._transaction():
            for (ns,) in self._db.execute(sql.LEVELS, (thread_id,)).fetchall():
                self._prune({"thread_id": thread_id, "ns": ns}, keep)

    def _prune(self, where: dict[str, str], keep: int) -> None:
        left = self._db.execute(sql.NEWEST, {**where, "keep": keep}).fetchall()
        for statement in sql.PRUNE:
            self._db.execute(statement, {**where, "oldest": left[-1]["id"]})
        bases = {(row[0], row[1]): row[2] for row in self._db.execute(sql.BASES, where)}
        used = {pair for row in left for pair in json.loads(row["versions"]).items()}
        gone = bases.keys() - deltas.needed(bases.__getitem__, used)
        self._db.executemany(sql.DROP_BLOB, [(*where.values(), *key) for key in gone])

    @contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        with self._lock:
            self._db.execute(f"BEGIN {kind}")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _place(self, key: tuple[str, str, str], version: str) -> Place | None:
        row = self._db.execute(sql.READ_PLACE, (*key, version)).fetchone()
        return deltas.read_place(row[0]) if row and row[0] else None

    def _insert(self, place: tuple[str, str, str], writes: Sequence[Write]) -> None:
        rows = [
            (
                *(*place, write.task_id, write.idx, dumps(write.path), write.channel),
                value_text(write.channel, write.value),
            )
            for write in writes
        ]
        self._db.executemany(sql.ADD_WRITE, rows)

    def _load(self, where: dict[str, str], rows: Sequence[sqlite3.Row]) -> Sequence[Saved]:
        if not rows:
            return ()
        versions = [json.loads(row["versions"]) for row in rows]
        pairs = list({pair for each in versions for pair in each.items()})
        blobs: dict[Key, Row] = {
            (channel, version): Row(*rest)
            for channel, version, *rest in self._db.execute(
                sql.READ_BLOBS, {**where, "pairs": json.dumps(pairs)}
            )
        }
        writes: dict[str, list[Write]] = {row["id"]: [] for row in rows}
        ids = {**where, "ids": json.dumps(list(writes))}
        for at, task, path, idx, channel, data in self._db.execute(sql.READ_WRITES, ids):
            writes[at].append(Write(task, loads(path), idx, channel, loads(data)))
        read = partial(Unfolding().read, blobs)
        return [
            Saved(_checkpoint(row, each, read), tuple(writes[row["id"]]))
            for row, each in zip(rows, versions, strict=True)
        ]


def _row(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "ns": checkpoint.ns,
        "id": checkpoint.id,
        "parent_id": checkpoint.parent_id,
        "step": checkpoint.step,
        "source": checkpoint.source,
        "created_at": checkpoint.created_at,
        "versions": json.dumps(dict(checkpoint.versions)),
        "following": value_text("next", checkpoint.next),
        "joins": dumps(dict(checkpoint.joins)),
        "deferred": dumps(checkpoint.deferred),
        "metadata": dumps(dict(checkpoint.metadata)),
    }


def _checkpoint(
    row: sqlite3.Row, versions: dict[str, str], read: Callable[[str, str], Any]
) -> Checkpoint:
    values = {name: read(name, version) for name, version in versions.items()}
    return Checkpoint(
        id=row["id"],
        ns=row["ns"],
        parent_id=row["parent_id"],
        step=row["step"],
        source=row["source"],
        values=values,
        versions=versions,
        next=loads(row["following"]),
        joins=loads(row["joins"]),
        deferred=loads(row["deferred"]),
        created_at=row["created_at"],
        metadata=loads(row["metadata"]),
    )
