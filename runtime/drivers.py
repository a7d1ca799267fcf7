"""The two drivers of a loop: threads and asyncio. They answer its requests and hand on its events.

One task runs in the calling thread; parallel tasks share one pool of threads per process.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Any

from runtime.requests import Asking, Cancel, Emit, Load, Next, Save, SaveWrites, Start
from runtime.saver import InMemorySaver, Saver
from runtime.types import RunConfig, Task, TaskResult
from runtime.work import Worker

Offload = Callable[[Callable[..., Any]], Callable[..., Awaitable[Any]]]

_MAX_THREADS = 4096  # never reached in practice: each call starts few, idle ones are used again
_DEFAULT_CONCURRENCY = 32  # tasks of one superstep at once in threads
_pool: ThreadPoolExecutor | None = None


def pool() -> ThreadPoolExecutor:
    """The one pool of this process; a fork starts without one."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="runtime")
    return _pool


def _forget_pool() -> None:
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


@dataclass(frozen=True, slots=True)
class Host:
    """Where a loop runs. `prompt` means: custom events are read while the node runs."""

    worker: Worker
    saver: Saver | None
    config: RunConfig
    offload: Offload | None = None
    prompt: bool = False

    def is_inline(self, start: Start) -> bool:
        return len(start.tasks) == 1 and not self.prompt

    def saver_call(self, request: Load | Save | SaveWrites) -> Callable[[], Any]:
        """The one saver call that answers the request."""
        saver, thread, ns = self.saver, self.config.thread_id, self.config.ns
        if saver is None or thread is None:
            raise RuntimeError("the loop asked a saver that is not there")
        if isinstance(request, Load):
            level = ns if request.ns is None else request.ns
            if request.before is not None:
                found = saver.list(thread, level, before=request.before, limit=1)
                return lambda: next(iter(found), None)
            return lambda: saver.get(thread, level, request.checkpoint_id)
        if isinstance(request, Save):
            return lambda: saver.put(thread, request.checkpoint, request.writes)
        at = request.checkpoint
        return lambda: saver.put_writes(thread, at.ns, at.id, request.writes)


# --- threads -----------------------------------------------------------------------------------


def drive(asking: Asking[Any], host: Host) -> Generator[Emit, None, Any]:
    """Yields what the loop emits, returns what it returns. Errors of the saver pass unchanged."""
    reply: Any = None
    fault: Exception | None = None
    crew = Crew(host)
    try:
        while True:
            try:
                request = asking.throw(fault) if fault else asking.send(reply)
            except StopIteration as stop:
                return stop.value
            reply, fault = None, None
            if isinstance(request, Emit):
                yield request
            elif isinstance(request, Start):
                crew.start(request)
            elif isinstance(request, Next):
                reply = crew.take_inline() or (yield from crew.landed())
            elif isinstance(request, Cancel):
                reply = False
            else:
                try:
                    reply = host.saver_call(request)()
                except Exception as error:  # the loop decides; most faults end it
                    fault = error
    finally:
        crew.backlog.clear()
        asking.close()


