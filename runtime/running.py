"""A call on its way: driven to its end, and, for a subgraph, tied to the task that made it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from runtime.builder import Graph
from runtime.context import TaskContext
from runtime.drivers import Host, adrive, drive
from runtime.loop import run
from runtime.position import absorb
from runtime.requests import Asking, Emit, Load, Request
from runtime.step import plan
from runtime.stored import open_questions
from runtime.types import Outcome, Saved


@dataclass(frozen=True, slots=True)
class Running:
    """A call that is ready to be driven. `task` is the one that calls, for a subgraph.

    A subgraph that waits stops that task too: driving it raises GraphInterrupt then.
    """

    asking: Asking[Outcome]
    host: Host
    modes: frozenset[str]
    task: TaskContext | None = None

    def drive(self) -> Generator[Emit, None, Outcome]:
        """Yields what the caller asked to see; events of subgraphs also go to the outer call."""
        driving = drive(self.asking, self.host)
        try:
            while True:
                try:
                    event = next(driving)
                except StopIteration as end:
                    return self._ended(end.value)
                if self._shows(event):
                    yield event
        finally:
            self._over()
            driving.close()

    async def adrive(self) -> AsyncIterator[Emit | Outcome]:
        """As `drive`; the last item is the Outcome."""
        try:
            async with aclosing(adrive(self.asking, self.host)) as driving:
                async for event in driving:
                    if not isinstance(event, Emit):
                        yield self._ended(event)
                    elif self._shows(event):
                        yield event
        finally:
            self._over()

    def _over(self) -> None:
        if self.task is None:
            self.host.worker.run.life.over = True

    def _shows(self, event: Emit) -> bool:
        if self.task is None:
            return True
        outer = self.task.run
        if outer.sink is not None and event.mode in outer.inner_modes:
            outer.sink(event)
        return event.mode in self.modes

    def _ended(self, outcome: Any) -> Outcome:
        if not isinstance(outcome, Outcome):
            raise TypeError(f"the loop ended with {outcome!r}")
        if self.task is not None and outcome.stopped_at != "end":
            self.task.pause(outcome.waiting)
        return outcome


def inside(graph: Graph, request: Request, task: TaskContext) -> Asking[Outcome]:
    """`run` inside a task; if it fails, the task is told which questions still wait there."""
    try:
        return (yield from run(graph, request))
    except Exception:
        found: Saved | None = (yield Load(None)) if request.durable else None
        if found is not None:
            at = absorb(graph, found)
            tasks = plan(at.checkpoint, at.extra)
            task.inner += tuple(open_questions(at.checkpoint, tasks, at.saved))
        raise
