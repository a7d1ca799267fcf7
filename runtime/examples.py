"""Three small graphs that pause for a person, for the documentation and the tests.

Each is a StateGraph; compile it with a saver, or name it in HITL_GRAPHS.
"""

from __future__ import annotations

import operator
from typing import Annotated, Any, Literal, TypedDict

from runtime.graph import END, START, StateGraph
from runtime.types import Command, Send, interrupt

# --- approve or reject: the answer decides where the graph goes -----------------------------------


class Transfer(TypedDict, total=False):
    to: str
    amount: int
    done: str


def ask_approval(state: Transfer) -> Command[Literal["pay", "refuse"]]:
    approved = interrupt({"question": f"Pay {state['amount']} to {state['to']}?"})
    return Command(goto="pay" if approved else "refuse")


def pay(state: Transfer) -> dict[str, Any]:
    return {"done": f"paid {state['amount']} to {state['to']}"}


def refuse(state: Transfer) -> dict[str, Any]:
    return {"done": "refused"}


approve_transfer = StateGraph(Transfer)
approve_transfer.add_node(ask_approval)
approve_transfer.add_node(pay)
approve_transfer.add_node(refuse)
approve_transfer.add_edge(START, "ask_approval")


# --- edit the state: the answer is the better text, checked until it fits -------------------------


class Draft(TypedDict, total=False):
    topic: str
    text: str
    published: bool


def write(state: Draft) -> dict[str, Any]:
    return {"text": f"A few words about {state['topic']}."}


def review(state: Draft) -> dict[str, Any]:
    question = {"question": "Is this fit to print?", "draft": state["text"]}
    while True:
        text = interrupt(question)
        if isinstance(text, str) and text.strip():
            return {"text": text}
        question = {**question, "error": "The text must not be empty."}


def publish(state: Draft) -> dict[str, Any]:
    return {"published": True}


edit_draft = StateGraph(Draft)
edit_draft.add_sequence([write, review, publish])
edit_draft.add_edge(START, "write")


# --- parallel reviews: one question for each item, answered in any order --------------------------


class Batch(TypedDict, total=False):
    items: list[str]
    verdicts: Annotated[list[tuple[str, Any]], operator.add]
    summary: str


class Item(TypedDict):
    item: str


def split(state: Batch) -> list[Send]:
    return [Send("judge", {"item": item}) for item in state["items"]]


def judge(state: Item) -> dict[str, Any]:
    return {"verdicts": [(state["item"], interrupt({"question": f"Keep {state['item']}?"}))]}


def summarise(state: Batch) -> dict[str, Any]:
    kept = [item for item, keep in state["verdicts"] if keep]
    return {"summary": f"kept {len(kept)} of {len(state['verdicts'])}"}


parallel_reviews = StateGraph(Batch)
parallel_reviews.add_node(judge)
parallel_reviews.add_node(summarise)
parallel_reviews.add_conditional_edges(START, split, ["judge"])
parallel_reviews.add_edge("judge", "summarise")
parallel_reviews.add_edge("summarise", END)
