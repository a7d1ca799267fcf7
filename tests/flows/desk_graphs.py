"""One small graph per pattern, for the browser: each asks once and keeps what it was told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from runtime import START, StateGraph, interrupt


class Desk(TypedDict, total=False):
    subject: str
    told: Any


def _approve(state: Desk) -> Desk:
    question = {
        "kind": "approve",
        "title": f"Publish {state['subject']}?",
        "description": "It is **ready**, says [the author](https://elsewhere.example/).",
        "proposal": {"subject": state["subject"], "copies": 3},
        "expects": {"decisions": ["approve", "reject"], "reasons": ["wrong", "too early"]},
    }
    return {"told": interrupt(question)}


def _edit(state: Desk) -> Desk:
    question = {
        "kind": "edit",
        "title": f"Check the invoice of {state['subject']}",
        "proposal": {"amount": 100, "paid": False, "lines": ["one", "two"], "to": {"name": "Ana"}},
    }
    return {"told": interrupt(question)}


def _tools(state: Desk) -> Desk:
    mail = {"id": "c1", "name": "send_mail", "args": {"to": "ana", "subject": state["subject"]}}
    pay = {"id": "c2", "name": "pay", "args": {"amount": 120}, "effect": "money"}
    question = {"kind": "tools", "title": f"Two calls for {state['subject']}"}
    return {"told": interrupt({**question, "actions": [mail, pay]})}


YEAR = {
    "type": "object",
    "properties": {"year": {"type": "integer", "title": "Year", "minimum": 1000}},
    "required": ["year"],
}


def _ask(state: Desk) -> Desk:
    errors: dict[str, list[str]] = {}
    for attempt in (1, 2, 3):
        question = {
            "kind": "input",
            "title": f"When was {state['subject']} built?",
            "expects": {"schema": YEAR, "max_attempts": 3},
            "field_errors": errors,
            "attempt": attempt,
        }
        told = interrupt(question)
        if told["year"] < 2000:
            return {"told": told}
        errors = {"year": ["Before 2000, please."]}
    return {"told": None}


def _graph(node: Callable[[Desk], Desk]) -> StateGraph:
    graph = StateGraph(Desk)
    graph.add_node("ask", node)
    graph.add_edge(START, "ask")
    return graph


approve, edit, tools, ask = (_graph(node) for node in (_approve, _edit, _tools, _ask))
GRAPHS = ",".join(
    f"{name}=tests.flows.desk_graphs:{name}" for name in ("approve", "edit", "tools", "ask")
)
