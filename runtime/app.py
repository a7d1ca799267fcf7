"""A compiled graph as its callers use it: LangGraph's call shapes around the one loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Unpack

from runtime import calls
from runtime.builder import Graph
from runtime.calls import CallOptions, Config
from runtime.context import RunInfo
from runtime.describe import json_schema
from runtime.drivers import Host, Offload, adrive, drive
from runtime.edit import edit
from runtime.loop import run
from runtime.requests import Asking, Emit, Request
from runtime.saver import Saver
from runtime.snapshots import address, no_snapshot, snapshot
from runtime.types import INTERRUPT, Outcome, RunConfig, Saved, StateSnapshot
from runtime.work import AroundTask, Worker

EmitTo = Callable[[str, tuple[str, ...], Any], None]


@dataclass(frozen=True, slots=True)
class App:
    """A graph that can run, from many threads at once. `bind` gives a copy for a host."""

    graph: Graph
    saver: Saver | None = None
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    offload: Offload | None = None
    around_task: AroundTask = nullcontext

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
    ) -> App:
        """A copy with another saver, another way to call it from asyncio, and a context manager
        that is entered in each thread that runs a task. None keeps what is there."""
        return replace(
            self,
            saver=saver or self.saver,
            offload=offload or self.offload,
            around_task=around_task or self.around_task,
        )

    def get_input_jsonschema(self) -> dict[str, Any]:
        """JSON Schema of what the graph starts with."""
        return json_schema(self.graph.input.type)

    # --- for hosts ---

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
        call = self._call(input, config, modes if emit else (), recover, options)
        driving = drive(*call)
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
        call = self._call(input, config, modes if emit else (), recover, options)
        outcome: Any = None
        async for event in adrive(*call):
            if isinstance(event, Emit) and emit is not None:
                emit(event.mode, event.ns, event.data)
            outcome = event
        return _finished(outcome)

    # --- for authors ---

    def invoke(
        self,
        input: Any,
        config: Config | None = None,
        *,
        stream_mode: str | Sequence[str] = "values",
        **options: Unpack[CallOptions],
    ) -> Any:
        """The output state, with "__interrupt__": [Interrupt, ...] if the run waits.

        With another stream_mode: the list of what `stream` gives.
        """
        if stream_mode != "values":
            return list(self.stream(input, config, stream_mode=stream_mode, **options))
        return _result(self.execute(input, config, **options))

    async def ainvoke(
        self,
        input: Any,
        config: Config | None = None,
        *,
        stream_mode: str | Sequence[str] = "values",
        **options: Unpack[CallOptions],
    ) -> Any:
        if stream_mode != "values":
            items = self.astream(input, config, stream_mode=stream_mode, **options)
            return [item async for item in items]
        return _result(await self.aexecute(input, config, **options))

    def stream(
        self,
        input: Any,
        config: Config | None = None,
        *,
        stream_mode: str | Sequence[str] = "updates",
        subgraphs: bool = False,
        **options: Unpack[CallOptions],
    ) -> Iterator[Any]:
        """Payloads as they happen; (mode, payload) for a list of modes; `subgraphs` adds the
        namespace in front."""
        single = isinstance(stream_mode, str)
        call = self._call(input, config, stream_mode, False, options)
        for event in drive(*call):
            yield _item(event, single, subgraphs)

    async def astream(
        self,
        input: Any,
        config: Config | None = None,
        *,
        stream_mode: str | Sequence[str] = "updates",
        subgraphs: bool = False,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Any]:
        single = isinstance(stream_mode, str)
        call = self._call(input, config, stream_mode, False, options)
        async for event in adrive(*call):
            if isinstance(event, Emit):
                yield _item(event, single, subgraphs)

    # --- state ---

    def get_state(self, config: Config, *, subgraphs: bool = False) -> StateSnapshot:
        """Where the thread stands, or what a named checkpoint holds."""
        saver, parsed = self._thread(config)
        return self._snapshot(parsed, saver.get(*_place(parsed), parsed.checkpoint_id))

    async def aget_state(self, config: Config, *, subgraphs: bool = False) -> StateSnapshot:
        saver, parsed = self._thread(config)
        return self._snapshot(
            parsed, await self._offloaded(saver.get, *_place(parsed), parsed.checkpoint_id)
        )

    def get_state_history(
        self,
        config: Config,
        *,
        filter: Config | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """Newest first. `filter` matches metadata, `before` is a config with a checkpoint_id."""
        saver, parsed = self._thread(config)
        wanted = before or ({"configurable": {}} if parsed.checkpoint_id is None else None)
        border = (wanted or {}).get("configurable", {}).get("checkpoint_id")
        found = saver.list(*_place(parsed), filter=filter, before=border, limit=limit)
        return (snapshot(self.graph, parsed, saved, live=False) for saved in found)

    async def aget_state_history(
        self,
        config: Config,
        *,
        filter: Config | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        def read() -> list[StateSnapshot]:
            return list(self.get_state_history(config, filter=filter, before=before, limit=limit))

        for each in await self._offloaded(read):
            yield each

    def update_state(
        self, config: Config, values: Any, as_node: str | None = None
    ) -> dict[str, Any]:
        """Write values as if `as_node` had returned them. Returns the config of the new checkpoint.

        Without `as_node`: as the node that ran last.
        """
        asking, host = self._edit(config, values, as_node)
        driving = drive(asking, host)
        while True:
            try:
                next(driving)
            except StopIteration as end:
                return address(host.config, end.value.id, end.value.ns)

    async def aupdate_state(
        self, config: Config, values: Any, as_node: str | None = None
    ) -> dict[str, Any]:
        asking, host = self._edit(config, values, as_node)
        made: Any = None
        async for event in adrive(asking, host):
            made = event
        return address(host.config, made.id, made.ns)

    # --- inside ---

    def _call(
        self,
        input: Any,
        config: Config | None,
        modes: str | Sequence[str],
        recover: bool,
        options: CallOptions,
    ) -> tuple[Asking[Outcome], Host]:
        parsed = calls.read_config(
            config, options, before=self.before, after=self.after, recover=recover
        )
        wanted = calls.read_modes(modes)
        if self.saver is not None:
            calls.require_thread(parsed)
        context = calls.read_context(self.graph.context, options.get("context"))
        durable = self.saver is not None
        request = Request(input, parsed, wanted, durable)
        worker = Worker(self.graph, RunInfo(parsed, context, durable), self.around_task)
        host = Host(worker, self.saver, parsed, self.offload, prompt="custom" in wanted)
        return run(self.graph, request), host

    def _edit(self, config: Config, values: Any, as_node: str | None) -> tuple[Asking[Any], Host]:
        saver, parsed = self._thread(config)
        worker = Worker(self.graph, RunInfo(parsed, durable=True), self.around_task)
        request = Request(values, parsed, durable=True)
        return edit(self.graph, request, as_node), Host(worker, saver, parsed, self.offload)

    def _thread(self, config: Config) -> tuple[Saver, RunConfig]:
        parsed = calls.read_config(config, {})
        calls.require_saver(self.saver)
        calls.require_thread(parsed)
        return self.saver, parsed  # type: ignore[return-value]  # require_saver has refused None

    def _snapshot(self, parsed: RunConfig, saved: Saved | None) -> StateSnapshot:
        if saved is None:
            return no_snapshot(parsed)
        return snapshot(self.graph, parsed, saved, live=parsed.checkpoint_id is None)

    async def _offloaded(self, function: Callable[..., Any], *args: Any) -> Any:
        if self.offload is None:
            return function(*args)
        return await self.offload(function)(*args)


def _place(config: RunConfig) -> tuple[str, str]:
    return config.thread_id or "", config.ns


def _item(event: Emit, single: bool, subgraphs: bool) -> Any:
    item = event.data if single else (event.mode, event.data)
    if not subgraphs:
        return item
    return (event.ns, item) if single else (event.ns, event.mode, event.data)


def _result(outcome: Outcome) -> Any:
    if not outcome.waiting:
        return outcome.values
    asked = {INTERRUPT: [each.interrupt for each in outcome.waiting]}
    return {**outcome.values, **asked} if isinstance(outcome.values, dict) else asked


def _finished(event: Any) -> Outcome:
    if not isinstance(event, Outcome):
        raise TypeError(f"the loop ended with {event!r}")
    return event
