"""What the tasks of one call share, and what nodes are told about where they run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from runtime.levels import Replay
from runtime.policy import NO_POLICIES, Policies
from runtime.requests import Emit, Life, SaveWrites
from runtime.types import RunConfig

Sink = Callable[[Emit], None]


def nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class ExecutionInfo:
    """Where the task runs. `node_attempt` counts from 1; the time is in seconds since 1970."""

    thread_id: str | None
    run_id: str | None
    checkpoint_ns: str
    checkpoint_id: str
    task_id: str
    node_attempt: int = 1
    node_first_attempt_time: float | None = None


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a node gets in a parameter named `runtime`. `heartbeat()` tells an idle timeout that
    the node is alive."""

    context: Any
    stream_writer: Callable[[Any], None]
    execution_info: ExecutionInfo
    store: Any = None
    previous: Any = None
    heartbeat: Callable[[], None] = nothing


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What all tasks of one call share.

    `sink` is None when nobody reads what happens inside nodes; `modes` are those that are read
    of this level, `inner_modes` of subgraphs; `seen` are ids of messages that were shown. `app` is
    what runs (saver, store, host): subgraphs take theirs from it. `replay` is set when the call
    runs the past again.
    `keep` and `akeep` store results of jobs at once; None without a saver. `loop` is the event
    loop that runs async functions; None in threads.
    """

    config: RunConfig
    context: Any = None
    durable: bool = False
    sink: Sink | None = None
    modes: frozenset[str] = frozenset()
    seen: set[str] = field(default_factory=set)
    inner_modes: frozenset[str] = frozenset()
    app: Any = None
    replay: Replay | None = None
    keep: Callable[[SaveWrites], Any] | None = None
    akeep: Callable[[SaveWrites], Awaitable[Any]] | None = None
    loop: Any = None
    life: Life = field(default_factory=Life)


@dataclass(frozen=True, slots=True)
class Job:
    """A function that a node calls as a @task. `key`: told apart by it, else by call order."""

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    is_async: bool = False
    policies: Policies = NO_POLICIES
    key: str | None = None


class Caller(Protocol):
    """Runs the job of a TaskContext where its task runs."""

    def start(self, reach: Any, *, nested: bool) -> Any:
        """A future of the result: asyncio's on the event loop, else one with a blocking result."""

    def perform(self, reach: Any) -> Any:
        """The result, or its awaitable if the function is async."""
