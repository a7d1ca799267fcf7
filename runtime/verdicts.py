"""Tool calls as they stand in messages, and what a person says of one: approve, edit, reject,
respond. The answer's shape is LangChain's: {"decisions": [{"type": ...}, ...]}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

from runtime import registry
from runtime.messages import ToolMessage


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call that a model asks for. `problem` says why its arguments could not be read."""

    id: str
    name: str
    args: dict[str, Any]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """What becomes of a call. `name` and `args` are what runs when approved or edited;
    `message` is the reason of a reject, or the result of a respond."""

    type: str
    call_id: str
    name: str
    args: dict[str, Any]
    message: str = ""

    @property
    def runs(self) -> bool:
        return self.type in ("approve", "edit")

    def is_for(self, call: ToolCall) -> bool:
        """Whether it is about the very call that was asked for, unchanged."""
        return (self.name, self.args) == (call.name, call.args)

    def told(self) -> ToolMessage:
        """What the agent is told of a call that does not run: the reason, or the person's words
        as the tool's result."""
        if self.type == "respond":
            return ToolMessage(self.message, self.call_id, self.name)
        reason = f" Reason: {self.message}" if self.message else ""
        text = f"A person rejected this call of {self.name}.{reason}"
        return ToolMessage(text, self.call_id, self.name, "error")


registry.register(ToolCall, CallVerdict)


class BadAnswer(ValueError):
    """The answer is none to the question; the text is for the person who gave it."""


def tool_calls(message: Any) -> list[ToolCall]:
    """The calls in a message of any shape, OpenAI's included. A call without id gets its place."""
    found = _read(message, "tool_calls") or ()
    return [_tool_call(each, str(place)) for place, each in enumerate(found)]


def with_call(message: Any, place: int, verdict: CallVerdict) -> Any:
    """The message with what was edited in place of what the model asked for; same id."""
    calls = list(_read(message, "tool_calls"))
    calls[place] = _edited(calls[place], verdict)
    if isinstance(message, Mapping):
        return {**message, "tool_calls": calls}
    if is_dataclass(message) and not isinstance(message, type):
        return replace(message, tool_calls=calls)
    return message.model_copy(update={"tool_calls": calls})


def read_decisions(answer: Any, count: int) -> Sequence[Any]:
    """The decisions in an answer; one alone may come bare. Raises BadAnswer."""
    if isinstance(answer, Mapping) and "decisions" in answer:
        answer = answer["decisions"]
    elif isinstance(answer, Mapping):
        answer = [answer]
    if not isinstance(answer, (list, tuple)) or len(answer) != count:
        raise BadAnswer(f'the answer must be {{"decisions": [...]}} with {count} of them')
    return answer


def read_decision(call: ToolCall, decision: Any, allowed: Sequence[str]) -> CallVerdict:
    """One decision on one call. Raises BadAnswer for what is not allowed or cannot be read."""
    if not isinstance(decision, Mapping) or decision.get("type") not in allowed:
        raise BadAnswer(f"a decision needs a type, one of {', '.join(allowed)}")
    kind, message = str(decision["type"]), str(decision.get("message") or "")
    name, args = call.name, call.args
    if kind == "edit":
        edited = decision.get("edited_action")
        if not isinstance(edited, Mapping) or not isinstance(edited.get("args"), Mapping):
            raise BadAnswer('an edit needs "edited_action": {"name": ..., "args": {...}}')
        name, args = str(edited.get("name") or name), dict(edited["args"])
    if kind == "respond" and not message:
        raise BadAnswer("a respond needs a message, which becomes the tool's result")
    return CallVerdict(kind, call.id, name, args, message)


def _read(message: Any, key: str) -> Any:
    return message.get(key) if isinstance(message, Mapping) else getattr(message, key, None)


def _tool_call(found: Mapping[str, Any], place: str) -> ToolCall:
    identifier = str(found.get("id") or place)
    inner = found.get("function")
    if not isinstance(inner, Mapping):
        args = found.get("args")
        return _checked(identifier, str(found.get("name") or ""), {} if args is None else args)
    try:
        args = json.loads(inner.get("arguments") or "{}")
    except ValueError as error:
        return ToolCall(
            identifier, str(inner.get("name")), {}, f"the arguments are no JSON: {error}"
        )
    return _checked(identifier, str(inner.get("name") or ""), args)


def _checked(identifier: str, name: str, args: Any) -> ToolCall:
    if not isinstance(args, Mapping):
        return ToolCall(identifier, name, {}, "the arguments must be an object")
    return ToolCall(identifier, name, dict(args))


def _edited(found: Mapping[str, Any], verdict: CallVerdict) -> dict[str, Any]:
    if not isinstance(found.get("function"), Mapping):
        return {**found, "name": verdict.name, "args": verdict.args}
    arguments = json.dumps(verdict.args, ensure_ascii=False)
    return {**found, "function": {"name": verdict.name, "arguments": arguments}}
