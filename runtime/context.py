"""What a running task offers to the code inside it: answers, the writer, its config."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from runtime import ids, serde
from runtime.errors import GraphInterrupt, NoSaverError, QuestionGoneError
from runtime.levels import Replay, namespace, within
from runtime.requests import Emit
from runtime.stored import NOTHING, Stored
from runtime.types import CURRENT, Checkpoint, Interrupt, RunConfig, Task, Waiting

Sink = Callable[[Emit], None]


@dataclass(frozen=True, slots=True)
class ExecutionInfo:
    """Where the task runs. `node_attempt` counts from 1."""

    thread_id: str | None
    run_id: str | None
    checkpoint_ns: str
    checkpoint_id: str
    task_id: str
    node_attempt: int = 1


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a node gets in a parameter named `runtime`."""

    context: Any
    stream_writer: Callable[[Any], None]
    execution_info: ExecutionInfo
    store: Any = None
    previous: Any = None


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What all tasks of one call share.

    `sink` is None when nobody reads events while tasks run; `inner_modes` are those that are read
    from subgraphs. `app` is what runs (saver, host): subgraphs take theirs from it. `replay` is
    set when the call runs the past again.
    """

    config: RunConfig
    context: Any = None
    durable: bool = False
    sink: Sink | None = None
    inner_modes: frozenset[str] = frozenset()
    app: Any = None
    replay: Replay | None = None


@dataclass(slots=True)
class TaskContext:
    """The Reach of one attempt of one task."""

    run: RunInfo
    task: Task
    checkpoint: Checkpoint
    loose: list[Any]
    resumes: list[tuple[str, Any]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    asked: int = 0
    open: tuple[Interrupt, ...] = ()
    before: Stored = field(default_factory=lambda: NOTHING)
    inner: tuple[Waiting, ...] = ()
    entered: list[str] = field(default_factory=list)
    paused: bool = False

    def enter(self, memory: bool | None) -> str:
        """The namespace of the next subgraph that this task calls."""
        ns = namespace(self.task.ns, len(self.entered), memory)
        self.entered.append(ns)
        self.used |= {each.interrupt.id for each in self.before.inner if within(each.ns, ns)}
        return ns

    def pause(self, waiting: tuple[Waiting, ...]) -> NoReturn:
        """A subgraph waits for these answers, or at a breakpoint: so does this task."""
        self.inner += waiting
        self.open = tuple(each.interrupt for each in self.inner)
        self.paused = True
        raise GraphInterrupt(self.open)

    def left_open(self) -> tuple[Waiting, ...]:
        """The questions of subgraphs that still wait when the task ends early."""
        old = self.before.inner
        kept = (each for each in old if not any(within(each.ns, ns) for ns in self.entered))
        return (*self.inner, *kept)

    def own_answers(self) -> tuple[tuple[str, Any], ...]:
        """What subgraphs were answered they have stored themselves."""
        inner = {each.interrupt.id for each in self.before.inner}
        return tuple(pair for pair in self.resumes if pair[0] not in inner)

    def ask(self, value: Any, response_schema: Any) -> Any:
        """The answer to the n-th question of this task, or the signal that stops it."""
        index, self.asked = self.asked, self.asked + 1
        identifier = ids.interrupt_id(self.task.ns, index)
        self.used.add(identifier)
        for known, answer in self.resumes:
            if known == identifier:
                return answer
        if self.loose:
            answer = self.loose.pop()
            self.resumes.append((identifier, answer))
            return answer
        if not self.run.durable:
            raise NoSaverError(
                "interrupt() needs a checkpointer; pass one to compile()"
                " (a subgraph compiled with checkpointer=False cannot ask)"
            )
        serde.dumps((value, response_schema))
        self.open = (Interrupt(value, identifier, index, response_schema),)
        self.paused = True
        raise GraphInterrupt(self.open)

    def check_used(self) -> None:
        """Raises QuestionGoneError when an answer found no question: it would be lost."""
        unused = [identifier for identifier, _ in self.resumes if identifier not in self.used]
        if unused:
            asked = len(self.resumes) - len(unused)
            raise QuestionGoneError(
                f"node '{self.task.node}' asked {asked} questions, but"
                f" {len(self.resumes)} were answered; was its code changed while it waited?"
            )

    def write(self, data: Any) -> None:
        """The stream writer: shown at once in stream mode `custom`."""
        if self.run.sink is not None:
            ns = self.run.config.ns
            self.run.sink(Emit("custom", tuple(ns.split("|")) if ns else (), data))

    @property
    def config(self) -> dict[str, Any]:
        """The config as LangGraph shows it to nodes."""
        run = self.run.config
        raw: Mapping[str, Any] = run.raw
        return {
            "tags": list(raw.get("tags") or ()),
            "metadata": {**(raw.get("metadata") or {}), "langgraph_node": self.task.node},
            "recursion_limit": run.limit,
            "configurable": {
                **run.configurable,
                "thread_id": run.thread_id,
                "checkpoint_ns": self.task.ns,
                "checkpoint_id": self.checkpoint.id,
            },
        }

    @property
    def runtime(self) -> Runtime:
        config, task = self.run.config, self.task
        info = ExecutionInfo(config.thread_id, config.run_id, task.ns, self.checkpoint.id, task.id)
        return Runtime(self.run.context, self.write, info)

    def injected(self, wants: tuple[str, ...]) -> dict[str, Any]:
        """The parameters that a node or branch asks for by name."""
        if not wants:
            return {}
        offers: dict[str, Callable[[], Any]] = {
            "config": lambda: self.config,
            "runtime": lambda: self.runtime,
            "writer": lambda: self.write,
            "store": lambda: None,
            "previous": lambda: None,
        }
        return {name: offers[name]() for name in wants}


def current() -> TaskContext:
    """The task that runs here. Raises RuntimeError outside a run."""
    reach = CURRENT.get(None)
    if not isinstance(reach, TaskContext):
        raise RuntimeError("Called outside of a run")
    return reach
