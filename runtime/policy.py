"""Retry, timeout and cache: what to do, decided without sleeping. work.py does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Any, Literal, TypedDict

from runtime.errors import GraphBubbleUp, GraphError, InvalidGraphError, NodeTimeoutError

#: What a second attempt seldom mends: mistakes in the program, and what the system refuses.
_LASTING = (
    ArithmeticError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    ReferenceError,
    RuntimeError,
    StopAsyncIteration,
    StopIteration,
    SyntaxError,
    TypeError,
    ValueError,
)


def default_retry_on(error: Exception) -> bool:
    """Whether another attempt may help: yes for lost connections, HTTP 5xx and timeouts of nodes;
    no for mistakes in the program and for the runtime's own errors."""
    if isinstance(error, (ConnectionError, NodeTimeoutError)):
        return True
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(status, int):
        return 500 <= status < 600
    return not isinstance(error, (GraphError, *_LASTING))


_noise = SystemRandom()
RetryOn = type[Exception] | Sequence[type[Exception]] | Callable[[Exception], bool]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try a node again, and how long to wait before. Times are seconds.

    `max_attempts` counts the first one. `jitter` adds up to a second to each wait. `retry_on` is
    a class of exception, a sequence of them, or a predicate.
    """

    initial_interval: float = 0.5
    backoff_factor: float = 2.0
    max_interval: float = 128.0
    max_attempts: int = 3
    jitter: bool = True
    retry_on: RetryOn = default_retry_on

    def matches(self, error: Exception) -> bool:
        wanted = self.retry_on
        if isinstance(wanted, type):
            return isinstance(error, wanted)
        if isinstance(wanted, Sequence):
            return isinstance(error, tuple(wanted))
        return bool(wanted(error))

    def delay(self, attempt: int) -> float:
        """Seconds to wait after the attempt with this number."""
        interval = self.initial_interval * self.backoff_factor ** (attempt - 1)
        return min(self.max_interval, interval) + (_noise.uniform(0, 1) if self.jitter else 0)


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Equal input gives the stored writes without running the node.

    `key_func(input)` gives text or bytes; None: by the whole input, which must be storable.
    `ttl` is seconds; None: for ever.
    """

    key_func: Callable[..., str | bytes] | None = None
    ttl: float | None = None


@dataclass(frozen=True, slots=True)
class TimeoutPolicy:
    """Bounds one attempt of an async node. `idle_timeout` counts from the last sign of life: what
    the node streams ("auto"), or only `runtime.heartbeat()` ("heartbeat")."""

    run_timeout: float | timedelta | None = None
    idle_timeout: float | timedelta | None = None
    refresh_on: Literal["auto", "heartbeat"] = "auto"

    @property
    def run(self) -> float | None:
        return seconds(self.run_timeout)

    @property
    def idle(self) -> float | None:
        return seconds(self.idle_timeout)


Timeout = float | timedelta | TimeoutPolicy


class PolicyOptions(TypedDict, total=False):
    """What add_node, @task and @entrypoint take. `timeout`: seconds, or a TimeoutPolicy."""

    retry_policy: RetryPolicy | Sequence[RetryPolicy] | None
    cache_policy: CachePolicy | None
    timeout: Timeout | None


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of one node or @task."""

    retry: tuple[RetryPolicy, ...] = ()
    cache: CachePolicy | None = None
    timeout: TimeoutPolicy | None = None

    def retry_delay(self, error: BaseException | None, attempt: int) -> float | None:
        """Seconds until the next attempt, None for no other. The first policy that matches rules;
        signals are never retried."""
        if not self.retry or not isinstance(error, Exception) or isinstance(error, GraphBubbleUp):
            return None
        for policy in self.retry:
            if policy.matches(error):
                return None if attempt >= policy.max_attempts else policy.delay(attempt)
        return None


NO_POLICIES = Policies()


def read_policies(options: PolicyOptions, *, name: str, is_async: bool) -> Policies:
    """Raises InvalidGraphError for a timeout on a function that cannot be stopped."""
    if not any(options.values()):
        return NO_POLICIES
    retry = options.get("retry_policy") or ()
    limit = read_timeout(options.get("timeout"))
    if limit is not None:
        check_stoppable(name, is_async=is_async)
    given = (retry,) if isinstance(retry, RetryPolicy) else tuple(retry)
    return Policies(given, options.get("cache_policy"), limit)


def check_stoppable(name: str, *, is_async: bool) -> None:
    if not is_async:
        raise InvalidGraphError(
            f"'{name}' has a timeout, but only an async function can be stopped; make it async"
        )


def read_timeout(given: Timeout | None) -> TimeoutPolicy | None:
    if given is None or isinstance(given, TimeoutPolicy):
        return given
    return TimeoutPolicy(run_timeout=given)


def packed(sent: Any) -> list[Any]:
    """The timeout of a Send for storage: nothing, or [run, idle, refresh_on]."""
    limit = read_timeout(sent.timeout)
    return [] if limit is None else [[limit.run, limit.idle, limit.refresh_on]]


def unpacked(stored: list[Any]) -> TimeoutPolicy | None:
    return TimeoutPolicy(*stored[0]) if stored else None


def seconds(given: float | timedelta | None) -> float | None:
    return given.total_seconds() if isinstance(given, timedelta) else given


def time_left(policy: TimeoutPolicy, *, since_start: float, since_sign: float) -> float | None:
    """Seconds until the attempt is stopped; None for no end."""
    left = []
    if policy.run is not None:
        left.append(policy.run - since_start)
    if policy.idle is not None:
        left.append(policy.idle - since_sign)
    return min(left, default=None)


def timed_out(name: str, policy: TimeoutPolicy, *, elapsed: float) -> NodeTimeoutError:
    """The error of an attempt that was stopped after `elapsed` seconds."""
    over = policy.run is not None and elapsed >= policy.run
    kind: Literal["run", "idle"] = "run" if over else "idle"
    return NodeTimeoutError(name, elapsed, kind=kind, limit=policy.run if over else policy.idle)
