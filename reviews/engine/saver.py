"""DjangoSaver: the runtime's Saver on the models, for one thread. Every write proves the lease.

A channel's value is stored once per change, under the id of the checkpoint that wrote it; a list
that grew as what was appended (runtime/deltas.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from reviews.engine import leases
from reviews.engine.leases import Lease
from reviews.engine.storage import reached
from reviews.errors import LeaseLost
from reviews.models import Checkpoint, CheckpointBlob, CheckpointWrite, InterruptTask, Thread
from reviews.states import TASK, move
from runtime import deltas
from runtime.deltas import Key, Place, Row, Unfolding
from runtime.saver import check_keep, encode, matches, value_text
from runtime.serde import dumps, loads
from runtime.types import Checkpoint as State
from runtime.types import Saved, Write

PAGE = 100  # checkpoints read at once while listing

# The rows of some versions, and all that those are based on.
_READ_BLOBS = """
WITH RECURSIVE used (id, channel, base) AS (
    SELECT id, channel, base FROM reviews_checkpointblob
    WHERE thread_id = %s AND ns = %s AND version IN ({})
    UNION
    SELECT older.id, older.channel, older.base FROM used JOIN reviews_checkpointblob AS older
    ON older.thread_id = %s AND older.ns = %s
        AND older.channel = used.channel AND older.version = used.base
)
SELECT found.channel, found.version, found.base, found.place, found.data
FROM used JOIN reviews_checkpointblob AS found ON found.id = used.id"""


class DjangoSaver:
    """Stores what `lease` may write; without a lease it is for people's edits and for reading."""

    def __init__(self, thread: Thread, lease: Lease | None = None) -> None:
        self._thread = thread
        self._lease = lease

    def get(self, thread_id: str, ns: str = "", checkpoint_id: str | None = None) -> Saved | None:
        rows = self._rows(thread_id, ns)
        if checkpoint_id is not None:
            rows = rows.filter(checkpoint_id=checkpoint_id)
        with reached():
            row = rows.first()
            return self._load([row])[0] if row else None

    def put(self, thread_id: str, checkpoint: State, writes: Sequence[Write] = ()) -> None:
        self._own(thread_id)
        row = self._row(checkpoint)
        with self._transaction():
            blobs = self._blobs(checkpoint)
            if checkpoint.parent_id:
                self._insert(checkpoint.ns, checkpoint.parent_id, writes)
                self._mark_applied(checkpoint)
            CheckpointBlob.objects.bulk_create(blobs)
            row.save(force_insert=True)
        if self._lease and leases.closing.is_set():
            leases.give_back(self._lease)
            raise LeaseLost("Handed back: this worker is asked to end.")

    def put_writes(
        self, thread_id: str, ns: str, checkpoint_id: str, writes: Sequence[Write]
    ) -> None:
        self._own(thread_id)
        with self._transaction():
            self._insert(ns, checkpoint_id, writes)

    def list(
        self,
        thread_id: str,
        ns: str = "",
        *,
        filter: Mapping[str, Any] | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Saved]:
        found = 0
        while limit is None or found < limit:
            rows = self._rows(thread_id, ns)
            page = list((rows.filter(checkpoint_id__lt=before) if before else rows)[:PAGE])
            fits = [row for row in page if matches(loads(row.metadata), filter)]
            fits = fits if limit is None else fits[: limit - found]
            yield from self._load(fits)
            found += len(fits)
            if len(page) < PAGE:
                return
            before = page[-1].checkpoint_id

    def delete_thread(self, thread_id: str) -> None:
        self._own(thread_id)
        with self._transaction():
            for model in (Checkpoint, CheckpointBlob, CheckpointWrite):
                model.objects.filter(thread=self._thread).delete()

    def copy_thread(self, source: str, target: str) -> None:
        """`target` must be a thread of the site. Raises Thread.DoesNotExist if it is none."""
        self._own(source)
        with transaction.atomic():
            thread = Thread.objects.get(uuid=target)
            if Checkpoint.objects.filter(thread=thread).exists():
                raise ValueError(f"thread {target} is not empty")
            for model in (Checkpoint, CheckpointBlob, CheckpointWrite):
                copies = model.objects.filter(thread=self._thread).order_by("pk")
                model.objects.bulk_create(_copied(copies, thread), batch_size=PAGE)

    def prune(self, thread_id: str, *, keep: int = 1) -> None:
        check_keep(keep)
        self._own(thread_id)
        with self._transaction():
            levels = Checkpoint.objects.filter(thread=self._thread).order_by()
            for ns in levels.values_list("ns", flat=True).distinct():
                self._prune(ns, keep)

    def _prune(self, ns: str, keep: int) -> None:
        here = {"thread": self._thread, "ns": ns}
        left = list(self._rows(str(self._thread.uuid), ns)[:keep])
        oldest = left[-1].checkpoint_id
        CheckpointWrite.objects.filter(**here, checkpoint_id__lt=oldest).delete()
        Checkpoint.objects.filter(**here, checkpoint_id__lt=oldest).delete()
        rows = CheckpointBlob.objects.filter(**here).values_list("pk", "channel", "version", "base")
        bases = {(channel, version): base for _, channel, version, base in rows}
        used = deltas.needed(
            bases.__getitem__, {pair for row in left for pair in row.versions.items()}
        )
        gone = [pk for pk, channel, version, _ in rows if (channel, version) not in used]
        CheckpointBlob.objects.filter(pk__in=gone).delete()

    def _own(self, thread_id: str) -> None:
        if thread_id != str(self._thread.uuid):
            raise ValueError(f"this saver is for thread {self._thread.uuid}, not {thread_id}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with reached(), leases.fenced(self._lease) if self._lease else transaction.atomic():
            yield

    def _rows(self, thread_id: str, ns: str) -> Any:
        self._own(thread_id)
        return Checkpoint.objects.filter(thread=self._thread, ns=ns).order_by("-checkpoint_id")

    def _blobs(self, checkpoint: State) -> Sequence[CheckpointBlob]:
        """The rows of the channels that changed, lists against what they grew from."""
        here = {"thread": self._thread, "ns": checkpoint.ns}
        older = CheckpointBlob.objects.filter(
            **here,
            channel__in=checkpoint.kept,
            version__in={version for version, _ in checkpoint.kept.values()},
        )
        found = older.values_list("channel", "version", "place") if checkpoint.kept else ()
        places = {
            (channel, version): deltas.read_place(place)
            for channel, version, place in found
            if place
        }
        return [
            CheckpointBlob(
                **here,
                channel=channel,
                version=version,
                **encode(checkpoint, channel, partial(_place, places, channel))._asdict(),
            )
            for channel, version in checkpoint.versions.items()
            if version == checkpoint.id
        ]

    def _row(self, checkpoint: State) -> Checkpoint:
        return Checkpoint(
            thread=self._thread,
            ns=checkpoint.ns,
            checkpoint_id=checkpoint.id,
            parent_id=checkpoint.parent_id,
            run_id=self._lease.run_id if self._lease else None,
            step=checkpoint.step,
            source=checkpoint.source,
            next=value_text("next", checkpoint.next),
            joins=dumps(dict(checkpoint.joins)),
            deferred=dumps(checkpoint.deferred),
            versions=dict(checkpoint.versions),
            metadata=dumps(dict(checkpoint.metadata)),
            saved_at=checkpoint.created_at,
        )

    def _insert(self, ns: str, checkpoint_id: str, writes: Sequence[Write]) -> None:
        rows = [
            CheckpointWrite(
                thread=self._thread,
                ns=ns,
                checkpoint_id=checkpoint_id,
                task_id=write.task_id,
                path=dumps(write.path),
                idx=write.idx,
                channel=write.channel,
                data=value_text(write.channel, write.value),
            )
            for write in writes
        ]
        if ordinary := [row for row in rows if row.idx >= 0]:
            CheckpointWrite.objects.bulk_create(ordinary, ignore_conflicts=True)
        if special := [row for row in rows if row.idx < 0]:
            CheckpointWrite.objects.bulk_create(
                special,
                update_conflicts=True,
                unique_fields=["thread", "ns", "checkpoint_id", "task_id", "idx"],
                update_fields=["channel", "path", "data"],
            )

    def _mark_applied(self, checkpoint: State) -> None:
        """A superstep that closes has used the answers to its questions: once, and with it."""
        answered = InterruptTask.objects.filter(
            thread=self._thread, checkpoint_id=checkpoint.parent_id
        )
        move(answered, TASK, "apply", applied_at=Now())

    def _load(self, rows: Sequence[Checkpoint]) -> tuple[Saved, ...]:
        if not rows:
            return ()
        ns = rows[0].ns
        here = {"thread": self._thread, "ns": ns}
        read = self.reader(rows)
        writes: dict[str, list[Write]] = {row.checkpoint_id: [] for row in rows}
        for row in CheckpointWrite.objects.filter(**here, checkpoint_id__in=writes).order_by("pk"):
            writes[row.checkpoint_id].append(_write(row))
        return tuple(Saved(_state(row, read), tuple(writes[row.checkpoint_id])) for row in rows)

    def reader(self, rows: Sequence[Checkpoint]) -> Callable[[str, str], Any]:
        """Gives the value of a channel at a version that `rows`, of one level, name."""
        versions = {each for row in rows for each in row.versions.values()}
        return partial(Unfolding().read, self._read_blobs(rows[0].ns, versions))

    def _read_blobs(self, ns: str, versions: Iterable[str]) -> dict[Key, Row]:
        named = sorted(versions)
        if not named:
            return {}
        place = (self._thread.pk, ns)
        with connection.cursor() as cursor:
            marks = ", ".join(["%s"] * len(named))
            cursor.execute(_READ_BLOBS.format(marks), [*place, *named, *place])
            return {(channel, version): Row(*rest) for channel, version, *rest in cursor}


def _copied(rows: Iterable[Any], thread: Thread) -> Iterator[Any]:
    """New rows for another thread; the runs that made them stay with the first."""
    for row in rows:
        row.pk, row.thread = None, thread
        if isinstance(row, Checkpoint):
            row.run = None
        yield row


def _place(places: Mapping[Key, Place], channel: str, version: str) -> Place | None:
    return places.get((channel, version))


def _write(row: CheckpointWrite) -> Write:
    return Write(row.task_id, loads(row.path), row.idx, row.channel, loads(row.data))


def _state(row: Checkpoint, read: Callable[[str, str], Any]) -> State:
    return State(
        id=row.checkpoint_id,
        ns=row.ns,
        parent_id=row.parent_id,
        step=row.step,
        source=row.source,
        values={name: read(name, version) for name, version in row.versions.items()},
        versions=row.versions,
        next=loads(row.next),
        joins=loads(row.joins),
        deferred=loads(row.deferred),
        created_at=row.saved_at,
        metadata=loads(row.metadata),
    )
