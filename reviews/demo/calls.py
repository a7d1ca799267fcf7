"""The tool calls the agent proposes, by rule, and what a person's verdicts make of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypedDict

from jsonschema import Draft202012Validator

from reviews.demo import spdx
from reviews.demo.licences import NOASSERTION, Finding, often_approved

_TEXT = {"type": "string", "minLength": 1, "maxLength": 120}
MAX_ID_CHARS = 100  # of an id on the allow-list
_EXPRESSION = {**_TEXT, "title": "SPDX expression", "maxLength": spdx.MAX_EXPRESSION_CHARS}
_REASON = {"type": "string", "title": "Reason", "minLength": 1, "maxLength": 1000}

SCHEMAS: dict[str, dict[str, Any]] = {
    "record_exception": {
        "type": "object",
        "properties": {
            "package": {**_TEXT, "title": "Package"},
            "version": {"type": "string", "title": "Version", "maxLength": 100},
            "expression": _EXPRESSION,
            "reason": _REASON,
            "expires_on": {"type": "string", "format": "date", "title": "Expires on"},
        },
        "required": ["package", "expression", "reason", "expires_on"],
        "additionalProperties": False,
    },
    "allow_licence": {
        "type": "object",
        "properties": {
            "spdx_id": {**_TEXT, "title": "SPDX id", "maxLength": MAX_ID_CHARS},
            "reason": _REASON,
        },
        "required": ["spdx_id", "reason"],
        "additionalProperties": False,
    },
    "write_report": {
        "type": "object",
        "properties": {"title": {**_TEXT, "title": "Title"}},
        "required": ["title"],
        "additionalProperties": False,
    },
}
DESCRIPTIONS = {
    "record_exception": "Writes one exception: this package passes until the date.",
    "allow_licence": "Adds a licence to the allow-list: no package with it is asked about again.",
    "write_report": "Writes the report of this review, to be read and downloaded under Effects.",
}


class Call(TypedDict):
    """A proposed call. `id` is unique over all reviews of a thread."""

    id: str
    name: str
    args: dict[str, Any]
    description: str
    args_schema: dict[str, Any]
    effect: str


class Ruling(TypedDict):
    """A call after its verdict. `text`: the reason (reject) or the answer (respond)."""

    id: str
    name: str
    verdict: Literal["approve", "edit", "reject", "respond"]
    args: dict[str, Any]
    text: str


def propose(findings: Iterable[Finding], *, label: str, review: str, today: date) -> list[Call]:
    """Exceptions for what was approved, allowed licences that came up often, then the report."""
    rows = list(findings)
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("record_exception", _exception(found, today))
        for found in rows
        if found["verdict"] == "approved"
    ]
    wanted += [
        ("allow_licence", {"spdx_id": one, "reason": "Approved for several packages."})
        for one in often_approved(rows)
        if len(one) <= MAX_ID_CHARS
    ]
    wanted.append(("write_report", {"title": f"Licence review of {label}, {today.isoformat()}"}))
    return [_call(f"{review}-{number}", *one) for number, one in enumerate(wanted, start=1)]


def rulings(calls: Sequence[Call], answer: Any) -> list[Ruling]:
    """Match an answer's decisions to the calls, by order; raises ValueError if they do not fit."""
    decisions = answer.get("decisions") if isinstance(answer, Mapping) else None
    if not isinstance(decisions, list | tuple) or len(decisions) != len(calls):
        raise ValueError(f"The answer needs one decision for each of the {len(calls)} calls.")
    return [_ruling(call, decision) for call, decision in zip(calls, decisions, strict=True)]


def _exception(found: Finding, today: date) -> dict[str, Any]:
    return {
        "package": found["package"],
        "version": found["version"],
        "expression": found["expression"] or NOASSERTION,
        "reason": found["reason"] or f"Approved in review. {found['why']}",
        "expires_on": add_months(today, found["months"]).isoformat(),
    }


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the 28th when the month may have no such day."""
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, min(day.day, 28))


def _call(call_id: str, name: str, args: dict[str, Any]) -> Call:
    return {
        "id": call_id,
        "name": name,
        "args": args,
        "description": DESCRIPTIONS[name],
        "args_schema": SCHEMAS[name],
        "effect": "write",
    }


def _ruling(call: Call, decision: Mapping[str, Any]) -> Ruling:
    verdict = decision.get("type")
    args = call["args"]
    if verdict == "edit":
        args = _edited(call, decision.get("edited_action") or {})
    elif verdict not in ("approve", "reject", "respond"):
        raise ValueError(f"{call['id']}: {verdict!r} is no verdict on a call.")
    text = str(decision.get("message") or "")
    return {"id": call["id"], "name": call["name"], "verdict": verdict, "args": args, "text": text}


def _edited(call: Call, action: Mapping[str, Any]) -> dict[str, Any]:
    if action.get("name") != call["name"]:
        raise ValueError(f"{call['id']}: an edit may change the arguments, not the tool.")
    args = action.get("args")
    checker = Draft202012Validator(
        SCHEMAS[call["name"]], format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    for error in checker.iter_errors(args):
        raise ValueError(f"{call['id']}: {error.json_path}: {error.message}")
    return {key: _checked(call["id"], key, value) for key, value in dict(args or {}).items()}


def _checked(call_id: str, key: str, value: Any) -> Any:
    """What JSON Schema cannot say: expressions must be SPDX, an allowed licence is one id."""
    if key not in ("expression", "spdx_id") or value == NOASSERTION:
        return value
    try:
        expression = spdx.canonical(value)
    except ValueError as error:
        raise ValueError(f"{call_id}: {key}: {error}") from error
    if key == "spdx_id" and len(spdx.ids(expression)) != 1:
        raise ValueError(f"{call_id}: {key}: one licence id is needed, not an expression.")
    return expression
