"""A graph that writes down every time one of its nodes runs, outside the database."""

from __future__ import annotations

import operator
import os
import time
from pathlib import Path
from typing import Annotated, TypedDict

from runtime import START, StateGraph, interrupt

FOLDER = Path(os.environ.get("SINK_FOLDER", "."))


class State(TypedDict, total=False):
    notes: Annotated[list[str], operator.add]


def _ran(node: str) -> None:
    with (FOLDER / "ran.txt").open("a") as sink:
        sink.write(f"{node}\n")


def quick(state: State) -> State:
    _ran("quick")
    return {"notes": ["quick"]}


def slow(state: State) -> State:
    _ran("slow")
    while not (FOLDER / "open").exists():
        time.sleep(0.05)
    return {"notes": ["slow"]}


def ask(state: State) -> State:
    _ran("ask")
    return {"notes": [str(interrupt("Go on?"))]}


def effect(state: State) -> State:
    _ran("effect")
    return {"notes": ["effect"]}


def _build() -> StateGraph:
    graph = StateGraph(State)
    for node in (quick, slow, ask, effect):
        graph.add_node(node)
    graph.add_edge(START, "quick")
    graph.add_edge(START, "slow")
    graph.add_edge(["quick", "slow"], "ask")
    graph.add_edge("ask", "effect")
    return graph


story = _build()
