"""What can go wrong, as one tree. Doors translate by class; `code` is stable.

GraphError
├── InvalidUpdateError        a write that the channels cannot take
├── GraphRecursionError       (RecursionError) more supersteps than the call allows
├── EmptyInputError           nothing to run and no input
├── InvalidGraphError         (ValueError) the graph or a name in it is wrong
│   └── UnknownNodeError      (KeyError too) a goto, Send or branch names no node
├── CheckpointNotFound        (LookupError) the config names a checkpoint that is not stored
├── NoSaverError              (RuntimeError, ValueError) the call needs a saver
├── ResumeError               (RuntimeError) the answer cannot be placed
│   ├── InterruptNotFound     no such question waits
│   ├── QuestionGoneError     the node did not ask again what was answered
│   ├── QuestionChangedError  the node asks something else than what was answered
│   └── AmbiguousResumeError  several questions wait, the answer names none
├── NodeTimeoutError          an async node took longer than its timeout
├── StepTimeoutError          (TimeoutError) a superstep took longer than its step_timeout
├── NotSerializable           (TypeError) a value that cannot be stored
└── UnknownTagError           (ValueError) stored data that this process cannot read

GraphWarning                  (UserWarning) compile() found what invites a known mistake

GraphBubbleUp                 (BaseException) signals, not faults: `except Exception` lets them pass
├── GraphInterrupt            a node asks a person
├── RunOver                   the call at the root has ended: subgraphs in threads stop
└── ParentCommand             (Exception too) a Command for the enclosing graph
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


class GraphError(Exception):
    """The graph could not be built or run."""

    code = "graph_error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class InvalidUpdateError(GraphError):
    """The update cannot be written to the state."""

    code = "invalid_update"


class GraphRecursionError(GraphError, RecursionError):
    """The call took more supersteps than its recursion_limit."""

    code = "recursion_limit"


class EmptyInputError(GraphError):
    """There is no input, and the thread has nothing to go on with."""

    code = "empty_input"


class InvalidGraphError(GraphError, ValueError):
    """The graph is not well formed."""

    code = "invalid_graph"


class UnknownNodeError(InvalidGraphError, KeyError):
    """A goto, a Send or a branch names a node that does not exist."""

    code = "unknown_node"

    __str__ = Exception.__str__  # KeyError would show the repr


class CheckpointNotFound(GraphError, LookupError):
    """The thread has no checkpoint with this id."""

    code = "checkpoint_not_found"


class NoSaverError(GraphError, RuntimeError, ValueError):
    """The call needs a checkpointer; pass one to compile()."""

    code = "no_saver"


class ResumeError(GraphError, RuntimeError):
    """The answer cannot be placed."""

    code = "resume"


class InterruptNotFound(ResumeError):
    """No question with this id waits on the thread."""

    code = "interrupt_not_found"


class QuestionGoneError(ResumeError):
    """The node finished without asking a question that was answered; was its code changed?"""

    code = "question_gone"


class QuestionChangedError(ResumeError):
    """The node asks something else than what was answered; was its code changed?"""

    code = "question_changed"


class AmbiguousResumeError(ResumeError):
    """Several questions wait; answer by interrupt id."""

    code = "ambiguous_resume"


class NotSerializable(GraphError, TypeError):
    """A value cannot be stored."""

    code = "not_serializable"


class UnknownTagError(GraphError, ValueError):
    """Stored data has a tag or class that is not registered here."""

    code = "unknown_tag"


class NodeTimeoutError(GraphError):
    """A node took too long. `kind` says which timeout it was; times are seconds."""

    code = "node_timeout"

    def __init__(self, node: str, elapsed: float, *, kind: str, limit: float | None = None) -> None:
        super().__init__(
            f"Node {node!r} exceeded its {kind} timeout of {limit} s (elapsed: {elapsed:.3f} s)"
        )
        self.node = node
        self.elapsed = elapsed
        self.kind = kind
        self.timeout = limit


class StepTimeoutError(GraphError, TimeoutError):
    """A superstep took longer than its step_timeout."""

    code = "step_timeout"


class GraphWarning(UserWarning):
    """A graph is well formed, but invites a known mistake."""


class GraphBubbleUp(BaseException):
    """A signal on its way to the runtime."""


class GraphInterrupt(GraphBubbleUp):
    """Carries the interrupts of a task that stopped to ask."""

    def __init__(self, interrupts: tuple[Any, ...] = ()) -> None:
        super().__init__(interrupts)
        self.interrupts = interrupts


class RunOver(GraphBubbleUp):
    """The call at the root has ended, so a subgraph that still runs in a thread stops."""


class ParentCommand(GraphBubbleUp, Exception):
    """Carries a `Command(graph=Command.PARENT)` to the enclosing graph."""

    def __init__(self, command: Any) -> None:
        super().__init__(command)
        self.command = command


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for an error about an unknown name: ' Did you mean ...?' or the known names."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    if close:
        return f" Did you mean {close[0]!r}?"
    return f" Known: {', '.join(map(repr, names[:20]))}." if names else ""
