"""Runs the functions that nodes call as @task: in the pool, or on the event loop.

Each result is stored as it lands, so that a node that runs again does not repeat it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from threading import Semaphore
from typing import Any, Protocol

from runtime.context import TaskContext
from runtime.errors import GraphInterrupt, NotSerializable
from runtime.pools import pool
from runtime.requests import SaveWrites
from runtime.stored import writes_of
from runtime.types import RETURN, TaskResult


class Plays(Protocol):
    """What jobs need of the worker: all attempts of a task."""

    @property
    def around_task(self) -> Any: ...

    def play(self, reach: TaskContext, around: Any = nullcontext) -> TaskResult: ...

    async def aplay(self, reach: TaskContext, pool: Any) -> TaskResult: ...


class JobsInThreads:
    """The Caller of a sync node. `limit` bounds how many of its jobs run at once."""

    def __init__(self, worker: Plays, limit: int | None) -> None:
        self.worker = worker
        self.gate = Semaphore(limit) if limit else None

    def start(self, reach: TaskContext, *, nested: bool) -> Future[Any]:
        found, value = _known(reach)
        if found:
            future: Future[Any] = Future()
            future.set_result(value)
            return future
        gate = None if nested else self.gate
        return pool().submit(copy_context().run, self._run, reach, gate, self.worker.around_task)

    def perform(self, reach: TaskContext) -> Any:
        found, value = _known(reach)
        return value if found else self._run(reach, None, nullcontext)

    def _run(self, reach: TaskContext, gate: Semaphore | None, around: Any) -> Any:
        with gate or nullcontext():
            if reach.job is not None and reach.job.is_async and reach.run.loop is not None:
                jobs = JobsInAsyncio(self.worker, None)
                return asyncio.run_coroutine_threadsafe(jobs.run(reach), reach.run.loop).result()
            _started(reach)
            result = self.worker.play(reach, around)
            if _ran(result) and reach.run.keep is not None:
                with _storing(reach), around():
                    reach.run.keep(SaveWrites(reach.checkpoint, writes_of(result)))
            return _finished(reach, result)


class JobsInAsyncio:
    """The Caller of an async node; of a sync node too, which runs in a thread beside the loop."""

    def __init__(self, worker: Plays, limit: int | None) -> None:
        self.worker = worker
        self.gate = asyncio.Semaphore(limit) if limit else None
        self.threads = JobsInThreads(worker, limit)

    def start(self, reach: TaskContext, *, nested: bool) -> Any:
        if not _on_loop(reach):
            return self.threads.start(reach, nested=nested)
        return reach.run.loop.create_task(self.run(reach, None if nested else self.gate))

    def perform(self, reach: TaskContext) -> Any:
        return self.run(reach) if _on_loop(reach) else self.threads.perform(reach)

    async def run(self, reach: TaskContext, gate: asyncio.Semaphore | None = None) -> Any:
        found, value = _known(reach)
        if found:
            return value
        async with gate or nullcontext():
            _started(reach)
            result = await self.worker.aplay(reach, pool())
            if _ran(result) and reach.run.akeep is not None:
                with _storing(reach):
                    await reach.run.akeep(SaveWrites(reach.checkpoint, writes_of(result)))
            return _finished(reach, result)


def settled(reach: TaskContext) -> None:
    """Wait until all jobs of the attempt have ended: nothing runs on behind its back."""
    if reach.running:
        wait(reach.running)


async def asettled(reach: TaskContext) -> None:
    if not reach.running:
        return
    futures = [asyncio.wrap_future(f) if isinstance(f, Future) else f for f in reach.running]
    try:
        await asyncio.gather(*futures, return_exceptions=True)
    except asyncio.CancelledError:
        for future in futures:
            future.cancel()
        raise


def _on_loop(reach: TaskContext) -> bool:
    try:
        return asyncio.get_running_loop() is reach.run.loop
    except RuntimeError:
        return False


def _known(reach: TaskContext) -> tuple[bool, Any]:
    found, value = reach.known()
    if found and reach.show is not None:
        reach.emit(reach.show.started(reach.checkpoint, [reach.task], cached=True))
    return found, value


def _started(reach: TaskContext) -> None:
    if reach.show is not None:
        reach.emit(reach.show.started(reach.checkpoint, [reach.task]))


def _ran(result: TaskResult) -> bool:
    return result.error is None and not result.paused


@contextmanager
def _storing(reach: TaskContext) -> Iterator[None]:
    """A fault of the saver ends the whole task, whatever its code catches."""
    try:
        yield
    except NotSerializable as error:
        raise NotSerializable(f"task '{reach.task.node}': {error}") from None
    except BaseException as fault:
        (reach.root or reach).fault = fault
        raise


def _finished(reach: TaskContext, result: TaskResult) -> Any:
    """The value of the job, or its error. A question is shown by the node that called it."""
    if result.paused:
        raise GraphInterrupt(result.interrupts)
    if reach.show is not None:
        reach.emit(reach.show.ended(reach.checkpoint, result))
    if result.error is not None:
        raise result.error
    value = dict(result.writes)[RETURN]
    reach.learn(value)
    return value
