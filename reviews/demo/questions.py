"""What people are asked, as interrupt payloads in the `expects` form; reads their answers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from reviews.demo import spdx
from reviews.demo.calls import Call
from reviews.demo.licences import Finding, care
from reviews.demo.spdx import LicenceClass

MAX_ATTEMPTS = 3
DEFAULT_MONTHS = 12
NEW_DUE_SECONDS = 4 * 3600
REASONS = [
    "its duties cannot be met",
    "licence unclear",
    "an allowed package does the same",
    "not needed",
]
PRIORITIES = {
    LicenceClass.PERMISSIVE: 40,
    LicenceClass.WEAK_COPYLEFT: 50,
    LicenceClass.UNKNOWN: 60,
    LicenceClass.STRONG_COPYLEFT: 80,
}
MONTHS_SCHEMA = {
    "type": "object",
    "properties": {
        "months": {
            "type": "integer",
            "title": "Valid for (months)",
            "description": "After that the package is asked about again.",
            "minimum": 1,
            "maximum": 60,
            "default": DEFAULT_MONTHS,
        }
    },
    "additionalProperties": False,
}
EXPRESSION_SCHEMA = {
    "type": "object",
    "properties": {
        "expression": {
            "type": "string",
            "title": "SPDX expression",
            "description": "Such as MIT, Apache-2.0 OR MIT, or LicenseRef-Own-Words.",
            "minLength": 1,
            "maxLength": spdx.MAX_EXPRESSION_CHARS,
        },
        "note": {
            "type": "string",
            "title": "Note",
            "description": "How you know. It goes into the report.",
            "maxLength": 500,
            "default": "",
        },
    },
    "required": ["expression"],
    "additionalProperties": False,
}


class Request(TypedDict):
    """Who wants the packages. `new`: they are proposed and somebody waits; else already in use."""

    label: str
    new: bool


@dataclass(frozen=True, slots=True)
class Again:
    """Which attempt this is (from 1), what was wrong before ("" at first), what to start from."""

    attempt: int
    error: str
    value: Mapping[str, str]


def use(found: Finding, request: Request) -> dict[str, Any]:
    """May the package be used? Answered by approve (with months) or reject (with a reason)."""
    verb = "add" if request["new"] else "use"
    title = f"May we {verb} {_name(found)} ({found['expression'] or 'licence unknown'})?"
    return {
        "kind": "approve",
        "title": title,
        "summary": found["why"],
        "expects": {
            "decisions": ["approve", "reject"],
            "schema": MONTHS_SCHEMA,
            "reasons": REASONS,
        },
        "proposal": _facts(found, request, _AFTER_USE),
        "effect": "read",
        "priority": PRIORITIES[care(found)],
        **_due(request),
    }


def correct(found: Finding, again: Again, request: Request) -> dict[str, Any]:
    """Is the proposed expression right? Answered by edit, by approve as it is, or by reject."""
    return {
        "kind": "edit",
        "title": f"Which licence has {_name(found)}?",
        "summary": f"{found['why']}. Proposed: {again.value['expression']}",
        "expects": {
            "decisions": ["approve", "edit", "reject"],
            "schema": EXPRESSION_SCHEMA,
            "reasons": REASONS,
            "max_attempts": MAX_ATTEMPTS,
        },
        "proposal": dict(again.value),
        "facts": _facts(found, request, _AFTER_EXPRESSION),
        "effect": "read",
        "priority": PRIORITIES[LicenceClass.PERMISSIVE],
        **_due(request),
        **_asked_again(again),
    }


def enter(found: Finding, again: Again, request: Request) -> dict[str, Any]:
    """What is the licence? Answered by {"expression", "note"}, or by the bare expression."""
    return {
        "kind": "input",
        "title": f"Enter the licence of {_name(found)}",
        "summary": found["why"],
        "expects": {"schema": EXPRESSION_SCHEMA, "max_attempts": MAX_ATTEMPTS},
        "proposal": dict(again.value) if again.value["expression"] else None,
        "facts": _facts(found, request, _AFTER_EXPRESSION),
        "effect": "read",
        "priority": PRIORITIES[LicenceClass.PERMISSIVE],
        **_due(request),
        **_asked_again(again),
    }


def calls(proposed: list[Call], request: Request) -> dict[str, Any]:
    """May these tools run? One verdict per call, in order."""
    count = "1 tool call" if len(proposed) == 1 else f"{len(proposed)} tool calls"
    return {
        "kind": "tools",
        "title": f"Review {count} for {request['label']}",
        "summary": ", ".join(dict.fromkeys(call["name"] for call in proposed)),
        "expects": {"decisions": ["approve", "edit", "reject", "respond"]},
        "actions": [dict(call) for call in proposed],
        "priority": 70,
        **_due(request),
    }


def expression_of(answer: Any) -> dict[str, str]:
    """The {"expression", "note"} in an answer, canonical; raises ValueError for people."""
    if isinstance(answer, str):
        answer = {"expression": answer}
    if not isinstance(answer, Mapping) or not isinstance(answer.get("expression"), str):
        raise ValueError("An SPDX expression is needed.")
    expression = spdx.canonical(answer["expression"])
    return {"expression": expression, "note": str(answer.get("note") or "")}


def typed(answer: Any) -> dict[str, str]:
    """What a person typed, as it is, to be shown again beside the error."""
    value = answer if isinstance(answer, Mapping) else {"expression": answer}
    return {key: str(value.get(key) or "") for key in ("expression", "note")}


_AFTER_USE = (
    "Approve: an exception with an end date is proposed as a tool call, for review."
    " Reject: the report lists the package as rejected, and nothing else is written."
)
_AFTER_EXPRESSION = (
    "A permissive licence passes; for any other one the use of the package is asked about."
)


def _facts(found: Finding, request: Request, happens: str) -> dict[str, Any]:
    return {
        "package": found["package"],
        "version": found["version"] or "unknown",
        "review of": request["label"],
        "licence": found["expression"] or "unknown",
        "found in": found["found"],
        "why asked": found["why"],
        "side effect": "none yet: every change is a tool call that is reviewed on its own",
        "what happens next": happens,
        "licence text": found["excerpt"] or "none in the package",
    }


def _due(request: Request) -> dict[str, int]:
    return {"due_in": NEW_DUE_SECONDS} if request["new"] else {}


def _asked_again(again: Again) -> dict[str, Any]:
    if not again.error:
        return {"attempt": again.attempt}
    errors = {"expression": [again.error]}
    return {"attempt": again.attempt, "error": again.error, "field_errors": errors}


def _name(found: Finding) -> str:
    return f"{found['package']} {found['version']}".strip()
