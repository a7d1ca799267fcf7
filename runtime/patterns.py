"""The four patterns as functions, for nodes written by hand: approve, edit, review_tool_calls, ask.

Each asks by interrupt(), checks the answer, and asks again with the reason when it will not do.
A check must give the same verdict each time: it runs again on every resume.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar, Unpack

from runtime.tools import DECISIONS, Tool
from runtime.types import interrupt
from runtime.validate import Problem, problem_text, problems
from runtime.verdicts import BadAnswer, CallVerdict, ToolCall, read_decision, read_decisions

#: Says what is wrong with a value: by a text, or by a ValueError. None and "" mean that it will do.
Check = Callable[[Any], str | None]
T = TypeVar("T")


class Extras(TypedDict, total=False):
    """What any question may carry. `facts` is shown beside it; `effect` is the side-effect class;
    `priority` is 0 to 100; `due_in` is in seconds; `reasons` are offered for a rejection;
    `on_timeout` is the decision taken when nobody answers in time."""

    summary: str
    description: str
    facts: Any
    effect: str
    priority: int
    due_in: int
    on_timeout: str
    reasons: Sequence[str]
    ui: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision; true unless it is a rejection. `value` is what the person filled in or edited."""

    type: str
    value: Any = None
    reason: str = ""
    comment: str = ""

    def __bool__(self) -> bool:
        return self.type != "reject"


def approve(title: str, *, schema: Any = None, **more: Unpack[Extras]) -> Answer:
    """Ask to approve or reject. `schema` (JSON Schema) is of fields to fill in when approving.

    The answer is true when approved. A plain True or False will do as an answer.
    """
    question = _question("approve", title, {"decisions": ["approve", "reject"]}, more)

    def read(given: Any) -> Answer:
        if isinstance(given, bool):
            given = {"type": "approve" if given else "reject"}
        answer = _answer(given, ("approve", "reject"))
        if answer:
            _check(schema, None, {} if answer.value is None else answer.value)
        return answer

    return _settle(question, schema, read)


def edit(
    title: str,
    proposal: T,
    *,
    schema: Any = None,
    check: Check | None = None,
    **more: Unpack[Extras],
) -> Answer:
    """Ask to approve, edit or reject `proposal`; `value` of the answer is what is to be used.

    `schema` (JSON Schema) and `check` are for the edited value.
    """
    decisions = ("approve", "edit", "reject")
    question = {
        **_question("edit", title, {"decisions": list(decisions)}, more),
        "proposal": proposal,
    }

    def read(given: Any) -> Answer:
        answer = _answer(given, decisions)
        if answer.type == "approve":
            return Answer("approve", proposal, answer.reason, answer.comment)
        if answer.type == "edit":
            _check(schema, check, answer.value)
        return answer

    return _settle(question, schema, read)


def ask(
    title: str,
    *,
    schema: Any = None,
    check: Check | None = None,
    max_attempts: int | None = None,
    **more: Unpack[Extras],
) -> Any:
    """Ask for a value, and again with the reason until `schema` and `check` let it pass.

    Raises BadAnswer when `max_attempts` answers would not do.
    """
    expects = {} if max_attempts is None else {"max_attempts": max_attempts}
    question = _question("input", title, expects, more)

    def read(given: Any) -> Any:
        _check(schema, check, given)
        return given

    return _settle(question, schema, read, max_attempts)


def review_tool_calls(
    title: str,
    calls: Sequence[ToolCall],
    *,
    tools: Mapping[str, Tool] | None = None,
    decisions: Sequence[str] = DECISIONS,
    **more: Unpack[Extras],
) -> list[CallVerdict]:
    """Ask for a verdict on each call, in one question. The verdicts are in the order of the calls.

    With `tools` the person sees schemas and effects, and edited arguments are checked.
    """
    known = tools or {}
    question = _question("tools", title, {}, more)
    question["actions"] = [_action(call, known.get(call.name), decisions) for call in calls]

    def read(given: Any) -> list[CallVerdict]:
        found = read_decisions(given, len(calls))
        pairs = zip(calls, found, strict=True)
        verdicts = [read_decision(call, each, decisions) for call, each in pairs]
        for verdict in verdicts:
            check_edit(verdict, known)
        return verdicts

    return _settle(question, None, read)


def check_edit(verdict: CallVerdict, tools: Mapping[str, Tool]) -> None:
    """Raises BadAnswer where edited arguments are not those of the tool that they name."""
    if verdict.type != "edit" or not tools:
        return
    if verdict.name not in tools:
        raise BadAnswer(f"there is no tool {verdict.name!r}; known: {', '.join(tools)}")
    wrong = problems(tools[verdict.name].schema, verdict.args)
    if wrong:
        raise Unfit(wrong)


class Unfit(BadAnswer):
    """The value of an answer does not fit; `found` has (path, reason) pairs."""

    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__(problem_text(found))
        self.found = found


def _question(
    kind: str, title: str, expects: Mapping[str, Any], more: Mapping[str, Any]
) -> dict[str, Any]:
    """The payload. What belongs to the form travels under `expects`."""
    inner = {key: more[key] for key in ("reasons", "ui") if key in more}
    outer = {key: value for key, value in more.items() if key not in inner}
    return {"kind": kind, "title": title, "expects": {**expects, **inner}, **outer}


def _settle(
    question: dict[str, Any],
    schema: Any,
    read: Callable[[Any], T],
    max_attempts: int | None = None,
) -> T:
    """Ask until `read` takes the answer."""
    if schema is not None:
        question["expects"]["schema"] = schema
    attempt = 1
    while True:
        given = interrupt(question)
        try:
            return read(given)
        except BadAnswer as error:
            if attempt == max_attempts:
                raise
            attempt += 1
            question = {**question, **_complaint(error), "attempt": attempt}


def _complaint(error: BadAnswer) -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    for path, reason in error.found if isinstance(error, Unfit) else ():
        fields.setdefault(path, []).append(reason)
    return {"error": str(error), "field_errors": fields}


def _answer(given: Any, allowed: Sequence[str]) -> Answer:
    if not isinstance(given, Mapping) or given.get("type") not in allowed:
        raise BadAnswer(f'the answer must be an object with "type", one of {", ".join(allowed)}')
    texts = (str(given.get(key) or "") for key in ("reason", "comment"))
    return Answer(given["type"], given.get("value"), *texts)


def _check(schema: Any, check: Check | None, value: Any) -> None:
    wrong = problems(schema, value) if schema is not None else []
    if wrong:
        raise Unfit(wrong)
    try:
        complaint = check(value) if check else None
    except ValueError as error:
        raise BadAnswer(str(error)) from error
    if complaint:
        raise BadAnswer(complaint)


def _action(call: ToolCall, tool: Tool | None, decisions: Sequence[str]) -> dict[str, Any]:
    action = {"id": call.id, "name": call.name, "args": call.args, "decisions": list(decisions)}
    if tool is None:
        return action
    shown = {**action, "description": tool.description, "args_schema": tool.schema}
    return {**shown, "effect": tool.effect} if tool.effect else shown
