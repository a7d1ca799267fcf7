"""Question -> the review form; the submitted form -> Verdict. No database, no rules of its own:
what may be decided is checked by services.answers, the same for every door."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from reviews.errors import Invalid
from reviews.services.answers import CallVerdict, Question, ToolCall, Verdict, check
from reviews.web import fields, schema_form
from reviews.web.exact_json import loads
from reviews.web.fields import MISSING, Errors, Field

NEW_ROW: Final = re.compile("n[0-9]{1,6}")
OTHER: Final = "other"  # the reason that is written in words


@dataclass(frozen=True, slots=True)
class CallForm:
    """One tool call with what was said about it so far."""

    call: ToolCall
    name: str
    args: Field
    action: str = ""
    message: str = ""
    errors: tuple[str, ...] = ()
    message_errors: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return f"calls.{self.call.id}"


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """The form of one question. `data` is what was submitted, None on the first look."""

    question: Question
    data: Mapping[str, str] | None = None
    value: Field | None = None
    calls: tuple[CallForm, ...] = ()
    errors: Errors = field(default_factory=dict)

    def said(self, name: str) -> str:
        """A plain field of the submitted form, "" when there is none."""
        return "" if self.data is None else fields.lines(self.data.get(name, ""))

    @property
    def reason_choice(self) -> str:
        return self.said("reason")

    @property
    def reason_text(self) -> str:
        return self.said("reason_text")

    @property
    def comment(self) -> str:
        return self.said("comment")

    @property
    def response(self) -> str:
        return self.said("response")

    @property
    def free_answer(self) -> bool:
        """Whether the answer is free: one text, or JSON by choice."""
        return self.question.kind == "input" and self.value is None

    @property
    def as_json(self) -> bool:
        return self.said("response_as") == "json"

    @property
    def changes(self) -> int:
        return self.value.changes if self.value else 0


def form_for(question: Question, data: Mapping[str, str] | None = None) -> ReviewForm:
    """The form of a question, filled with what was proposed or with what was submitted."""
    form = ReviewForm(question, data)
    if question.kind == "tools":
        calls = tuple(_call_form(form, index) for index in range(len(question.calls)))
        return replace(form, calls=calls)
    wants_value = question.schema is not None or question.kind == "edit"
    suggested = question.kind == "input" and question.proposal is not None
    if not wants_value and not suggested:
        return form
    proposal = MISSING if question.proposal is None else question.proposal
    start = MISSING if question.kind == "approve" else proposal
    builder = schema_form.Builder(question.schema or {}, data, question.ui)
    value = schema_form.build(question.schema, start, name="value", path="value", builder=builder)
    form = replace(form, value=value)
    return with_errors(form, _earlier_errors(question)) if data is None else form


def verdict_of(form: ReviewForm, action: str) -> Verdict:
    """What the submitted form says. Invalid names every field that does not fit."""
    errors: Errors = {}
    if form.question.kind == "tools":
        calls = tuple(_call_verdict(one, errors) for one in form.calls)
        verdict = Verdict("decide", calls=calls, comment=form.comment)
    else:
        verdict = _plain_verdict(form, action, errors)
    found = {**check(form.question, verdict), **errors}
    if found:
        raise Invalid(errors=found)
    return verdict


def with_errors(form: ReviewForm, errors: Errors) -> ReviewForm:
    """The same form, each field carrying its own errors."""
    value = fields.with_errors(form.value, errors) if form.value else None
    calls = tuple(
        replace(
            one,
            args=fields.with_errors(one.args, errors),
            errors=tuple(errors.get(one.path, []) + errors.get(f"{one.path}.action", [])),
            message_errors=tuple(errors.get(f"{one.path}.message", [])),
        )
        for one in form.calls
    )
    return replace(form, value=value, calls=calls, errors=errors)


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the error summary: what to call the control, where it is ("" for nowhere)."""

    label: str
    anchor: str
    reasons: tuple[str, ...]


def problems(form: ReviewForm) -> list[Problem]:
    """The error summary of a submitted form."""
    if form.data is None:
        return []
    return [Problem(*_place(form, path), tuple(said)) for path, said in form.errors.items()]


