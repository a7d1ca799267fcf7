"""Question + Verdict -> what is wrong with it. Pure.

The web form, the API and the page all validate here, by the one Question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from reviews.services.dialects import DECIDE, as_verdict, resume_value
from reviews.services.payloads import read
from reviews.services.questions import CallVerdict, Question, ToolCall, Verdict

__all__ = [
    "CallVerdict",
    "Question",
    "ToolCall",
    "Verdict",
    "as_verdict",
    "check",
    "fit",
    "read",
    "resume_value",
]

Errors = dict[str, list[str]]


def check(question: Question, verdict: Verdict) -> Errors:
    """Say what is wrong, by field path ("action", "value.amount", "calls.call_1.args.to").

    {} means that the verdict may be stored.
    """
    if question.kind == "tools":
        return _check_calls(question, verdict)
    if verdict.calls:
        return {"calls": ["this question has no calls"]}
    if verdict.action not in question.allowed:
        allowed = ", ".join(question.allowed)
        return {"action": [f"{verdict.action!r} is not allowed here; allowed: {allowed}"]}
    return _CHECKS[verdict.action](question, verdict)


def _check_approve(question: Question, verdict: Verdict) -> Errors:
    if question.kind == "approve" and question.schema is not None:
        return fit(question.schema, {} if verdict.value is None else verdict.value, "value")
    return {}


def _check_reject(question: Question, verdict: Verdict) -> Errors:
    return {} if verdict.reason.strip() else {"reason": ["Say why, in a word or two."]}


def _check_edit(question: Question, verdict: Verdict) -> Errors:
    if question.schema is not None:
        return fit(question.schema, verdict.value, "value")
    if type(verdict.value) is not type(question.proposal):
        return {"value": [f"must stay {_kind_of(question.proposal)}"]}
    return {}


def _check_respond(question: Question, verdict: Verdict) -> Errors:
    if verdict.value is None or (isinstance(verdict.value, str) and not verdict.value.strip()):
        return {"value": ["An answer is needed."]}
    if question.kind == "input" and question.schema is not None:
        return fit(question.schema, verdict.value, "value")
    return {}


_CHECKS: dict[str, Callable[[Question, Verdict], Errors]] = {
    "approve": _check_approve,
    "reject": _check_reject,
    "edit": _check_edit,
    "respond": _check_respond,
}


def _check_calls(question: Question, verdict: Verdict) -> Errors:
    if verdict.action != DECIDE:
        return {"action": [f"must be {DECIDE!r}, with one verdict per call"]}
    errors: Errors = {}
    given = {one.id: one for one in verdict.calls}
    if len(given) != len(verdict.calls):
        errors["calls"] = ["one call has two verdicts"]
    known = {call.id for call in question.calls}
    for unknown in sorted(set(given) - known):
        errors[f"calls.{unknown}"] = ["there is no such call"]
    for call in question.calls:
        if call.id in given:
            errors.update(_check_call(call, given[call.id]))
        else:
            errors[f"calls.{call.id}"] = ["a verdict is needed"]
    return errors


def _check_call(call: ToolCall, verdict: CallVerdict) -> Errors:
    path = f"calls.{call.id}"
    if verdict.action not in call.allowed:
        allowed = ", ".join(call.allowed)
        return {f"{path}.action": [f"{verdict.action!r} is not allowed; allowed: {allowed}"]}
    if verdict.action == "respond" and not verdict.message.strip():
        return {f"{path}.message": ["An answer is needed."]}
    if verdict.action == "edit":
        if not isinstance(verdict.args, dict):
            return {f"{path}.args": ["must be an object"]}
        if call.args_schema is not None:
            return fit(call.args_schema, verdict.args, f"{path}.args")
    return {}


def fit(schema: dict[str, Any], value: Any, root: str) -> Errors:
    """What does not fit the JSON Schema, by field path under `root`; {} when all fits."""
    # An empty registry: a $ref may point into the schema itself, never to another host.
    validator = Draft202012Validator(
        schema, registry=Registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    errors: Errors = {}
    try:
        found = _leaves(validator.iter_errors(value))
    except Unresolvable as nowhere:
        return {root: [f"the question's schema points nowhere: {nowhere}"]}
    except RecursionError:
        return {root: ["the question's schema never comes to an end"]}
    for error in found:
        path = ".".join([root, *map(str, error.absolute_path), *_missing(error)])
        errors.setdefault(path, []).append(_reason(error))
    return errors


def _leaves(errors: Iterable[ValidationError]) -> list[ValidationError]:
    return sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])


def _missing(error: ValidationError) -> list[str]:
    """`required` is reported at the object; people want it at the field that is missing."""
    if error.validator != "required" or not isinstance(error.validator_value, list):
        return []
    wanted: list[str] = error.validator_value
    return next(([name] for name in wanted if f"{name!r} is" in error.message), [])


def _reason(error: ValidationError) -> str:
    return "This field is needed." if error.validator == "required" else error.message


def _kind_of(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else "of its type")
