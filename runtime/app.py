"""A compiled graph as its callers use it: LangGraph's call shapes around the one loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Unpack

from runtime import calls
from runtime.calls import CallOptions, Config
from runtime.drivers import Host, adrive, drive
from runtime.execution import Executable
from runtime.levels import address
from runtime.requests import Asking, Emit
from runtime.saver import Unwritten
from runtime.shape import PRINTED, Shape, returned, show
from runtime.snapshots import no_snapshot, snapshot, waiting
from runtime.types import (
    Checkpoint,
    RunConfig,
    Saved,
    StateSnapshot,
    StateUpdate,
    Waiting,
)


class App(Executable):
    """What compile() returns. Every call has an asyncio twin whose name starts with "a"."""

    __slots__ = ()

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
        typed = calls.read_version(options) == "v2"
        outcome = self.execute(input, config, **self._printing(options), **options)
        return returned(outcome, typed=typed)

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
        typed = calls.read_version(options) == "v2"
        outcome = await self.aexecute(input, config, **self._printing(options), **options)
        return returned(outcome, typed=typed)

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
        namespace in front. With version="v2": dicts {type, ns, data}, and `interrupts` for values.
        """
        shape = self._shape(stream_mode, subgraphs, options)
        running = self._call(input, config, modes=shape.modes, options=options, subgraphs=subgraphs)
        for event in running.drive():
            yield from shape.items(event)

    async def astream(
        self,
        input: Any,
        config: Config | None = None,
        *,
        stream_mode: str | Sequence[str] = "updates",
        subgraphs: bool = False,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Any]:
        shape = self._shape(stream_mode, subgraphs, options)
        running = self._call(input, config, modes=shape.modes, options=options, subgraphs=subgraphs)
        async for event in running.adrive():
            if isinstance(event, Emit):
                for item in shape.items(event):
                    yield item

    def _shape(
        self, stream_mode: str | Sequence[str], subgraphs: bool, options: CallOptions
    ) -> Shape:
        debug = self._prints(options)
        version = calls.read_version(options)
        return Shape.of(stream_mode, subgraphs=subgraphs, version=version, debug=debug)

    def _prints(self, options: CallOptions) -> bool:
        asked = options.get("debug")
        return self.debug if asked is None else asked

    def _printing(self, options: CallOptions) -> dict[str, Any]:
        return {"modes": PRINTED, "emit": show} if self._prints(options) else {}

    # --- state ---

    def get_state(self, config: Config, *, subgraphs: bool = False) -> StateSnapshot:
        """Where the thread stands, or what a named checkpoint holds.

        `subgraphs`: tasks hold the snapshots of the levels inside them in place of their configs,
        which address them here.
        """
        graph, saver, parsed = self._level(config)
        saved = saver.get(*_place(parsed), parsed.checkpoint_id)
        if saved is None:
            return no_snapshot(parsed)
        shown = snapshot(graph, parsed, saved, live=parsed.checkpoint_id is None)
        if not subgraphs:
            return shown
        tasks = (
            task._replace(state=self.get_state(task.state, subgraphs=True)) if task.state else task
            for task in shown.tasks
        )
        return shown._replace(tasks=tuple(tasks))

    def get_waiting(self, config: Config) -> tuple[Waiting, ...]:
        """The open questions of a thread, at any depth, with the place where each was asked."""
        graph, saver, parsed = self._level(config)
        saved = saver.get(*_place(parsed), parsed.checkpoint_id)
        return waiting(graph, saved) if saved else ()

    async def aget_state(self, config: Config, *, subgraphs: bool = False) -> StateSnapshot:
        read = partial(self.get_state, config, subgraphs=subgraphs)
        found: StateSnapshot = await self._offloaded(read)
        return found

    def get_state_history(
        self,
        config: Config,
        *,
        filter: Config | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """All of the thread, newest first. `filter` matches metadata; `before` is a config whose
        checkpoint_id is the first one left out."""
        graph, saver, parsed = self._level(config)
        border = calls.read_config(before, {}).checkpoint_id
        found = saver.list(*_place(parsed), filter=filter, before=border, limit=limit)
        return (snapshot(graph, parsed, saved, live=False) for saved in found)

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
        return self.bulk_update_state(config, [[StateUpdate(values, as_node)]])

    async def aupdate_state(
        self, config: Config, values: Any, as_node: str | None = None
    ) -> dict[str, Any]:
        return await self.abulk_update_state(config, [[StateUpdate(values, as_node)]])

    def preview_update(
        self, config: Config, values: Any, as_node: str | None = None
    ) -> StateSnapshot:
        """What update_state would make of the thread, values and next; nothing is stored.

        Raises as update_state does, for example where `as_node` must be given.
        """
        asking, host = self._edit(config, [StateUpdate(values, as_node)])
        made = self._made(asking, replace(host, saver=Unwritten(host.saver)))
        graph, _, parsed = self._level(config)
        return snapshot(graph, parsed, Saved(made, ()), live=True)

    def bulk_update_state(
        self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> dict[str, Any]:
        """One checkpoint for each inner list of updates. Raises ValueError for an empty list."""
        for updates in calls.read_supersteps(supersteps):
            asking, host = self._edit(config, updates)
            config = _address_of(self._made(asking, host), host.config)
        return dict(config)

    async def abulk_update_state(
        self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> dict[str, Any]:
        for updates in calls.read_supersteps(supersteps):
            asking, host = self._edit(config, updates)
            made: Any = None
            async for event in adrive(asking, host):
                made = event
            config = _address_of(made, host.config)
        return dict(config)

    def _made(self, asking: Asking[Checkpoint], host: Host) -> Checkpoint:
        driving = drive(asking, host)
        while True:
            try:
                next(driving)
            except StopIteration as end:
                made: Checkpoint = end.value
                return made

    async def _offloaded(self, function: Callable[..., Any], *args: Any) -> Any:
        if self.offload is None:
            return function(*args)
        return await self.offload(function)(*args)


def _address_of(made: Checkpoint, config: RunConfig) -> dict[str, Any]:
    parents = made.metadata.get("parents") or {}
    return address(replace(config, parents=parents), made.id, made.ns)


def _place(config: RunConfig) -> tuple[str, str]:
    return config.thread_id or "", config.ns
