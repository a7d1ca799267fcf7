"""Each payload's own dialect of an answer: Verdict -> what `interrupt()` returns, and back. Pure.

Back is for clients that answer in the dialect (LangGraph's SDKs, Agent Inbox): what they send
goes through the same checks as a form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from reviews.errors import Invalid
from reviews.services.questions import CallVerdict, Question, ToolCall, Verdict

DECIDE: Final = "decide"  # the action of a verdict on several calls
HUMAN_TYPES: Final = {
    "accept": "approve",
    "edit": "edit",
    "response": "respond",
    "ignore": "reject",
}


def resume_value(question: Question, verdict: Verdict) -> Any:
    """What `interrupt()` returns for a verdict that passed `check`, in the payload's dialect."""
    return _DIALECTS[question.shape](question, verdict)


def _ours(question: Question, verdict: Verdict) -> Any:
    if question.kind == "tools":
        return {"decisions": _decisions(question, verdict)}
    if question.kind == "input" and verdict.action == "respond":
        return verdict.value
    unchanged = question.kind == "edit" and verdict.action == "approve"
    return {
        "type": verdict.action,
        "value": question.proposal if unchanged else verdict.value,
        "reason": verdict.reason,
        "comment": verdict.comment,
    }


def _decisions(question: Question, verdict: Verdict) -> list[dict[str, Any]]:
    given = {one.id: one for one in verdict.calls}
    return [_decision(call, given[call.id]) for call in question.calls]


def _decision(call: ToolCall, verdict: CallVerdict) -> dict[str, Any]:
    if verdict.action == "approve":
        return {"type": "approve"}
    if verdict.action == "edit":
        return {"type": "edit", "edited_action": {"name": call.name, "args": verdict.args}}
    return {"type": verdict.action, "message": verdict.message}


def _human_responses(question: Question, verdict: Verdict) -> list[dict[str, Any]]:
    given = {one.id: one for one in verdict.calls}
    return [_human_response(call, given[call.id]) for call in question.calls]


def _human_response(call: ToolCall, verdict: CallVerdict) -> dict[str, Any]:
    action = {"action": call.name, "args": call.args}
    if verdict.action == "approve":
        return {"type": "accept", "args": action}
    if verdict.action == "edit":
        return {"type": "edit", "args": {**action, "args": verdict.args}}
    if verdict.action == "respond":
        return {"type": "response", "args": verdict.message}
    return {"type": "ignore", "args": None}


_DIALECTS: dict[str, Callable[[Question, Verdict], Any]] = {
    "expects": _ours,
    "value": lambda question, verdict: verdict.value,
    "hitl_request": lambda question, verdict: {"decisions": _decisions(question, verdict)},
    "tool_approval": lambda question, verdict: _decisions(question, verdict)[0],
    "human_interrupt": _human_responses,
}


def as_verdict(question: Question, raw: Any) -> Verdict:
    """Read a bare resume value as the verdict it stands for; Invalid when it is none."""
    if question.shape == "human_interrupt":
        return _from_human(question, raw)
    if question.kind == "tools":
        many = raw if question.shape != "tool_approval" else {"decisions": [raw]}
        return _from_decisions(question, many)
    if question.shape == "value" or (question.kind == "input" and not _typed(question, raw)):
        return Verdict(action="respond", value=raw)
    if not _typed(question, raw):
        allowed = ", ".join(question.allowed)
        raise _unreadable(f'an object with "type", one of {allowed}')
    return Verdict(
        action=raw["type"],
        value=raw.get("value"),
        reason=str(raw.get("reason") or ""),
        comment=str(raw.get("comment") or ""),
    )


def _typed(question: Question, raw: Any) -> bool:
    return isinstance(raw, Mapping) and raw.get("type") in question.allowed


def _from_decisions(question: Question, raw: Any) -> Verdict:
    given = raw.get("decisions") if isinstance(raw, Mapping) else None
    count = len(question.calls)
    if not isinstance(given, list) or len(given) != count:
        raise _unreadable(f'an object with "decisions", a list of {count}')
    calls = []
    for call, one in zip(question.calls, given, strict=True):
        if not isinstance(one, Mapping):
            raise _unreadable("decisions that are objects")
        calls.append(_from_decision(call, one))
    return Verdict(action=DECIDE, calls=tuple(calls))


def _from_decision(call: ToolCall, one: Mapping[str, Any]) -> CallVerdict:
    edited = one.get("edited_action") or one.get("editedAction") or {}
    if not isinstance(edited, Mapping) or edited.get("name", call.name) != call.name:
        raise _unreadable("edits of the same tool's arguments")
    message = str(one.get("message") or "")
    return CallVerdict(call.id, str(one.get("type")), edited.get("args"), message)


def _from_human(question: Question, raw: Any) -> Verdict:
    if not isinstance(raw, list) or len(raw) != len(question.calls):
        raise _unreadable(f"a list of {len(question.calls)} responses")
    calls = []
    for call, one in zip(question.calls, raw, strict=True):
        if not isinstance(one, Mapping):
            raise _unreadable("responses that are objects")
        action = HUMAN_TYPES.get(str(one.get("type")), str(one.get("type")))
        args = one.get("args")
        edited = args.get("args") if isinstance(args, Mapping) and action == "edit" else None
        message = args if isinstance(args, str) else ""
        calls.append(CallVerdict(call.id, action, edited, message))
    return Verdict(action=DECIDE, calls=tuple(calls))


def _unreadable(wanted: str) -> Invalid:
    return Invalid(
        f"This question wants {wanted}.", errors={"command.resume": [f"must be {wanted}"]}
    )
