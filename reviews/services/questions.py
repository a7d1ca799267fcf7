"""The one typed Question behind every payload, and the Verdict that answers it. Pure values.

A task's kind is one of the four patterns; its shape tells who wrote the payload, and with that
what `interrupt()` has to return.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Self

KINDS: Final = ("approve", "edit", "tools", "input")
ACTIONS: Final = ("approve", "edit", "respond", "reject")
EFFECTS: Final = ("read", "write", "external", "money", "irreversible")
DEFAULT_ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "approve": ("approve", "reject"),
    "edit": ("approve", "edit", "reject"),
    "tools": ("approve", "edit", "reject", "respond"),
    "input": ("respond",),
}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call that waits for a verdict. `effect` is one of EFFECTS, or "" when unknown."""

    id: str
    name: str
    args: dict[str, Any]
    description: str = ""
    allowed: tuple[str, ...] = DEFAULT_ALLOWED["tools"]
    args_schema: dict[str, Any] | None = None
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked.

    `schema` is the JSON Schema of approval fields (approve), of `proposal` (edit) or of the answer
    (input); None means that any JSON value will do. `facts` is shown beside the question in every
    kind. `error` and `field_errors` (path -> reasons) say why the answer before was not good
    enough. `description` is markdown from the agent and not to be trusted.
    """

    kind: str
    shape: str  # expects, human_interrupt, hitl_request, tool_approval, value
    title: str
    summary: str = ""
    description: str = ""
    allowed: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None
    proposal: Any = None
    facts: Any = None
    calls: tuple[ToolCall, ...] = ()
    reasons: tuple[str, ...] = ()
    ui: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    field_errors: dict[str, list[str]] = field(default_factory=dict)
    attempt: int = 1
    max_attempts: int | None = None
    priority: int | None = None  # 0 to 100
    due_seconds: int | None = None
    on_timeout: str = ""
    effect: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON for the task's row; `from_json` is the way back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; keys of a later version are passed over."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        calls = tuple(
            ToolCall(**{**call, "allowed": tuple(call["allowed"])})
            for call in values.pop("calls", ())
        )
        for name in ("allowed", "reasons"):
            values[name] = tuple(values.get(name, ()))
        return cls(calls=calls, **values)


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """The verdict on one call: approve, edit (args), reject (message) or respond (message)."""

    id: str
    action: str
    args: dict[str, Any] | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says of a whole question.

    `action` is one of ACTIONS, or "decide" with one CallVerdict per call for kind tools. `value`:
    the edited proposal (edit), the answer (respond), or the approval fields (approve).
    """

    action: str
    value: Any = None
    calls: tuple[CallVerdict, ...] = ()
    reason: str = ""
    comment: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        calls = tuple(CallVerdict(**call) for call in data["calls"])
        return cls(**{**data, "calls": calls})
