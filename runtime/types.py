"""The words of the runtime: frozen values that nodes, savers and hosts exchange.

Shapes and names that graph authors see follow LangGraph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, Final, Generic, Literal, NamedTuple, TypeVar

from runtime.ask import CURRENT as CURRENT
from runtime.ask import interrupt as interrupt
from runtime.policy import CachePolicy as CachePolicy
from runtime.policy import RetryPolicy as RetryPolicy
from runtime.policy import TimeoutPolicy as TimeoutPolicy

START: Final = "__start__"
END: Final = "__end__"
INTERRUPT: Final = "__interrupt__"
ROOT: Final = "__root__"

# Reserved channels that travel beside ordinary ones. DONE marks a task that wrote nothing.
GOTO: Final = "__goto__"
DONE: Final = "__done__"
ERROR: Final = "__error__"
RESUME: Final = "__resume__"
MARKS: Final = "__marks__"
#: The special kinds have one slot per task: a later write replaces the earlier one.
SLOTS: Final = MappingProxyType({ERROR: -1, RESUME: -2, INTERRUPT: -3, MARKS: -4})
RETURN: Final = "__return__"  # the result of a @task that a node called
RESERVED: Final = frozenset({GOTO, DONE, RETURN, *SLOTS})
PREVIOUS: Final = "__previous__"  # the channel of what the next run gets as `previous`

PULL: Final = "__pregel_pull"  # path of a task that an edge started: (PULL, node)
PUSH: Final = "__pregel_push"  # path of a task that a Send started: (PUSH, index, False)
COMMAND: Final = "__command__"  # path of writes that came with a Command as input
EDIT: Final = "__edit__"  # path of a task that stands for what a person wrote as a node

NO_MAPPING: Final[Mapping[str, Any]] = MappingProxyType({})

StreamMode = Literal[
    "values", "updates", "custom", "tasks", "checkpoints", "debug", "messages", "events"
]
StreamWriter = Callable[[Any], None]
N = TypeVar("N")


class Unset:
    """The type of UNSET: 'nobody gave a value', which None cannot say."""

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset()


# --- what graph authors write ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Schedules one task of `node` in the next superstep with `arg` as its whole input.

    `timeout` bounds that task (an async node) in seconds, or by a TimeoutPolicy.
    """

    node: str
    arg: Any
    timeout: TimeoutPolicy | float | None = field(default=None, kw_only=True, repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Command(Generic[N]):
    """Update the state and go somewhere (from a node), or answer and go on (as input).

    `resume` is one answer, or a map {interrupt id: answer}. `goto` is a node name, a Send, or a
    sequence of them; it adds to drawn edges.
    """

    PARENT: ClassVar[Literal["__parent__"]] = "__parent__"

    graph: str | None = None
    update: Any = None
    resume: Any = UNSET
    goto: Send | N | Sequence[Send | N] = ()

    def __repr__(self) -> str:
        shown = (
            f"{each.name}={value!r}"
            for each in fields(self)
            if (value := getattr(self, each.name)) is not None
            and value != ()
            and value is not UNSET
        )
        return f"Command({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A question. `id` is 32 hex digits; `index` counts the questions of one task from 0."""

    value: Any
    id: str
    index: int = field(default=0, compare=False, repr=False)
    response_schema: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Overwrite:
    """A write that replaces the value of a reducer channel instead of being reduced."""

    value: Any


class GraphOutput(NamedTuple):
    """What invoke(version="v2") returns."""

    value: Any
    interrupts: tuple[Interrupt, ...] = ()


# --- what is stored ----------------------------------------------------------------------------


class Write(NamedTuple):
    """One thing a task produced. idx >= 0: in order of writing; idx < 0: a slot of SLOTS.

    RESUME holds ((interrupt id, answer), ...) in question order, INTERRUPT the open questions,
    MARKS those of all asked so far, ERROR the exception as text, GOTO a node name or a Send.
    """

    task_id: str
    path: tuple[Any, ...]
    idx: int
    channel: str
    value: Any


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state between two supersteps, and what comes next.

    `next` holds node names (sorted) and then Sends. `versions` names for each channel the
    checkpoint that wrote its value. `joins` maps a waiting edge to the nodes that arrived.
    `kept`, for savers and never stored: (older version, how many leading items of that list
    begin the new one) of channels that grew.
    """

    id: str
    ns: str
    parent_id: str | None
    step: int
    source: str
    values: Mapping[str, Any]
    versions: Mapping[str, str]
    next: tuple[str | Send, ...]
    joins: Mapping[str, tuple[str, ...]]
    deferred: tuple[str, ...]
    created_at: str
    metadata: Mapping[str, Any]
    kept: Mapping[str, tuple[str, int]] = field(
        default_factory=lambda: NO_MAPPING, compare=False, repr=False
    )


class Saved(NamedTuple):
    checkpoint: Checkpoint
    writes: tuple[Write, ...]


# --- what a run is made of ---------------------------------------------------------------------


class Task(NamedTuple):
    """One execution of one node in one superstep. `path` is its place in the order of writes.

    `arg` is UNSET when the node reads the state. `resumes` are (interrupt id, answer) pairs.
    """

    id: str
    node: str
    path: tuple[Any, ...]
    arg: Any
    ns: str
    resumes: tuple[tuple[str, Any], ...] = ()
    timeout: TimeoutPolicy | None = None


class TaskResult(NamedTuple):
    """How a task ended: with writes, with a question, or with an error.

    `resumes` are all answers that the task has used or still holds. `cached`: it did not run, its
    writes are those of an earlier attempt or of the cache. `held`: at a breakpoint inside a
    subgraph. `inner` are the open questions of its subgraphs.
    """

    task: Task
    writes: tuple[tuple[str, Any], ...] = ()
    interrupts: tuple[Interrupt, ...] = ()
    error: BaseException | None = None
    resumes: tuple[tuple[str, Any], ...] = ()
    cached: bool = False
    held: bool = False
    inner: tuple[Waiting, ...] = ()
    marks: tuple[tuple[str, str, str], ...] = ()

    @property
    def paused(self) -> bool:
        return self.held or bool(self.interrupts)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open question and where it was asked."""

    interrupt: Interrupt
    node: str
    ns: str
    task_id: str
    checkpoint_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `values` are the keys of the output schema."""

    values: Any
    waiting: tuple[Waiting, ...]
    next: tuple[str, ...]
    stopped_at: Literal["end", "interrupt", "breakpoint"]
    checkpoint_id: str | None


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The caller's config, parsed once at the door (app.py).

    `limit` counts supersteps of this call. `recover` means "the same run again after a crash".
    `parents` names the checkpoint of every enclosing level, `checkpoint_map` (namespace ->
    checkpoint id) where a run restores the levels.
    """

    thread_id: str | None = None
    ns: str = ""
    checkpoint_id: str | None = None
    run_id: str | None = None
    limit: int = 100
    max_concurrency: int | None = None
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    recover: bool = False
    parents: Mapping[str, str] = field(default_factory=dict)
    checkpoint_map: Mapping[str, str] = field(default_factory=dict)
    configurable: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)


# --- what readers get --------------------------------------------------------------------------


class StateUpdate(NamedTuple):
    """One edit of bulk_update_state: `values` as if `as_node` had returned them."""

    values: Any
    as_node: str | None = None
    task_id: str | None = None


class PregelTask(NamedTuple):
    """A task in a snapshot. `result` is None until it finished; `error` is text.

    `state` is None, the config of the level inside the task, or that level's snapshot.
    """

    id: str
    name: str
    path: tuple[Any, ...]
    error: str | None = None
    interrupts: tuple[Interrupt, ...] = ()
    state: Any = None
    result: Any = None


class StateSnapshot(NamedTuple):
    """The state of a thread at one checkpoint. An unknown thread has empty values."""

    values: Any
    next: tuple[str, ...]
    config: dict[str, Any]
    metadata: dict[str, Any] | None
    created_at: str | None
    parent_config: dict[str, Any] | None
    tasks: tuple[PregelTask, ...]
    interrupts: tuple[Interrupt, ...]
