"""The functional API under the path that authors know: `from runtime.func import task`."""

from __future__ import annotations

from runtime.functional import entrypoint, once, task

__all__ = ["entrypoint", "once", "task"]
