"""The two drivers of a loop: threads and asyncio. They answer its requests and hand on its events.

One task runs in the calling thread; parallel tasks share one pool of threads per process.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from runtime.durability import Lasting
from runtime.errors import StepTimeoutError
from runtime.pools import pool
from runtime.requests import Asking, Cancel, Emit, Load, Next, Save, SaveWrites, Start
from runtime.saver import InMemorySaver, Saver
from runtime.types import RunConfig, Task, TaskResult
from runtime.work import Worker

Offload = Callable[[Callable[..., Any]], Callable[..., Awaitable[Any]]]

_DEFAULT_CONCURRENCY = 32  # tasks of one superstep at once in threads


@dataclass(frozen=True, slots=True)
class Host:
    """Where a loop runs. `prompt` means: events are read while the node runs. `step_timeout` is
    seconds. `lasting` holds back what is stored when the call ends."""

    worker: Worker
    saver: Saver | None
    config: RunConfig
    offload: Offload | None = None
    prompt: bool = False
    step_timeout: float | None = None
    lasting: Lasting | None = None

    def is_inline(self, start: Start) -> bool:
        return len(start.tasks) == 1 and not self.prompt and self.step_timeout is None

    def keep(self, request: SaveWrites) -> None:
        self.saver_call(request)()

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


def _deadline(host: Host) -> float | None:
    return None if host.step_timeout is None else monotonic() + host.step_timeout


def _too_late(host: Host) -> StepTimeoutError:
    return StepTimeoutError(f"the superstep took longer than {host.step_timeout} s")


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
                reply = yield from crew.landed()
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
        if host.lasting is not None:
            host.lasting.flush()


class Crew:
    """Runs the tasks of one superstep: helpers in the pool take them from the backlog."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.backlog: deque[Task] = deque()
        self.inbox: SimpleQueue[Any] = SimpleQueue()
        self.until: float | None = None
        run = host.worker.run
        sink = self.inbox.put if run.modes else None
        keep = host.keep if host.saver else None
        self.worker = replace(host.worker, run=replace(run, sink=sink, keep=keep))

    def start(self, request: Start) -> None:
        if self.host.is_inline(request):
            work = self.worker.work
            self.inbox.put(copy_context().run(work, request.tasks[0], request))
            return
        self.until = _deadline(self.host)
        self.backlog = backlog = deque(request.tasks)  # its own: helpers may outlive a superstep
        limit = self.host.config.max_concurrency or _DEFAULT_CONCURRENCY
        base = copy_context()
        for _ in range(min(limit, len(request.tasks))):
            pool().submit(self._help, backlog, request, base)

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
            left = None if self.until is None else max(0, self.until - monotonic())
            try:
                yield self.inbox.get(block=not results, timeout=left)
            except Empty:
                if results:
                    return
                self.backlog.clear()
                raise _too_late(self.host) from None

    def _help(self, backlog: deque[Task], request: Start, base: Context) -> None:
        while backlog:
            try:
                task = backlog.popleft()
            except IndexError:  # another helper was faster
                return
            try:
                self.inbox.put(base.copy().run(self.worker.work, task, request))
            except BaseException as crash:  # the rim: the driver must not wait for ever
                self.inbox.put(crash)


# --- asyncio -----------------------------------------------------------------------------------


async def adrive(asking: Asking[Any], host: Host) -> AsyncGenerator[Any, None]:
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
                    reply = await _offloaded(host, host.saver_call(request))
                except Exception as error:  # the loop decides; most faults end it
                    fault = error
    finally:
        crew.cancel()
        await crew.gone()
        asking.close()
        if host.lasting is not None:
            await _offloaded(host, host.lasting.flush)


async def _offloaded(host: Host, call: Callable[[], Any]) -> Any:
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
        self.until: float | None = None
        run, loop = host.worker.run, asyncio.get_running_loop()
        sink = partial(_put, loop, self.inbox) if run.modes else None
        keep, akeep = (host.keep, self._keep) if host.saver else (None, None)
        run = replace(run, sink=sink, keep=keep, akeep=akeep, loop=loop)
        self.worker = replace(host.worker, run=run)

    async def _keep(self, request: SaveWrites) -> None:
        await _offloaded(self.host, self.host.saver_call(request))

    async def start(self, request: Start) -> None:
        if self.host.is_inline(request):
            self.inbox.put_nowait(await self.worker.awork(request.tasks[0], request, pool()))
            return
        self.until = _deadline(self.host)
        limit = self.host.config.max_concurrency or len(request.tasks)
        gate = asyncio.Semaphore(limit)
        for task in request.tasks:
            running = asyncio.create_task(self._one(task, request, gate))
            self.running.add(running)
            running.add_done_callback(self.running.discard)

    async def items(self, results: list[TaskResult]) -> AsyncIterator[Emit]:
        """Yields events, and fills `results` with everything that has landed, at least one."""
        while not results or not self.inbox.empty():
            left = None if self.until is None else max(0, self.until - monotonic())
            try:
                item = await asyncio.wait_for(self.inbox.get(), left)  # None: for ever
            except TimeoutError:
                raise _too_late(self.host) from None
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
