"""The table of deliberate differences that random stories come upon, each with its reason.

A story either goes on after a difference that can be taken out (`taken_out`), or it ends where the
two sides truly part (`Parted`). What fits no row is a failure.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

ROWS = {
    "unknown id": "9.3: an id that does not wait is refused; LangGraph ignores it",
    "used id": "9.9: a used answer is refused; LangGraph ignores it",
    "one answer for several": "9.2: refused by both; ours names the waiting ids. With one that"
    " waits and failed siblings, ours binds it; LangGraph gives it to whoever asks first",
    "nothing to answer": "9.9: refused; LangGraph ignores the answer",
    "bare answer kept": "9.4: LangGraph gives a bare answer to the next question of the step too",
    "answer dropped": "8.4: an answer that makes its node raise is dropped, the question is open"
    " again; LangGraph keeps it and can never get past it",
    "old answer": "9.11: LangGraph takes the stored old answer and loses the new one",
    "answered is still shown": "11.5: LangGraph lists questions already answered, and hides a task"
    " between its questions from `next`",
    "stale error": "11.2: LangGraph shows an error after its node ran again, well",
    "unreadable thread": "2.2: a conflict of finished siblings makes LangGraph's get_state and"
    " stream raise; ours pauses and reads",
    "beside a failure": "5.7: ours keeps what siblings of a failure did; LangGraph drops what lands"
    " late, and the errors of other failures",
    "update lost by an edit": "9.6: an update that came with an answer survives an edit;"
    " LangGraph shows it, then drops it",
    "unstored writes shown": "8.11: LangGraph shows what a node wrote before its branch asked",
    "steps of a resumed call": "4.8: LangGraph lets a resumed call take two supersteps more",
    "acting as a join's target": "12.3: acting as a waiting node is its run; LangGraph leaves the"
    " target of a join next",
    "a branch that asks during an edit": "12.1: InvalidUpdateError; LangGraph's is a KeyError",
    "a subgraph with memory after an edit": "12.3: after an edit outside it asks anew; LangGraph"
    " goes on inside, with the answers from before",
    "naming an edited head": "13.3: going on from a head that an edit made, by its id, runs nothing"
    " again that has finished since",
    "who ran last": "12.2: LangGraph counts what was dropped as run, does not count Sends,"
    " and calls one node that two edges lead to ambiguous",
}

BREAKPOINT = ("updates", {"__interrupt__": []})


class Parted(Exception):
    """From here on the sides differ on purpose; the text is the row."""

    def __init__(self, row: str) -> None:
        super().__init__(row)
        self.row = row


def taken_out(ours: list[Any], theirs: list[Any], answered: set[str]) -> set[str]:
    """Makes `theirs` like `ours` where a row says how they differ; returns the rows.

    `answered` are the questions that got an answer so far.
    """
    met: set[str] = set()
    for shown in (ours, theirs):
        shown.sort(key=lambda entry: entry == BREAKPOINT)  # when a subgraph stops is a race
    for state in filter(None, map(_state, (*ours, *theirs))):
        _sort_questions(state)  # those of one subgraph come in the order in which they landed
    for mine, other in zip(map(_state, ours), map(_state, theirs), strict=False):
        if mine is not None and other is not None and len(mine["tasks"]) == len(other["tasks"]):
            _forget_stale_errors(mine, other, met)
            _forget_answered(mine, other, answered, met)
    return met


def _sort_questions(state: Any) -> None:
    state["tasks"][:] = [(*rest, sorted(asked)) for *rest, asked in state["tasks"]]
    state["interrupts"].sort()


def _forget_stale_errors(ours: Any, theirs: Any, met: set[str]) -> None:
    for at, (mine, other) in enumerate(zip(ours["tasks"], theirs["tasks"], strict=True)):
        if (mine[3] or mine[1] is not None) and not mine[2] and other[2]:
            theirs["tasks"][at] = (*other[:2], False, other[3])
            met.add("stale error")


def _forget_answered(ours: Any, theirs: Any, answered: set[str], met: set[str]) -> None:
    """Only answered questions may be too many, and only names of their tasks too few."""
    past = [("?", each) for each in answered if ("?", each) not in ours["interrupts"]]
    shown = [each for each in theirs["interrupts"] if each not in past]
    asked = {each.split("?")[0].split("<")[0] for each in answered}
    hidden = Counter(ours["next"]) - Counter(theirs["next"])
    if (shown, theirs["next"]) != (theirs["interrupts"], ours["next"]) and hidden.keys() <= asked:
        met.add("answered is still shown")
        theirs["interrupts"], theirs["next"] = shown, ours["next"]
        for at, (*rest, questions) in enumerate(theirs["tasks"]):
            theirs["tasks"][at] = (*rest, [each for each in questions if each not in past])


def _state(entry: Any) -> Any:
    """The snapshot in an entry of a log, if it is one."""
    if isinstance(entry, tuple) and entry[0] == "state":
        entry = entry[1]
    return entry if isinstance(entry, dict) and "tasks" in entry else None
