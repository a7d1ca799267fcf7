"""Durability modes: a saver around the thread's saver, for one call.

sync: as it happens. async: in order, while the next superstep runs. exit: once, when the call ends.
Whatever the mode, all is stored when the call returns: drivers call `flush`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, Literal

from runtime.saver import Saver
from runtime.types import NO_MAPPING, Checkpoint, Saved, Write

Durability = Literal["sync", "async", "exit"]
Spawn = Callable[[Callable[[], None]], Future[None]]


class Lasting(ABC):
    """A saver for one call. What is not written differently goes to the saver inside."""

    def __init__(self, inner: Saver) -> None:
        self.inner = inner

    @abstractmethod
    def get(
        self, thread_id: str, ns: str = "", checkpoint_id: str | None = None
    ) -> Saved | None: ...

    @abstractmethod
    def put(self, thread_id: str, checkpoint: Checkpoint, writes: Sequence[Write] = ()) -> None: ...

    @abstractmethod
    def put_writes(
        self, thread_id: str, ns: str, checkpoint_id: str, writes: Sequence[Write]
    ) -> None: ...

    @abstractmethod
    def flush(self) -> None:
        """Store what is still held. Raises what the saver inside raised."""

    def list(self, thread_id: str, ns: str = "", **options: Any) -> Iterator[Saved]:
        self.flush()
        return self.inner.list(thread_id, ns, **options)

    def delete_thread(self, thread_id: str) -> None:
        self.flush()
        self.inner.delete_thread(thread_id)

    def copy_thread(self, source: str, target: str) -> None:
        self.flush()
        self.inner.copy_thread(source, target)

    def prune(self, thread_id: str, *, keep: int = 1) -> None:
        self.flush()
        self.inner.prune(thread_id, keep=keep)


class AsyncSaver(Lasting):
    """Writes in another thread, one after the other. A fault shows at the next call."""

    def __init__(self, inner: Saver, spawn: Spawn) -> None:
        super().__init__(inner)
        self._spawn = spawn
        self._todo: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = Lock()
        self._running: Future[None] | None = None

    def get(self, thread_id: str, ns: str = "", checkpoint_id: str | None = None) -> Saved | None:
        self.flush()
        return self.inner.get(thread_id, ns, checkpoint_id)

    def put(self, thread_id: str, checkpoint: Checkpoint, writes: Sequence[Write] = ()) -> None:
        self._later(lambda: self.inner.put(thread_id, checkpoint, writes))

    def put_writes(
        self, thread_id: str, ns: str, checkpoint_id: str, writes: Sequence[Write]
    ) -> None:
        self._later(lambda: self.inner.put_writes(thread_id, ns, checkpoint_id, writes))

    def flush(self) -> None:
        while (running := self._running) is not None:
            try:
                running.result()
            finally:
                with self._lock:
                    self._running = None if self._running is running else self._running

    def _later(self, write: Callable[[], None]) -> None:
        with self._lock:
            if self._running is not None and self._running.done():
                failed, self._running = self._running, None
                failed.result()
            self._todo.put(write)
            if self._running is None:
                self._running = self._spawn(self._drain)

    def _drain(self) -> None:
        while True:
            with self._lock:
                try:
                    write = self._todo.get(block=False)
                except Empty:
                    self._running = None
                    return
            try:
                write()
            except BaseException:  # what follows would leave a gap: nobody shall write it
                self._todo = SimpleQueue()
                raise


@dataclass(slots=True)
class _Held:
    """One namespace of the thread: where the call began, and where it stands."""

    base: Checkpoint | None = None
    last: Checkpoint | None = None
    writes: dict[tuple[str, str, int], Write] = field(default_factory=dict)

    def keep(self, checkpoint_id: str, writes: Sequence[Write]) -> None:
        for write in writes:
            key = (checkpoint_id, write.task_id, write.idx)
            if write.idx < 0 or key not in self.writes:
                self.writes[key] = write

    def of(self, checkpoint_id: str) -> tuple[Write, ...]:
        return tuple(write for key, write in self.writes.items() if key[0] == checkpoint_id)


class ExitSaver(Lasting):
    """Holds everything in memory and stores the last checkpoint with its writes at the end.

    A subgraph that finished leaves nothing, unless its namespace outlives the task.
    """

    def __init__(self, inner: Saver) -> None:
        super().__init__(inner)
        self._held: dict[tuple[str, str], _Held] = {}
        self._lock = Lock()

    def get(self, thread_id: str, ns: str = "", checkpoint_id: str | None = None) -> Saved | None:
        with self._lock:
            held = self._held.setdefault((thread_id, ns), _Held())
            last = held.last
            if last is not None and checkpoint_id in (None, last.id):
                return Saved(last, held.of(last.id))
            found = self.inner.get(thread_id, ns, checkpoint_id)
            if found is None:
                return None
            held.base = held.base or found.checkpoint
            known = {(write.task_id, write.idx): write for write in found.writes}
            new = {(write.task_id, write.idx): write for write in held.of(found.checkpoint.id)}
            return Saved(found.checkpoint, tuple({**known, **new}.values()))

    def put(self, thread_id: str, checkpoint: Checkpoint, writes: Sequence[Write] = ()) -> None:
        with self._lock:
            held = self._held.setdefault((thread_id, checkpoint.ns), _Held())
            if held.last is None and checkpoint.parent_id and held.base is None:
                found = self.inner.get(thread_id, checkpoint.ns, checkpoint.parent_id)
                held.base = found.checkpoint if found else None
            held.last = checkpoint

    def put_writes(
        self, thread_id: str, ns: str, checkpoint_id: str, writes: Sequence[Write]
    ) -> None:
        with self._lock:
            self._held.setdefault((thread_id, ns), _Held()).keep(checkpoint_id, writes)

    def list(self, thread_id: str, ns: str = "", **options: Any) -> Iterator[Saved]:
        return self.inner.list(thread_id, ns, **options)

    def flush(self) -> None:
        with self._lock:
            held, self._held = self._held, {}
        for (thread_id, ns), level in held.items():
            last = level.last
            if last is not None and not last.next and ":" in ns.rpartition("|")[2]:
                continue
            if last is not None:
                self.inner.put(thread_id, _shortened(last, level.base))
            standing = last or level.base
            writes = level.of(standing.id) if standing else ()
            if standing and writes:
                self.inner.put_writes(thread_id, ns, standing.id, writes)


def _shortened(last: Checkpoint, base: Checkpoint | None) -> Checkpoint:
    """The last checkpoint as the child of the first: it wrote all that changed between."""
    known: Mapping[str, str] = base.versions if base else NO_MAPPING
    versions = {
        channel: version if known.get(channel) == version else last.id
        for channel, version in last.versions.items()
    }
    parent = base.id if base else None
    return replace(last, parent_id=parent, versions=versions, kept=NO_MAPPING)


def lasting(saver: Saver | None, mode: Durability, spawn: Spawn) -> Lasting | None:
    """The saver that a call uses in place of its own; None for that one."""
    if saver is None or mode == "sync":
        return None
    return ExitSaver(saver) if mode == "exit" else AsyncSaver(saver, spawn)
