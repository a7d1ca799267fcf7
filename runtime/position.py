"""Where a run stands, and the checkpoints that come after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runtime import ids
from runtime.answers import command_batches, command_targets
from runtime.builder import Graph
from runtime.step import merge
from runtime.stored import Stored, stored
from runtime.types import NO_MAPPING, Checkpoint, RunConfig, Saved, Send


@dataclass(slots=True)
class Position:
    """Where the run stands. All but the checkpoint is for the next superstep only."""

    checkpoint: Checkpoint
    saved: Mapping[str, Stored] = field(default_factory=dict)
    extra: tuple[str | Send, ...] = ()
    dirty: tuple[str, ...] = ()
    loose: list[Any] = field(default_factory=list)
    resuming: bool = False


def absorb(graph: Graph, found: Saved) -> Position:
    """The position at a stored checkpoint, with the updates of Commands as input applied."""
    values: Mapping[str, Any] = {**graph.start, **found.checkpoint.values}
    dirty: dict[str, None] = {}
    for batch in command_batches(found.writes):
        changed = merge(graph, values, [batch])
        values = {**values, **changed}
        dirty.update(dict.fromkeys(changed))
    return Position(
        replace(found.checkpoint, values=values),
        saved=stored(found.writes),
        extra=command_targets(found.writes),
        dirty=tuple(dirty),
        resuming=True,
    )


def blank(graph: Graph, ns: str) -> Checkpoint:
    """The state of a thread that never ran. It is never saved; its id is empty."""
    return Checkpoint(
        id="",
        ns=ns,
        parent_id=None,
        step=-2,
        source="",
        values=graph.start,
        versions=NO_MAPPING,
        next=(),
        joins=NO_MAPPING,
        deferred=(),
        created_at="",
        metadata=NO_MAPPING,
    )


def head(config: RunConfig, parent: Checkpoint, source: str, *, after: str) -> dict[str, Any]:
    """The fields that are new in the child of a checkpoint; the id sorts after `after`."""
    step = parent.step + 1
    return {
        "id": ids.checkpoint_id(after or None),
        "source": source,
        "created_at": ids.timestamp(),
        "metadata": {
            **config.metadata,
            "source": source,
            "step": step,
            "parents": dict(config.parents),
        },
    }


def child(
    at: Position, config: RunConfig, source: str, *, after: str, **changes: Any
) -> Checkpoint:
    """A checkpoint after `at` with its values; what was dirty counts as written by it."""
    new = head(config, at.checkpoint, source, after=after)
    return replace(
        at.checkpoint,
        **new,
        parent_id=at.checkpoint.id or None,
        step=at.checkpoint.step + 1,
        versions={**at.checkpoint.versions, **dict.fromkeys(at.dirty, new["id"])},
        **changes,
    )
