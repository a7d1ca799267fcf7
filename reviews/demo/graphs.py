"""The demo graph: a licence review of Python distributions.

collect -> assess (one Send per distribution) -> gather -> the questions (one Send each) -> gather
-> propose -> review_calls -> run_tools -> finish. No node that asks also writes: a node runs again
from its first line when it is answered.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from django.utils import timezone

from reviews.demo import calls, licences, packages, questions, report, tools
from reviews.demo.calls import Call, Ruling
from reviews.demo.declared import read
from reviews.demo.licences import Finding, Policy
from reviews.demo.packages import Listed
from reviews.demo.questions import Again, Request
from reviews.demo.tools import Result
from runtime import END, START, Send, StateGraph, interrupt

EXCERPT_CHARS = 1000


def merge(old: dict[str, Any], new: dict[str, Any] | None) -> dict[str, Any]:
    """Findings by package; None starts afresh."""
    return {} if new is None else {**old, **new}


class ReviewInput(TypedDict):
    """What a review starts with; the running environment when nothing is said."""

    source: NotRequired[
        Annotated[
            Literal["environment", "requirements", "path"],
            {
                "title": "Where the packages come from",
                "default": "environment",
                "oneOf": [
                    {"const": "environment", "title": "What is installed in this environment"},
                    {"const": "requirements", "title": "A list of requirements"},
                    {"const": "path", "title": "A site-packages folder on this server"},
                ],
            },
        ]
    ]
    text: NotRequired[
        Annotated[
            str,
            "One requirement a line, or the path of the folder; else empty.",
            {"title": "Requirements or folder", "default": "", "maxLength": 100_000},
        ]
    ]


class ReviewState(ReviewInput):
    """`review` sets the calls of this review apart from those of an earlier one in the thread."""

    review: str
    request: Request
    listed: list[Listed]
    policy: Policy
    findings: Annotated[dict[str, Finding], merge]
    proposed: list[Call]
    rulings: list[Ruling]
    results: list[Result]
    summary: str


class ReviewOutput(TypedDict):
    """What is left at the end."""

    summary: str
    results: list[Result]


def collect(state: ReviewState) -> dict[str, Any]:
    """List the distributions and what is settled about licences already."""
    source, text = state.get("source") or "environment", state.get("text") or ""
    listed = packages.listed(source, text)
    return {
        "review": uuid.uuid4().hex[:8],
        "request": {"label": _label(source, text, listed), "new": source == "requirements"},
        "listed": listed,
        "policy": tools.policy(timezone.localdate()),
        "findings": None,
        "results": [],
    }


def fan_out(state: ReviewState) -> list[Send]:
    """One task per distribution."""
    return [Send("assess", {"item": item, "policy": state["policy"]}) for item in state["listed"]]


def assess(work: dict[str, Any]) -> dict[str, Any]:
    """Read one distribution's metadata and decide by rule what a rule can decide."""
    item: Listed = work["item"]
    metadata = packages.declared(item)
    text = next(iter(metadata.texts), metadata.field)
    found = licences.finding(
        item["package"], item["version"], read(metadata), excerpt=_excerpt(text)
    )
    if item["skipped"]:
        return _keep({**found, "verdict": "skipped", "why": item["skipped"], "excerpt": ""})
    if item["missing"]:
        found = {**found, "found": item["missing"]}
    judged = licences.judge(found, work["policy"])
    return _keep(judged if judged["ask"] else {**judged, "excerpt": ""})


def gather(state: ReviewState) -> None:
    """Wait until every task of the step is done; `route` looks at all findings at once."""


def route(state: ReviewState) -> list[Send] | str:
    """One question per finding that still has one; the tool calls when none is left."""
    shared = {"policy": state["policy"], "request": state["request"]}
    asks = [
        Send(_NODES[found["ask"]], {"finding": found, **shared})
        for found in state["findings"].values()
        if found["ask"]
    ]
    return asks or "propose"


def confirm_use(work: dict[str, Any]) -> dict[str, Any]:
    """Ask whether the package may be used."""
    found: Finding = work["finding"]
    answer = _verdict(interrupt(questions.use(found, work["request"])), "approve", "reject")
    reason = _reason(answer)
    if answer["type"] == "reject":
        return _keep(_closed(found, "rejected", reason))
    months = (answer.get("value") or {}).get("months", questions.DEFAULT_MONTHS)
    if isinstance(months, bool) or not isinstance(months, int) or not 1 <= months <= 60:
        raise ValueError("months must be a whole number from 1 to 60.")
    return _keep({**_closed(found, "approved", reason), "months": months})


def correct_licence(work: dict[str, Any]) -> dict[str, Any]:
    """Have the proposed expression of a free-text licence corrected."""
    found: Finding = work["finding"]
    value = {"expression": found["proposal"], "note": ""}
    return _ask_expression(work, questions.correct, value)


