"""A graph that a host can run: which saver, how asyncio calls it, what surrounds a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Self, Unpack

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
from runtime.types import Outcome, RunConfig
from runtime.work import AroundTask, Worker

EmitTo = Callable[[str, tuple[str, ...], Any], None]


@dataclass(frozen=True, slots=True)
class Executable:
    """A graph with a saver and a host. Frozen: many threads may use it at once."""

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
    ) -> Self:
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
        call = self._call(
            input, config, modes=modes if emit else (), options=options, recover=recover
        )
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
        call = self._call(
            input, config, modes=modes if emit else (), options=options, recover=recover
        )
        outcome: Any = None
        async for event in adrive(*call):
            if isinstance(event, Emit) and emit is not None:
                emit(event.mode, event.ns, event.data)
            outcome = event
        return _finished(outcome)

    def _call(
        self,
        input: Any,
        config: Config | None,
        *,
        modes: str | Sequence[str],
        options: CallOptions,
        recover: bool = False,
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


def _finished(event: Any) -> Outcome:
    if not isinstance(event, Outcome):
        raise TypeError(f"the loop ended with {event!r}")
    return event