def _place(form: ReviewForm, path: str) -> tuple[str, str]:
    for tree in [form.value, *(one.args for one in form.calls)]:
        if tree and (found := fields.find(tree, path)):
            return found.label or path, found.html_id
    for one in form.calls:
        if path.startswith(one.path):
            return one.call.name, f"f-{one.name}.action"
    known = {"reason": (_("Reason"), "f-reason"), "value": (_("Answer"), "f-response")}
    return known.get(path, (path, ""))


def rest_decided(data: Mapping[str, str], calls: tuple[CallForm, ...]) -> dict[str, str]:
    """The submitted data with "approve" for every call that has no verdict yet."""
    open_calls = [one for one in calls if "approve" in one.call.allowed and not one.action]
    return {**data, **{f"{one.name}.action": "approve" for one in open_calls}}


def rows_changed(data: Mapping[str, str], order: str) -> dict[str, str]:
    """The submitted data after "add NAME", "remove NAME KEY" or "up NAME KEY"."""
    verb, name, key = [*order.split(" "), "", ""][:3]
    keys = [one for one in data.get(name, "").split(",") if one]
    if verb == "add":
        used = [int(one[1:]) for one in keys if NEW_ROW.fullmatch(one)]
        keys.append(f"n{max(used, default=0) + 1}")
    elif verb == "remove":
        keys = [one for one in keys if one != key]
    elif verb == "up" and key in keys[1:]:
        at = keys.index(key)
        keys[at - 1 : at + 1] = [key, keys[at - 1]]
    return {**data, name: ",".join(keys)}


def reverted(form: ReviewForm, name: str) -> dict[str, str]:
    """The submitted data with one control as it was proposed."""
    trees = [tree for tree in (form.value, *(one.args for one in form.calls)) if tree]
    found = (one for tree in trees for one in fields.controls(tree) if one.name == name)
    return {**(form.data or {}), **{one.name: one.initial for one in found}}


def _call_form(form: ReviewForm, index: int) -> CallForm:
    call, name = form.question.calls[index], f"calls.{index}"
    builder = schema_form.Builder(call.args_schema or {}, form.data)
    args = schema_form.build(
        call.args_schema,
        call.args,
        name=f"{name}.args",
        path=f"calls.{call.id}.args",
        builder=builder,
    )
    said = form.said(f"{name}.action"), form.said(f"{name}.message")
    return CallForm(call, name, args, *said)


def _call_verdict(one: CallForm, errors: Errors) -> CallVerdict:
    if not one.action:
        errors[f"{one.path}.action"] = [_("Choose a verdict for this call.")]
    elif one.action != "edit" and one.args.changed:
        errors[f"{one.path}.action"] = [
            _("You changed the arguments. Choose “Edit”, or take your changes back.")
        ]
    args = fields.read(one.args, errors) if one.action == "edit" else None
    return CallVerdict(one.call.id, one.action, args, one.message.strip())


def _plain_verdict(form: ReviewForm, action: str, errors: Errors) -> Verdict:
    reason = form.reason_choice if form.reason_choice != OTHER else ""
    reason = reason or form.reason_text.strip()
    verdict = Verdict(action, reason=reason, comment=form.comment)
    kind = form.question.kind
    if action == "respond" and form.value is None:
        return replace(verdict, value=_free_answer(form, errors))
    if action == "respond" and kind != "input":
        return replace(verdict, value=form.response.strip())
    if form.value is None or action == "reject":
        return verdict
    value = fields.read(form.value, errors)
    if kind == "edit" and action == "approve" and form.value.changed:
        verdict = replace(verdict, action="edit")  # what is approved is what is on the screen
    unchanged = kind == "edit" and verdict.action == "approve"
    return replace(verdict, value=None if value is MISSING or unchanged else value)


def _free_answer(form: ReviewForm, errors: Errors) -> Any:
    if not form.as_json:
        return form.response if form.question.kind == "input" else form.response.strip()
    try:
        return loads(form.response)
    except ValueError as error:
        errors["value"] = [str(error)]
        return None


def _earlier_errors(question: Question) -> Errors:
    """Errors of the attempt before; their paths may come with or without "value"."""
    return {
        path if path.partition(".")[0] == "value" else f"value.{path}".rstrip("."): list(reasons)
        for path, reasons in question.field_errors.items()
    }
