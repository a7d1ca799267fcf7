"""Where checkpoints live between supersteps: the Saver protocol, and one that keeps them in memory.

A saver writes a channel value once: only channels whose version is the checkpoint's own id are
new, the others are found under the checkpoint that wrote them. A list that grew is stored as
what was appended (deltas.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import Any, Protocol

from runtime import deltas
from runtime.deltas import Place, Row, Unfolding
from runtime.errors import NotSerializable
from runtime.serde import dumps, loads
from runtime.types import NO_MAPPING, Checkpoint, Saved, Send, Write


class Saver(Protocol):
    """All methods are synchronous; the asyncio driver calls them through its `offload`."""

    def get(self, thread_id: str, ns: str = "", checkpoint_id: str | None = None) -> Saved | None:
        """The named checkpoint, or the latest (the greatest id); None if there is none."""

    def put(self, thread_id: str, checkpoint: Checkpoint, writes: Sequence[Write] = ()) -> None:
        """Store in one transaction: `writes` of the closing superstep, which belong to
        `checkpoint.parent_id` and were not saved before, and then the checkpoint."""

    def put_writes(
        self, thread_id: str, ns: str, checkpoint_id: str, writes: Sequence[Write]
    ) -> None:
        """Store results of tasks. Per (task, idx): ordinary ones are kept if already there,
        the special kinds (idx < 0) replace."""

    def list(
        self,
        thread_id: str,
        ns: str = "",
        *,
        filter: Mapping[str, Any] | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Saved]:
        """Newest first. `filter` matches metadata; only ids smaller than `before`.

        Values may share items with those of other checkpoints of the listing: only to be read.
        """

    def delete_thread(self, thread_id: str) -> None: ...

    def copy_thread(self, source: str, target: str) -> None:
        """Give the thread `target` all of `source`, with the same checkpoint ids.

        Raises ValueError if `target` holds something.
        """

    def prune(self, thread_id: str, *, keep: int = 1) -> None:
        """Forget all but the `keep` newest checkpoints of each namespace, with their writes."""


class Unwritten:
    """A saver that reads and keeps nothing: to see what an edit would do."""

    def __init__(self, saver: Saver | None) -> None:
        self._saver = saver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._saver, name)

    def put(self, thread_id: str, checkpoint: Checkpoint, writes: Sequence[Write] = ()) -> None:
        """Nothing."""

    def put_writes(
        self, thread_id: str, ns: str, checkpoint_id: str, writes: Sequence[Write]
    ) -> None:
        """Nothing."""


def check_keep(keep: int) -> None:
    if keep < 1:
        raise ValueError(f"keep must be 1 or more, got {keep}; use delete_thread to keep nothing")


def matches(metadata: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool:
    return all(metadata.get(key) == value for key, value in (wanted or {}).items())


def value_text(channel: str, value: Any) -> str:
    """`dumps` for a channel value or a write: the error names the key."""
    try:
        return dumps(value)
    except NotSerializable as error:
        raise NotSerializable(f"{channel!r}: {error}") from None


def encode(
    checkpoint: Checkpoint,
    channel: str,
    place_of: Callable[[str], Place | None],
    known: str | None = None,
) -> Row:
    """How savers store a changed channel. `place_of(version)` reads where its older value stands;
    `known` is the text of the whole value, if there is one already."""
    kept = checkpoint.kept.get(channel)
    before = place_of(kept[0]) if kept and kept[1] else None
    planned = deltas.plan(checkpoint.id, checkpoint.values[channel], kept=kept, before=before)
    text = known if known is not None and planned.base is None else None
    data = text or value_text(channel, planned.value)
    return Row(planned.base, deltas.place_text(planned.place), data)


@dataclass(slots=True)
class _Level:
    """What one thread keeps under one namespace. Values are text, so nobody shares objects;
    `next` is text only where it holds Sends."""

    checkpoints: dict[str, tuple[Checkpoint, str | None]] = field(default_factory=dict)
    blobs: dict[tuple[str, str], Row] = field(default_factory=dict)
    writes: dict[str, dict[tuple[str, int], tuple[Write, str]]] = field(default_factory=dict)
    latest: str | None = None

    def copy(self) -> _Level:
        writes = {identifier: dict(kept) for identifier, kept in self.writes.items()}
        return _Level(dict(self.checkpoints), dict(self.blobs), writes, self.latest)

    def prune(self, keep: int) -> None:
        left = sorted(self.checkpoints, reverse=True)[:keep]
        self.checkpoints = {each: self.checkpoints[each] for each in left}
        self.writes = {each: self.writes[each] for each in left if each in self.writes}
        versions = {pair for bare, _ in self.checkpoints.values() for pair in bare.versions.items()}
        used = deltas.needed(lambda key: self.blobs[key].base, versions)
        self.blobs = {key: self.blobs[key] for key in used}


class InMemorySaver:
    """Keeps threads in this process. Stores what a database would: encoded, once per change."""

    def __init__(self) -> None:
        self._threads: dict[str, dict[str, _Level]] = {}
        self._lock = Lock()

    def get(self, thread_id: str, ns: str = "", checkpoint_id: str | None = None) -> Saved | None:
        with self._lock:
            level = self._threads.get(thread_id, {}).get(ns)
            wanted = checkpoint_id or (level.latest if level else None)
            if level is None or wanted is None or wanted not in level.checkpoints:
                return None
            return _load(level, wanted, Unfolding())

    def put(self, thread_id: str, checkpoint: Checkpoint, writes: Sequence[Write] = ()) -> None:
        texts = _texts(writes)
        # A plain channel holds the very object that was written: no need to encode it twice.
        known = {id(write.value): text for write, text in zip(writes, texts, strict=True)}
        sends = any(isinstance(each, Send) for each in checkpoint.next)
        following = value_text("next", checkpoint.next) if sends else None
        with self._lock:
            level = self._level(thread_id, checkpoint.ns)
            fresh = {
                (name, version): encode(
                    checkpoint,
                    name,
                    partial(_place, level, name),
                    known.get(id(checkpoint.values[name])),
                )
                for name, version in checkpoint.versions.items()
                if version == checkpoint.id
            }
            if writes and checkpoint.parent_id:
                _keep(level, checkpoint.parent_id, writes, texts)
            level.blobs.update(fresh)
            level.checkpoints[checkpoint.id] = (_bare(checkpoint, sends), following)
            level.latest = max(level.latest or "", checkpoint.id)

    def put_writes(
        self, thread_id: str, ns: str, checkpoint_id: str, writes: Sequence[Write]
    ) -> None:
        texts = _texts(writes)
        with self._lock:
            _keep(self._level(thread_id, ns), checkpoint_id, writes, texts)

    def list(
        self,
        thread_id: str,
        ns: str = "",
        *,
        filter: Mapping[str, Any] | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Saved]:
        with self._lock:
            level = self._threads.get(thread_id, {}).get(ns)
            found = sorted(level.checkpoints, reverse=True) if level else []
        unfolding = Unfolding()
        for identifier in found:
            if limit is not None and limit <= 0:
                return
            if before is not None and identifier >= before:
                continue
            with self._lock:
                if level is None or identifier not in level.checkpoints:
                    continue
                if not matches(level.checkpoints[identifier][0].metadata, filter):
                    continue
                saved = _load(level, identifier, unfolding)
            yield saved
            limit = None if limit is None else limit - 1

    def delete_thread(self, thread_id: str) -> None:
        with self._lock:
            self._threads.pop(thread_id, None)

    def copy_thread(self, source: str, target: str) -> None:
        with self._lock:
            if self._threads.get(target):
                raise ValueError(f"thread {target} is not empty")
            levels = self._threads.get(source, {})
            self._threads[target] = {ns: level.copy() for ns, level in levels.items()}

    def prune(self, thread_id: str, *, keep: int = 1) -> None:
        check_keep(keep)
        with self._lock:
            for level in self._threads.get(thread_id, {}).values():
                level.prune(keep)

    def _level(self, thread_id: str, ns: str) -> _Level:
        return self._threads.setdefault(thread_id, {}).setdefault(ns, _Level())


def _bare(checkpoint: Checkpoint, sends: bool) -> Checkpoint:
    """The checkpoint without values and Sends. (dataclasses.replace takes ten times as long.)"""
    return Checkpoint(
        checkpoint.id,
        checkpoint.ns,
        checkpoint.parent_id,
        checkpoint.step,
        checkpoint.source,
        NO_MAPPING,
        checkpoint.versions,
        () if sends else checkpoint.next,
        checkpoint.joins,
        checkpoint.deferred,
        checkpoint.created_at,
        checkpoint.metadata,
    )


def _place(level: _Level, channel: str, version: str) -> Place | None:
    row = level.blobs.get((channel, version))
    return deltas.read_place(row.place) if row and row.place else None


def _texts(writes: Sequence[Write]) -> list[str]:
    return [value_text(write.channel, write.value) for write in writes]


def _keep(level: _Level, identifier: str, writes: Sequence[Write], texts: Sequence[str]) -> None:
    kept = level.writes.setdefault(identifier, {})
    for write, text in zip(writes, texts, strict=True):
        key = (write.task_id, write.idx)
        if write.idx < 0 or key not in kept:
            kept[key] = (Write(write.task_id, write.path, write.idx, write.channel, None), text)


def _load(level: _Level, identifier: str, unfolding: Unfolding) -> Saved:
    bare, following = level.checkpoints[identifier]
    values = {
        name: unfolding.read(level.blobs, name, version) for name, version in bare.versions.items()
    }
    writes = level.writes.get(identifier, {})
    coming = bare.next if following is None else loads(following)
    return Saved(
        replace(bare, values=values, next=coming),
        tuple(write._replace(value=loads(text)) for write, text in writes.values()),
    )
