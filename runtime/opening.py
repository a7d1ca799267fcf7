"""How a call finds its place: a fresh start, new input, going on, an answer, or a fork of the past.

Ends with a Position: the checkpoint to run from and what is already known of its superstep.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runtime.answers import command_writes, place, resume_writes, unmarked
from runtime.builder import Graph
from runtime.errors import (
    CheckpointNotFound,
    EmptyInputError,
    InterruptNotFound,
    NoSaverError,
    ResumeError,
)
from runtime.levels import named_level
from runtime.outputs import read_command
from runtime.position import Position, absorb, blank, child
from runtime.requests import Asking, Load, Request, Save, SaveWrites, Visit
from runtime.step import check_known, plan
from runtime.stored import open_questions, stored
from runtime.types import (
    START,
    UNSET,
    Checkpoint,
    Command,
    RunConfig,
    Saved,
    Send,
    Write,
)


@dataclass(frozen=True, slots=True)
class _Door:
    """A stored checkpoint that a call came in at. `latest` is the newest id of the thread."""

    graph: Graph
    config: RunConfig
    at: Position
    known: tuple[Write, ...]
    latest: str


def opening(graph: Graph, request: Request) -> Asking[Position]:
    """Read the thread, apply the input or the Command, and save what must be durable first."""
    config = request.config
    if request.visit is not None:
        return (yield from _visited(graph, request, request.visit))
    found: Saved | None = None
    if request.durable:
        found = yield Load(config.checkpoint_id)
        if found is None and config.checkpoint_id:
            raise CheckpointNotFound(f"no checkpoint {config.checkpoint_id} in this thread")
    if found is None:
        return (yield from _first_run(graph, request))
    if request.replay is not None and found.checkpoint.source in ("update", "fork"):
        request.replay.before = found.checkpoint.parent_id or ""
    latest = found
    if config.checkpoint_id:
        latest = yield Load(None)
    door = _Door(graph, config, absorb(graph, found), found.writes, latest.checkpoint.id)
    given = None if _same_run(config, found.checkpoint) else request.input
    return (yield from _enter(door, given))


def _visited(graph: Graph, request: Request, visit: Visit) -> Asking[Position]:
    """A level inside a task: one that this task left unfinished goes on, any other starts anew."""
    config = request.config
    found: Saved | None = None
    named = named_level(config) if visit.before else None
    if named is not None:
        return (yield from _restored(graph, config, named))
    if request.durable:
        found = yield Load(None, before=visit.before)
    if found is None:
        at = yield from _first_run(graph, request)
        return replace(at, loose=visit.loose)
    latest: Saved = (yield Load(None)) if visit.before else found
    door = _Door(graph, config, absorb(graph, found), found.writes, latest.checkpoint.id)
    same_task = found.checkpoint.metadata.get("parents") == dict(config.parents)
    if visit.before or not same_task:
        return replace((yield from _new_input(door, request.input)), loose=visit.loose)
    return (yield from _gone_on(door, visit))


def _restored(graph: Graph, config: RunConfig, named: str) -> Asking[Position]:
    """The level as it was at a named checkpoint, now inside another task: a fork of its own."""
    found: Saved | None = yield Load(config.checkpoint_map[named], named)
    latest: Saved | None = yield Load(None)
    if found is None:
        raise CheckpointNotFound(f"no checkpoint {config.checkpoint_map[named]} at {named!r}")
    at = absorb(graph, found)
    if named != config.ns:
        at.checkpoint = replace(at.checkpoint, ns=config.ns, id="")
        at.dirty = tuple(at.checkpoint.versions)
    after = latest.checkpoint.id if latest else ""
    return (yield from _fork(_Door(graph, config, at, found.writes, after), None))


def _gone_on(door: _Door, visit: Visit) -> Asking[Position]:
    """The answers that reached the enclosing task are stored here too before anything runs."""
    at = door.at
    tasks = plan(at.checkpoint, at.extra)
    answered = resume_writes(visit.answers, tasks, at.saved)
    if answered:
        yield SaveWrites(at.checkpoint, answered)
    return replace(at, saved=stored(_with(door.known, answered)), loose=visit.loose)


def _with(known: Iterable[Write], newer: Iterable[Write]) -> list[Write]:
    """Writes as a saver keeps them: the newer one of a slot replaces the older."""
    replaced = {(write.task_id, write.channel) for write in newer}
    return [*(each for each in known if (each.task_id, each.channel) not in replaced), *newer]


def _enter(door: _Door, given: Any) -> Asking[Position]:
    if given is not None and not isinstance(given, Command):
        return (yield from _new_input(door, given))
    if given is not None and given.resume is not UNSET:
        return (yield from _answered(door, given))
    if _replays(door):
        return (yield from _fork(door, given))
    if given is not None:
        return (yield from _commanded(door, given))
    return door.at


def _first_run(graph: Graph, request: Request) -> Asking[Position]:
    given = request.input
    if given is None:
        raise EmptyInputError(f"Received no input for {START}")
    if isinstance(given, Command) and given.resume is not UNSET:
        if not request.durable:
            raise NoSaverError("Cannot use Command(resume=...) without checkpointer")
        raise InterruptNotFound("nothing to answer: the thread never ran")
    door = _Door(graph, request.config, Position(blank(graph, request.config.ns)), (), "")
    return (yield from _new_input(door, given, durable=request.durable))


def _new_input(door: _Door, given: Any, *, durable: bool = True) -> Asking[Position]:
    """START is a node: its task holds the input. What was unfinished is dropped."""
    following = (Send(door.graph.entry, given),)
    checkpoint = child(door.at, door.config, "input", after=door.latest, next=following)
    if durable:
        yield Save(checkpoint)
    return Position(checkpoint)


def _fork(door: _Door, given: Command[Any] | None) -> Asking[Position]:
    """Run the past again as a branch of its own: what was saved of its superstep is left behind."""
    at, graph = door.at, door.graph
    pairs = read_command(graph, given) if given else []
    writes = command_writes(at.checkpoint, pairs, known=(), run_id=None, recover=False)
    moved = absorb(graph, Saved(at.checkpoint, tuple(writes)))
    moved.dirty = (*at.dirty, *moved.dirty)
    following = (*at.checkpoint.next, *at.extra, *moved.extra)
    names = {each for each in following if isinstance(each, str)}
    sends = [each for each in following if isinstance(each, Send)]
    checkpoint = child(moved, door.config, "fork", after=door.latest, next=(*sorted(names), *sends))
    yield Save(checkpoint)
    return Position(checkpoint, resuming=True)


def _answered(door: _Door, given: Command[Any]) -> Asking[Position]:
    """Bind the answer to its question and store it before anything runs."""
    at, config = door.at, door.config
    if at.checkpoint.id != door.latest:
        raise ResumeError(
            f"checkpoint {at.checkpoint.id} is not the latest of its thread;"
            " replay it with None as input, and answer the question that it asks then"
        )
    tasks = plan(at.checkpoint, at.extra)
    check_known(door.graph, tasks)
    waiting = open_questions(at.checkpoint, tasks, at.saved)
    answers = place(given.resume, waiting, recover=config.recover)
    loose: list[Any] = []
    if not answers and not config.recover:
        if not tasks:
            raise InterruptNotFound("nothing to answer: the thread waits for nobody")
        loose.append(given.resume)
    answered = resume_writes(answers, tasks, at.saved)
    return (yield from _commanded(door, given, answered, loose=loose))


def _commanded(
    door: _Door, given: Command[Any], answered: Sequence[Write] = (), *, loose: Sequence[Any] = ()
) -> Asking[Position]:
    """Save a Command's answers, update and goto at the checkpoint, in one go."""
    at, config = door.at, door.config
    pairs = read_command(door.graph, given)
    if not pairs and given.resume is UNSET:
        raise EmptyInputError("Received empty Command input")
    added = command_writes(
        at.checkpoint, pairs, known=door.known, run_id=config.run_id, recover=config.recover
    )
    if answered and added:
        answered = [*answered, *unmarked(answered)]
    if answered or added:
        yield SaveWrites(at.checkpoint, [*answered, *added])
    moved = absorb(door.graph, Saved(at.checkpoint, tuple(added)))
    return Position(
        moved.checkpoint,
        saved=stored(_with(door.known, answered)),
        extra=(*at.extra, *moved.extra),
        dirty=(*at.dirty, *moved.dirty),
        loose=list(loose),
        resuming=True,
    )


def _same_run(config: RunConfig, checkpoint: Checkpoint) -> bool:
    """Whether the crashed run that we recover has already made this checkpoint."""
    made_by = checkpoint.metadata.get("run_id")
    return config.recover and config.run_id is not None and made_by == config.run_id


def _replays(door: _Door) -> bool:
    """A named checkpoint runs as a fork, unless it is the head and was itself made by an edit."""
    if door.config.checkpoint_id is None:
        return False
    checkpoint = door.at.checkpoint
    return checkpoint.source not in ("update", "fork") or checkpoint.id != door.latest
