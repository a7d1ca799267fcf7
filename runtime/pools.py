"""The one pool of threads of this process: for parallel tasks, @task calls and slow savers."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

_MAX_THREADS = 4096  # never reached in practice: each call starts few, idle ones are used again
_pool: ThreadPoolExecutor | None = None


def pool() -> ThreadPoolExecutor:
    """A fork starts without one."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="runtime")
    return _pool


def _forget_pool() -> None:
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)
