"""A verdict in words and differences, for the receipt, the timeline and the conflict page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy

from reviews.services.answers import Question
from reviews.web.diff import Change, changes
from reviews.web.fields import Field
from reviews.web.forms import ReviewForm
from reviews.web.shown import Shown, show

ACTIONS: Final = {
    "approve": gettext_lazy("Approved"),
    "edit": gettext_lazy("Approved with changes"),
    "reject": gettext_lazy("Rejected"),
    "respond": gettext_lazy("Answered"),
    "decide": gettext_lazy("Decided each call"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """`action` is a key of ACTIONS; `answer` is what was given, None when nothing was."""

    action: str
    label: str
    name: str = ""  # of the tool call
    reason: str = ""
    comment: str = ""
    changes: tuple[Change, ...] = ()
    answer: Shown | None = None
    calls: tuple[Told, ...] = ()


def told(question: Question, verdict: Mapping[str, Any]) -> Told:
    """Tell a stored verdict (`Verdict.to_json()`)."""
    action, value = verdict["action"], verdict.get("value")
    edited = action == "edit"
    return Told(
        action=action,
        label=str(ACTIONS.get(action, action)),
        reason=verdict.get("reason") or "",
        comment=verdict.get("comment") or "",
        changes=changes(question.proposal, value) if edited else (),
        answer=show(value) if value is not None and not edited else None,
        calls=tuple(_calls(question, verdict.get("calls") or ())),
    )


def draft(form: ReviewForm) -> list[tuple[str, str]]:
    """What a person had put into the form: (label, text) of everything they touched."""
    said = [("reason", form.reason_choice), ("reason", form.reason_text)]
    said += [("answer", form.response), ("comment", form.comment)]
    for tree in (form.value, *(one.args for one in form.calls)):
        said += list(_touched(tree)) if tree else []
    for one in form.calls:
        said += [(one.call.name, str(ACTIONS.get(one.action, ""))), (one.call.name, one.message)]
    return [(label, text) for label, text in said if text.strip() and text != "other"]


def _calls(question: Question, verdicts: Any) -> Iterator[Told]:
    known = {call.id: call for call in question.calls}
    for verdict in verdicts:
        call, action = known.get(verdict["id"]), verdict["action"]
        if call is None:
            continue
        edited = action == "edit" and verdict.get("args") is not None
        yield Told(
            action=action,
            label=str(ACTIONS.get(action, action)),
            name=call.name,
            reason=verdict.get("message") or "",
            changes=changes(call.args, verdict["args"]) if edited else (),
        )


def _touched(field: Field) -> Iterator[tuple[str, str]]:
    for child in field.children:
        yield from _touched(child)
    if not field.children and field.changed:
        labels = (option.label for option in field.options if option.key == field.text)
        yield field.label or field.path, next(labels, field.text)
