"""Stops an attempt of an async node that takes too long, by cancelling it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from runtime.context import TaskContext
from runtime.facts import nothing
from runtime.policy import TimeoutPolicy, time_left, timed_out


async def within(limit: TimeoutPolicy, reach: TaskContext, work: Awaitable[Any]) -> Any:
    """The result of `work`. Raises NodeTimeoutError when its time is over."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    left = time_left(limit, since_start=0, since_sign=0)
    try:
        async with asyncio.timeout(left) as bound:

            def move() -> None:
                now = loop.time()
                more = time_left(limit, since_start=now - began, since_sign=0)
                if more is not None and not bound.expired():
                    bound.reschedule(now + more)

            def beat() -> None:
                loop.call_soon_threadsafe(move)

            if limit.idle is not None:
                reach.beat = beat
                reach.sign = beat if limit.refresh_on == "auto" else nothing
            return await work
    except TimeoutError as error:
        if not bound.expired():
            raise
        elapsed = loop.time() - began
        raise timed_out(reach.task.node, limit, elapsed=elapsed) from error
    finally:
        reach.beat = reach.sign = nothing
