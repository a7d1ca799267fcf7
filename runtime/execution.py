"""A graph that a host can run: which saver, how asyncio calls it, what surrounds a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Self, Unpack

from runtime import calls
from runtime.builder import Graph
from runtime.cache import Cache
from runtime.calls import CallOptions, Config
from runtime.context import TaskContext
from runtime.describe import json_schema
from runtime.draw import Drawing, draw
from runtime.drivers import Host, Offload
from runtime.durability import lasting
from runtime.edit import edit
from runtime.errors import InvalidGraphError, NoSaverError
from runtime.facts import RunInfo
from runtime.levels import locate
from runtime.loop import run
from runtime.pools import pool
from runtime.requests import Asking, Emit, Request, Visit
from runtime.running import Running, inside
from runtime.saver import Saver
from runtime.store import Store
from runtime.types import CURRENT, Outcome, RunConfig, StateUpdate
from runtime.work import AroundTask, Worker

EmitTo = Callable[[str, tuple[str, ...], Any], None]

_PROMPT = frozenset({"custom", "messages", "events"})  # read while a node runs, not after it
_ALWAYS_SHOWN = frozenset({"custom", "messages"})  # of subgraphs too, whoever reads the stream


@dataclass(frozen=True, slots=True)
class Executable:
    """A graph with a saver and a host. Frozen: many threads may use it at once."""

    graph: Graph
    saver: Saver | None = None
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    memory: bool | None = None
    offload: Offload | None = None
    around_task: AroundTask = nullcontext
    store: Store | None = None
    cache: Cache | None = None
    step_timeout: float | None = None
    debug: bool = False

    @property
    def name(self) -> str:
        return self.graph.name

    @property
    def is_async(self) -> bool:
        """Whether some node or branch is a coroutine function."""
        return self.graph.is_async

    def bind(
        self,
        *,
        saver: Saver | None = None,
        offload: Offload | None = None,
        around_task: AroundTask | None = None,
        store: Store | None = None,
        step_timeout: float | None = None,
    ) -> Self:
        """A copy with another saver or store, another way to call them from asyncio, a context
        manager that is entered in each thread that runs a task, and a limit in seconds for each
        superstep. None keeps what is there."""
        return replace(
            self,
            saver=saver or self.saver,
            offload=offload or self.offload,
            around_task=around_task or self.around_task,
            store=store or self.store,
            step_timeout=step_timeout or self.step_timeout,
        )

    def get_input_jsonschema(self) -> dict[str, Any]:
        """JSON Schema of what the graph starts with."""
        return json_schema(self.graph.input.type)

    def get_output_jsonschema(self) -> dict[str, Any]:
        """JSON Schema of what the graph ends with."""
        return json_schema(self.graph.output.type)

    def get_context_jsonschema(self) -> dict[str, Any] | None:
        """JSON Schema of the context; None if the graph takes none."""
        return None if self.graph.context is None else json_schema(self.graph.context)

    def get_graph(self, *, xray: bool | int = False) -> Drawing:
        """Nodes and edges as data, and as Mermaid text; `xray` opens subgraphs."""
        return draw(self.graph, xray=xray)

    def execute(
        self,
        input: Any,
        config: Config | None = None,
        *,
        recover: bool = False,
        modes: Sequence[str] = ("updates",),
        emit: EmitTo | None = None,
        **options: Unpack[CallOptions],
    ) -> Outcome:
        """Run until the end or a pause. `input` is a value, None (go on) or a Command.

        `emit(mode, ns, data)` is called as things happen. With `recover` this is the same run
        again after a crash: answers that are already used are left out, and a run_id in the
        config tells whether the input was already taken.
        """
        running = self._call(
            input, config, modes=modes if emit else (), options=options, recover=recover
        )
        driving = running.drive()
        while True:
            try:
                event = next(driving)
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome
            if emit is not None:
                emit(event.mode, event.ns, event.data)

    async def aexecute(
        self,
        input: Any,
        config: Config | None = None,
        *,
        recover: bool = False,
        modes: Sequence[str] = ("updates",),
        emit: EmitTo | None = None,
        **options: Unpack[CallOptions],
    ) -> Outcome:
        """The asyncio twin of `execute`; `emit` is a plain function here too."""
        running = self._call(
            input, config, modes=modes if emit else (), options=options, recover=recover
        )
        outcome: Any = None
        async for event in running.adrive():
            if isinstance(event, Emit) and emit is not None:
                emit(event.mode, event.ns, event.data)
            outcome = event
        done: Outcome = outcome
        return done

    def _call(
        self,
        input: Any,
        config: Config | None,
        *,
        modes: str | Sequence[str],
        options: CallOptions,
        recover: bool = False,
        subgraphs: bool = False,
    ) -> Running:
        parsed = calls.read_config(
            config, options, before=self.before, after=self.after, recover=recover
        )
        wanted = calls.read_modes(modes)
        context = calls.read_context(self.graph.context, options.get("context"))
        task = _calling(parsed)
        if task is not None:
            return self._inside(task, Request(input, parsed, wanted), context)
        if self.memory is True:
            raise NoSaverError("checkpointer=True is for subgraphs; the root graph needs a saver")
        if self.saver is not None:
            calls.require_thread(parsed)
        parsed = calls.at_root(parsed)
        run_info = RunInfo(
            parsed,
            context,
            durable=self.saver is not None,
            inner_modes=wanted if subgraphs else wanted & _ALWAYS_SHOWN,
            app=self,
            replay=calls.replay(parsed, input),
        )
        request = Request(
            input, parsed, wanted, run_info.durable, replay=run_info.replay, seen=run_info.seen
        )
        held = lasting(self.saver, calls.read_durability(options), self._aside)
        app = replace(self, saver=held) if held else self
        host = app._host(replace(run_info, app=app), wanted)
        return Running(run(self.graph, request), replace(host, lasting=held), wanted)

    def _inside(self, task: TaskContext, request: Request, context: Any) -> Running:
        """This graph as a level of the run that `task` belongs to."""
        outer, ns = task.run, task.enter(self.memory)
        app = self._like(outer.app)
        config = calls.inner_config(request.config, outer.config, ns=ns, at=task.checkpoint.id)
        before = outer.replay.bound(ns) if outer.replay else None
        wanted = request.modes | outer.inner_modes
        run_info = replace(
            outer,
            config=config,
            context=outer.context if context is None else context,
            durable=outer.durable and app.saver is not None,
            app=app,
            seen=set(),
        )
        inner = Request(
            request.input,
            config,
            wanted,
            run_info.durable,
            Visit(dict(task.resumes), task.loose, outer.life, before),
            seen=run_info.seen,
        )
        asking = inside(app.graph, inner, task)
        return Running(asking, app._host(run_info, wanted), request.modes, task)

    def _like(self, outer: Executable) -> Self:
        """This graph with the saver and the host of the enclosing one."""
        saver = None if self.memory is False else outer.saver
        return replace(
            self,
            saver=saver,
            offload=outer.offload,
            around_task=outer.around_task,
            store=outer.store or self.store,
            cache=self.cache or outer.cache,
        )

    def _aside(self, work: Callable[[], None]) -> Future[None]:
        """Run something of ours in a thread of its own."""

        def run() -> None:
            with self.around_task():
                work()

        return pool().submit(run)

    def _host(self, run_info: RunInfo, wanted: frozenset[str]) -> Host:
        worker = Worker(self.graph, replace(run_info, modes=wanted), self.around_task)
        prompt = bool(wanted & _PROMPT or run_info.inner_modes)
        host = Host(worker, self.saver, run_info.config, self.offload, prompt=prompt)
        return replace(host, step_timeout=self.step_timeout)

    def _edit(self, config: Config, updates: Sequence[StateUpdate]) -> tuple[Asking[Any], Host]:
        graph, saver, parsed = self._level(config)
        if parsed.ns and graph is self.graph:
            raise InvalidGraphError(f"no subgraph of this graph keeps its state at {parsed.ns!r}")
        worker = Worker(graph, RunInfo(parsed, durable=True, app=self), self.around_task)
        request = Request(None, parsed, durable=True)
        return edit(graph, request, updates), Host(worker, saver, parsed, self.offload)

    def _level(self, config: Config) -> tuple[Graph, Saver, RunConfig]:
        """The level that a config names: the graph that runs there, and where it keeps its state.

        A namespace that leads to no subgraph is read with this graph.
        """
        saver, parsed = self._thread(config)
        found, ns = locate(self.graph, parsed.ns)
        return found.graph if found else self.graph, saver, replace(parsed, ns=ns)

    def _thread(self, config: Config) -> tuple[Saver, RunConfig]:
        parsed = calls.read_config(config, {})
        calls.require_saver(self.saver)
        calls.require_thread(parsed)
        return self.saver, parsed  # type: ignore[return-value]  # require_saver has refused None


def _calling(config: RunConfig) -> TaskContext | None:
    """The task that calls, unless it names another thread: that is a root of its own."""
    task = CURRENT.get(None)
    if not isinstance(task, TaskContext):
        return None
    return task if config.thread_id in (None, task.run.config.thread_id) else None
