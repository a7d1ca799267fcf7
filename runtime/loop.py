"""The central loop: a generator that decides, and asks its driver for everything it cannot do.

Written once for threads and asyncio. It never sleeps, never calls a saver and never runs a node.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from runtime import serde, step
from runtime.builder import Graph
from runtime.errors import (
    GraphRecursionError,
    InvalidUpdateError,
    NotSerializable,
    RunOver,
)
from runtime.opening import opening
from runtime.position import Position, head
from runtime.requests import Asking, Cancel, Next, Request, Save, SaveWrites, Start
from runtime.stored import NOTHING, placed, writes_of
from runtime.stream import Show
from runtime.types import START, Checkpoint, Outcome, Task, TaskResult, Write

Stop = Literal["end", "interrupt", "breakpoint"]


def run(graph: Graph, request: Request) -> Asking[Outcome]:
    """One call: from the opening to an Outcome, or to the error of a node."""
    at = yield from opening(graph, request)
    level = Level(graph, request, Show.of(graph, request))
    left = request.config.limit
    loose = request.visit.loose if request.visit else []
    tasks = step.plan(at.checkpoint, at.extra)
    yield from level.show.opened(at.checkpoint, tasks, at.saved, resuming=at.resuming)
    while tasks:
        if tasks[0].node != START:
            if left <= 0:
                raise GraphRecursionError(
                    f"Recursion limit of {request.config.limit} reached without hitting a stop"
                    " condition. Raise it with the `recursion_limit` of the config."
                )
            left -= 1
        if level.breaks(tasks, request.config.before) and not at.resuming:
            yield from level.show.breakpoint()
            return level.outcome(at.checkpoint, tasks, "breakpoint")
        shelf = Shelf(tasks)
        yield from level.fill(shelf, at)
        if request.visit and request.visit.life.over:
            raise RunOver
        if shelf.waits:
            return (yield from level.paused(at, shelf))
        checkpoint = yield from level.close(at, shelf)
        following = step.plan(checkpoint)
        changed = checkpoint.values is not at.checkpoint.values
        yield from level.show.closed(checkpoint, following, changed=changed)
        if level.breaks(tasks, request.config.after):
            yield from level.show.breakpoint()
            return level.outcome(checkpoint, following, "breakpoint" if following else "end")
        at, tasks = Position(checkpoint, loose=loose), following
    return level.outcome(at.checkpoint, (), "end")


@dataclass(slots=True)
class Shelf:
    """The results of one superstep as they come in. `unsaved` go with the closing save."""

    tasks: tuple[Task, ...]
    results: dict[str, TaskResult] = field(default_factory=dict)
    unsaved: list[TaskResult] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def waits(self) -> bool:
        return any(result.paused for result in self.results.values())

    def done(self) -> list[tuple[str, step.Pairs]]:
        """(node, writes) of the tasks that finished, in the order of their paths."""
        found = ((task.node, self.results.get(task.id)) for task in self.tasks)
        return [
            (node, result.writes)
            for node, result in found
            if result is not None and not result.paused and result.error is None
        ]


@dataclass(frozen=True, slots=True)
class Level:
    """One graph at one place in the namespaces: the steps of its loop."""

    graph: Graph
    request: Request
    show: Show

    def fill(self, shelf: Shelf, at: Position) -> Asking[None]:
        """Take what an earlier attempt saved, run the rest, save results as they land."""
        todo = yield from self._reuse(shelf, at)
        if not todo:
            return
        step.check_known(self.graph, todo)
        step.check_apart(self.graph, todo)
        yield from self.show.started(at.checkpoint, todo)
        yield Start(at.checkpoint, todo, at.loose, at.saved)
        running = len(todo)
        while running:
            landed = yield Next()
            running -= len(landed)
            if running and shelf.error is None and any(each.error for each in landed):
                running = 0 if (yield Cancel()) else running
            yield from self._land(shelf, at, landed, last=not running)
        if shelf.error is not None:
            raise shelf.error

    def close(self, at: Position, shelf: Shelf) -> Asking[Checkpoint]:
        """Merge the writes, decide what is next, and save both in one go."""
        config, parent = self.request.config, at.checkpoint
        done = shelf.done()
        try:
            checkpoint = step.commit(
                self.graph,
                parent,
                done,
                head=head(config, parent, "loop", after=parent.id),
                dirty=at.dirty,
            )
        except InvalidUpdateError:
            yield from self._save(at, shelf.unsaved)
            raise
        if self.request.durable:
            try:
                yield Save(checkpoint, _writes(at, shelf.unsaved))
            except NotSerializable as error:
                raise _blamed(shelf.unsaved) or error from None
        return checkpoint

    def paused(self, at: Position, shelf: Shelf) -> Asking[Outcome]:
        """The end of a call that waits. The outcome shows what finished siblings wrote."""
        values = step.merged(self.graph, at.checkpoint.values, shelf.done())
        yield from self.show.paused(values, changed=values is not at.checkpoint.values)
        held = [shelf.results[task.id] for task in shelf.tasks if shelf.results[task.id].paused]
        waiting = [
            question
            for each in held
            for question in placed(at.checkpoint, each.task, each.interrupts, each.inner)
        ]
        seen = replace(at.checkpoint, values=values)
        stop: Stop = "interrupt" if waiting else "breakpoint"
        outcome = self.outcome(seen, [each.task for each in held], stop)
        return replace(outcome, waiting=tuple(waiting))

    def outcome(self, checkpoint: Checkpoint, following: Sequence[Task], stop: Stop) -> Outcome:
        return Outcome(
            values=self.graph.output.read(checkpoint.values),
            waiting=(),
            next=tuple(task.node for task in following),
            stopped_at=stop,
            checkpoint_id=checkpoint.id if self.request.durable else None,
        )

    def breaks(self, tasks: Sequence[Task], names: frozenset[str]) -> bool:
        """Whether a static breakpoint names one of the tasks; "*" means all but START."""
        if not names:
            return False
        nodes = {task.node for task in tasks} - {START}
        return bool(nodes) and ("*" in names or not nodes.isdisjoint(names))

    def _reuse(self, shelf: Shelf, at: Position) -> Asking[list[Task]]:
        """Finished tasks keep their result, and a task whose question waits is not run again."""
        if not at.saved:
            return list(shelf.tasks)
        todo: list[Task] = []
        for task in shelf.tasks:
            before = at.saved.get(task.id, NOTHING)
            if before.done:
                result = TaskResult(task, before.pairs, cached=True)
                yield from self.show.started(at.checkpoint, [task], cached=True)
            elif before.waits:
                result = TaskResult(task, interrupts=before.open, inner=before.inner)
            else:
                todo.append(task._replace(resumes=before.resumes))
                continue
            shelf.results[task.id] = result
            yield from self.show.ended(at.checkpoint, result)
        return todo

    def _land(
        self, shelf: Shelf, at: Position, landed: list[TaskResult], *, last: bool
    ) -> Asking[None]:
        """Save what landed; the last successes of a superstep wait for the closing save."""
        shelf.results.update((each.task.id, each) for each in landed)
        clean = shelf.error is None and not any(each.error for each in landed)
        if last and clean and not shelf.waits:
            shelf.unsaved = landed
        else:
            landed = yield from self._save(at, landed)
        for result in landed:
            yield from self.show.ended(at.checkpoint, result)
            if result.error is not None and shelf.error is None:
                shelf.error = result.error
                shelf.error.add_note(
                    f"During task with name '{result.task.node}' and id '{result.task.id}'"
                )

    def _save(self, at: Position, results: list[TaskResult]) -> Asking[list[TaskResult]]:
        """Save results at the checkpoint. One that cannot be stored becomes an error."""
        if not self.request.durable or not results:
            return results
        try:
            yield SaveWrites(at.checkpoint, _writes(at, results))
        except NotSerializable:
            results = [_storable(each) for each in results]
            yield SaveWrites(at.checkpoint, _writes(at, results))
        return results


def _writes(at: Position, results: Sequence[TaskResult]) -> list[Write]:
    saved = at.saved
    return [
        write
        for result in results
        for write in writes_of(result, saved.get(result.task.id, NOTHING))
    ]


def _storable(result: TaskResult) -> TaskResult:
    """The result, or an error that names the node and key of what cannot be stored."""
    for channel, value in result.writes:
        try:
            serde.dumps(value)
        except NotSerializable as error:
            fault = NotSerializable(f"node '{result.task.node}', key '{channel}': {error}")
            return result._replace(writes=(), interrupts=(), error=fault)
    return result


def _blamed(results: Sequence[TaskResult]) -> BaseException | None:
    return next((bad.error for bad in map(_storable, results) if bad.error is not None), None)
