"""Small graphs for tests of the site, served by HITL_GRAPHS=id=tests.graphs:name."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from runtime import END, START, Command, Send, StateGraph, interrupt


class Notes(TypedDict, total=False):
    notes: Annotated[list[str], operator.add]
    subject: str
    items: list[str]


def _ask_to_approve(state: Notes) -> Command[str]:
    answer = interrupt(
        {
            "kind": "approve",
            "title": f"Publish {state.get('subject', 'it')}?",
            "proposal": {"subject": state.get("subject", ""), "copies": 3},
            "expects": {"decisions": ["approve", "reject"], "reasons": ["wrong", "too early"]},
        }
    )
    note = f"{answer['type']}:{answer['reason']}"
    return Command(update={"notes": [note]}, goto="publish" if answer["type"] == "approve" else END)


def _publish(state: Notes) -> Notes:
    return {"notes": ["published"]}


def _approval() -> StateGraph:
    graph = StateGraph(Notes)
    graph.add_node("ask", _ask_to_approve)
    graph.add_node("publish", _publish)
    graph.add_edge(START, "ask")
    return graph


def _ask_item(state: dict[str, Any]) -> Notes:
    return {"notes": [f"{state['item']}={interrupt('Value of ' + state['item'])}"]}


def _fan_out(state: Notes) -> list[Send]:
    return [Send("ask_item", {"item": item}) for item in state["items"]]


def _parallel() -> StateGraph:
    graph = StateGraph(Notes)
    graph.add_node("ask_item", _ask_item)
    graph.add_node("close", lambda state: {"notes": ["closed"]})
    graph.add_conditional_edges(START, _fan_out, ["ask_item"])
    graph.add_edge("ask_item", "close")
    return graph


AGE = {"type": "integer", "title": "Age", "minimum": 0}


def _ask_age(state: Notes) -> Notes:
    error, attempt = "", 1
    while True:
        age = interrupt(
            {
                "kind": "input",
                "title": "How old is the cellar?",
                "expects": {"schema": AGE, "max_attempts": 3},
                "error": error,
                "attempt": attempt,
            }
        )
        if age < 150:
            return {"notes": [f"age {age}"]}
        error, attempt = "Nothing here is older than 150 years.", attempt + 1


def _validated() -> StateGraph:
    graph = StateGraph(Notes)
    graph.add_node("ask_age", _ask_age)
    graph.add_edge(START, "ask_age")
    return graph


def _choke(state: Notes) -> Notes:
    answer = interrupt("Which number?")
    return {"notes": [f"half is {int(answer) // 2}"]}


def _fragile() -> StateGraph:
    graph = StateGraph(Notes)
    graph.add_node("choke", _choke)
    graph.add_edge(START, "choke")
    return graph


async def _ask_later(state: Notes) -> Notes:
    return {"notes": [str(interrupt("From async?"))]}


def _asynchronous() -> StateGraph:
    graph = StateGraph(Notes)
    graph.add_node("ask_later", _ask_later)
    graph.add_edge(START, "ask_later")
    return graph


def _fail(state: Notes) -> Notes:
    raise ValueError("the node is broken")


def _broken() -> StateGraph:
    graph = StateGraph(Notes)
    graph.add_node("fail", _fail)
    graph.add_edge(START, "fail")
    return graph


def _misspelt(state: Notes) -> Notes:
    interrupt({"kind": "approve", "title": "Go?", "expects": {"decisions": ["aprove"]}})
    return {"notes": ["went on"]}


def _unreadable() -> StateGraph:
    graph = StateGraph(Notes)
    graph.add_node("misspelt", _misspelt)
    graph.add_edge(START, "misspelt")
    return graph


BEFORE_RETURN: list[Callable[[], None]] = []  # what the node `meddle` does, for one test


def _meddle(state: Notes) -> Notes:
    for act in BEFORE_RETURN:
        act()
    return {"notes": ["meddled"]}


def _meddling() -> StateGraph:
    graph = StateGraph(Notes)
    graph.add_node("meddle", _meddle)
    graph.add_edge(START, "meddle")
    return graph


def _nested() -> StateGraph:
    """Questions in a graph inside a graph; `leave` ends the inner one from inside."""
    inner = StateGraph(Notes)
    inner.add_node("ask_item", _ask_item)
    inner.add_node("leave", _leave)
    inner.add_conditional_edges(START, _fan_out, ["ask_item"])
    inner.add_edge("ask_item", "leave")
    graph = StateGraph(Notes)
    graph.add_node("inner", inner.compile())
    graph.add_node("close", lambda state: {"notes": ["closed"]})
    graph.add_edge(START, "inner")
    return graph


def _leave(state: Notes) -> Command[str]:
    note = f"{state['notes']} then {int(interrupt('Which number?'))}"
    return Command(graph=Command.PARENT, update={"notes": [note]}, goto="close")


def _ask_to_pay(state: Notes) -> Notes:
    call = {"name": "pay", "args": {"to": "Xyzzy-recipient"}}
    return {"notes": [str(interrupt({"kind": "tools", "actions": [call]}))]}


def _two_queues() -> StateGraph:
    """Two questions at once, of which the cast's rules send the second to the tool calls."""
    graph = StateGraph(Notes)
    graph.add_node("ask_colour", lambda state: {"notes": [interrupt("Which colour?")]})
    graph.add_node("ask_to_pay", _ask_to_pay)
    graph.add_edge(START, "ask_colour")
    graph.add_edge(START, "ask_to_pay")
    return graph


approval = _approval()
nested = _nested()
meddling = _meddling()
parallel = _parallel()
validated = _validated()
fragile = _fragile()
asynchronous = _asynchronous()
broken = _broken()
unreadable = _unreadable()
two_queues = _two_queues()

HITL_GRAPHS = ",".join(
    f"{name}=tests.graphs:{name}"
    for name in (
        "approval",
        "parallel",
        "validated",
        "fragile",
        "asynchronous",
        "broken",
        "unreadable",
        "meddling",
        "nested",
        "two_queues",
    )
)
