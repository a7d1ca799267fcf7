"""interrupt(): how code inside a node asks a person.

What it does is decided by the `Reach` of the running task (context.py).
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final, Protocol


class Reach(Protocol):
    """What the running task offers to code inside it."""

    def ask(self, value: Any, response_schema: Any, key: str | None) -> Any: ...


#: The task that runs in this thread or asyncio task.
CURRENT: Final[ContextVar[Reach]] = ContextVar("runtime_current_task")


def interrupt(value: Any, *, response_schema: Any = None, key: str | None = None) -> Any:
    """Ask a person: stops the node, and returns the answer when the node runs again.

    The node starts again from its first line on every resume. `value` must be storable. `key`
    names the question among those of its node, for values that differ each time (marks.py).
    Raises RuntimeError outside a run and without a checkpointer, and QuestionChangedError where
    the answer was given to another question.
    """
    reach = CURRENT.get(None)
    if reach is None:
        raise RuntimeError(
            "interrupt() called outside of a run. A thread that a node starts does not know its"
            " task: run the function with contextvars.copy_context().run there"
        )
    return reach.ask(value, response_schema, key)
