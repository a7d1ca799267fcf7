"""Ids: checkpoint ids sort as text in order of creation; task and interrupt ids say where."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from random import getrandbits
from time import time_ns

_TICKS_PER_MS = 4096  # the 12 bits after the milliseconds of a UUID version 7


def checkpoint_id(after: str | None = None) -> str:
    """A new id (UUID version 7) that sorts after `after`, whatever the clock says."""
    ticks = time_ns() * _TICKS_PER_MS // 1_000_000
    if after is not None:
        ticks = max(ticks, _ticks(after) + 1)
    ms, rest = divmod(ticks, _TICKS_PER_MS)
    head = f"{ms:012x}"
    tail = f"{(0b10 << 62) | getrandbits(62):016x}"
    return f"{head[:8]}-{head[8:]}-7{rest:03x}-{tail[:4]}-{tail[4:]}"


def timestamp() -> str:
    """Now, as ISO text in UTC."""
    return datetime.now(UTC).isoformat()


def task_id(checkpoint: str, ns: str, step: int, path: tuple[object, ...]) -> str:
    """The same place gives the same id, in every process."""
    return _digest("task", checkpoint, ns, str(step), *map(str, path))


def interrupt_id(task_ns: str, index: int) -> str:
    """`task_ns` is the full namespace of the asking task, `index` counts its questions from 0."""
    return _digest("interrupt", task_ns, str(index))


def is_interrupt_id(text: object) -> bool:
    return isinstance(text, str) and len(text) == 32 and not set(text) - set("0123456789abcdef")


def _ticks(identifier: str) -> int:
    digits = identifier.replace("-", "")
    return int(digits[:12], 16) * _TICKS_PER_MS + int(digits[13:16], 16)


def _digest(*parts: str) -> str:
    return blake2b("\x00".join(parts).encode(), digest_size=16).hexdigest()