class Crew:
    """Runs the tasks of one superstep: helpers in the pool take them from the backlog."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.backlog: deque[Task] = deque()
        self.inbox: SimpleQueue[Any] = SimpleQueue()
        self.inline: list[TaskResult] = []
        self.worker = host.worker
        if host.prompt:
            run = replace(host.worker.run, sink=self.inbox.put)
            self.worker = replace(host.worker, run=run)

    def start(self, request: Start) -> None:
        if self.host.is_inline(request):
            work = self.worker.work
            self.inline = [copy_context().run(work, request.tasks[0], request)]
            return
        self.backlog.extend(request.tasks)
        limit = self.host.config.max_concurrency or _DEFAULT_CONCURRENCY
        base = copy_context()
        for _ in range(min(limit, len(request.tasks))):
            pool().submit(self._help, request, base)

    def take_inline(self) -> list[TaskResult]:
        """The result of a single task, which ran when it was started."""
        taken, self.inline = self.inline, []
        return taken

    def landed(self) -> Generator[Emit, None, list[TaskResult]]:
        """Everything that has landed, at least one result. A crash in a helper is raised."""
        results: list[TaskResult] = []
        for item in self._items(results):
            if isinstance(item, Emit):
                yield item
            elif isinstance(item, TaskResult):
                results.append(item)
            else:
                raise item
        return results

    def _items(self, results: list[TaskResult]) -> Iterator[Any]:
        while True:
            try:
                yield self.inbox.get(block=not results)
            except Empty:
                return

    def _help(self, request: Start, base: Context) -> None:
        while self.backlog:
            try:
                task = self.backlog.popleft()
            except IndexError:  # another helper was faster
                return
            try:
                self.inbox.put(base.copy().run(self.worker.work, task, request))
            except BaseException as crash:  # the rim: the driver must not wait for ever
                self.inbox.put(crash)


# --- asyncio -----------------------------------------------------------------------------------


async def adrive(asking: Asking[Any], host: Host) -> AsyncIterator[Any]:
    """Yields what the loop emits, and last what it returns."""
    reply: Any = None
    fault: Exception | None = None
    crew = AsyncCrew(host)
    try:
        while True:
            try:
                request = asking.throw(fault) if fault else asking.send(reply)
            except StopIteration as stop:
                yield stop.value
                return
            reply, fault = None, None
            if isinstance(request, Emit):
                yield request
            elif isinstance(request, Start):
                await crew.start(request)
            elif isinstance(request, Next):
                results: list[TaskResult] = []
                async for item in crew.items(results):
                    yield item
                reply = results
            elif isinstance(request, Cancel):
                reply = crew.cancel()
            else:
                try:
                    reply = await _offloaded(host, request)
                except Exception as error:  # the loop decides; most faults end it
                    fault = error
    finally:
        crew.cancel()
        await crew.gone()
        asking.close()


async def _offloaded(host: Host, request: Load | Save | SaveWrites) -> Any:
    call = host.saver_call(request)
    if host.offload is not None:
        return await host.offload(call)()
    if isinstance(host.saver, InMemorySaver):
        return call()
    return await asyncio.get_running_loop().run_in_executor(pool(), copy_context().run, call)


class AsyncCrew:
    """Runs the tasks of one superstep as asyncio tasks."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.inbox: asyncio.Queue[Any] = asyncio.Queue()
        self.running: set[asyncio.Task[None]] = set()
        self.worker = host.worker
        if host.prompt:
            loop = asyncio.get_running_loop()
            run = replace(host.worker.run, sink=lambda event: _put(loop, self.inbox, event))
            self.worker = replace(host.worker, run=run)

    async def start(self, request: Start) -> None:
        if self.host.is_inline(request):
            self.inbox.put_nowait(await self.worker.awork(request.tasks[0], request, pool()))
            return
        limit = self.host.config.max_concurrency or len(request.tasks)
        gate = asyncio.Semaphore(limit)
        for task in request.tasks:
            running = asyncio.create_task(self._one(task, request, gate))
            self.running.add(running)
            running.add_done_callback(self.running.discard)

    async def items(self, results: list[TaskResult]) -> AsyncIterator[Emit]:
        """Yields events, and fills `results` with everything that has landed, at least one."""
        while not results or not self.inbox.empty():
            item = await self.inbox.get()
            if isinstance(item, Emit):
                yield item
            elif isinstance(item, TaskResult):
                results.append(item)
            else:
                raise item

    def cancel(self) -> bool:
        for task in self.running:
            task.cancel()
        return True

    async def gone(self) -> None:
        """Wait until cancelled tasks have cleaned up after themselves."""
        await asyncio.gather(*self.running, return_exceptions=True)

    async def _one(self, task: Task, request: Start, gate: asyncio.Semaphore) -> None:
        async with gate:
            try:
                self.inbox.put_nowait(await self.worker.awork(task, request, pool()))
            except asyncio.CancelledError:
                raise
            except BaseException as crash:  # the rim: the driver must not wait for ever
                self.inbox.put_nowait(crash)


def _put(loop: asyncio.AbstractEventLoop, inbox: asyncio.Queue[Any], event: Emit) -> None:
    """Sync nodes write from a thread; async nodes from the loop itself, in order."""
    try:
        here = asyncio.get_running_loop()
    except RuntimeError:
        here = None
    if here is loop:
        inbox.put_nowait(event)
    else:
        loop.call_soon_threadsafe(inbox.put_nowait, event)
