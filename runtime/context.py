"""What a running task offers to the code inside it: answers, the writer, its config, jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, Self

from runtime import events, ids, serde, stream
from runtime.errors import GraphInterrupt, NoSaverError, QuestionChangedError, QuestionGoneError
from runtime.facts import Caller, ExecutionInfo, Job, RunInfo, Runtime, nothing
from runtime.levels import namespace, within
from runtime.marks import Mark, changed, mark
from runtime.requests import Emit
from runtime.stored import NOTHING, Stored
from runtime.types import (
    CURRENT,
    NO_MAPPING,
    PREVIOUS,
    PUSH,
    RETURN,
    Checkpoint,
    Interrupt,
    Task,
    Waiting,
)


@dataclass(slots=True)
class TaskContext:
    """The Reach of one attempt of one task, or of a job inside it, which shares its answers.

    `saved` is what earlier runs stored. `root` is the context of the node, None for itself: it
    holds `done`, results of jobs by task id, kept over attempts, and `fault`, what the saver raised
    while it stored one. `beat` and `sign` are signs of life: what runtime.heartbeat() is, and what
    streaming is to an idle timeout.
    """

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
    entered: tuple[str, ...] = ()
    paused: bool = False
    marks: list[Mark] = field(default_factory=list)
    changed: QuestionChangedError | None = None
    saved: Mapping[str, Stored] = field(default_factory=lambda: NO_MAPPING)
    attempt: int = 1
    since: float = 0
    caller: Caller | None = None
    job: Job | None = None
    root: TaskContext | None = None
    jobs: tuple[TaskContext, ...] = ()
    running: tuple[Any, ...] = ()
    calls: int = 0
    done: dict[str, Any] | None = None
    fault: BaseException | None = None
    beat: Callable[[], None] = nothing
    sign: Callable[[], None] = nothing

    def enter(self, memory: bool | None) -> str:
        """The namespace of the next subgraph that this task calls."""
        ns = namespace(self.task.ns, len(self.entered), memory)
        self.entered = (*self.entered, ns)
        self.used |= {each.interrupt.id for each in self.before.inner if within(each.ns, ns)}
        return ns

    def pause(self, waiting: tuple[Waiting, ...]) -> NoReturn:
        """A subgraph waits for these answers, or at a breakpoint: so does this task."""
        self.inner += waiting
        self.open = tuple(each.interrupt for each in self.inner)
        self.paused = True
        raise GraphInterrupt(self.open)

    def ask(self, value: Any, response_schema: Any, key: str | None = None) -> Any:
        """The answer to the n-th question of this task, or the signal that stops it."""
        index, self.asked = self.asked, self.asked + 1
        identifier = ids.interrupt_id(self.task.ns, index)
        self.used.add(identifier)
        serde.dumps((value, response_schema))
        self.marks.append(mark(value, key))
        for known, answer in self.resumes:
            if known == identifier:
                if self.job is None:
                    self.changed = changed(self.task.node, self.marks, self.before.marks)
                if self.changed is not None:
                    raise self.changed
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
        self.open = (Interrupt(value, identifier, index, response_schema),)
        self.paused = True
        raise GraphInterrupt(self.open)

    def family(self) -> Iterator[TaskContext]:
        """Its jobs in call order, with theirs, and then the task itself."""
        for job in self.jobs:
            yield from job.family()
        yield self

    def questions(self) -> tuple[Interrupt, ...]:
        """What waits for an answer: in jobs, and in the task itself."""
        return tuple(question for each in self.family() for question in each.open)

    def waits(self) -> bool:
        return self.paused or any(job.waits() for job in self.jobs)

    def inside(self) -> tuple[Waiting, ...]:
        """The questions of subgraphs that wait."""
        return tuple(question for each in self.family() for question in each.inner)

    def left_open(self) -> tuple[Waiting, ...]:
        """The questions of subgraphs that still wait when the task ends early."""
        entered = [ns for each in self.family() for ns in each.entered]
        old = self.before.inner
        kept = (each for each in old if not any(within(each.ns, ns) for ns in entered))
        return (*self.inside(), *kept)

    def own_answers(self) -> tuple[tuple[str, Any], ...]:
        """What subgraphs were answered they have stored themselves."""
        inner = {each.interrupt.id for each in self.before.inner}
        return tuple(pair for pair in self.resumes if pair[0] not in inner)

    def check_used(self) -> None:
        """Raises QuestionGoneError when an answer found no question: it would be lost."""
        unused = [identifier for identifier, _ in self.resumes if identifier not in self.used]
        if unused:
            asked = len(self.resumes) - len(unused)
            raise QuestionGoneError(
                f"node '{self.task.node}' asked {asked} questions, but"
                f" {len(self.resumes)} were answered; was its code changed while it waited?"
            )

    # --- jobs ---

    def call(self, job: Job) -> Any:
        """A future of the job's result, which is stored as it lands and not worked out again."""
        future = self._caller().start(self._inside(job), nested=self.job is not None)
        self.running = (*self.running, future)
        return future

    def once(self, job: Job) -> Any:
        """The job's result, run here and now unless it is stored."""
        return self._caller().perform(self._inside(job))

    def again(self, attempt: int, since: float) -> Self:
        """Forget what an earlier attempt did, but for answers and results of jobs."""
        self.attempt, self.since = attempt, since
        self.asked, self.calls = 0, 0
        self.open, self.inner, self.entered, self.paused = (), (), (), False
        self.marks, self.changed = [], None
        self.jobs, self.running = (), ()
        if self.root is None:
            self.used.clear()
        return self

    def known(self) -> tuple[bool, Any]:
        """Whether this job has a result already, and the result. Its answers count as used."""
        done = (self.root or self).done or {}
        entry = self.saved.get(self.task.id, NOTHING)
        if self.task.id not in done and not entry.done:
            return False, None
        self.used.update(ids.interrupt_id(self.task.ns, n) for n in range(len(self.resumes)))
        if self.task.id in done:
            return True, done[self.task.id]
        return True, next(value for channel, value in entry.pairs if channel == RETURN)

    def learn(self, value: Any) -> None:
        """This job has a result."""
        root = self.root or self
        root.done = {**(root.done or {}), self.task.id: value}

    def _caller(self) -> Caller:
        if self.caller is None:
            raise RuntimeError("a @task cannot be called here")
        return self.caller

    def _inside(self, job: Job) -> TaskContext:
        mark: tuple[Any, ...] = ("key", job.key)
        if job.key is None:
            mark = ("call", self.calls)
            self.calls += 1
        place = (self.task.id, *mark, job.name)
        step = self.checkpoint.step + 1
        identifier = ids.task_id(self.checkpoint.id, self.task.ns, step, place)
        ns = f"{self.task.ns}|{job.name}:{identifier}"
        given = (job.args, dict(job.kwargs))
        task = Task(identifier, job.name, (PUSH, self.task.path, mark[1]), given, ns)
        inside = TaskContext(
            self.run,
            task,
            self.checkpoint,
            self.loose,
            self.resumes,
            self.used,
            before=self.before,
            saved=self.saved,
            caller=self.caller,
            job=job,
            root=self.root or self,
        )
        self.jobs = (*self.jobs, inside)
        return inside

    # --- what nodes get ---

    def write(self, data: Any) -> None:
        """The stream writer: shown at once in stream mode `custom`."""
        self.sign()
        if self.run.sink is not None and "custom" in self.run.modes:
            self.run.sink(Emit("custom", events.level(self.run.config.ns), data))

    def say(self, message: Any) -> None:
        """A message or a piece of one: shown at once in stream modes `messages` and `events`."""
        self.sign()
        if self.show is not None:
            self.emit(self.show.spoken(self.checkpoint, self.task, message))

    def emit(self, shown: Iterable[Emit]) -> None:
        if self.run.sink is not None:
            for event in shown:
                self.run.sink(event)

    @property
    def show(self) -> stream.Show | None:
        """Where events of this task go, if anybody reads them."""
        run = self.run
        if run.app is None or run.sink is None:
            return None
        return stream.Show(run.app.graph, run.config, run.modes, seen=run.seen)

    @property
    def config(self) -> dict[str, Any]:
        """The config as LangGraph shows it to nodes."""
        run = self.run.config
        facts = events.metadata(run, self.task, self.checkpoint.step + 1)
        return {
            "tags": list(run.raw.get("tags") or ()),
            "metadata": {**facts, "langgraph_node": self.task.node},
            "recursion_limit": run.limit,
            "configurable": {
                **run.configurable,
                "thread_id": run.thread_id,
                "checkpoint_ns": self.task.ns,
                "checkpoint_id": self.checkpoint.id,
            },
        }

    @property
    def store(self) -> Any:
        """The store that compile() got, or None."""
        return self.run.app.store if self.run.app is not None else None

    @property
    def previous(self) -> Any:
        """What the last finished run of a functional graph returned or saved."""
        return self.checkpoint.values.get(PREVIOUS)

    @property
    def runtime(self) -> Runtime:
        config, task = self.run.config, self.task
        place = (config.thread_id, config.run_id, task.ns, self.checkpoint.id, task.id)
        info = ExecutionInfo(*place, self.attempt, self.since)
        run = self.run
        return Runtime(run.context, self.write, info, self.store, self.previous, self.beat)

    def injected(self, wants: tuple[str, ...]) -> dict[str, Any]:
        """The parameters that a node or branch asks for by name."""
        if not wants:
            return {}
        offers: dict[str, Callable[[], Any]] = {
            "config": lambda: self.config,
            "runtime": lambda: self.runtime,
            "writer": lambda: self.write,
            "store": lambda: self.store,
            "previous": lambda: self.previous,
        }
        return {name: offers[name]() for name in wants}


def current() -> TaskContext:
    """The task that runs here. Raises RuntimeError outside a run."""
    reach = CURRENT.get(None)
    if not isinstance(reach, TaskContext):
        raise RuntimeError("Called outside of a run")
    return reach
