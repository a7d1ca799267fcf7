"""Random stories of calls, told to LangGraph and to ours in lockstep, and compared move by move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

from hypothesis import strategies as st

from tests.runtime.differences import Parted, taken_out
from tests.runtime.parity_kit import LANGGRAPH, OURS, Player, snapshot
from tests.runtime.random_graphs import Plan, build

LIMIT = 12  # supersteps of one call
NOBODY = "0" * 32
UNREADABLE = "get_state raised InvalidUpdateError"

Kind = Literal[
    "answer", "bare", "go", "input", "edit", "replay", "fork", "drop", "unknown", "again", "late"
]


@dataclass(frozen=True)
class Move:
    """`pick` chooses among open questions, nodes or checkpoints, as many as there are then."""

    kind: Kind
    pick: tuple[int, ...] = (0,)
    value: Any = "yes"
    update: bool = False


def moves() -> st.SearchStrategy[Move]:
    kinds = ["answer"] * 8 + ["bare"] * 5 + ["go"] * 2 + ["edit"] * 2
    kinds += ["replay", "fork", "input", "drop", "unknown", "again", "late"]
    return st.builds(
        Move,
        kind=st.sampled_from(kinds),
        pick=st.lists(st.integers(0, 6), min_size=1, max_size=4).map(tuple),
        value=st.sampled_from(["yes", "no", 0, "", False, ["a"], {"k": 1}, "bad"]),
        update=st.integers(0, 7).map(lambda n: n == 7),
    )


def stories() -> st.SearchStrategy[list[Move]]:
    return st.lists(moves(), max_size=8)


class Teller(Player):
    """A Player of a planned graph."""

    def __init__(self, kit: SimpleNamespace, how: str, plan: Plan) -> None:
        super().__init__(kit, how)
        self.config = {**self.config, "recursion_limit": LIMIT}
        self.app = build(kit, plan, kit.Saver(), Counter())

    def look(self) -> None:
        try:
            super().look()
        except Exception as error:
            self.log.append(f"get_state raised {type(error).__name__}")

    def ids_of(self, questions: list[str]) -> list[str]:
        return [each.id for each in self.state().interrupts if each.value in questions]

    def history(self) -> list[Any]:
        return list(self.app.get_state_history(self.config))

    def at(self, index: int) -> dict[str, Any]:
        return {**self.history()[index].config, "recursion_limit": LIMIT}


class Duel:
    """One graph and one story on both sides. Raises AssertionError where they part.

    `met` are the rows of the table of differences that the story came upon.
    """

    def __init__(self, plan: Plan, how: str) -> None:
        self.plan = plan
        self.ours = Teller(OURS, how, plan)
        self.theirs = Teller(LANGGRAPH, "invoke" if how == "ainvoke" else how, plan)
        self.met: set[str] = set()
        self.answered: set[str] = set()
        self.used: list[str] = []
        self.updated: set[str] = set()  # checkpoints with an update that came with an answer
        self.edited = False
        self.dropped = False  # something that waited was dropped
        self.bare_at = ""  # the checkpoint where LangGraph still holds a bare answer

    def tell(self, story: list[Move]) -> None:
        try:
            self.both(Move("input"), lambda side: side.call({"log": ["in"]}))
            for move in story:
                getattr(self, move.kind)(move)
            self.both(Move("go"), lambda side: side.log.extend(map(snapshot, side.history())))
        except Parted as parted:
            self.met.add(parted.row)

    def both(self, move: Move, act: Callable[[Teller], None], part: str = "") -> None:
        """The move on both sides. Where they differ by the row `part`, the story ends."""
        shown = []
        for side in (self.ours, self.theirs):
            side.log.clear()
            act(side)
            shown.append(list(side.log))
        ours, theirs = shown
        if UNREADABLE in theirs:
            assert UNREADABLE not in ours
            raise Parted("unreadable thread")
        if any(each.endswith("->?") for each in self.open()):
            ours, theirs = ours[-1:], theirs[-1:]
            self.met.add("unstored writes shown")
        self.met |= taken_out(ours, theirs, self.answered)
        self.part(move, ours, theirs, part)
        assert ours == theirs, move

    def part(self, move: Move, ours: list[Any], theirs: list[Any], row: str) -> None:
        """Raises Parted where the sides differ, or will, so that the story cannot go on."""
        if "raised ValueError" in ours and "raised ValueError" in theirs:
            assert self.ours.state().next, "a dropped answer leaves its node unfinished"
            raise Parted("answer dropped")
        if ours != theirs and row:
            raise Parted(row)
        if ours != theirs and "raised OSError" in ours and "raised OSError" in theirs:
            raise Parted("beside a failure")
        if ours != theirs and self.edited and self.plan.remembers:
            raise Parted("a subgraph with memory after an edit")
        if "raised GraphRecursionError" in [*ours, *theirs] and move.kind != "input":
            raise Parted("steps of a resumed call")

    def refused(self, row: str, error: str, given: Any, config: Any = None) -> None:
        """Ours says no, and nothing has happened. LangGraph is not asked: it would go on."""
        before = self.shown()
        self.ours.log.clear()
        self.ours.call(OURS.Command(resume=given), config)
        assert self.ours.log[0] == f"raised {error}", self.ours.log
        assert self.shown() == before
        self.met.add(row)

    def shown(self) -> Any:
        return snapshot(self.ours.state(), live=True)

    def here(self) -> str:
        return str(self.ours.state().config["configurable"]["checkpoint_id"])

    def open(self) -> list[str]:
        return sorted(each.value for each in self.ours.state().interrupts)

    # --- moves ---

    def answer(self, move: Move) -> None:
        """Some or all of what waits, by id."""
        waiting = sorted(set(self.open()))
        if not waiting:
            return self.go(move)
        if self.holds_bare_answer():
            return None
        chosen = [waiting[pick % len(waiting)] for pick in move.pick]
        self.used += self.ours.ids_of(chosen)
        self.answered |= set(chosen)
        rest = {"update": {"log": ["also"]}} if move.update else {}
        if move.update:
            self.updated.add(self.here())
        return self.both(
            move,
            lambda side: side.resume(dict.fromkeys(side.ids_of(chosen), move.value), **rest),
        )

    def bare(self, move: Move) -> None:
        state = self.ours.state()
        if not state.next:
            return self.refused("nothing to answer", "InterruptNotFound", move.value)
        if len(state.interrupts) > 1:
            return self.refused("one answer for several", "AmbiguousResumeError", move.value)
        if len(state.next) > 1 and not state.interrupts:
            return None  # whose question comes first is a race
        self.used += [each.id for each in state.interrupts]
        self.answered |= {each.value for each in state.interrupts} or {f"{state.next[0]}?0"}
        self.bare_at = self.here()
        part = "one answer for several" if len(state.next) > 1 else ""
        return self.both(move, lambda side: side.resume(move.value), part)

    def go(self, move: Move) -> None:
        if not self.holds_bare_answer():
            self.both(move, lambda side: side.call(None))

    def input(self, move: Move) -> None:
        self.dropped = True
        self.both(move, lambda side: side.call({"log": ["again"]}))

    def edit(self, move: Move) -> None:
        node = self.node(move)
        part = self.edit_row(self.ours.state(), node)
        self.both(move, lambda side: side.update({"log": ["edit"]}, node), part)

    def drop(self, move: Move) -> None:
        self.dropped = True
        part = self.edit_row(self.ours.state(), "")
        self.both(move, lambda side: side.update(None, "__end__"), part)

    def replay(self, move: Move) -> None:
        history = self.ours.history()
        index = move.pick[0] % len(history)
        edited = index == 0 and history[0].metadata["source"] in ("update", "fork")
        self.both(
            move,
            lambda side: side.call(None, side.at(index)),
            part="naming an edited head" if edited else "",
        )

    def fork(self, move: Move) -> None:
        history = self.ours.history()
        index, node = move.pick[0] % len(history), self.node(move)
        part = self.edit_row(history[index], node)
        self.both(move, lambda side: side.update({"log": ["fork"]}, node, side.at(index)), part)

    def unknown(self, move: Move) -> None:
        self.refused("unknown id", "InterruptNotFound", {NOBODY: move.value})

    def again(self, move: Move) -> None:
        """An answer that was already given."""
        waiting = {each.id for each in self.ours.state().interrupts}
        if used := [each for each in self.used if each not in waiting]:
            given = {used[move.pick[0] % len(used)]: move.value}
            self.refused("used id", "InterruptNotFound", given)

    def late(self, move: Move) -> None:
        """An answer to a question that the thread has left behind."""
        index = move.pick[0] % len(self.ours.history())
        if index:
            at = self.ours.at(index)
            self.refused("old answer", "ResumeError", move.value, at)

    # --- what a move needs to know ---

    def node(self, move: Move) -> str | None:
        names = [None, *self.plan.names]
        return names[move.pick[-1] % len(names)]

    def holds_bare_answer(self) -> bool:
        """LangGraph would give it to the next question; such a move is left out."""
        if self.here() == self.bare_at:
            self.met.add("bare answer kept")
        return self.here() == self.bare_at

    def edit_row(self, shown: Any, node: str | None) -> str:
        """The row by which an edit at this snapshot may differ."""
        self.edited = True
        if shown.config["configurable"]["checkpoint_id"] in self.updated:
            return "update lost by an edit"
        if any(each.asks and node in (each.source, None) for each in self.plan.branches):
            return "a branch that asks during an edit"
        if node in shown.next and any(target == node for _, target in self.plan.joins):
            return "acting as a join's target"
        if node is None and (self.plan.joins or self.plan.sends or self.dropped):
            return "who ran last"
        return ""