def enter_licence(work: dict[str, Any]) -> dict[str, Any]:
    """Have the expression of an unknown licence typed in."""
    return _ask_expression(work, questions.enter, {"expression": "", "note": ""})


def propose(state: ReviewState) -> dict[str, Any]:
    """Propose the tool calls. The day is read here, so that what was seen is what runs."""
    found = state["findings"].values()
    today = timezone.localdate()
    proposed = calls.propose(
        found, label=state["request"]["label"], review=state["review"], today=today
    )
    return {"proposed": proposed}


def review_calls(state: ReviewState) -> dict[str, Any]:
    """Have every call ruled on before any of them runs."""
    answer = interrupt(questions.calls(state["proposed"], state["request"]))
    return {"rulings": calls.rulings(state["proposed"], answer)}


def run_tools(state: ReviewState, config: dict[str, Any]) -> dict[str, Any]:
    """Run the calls that may run, in the listed order."""
    job = tools.job(
        str(config["configurable"]["thread_id"]),
        label=state["request"]["label"],
        findings=list(state["findings"].values()),
    )
    results: list[Result] = []
    for ruling in state["rulings"]:
        results.append(tools.run(ruling, job, results))
    return {"results": results}


def finish(state: ReviewState) -> dict[str, Any]:
    """Sum up."""
    return {"summary": report.summary(state["findings"].values(), state["results"])}


def _ask_expression(
    work: dict[str, Any], question: Callable[..., dict[str, Any]], value: dict[str, str]
) -> dict[str, Any]:
    """Ask until the expression is valid; after the last attempt a person decides without it."""
    found: Finding = work["finding"]
    error = ""
    for attempt in range(1, questions.MAX_ATTEMPTS + 1):
        again = Again(attempt, error, value)
        answer = interrupt(question(found, again, work["request"]))
        if question is questions.correct:
            answer = _verdict(answer, "approve", "edit", "reject")
            if answer["type"] == "reject":
                return _keep(_closed(found, "rejected", _reason(answer)))
            answer = answer.get("value")
        try:
            said = questions.expression_of(answer)
        except ValueError as problem:
            error, value = str(problem), questions.typed(answer)
            continue
        known = licences.with_expression(found, said["expression"], work["policy"])
        return _keep({**known, "reason": said["note"]})
    why = f"no valid expression in {questions.MAX_ATTEMPTS} attempts"
    return _keep({**found, "ask": "use", "why": why})


def _verdict(answer: Any, *types: str) -> Mapping[str, Any]:
    if not isinstance(answer, Mapping) or answer.get("type") not in types:
        raise ValueError(f"The answer needs a type: {' or '.join(types)}.")
    return answer


def _reason(answer: Mapping[str, Any]) -> str:
    parts = (answer.get("reason"), answer.get("comment"))
    return ". ".join(str(part) for part in parts if part)


def _closed(found: Finding, verdict: Literal["approved", "rejected"], reason: str) -> Finding:
    reason = reason or found["reason"]
    return {**found, "verdict": verdict, "reason": reason, "ask": "", "excerpt": ""}


def _keep(found: Finding) -> dict[str, Any]:
    return {"findings": {found["package"]: found}}


def _excerpt(text: str) -> str:
    text = text.strip()
    return text if len(text) <= EXCERPT_CHARS else f"{text[:EXCERPT_CHARS]}…"


def _label(source: str, text: str, listed: list[Listed]) -> str:
    if source == "requirements":
        names = [item["package"] for item in listed]
        few = ", ".join(names)
        return few if len(names) <= 3 and len(few) <= 60 else f"{len(names)} requirements"
    place = "the running environment" if source == "environment" else text.strip()[:60]
    return f"{place} ({len(listed)} package{'s' if len(listed) != 1 else ''})"


_NODES = {"use": "confirm_use", "correct": "correct_licence", "enter": "enter_licence"}


def _build() -> StateGraph:
    graph = StateGraph(ReviewState, input_schema=ReviewInput, output_schema=ReviewOutput)
    nodes: list[Callable[..., Any]] = [collect, assess, gather]
    nodes += [confirm_use, correct_licence, enter_licence]
    nodes += [propose, review_calls, run_tools, finish]
    for node in nodes:
        graph.add_node(node)
    graph.add_edge(START, "collect")
    graph.add_conditional_edges("collect", fan_out, ["assess"])
    graph.add_edge("assess", "gather")
    graph.add_conditional_edges("gather", route, [*_NODES.values(), "propose"])
    for name in _NODES.values():
        graph.add_edge(name, "gather")
    graph.add_edge("propose", "review_calls")
    graph.add_edge("review_calls", "run_tools")
    graph.add_edge("run_tools", "finish")
    graph.add_edge("finish", END)
    return graph


licence_review = _build()
