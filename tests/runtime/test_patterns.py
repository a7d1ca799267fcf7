"""approve, edit, ask and review_tool_calls in nodes written by hand."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest

from runtime import START, Command, InMemorySaver, StateGraph
from runtime.patterns import approve, ask, edit, review_tool_calls
from runtime.tools import tool
from runtime.verdicts import BadAnswer, ToolCall
from tests.runtime.conftest import Call


class State(TypedDict, total=False):
    result: Any


class Talk:
    """A graph of one node that asks, and what was asked last."""

    def __init__(self, call: Call, node: Any) -> None:
        builder = StateGraph(State)
        builder.add_node("node", lambda state: {"result": node()})
        builder.add_edge(START, "node")
        self.app = builder.compile(InMemorySaver())
        self.call = call
        self.result = self._go({})

    def answer(self, value: Any) -> Any:
        self.result = self._go(Command(resume=value))
        return self.result.get("result")

    @property
    def question(self) -> Any:
        (found,) = self.result["__interrupt__"]
        return found.value

    def _go(self, given: Any) -> Any:
        return self.call(self.app, given, {"configurable": {"thread_id": "t"}})


def test_approve_asks_for_yes_or_no(call: Call) -> None:
    talk = Talk(
        call, lambda: bool(approve("Pay?", effect="money", facts={"to": "a"}, reasons=["no"]))
    )

    assert talk.question == {
        "kind": "approve",
        "title": "Pay?",
        "expects": {"decisions": ["approve", "reject"], "reasons": ["no"]},
        "effect": "money",
        "facts": {"to": "a"},
    }
    assert talk.answer({"type": "approve", "value": None, "reason": "", "comment": ""}) is True
    assert Talk(call, lambda: bool(approve("Pay?"))).answer(False) is False


def test_a_rejection_has_its_reason(call: Call) -> None:
    talk = Talk(call, lambda: approve("Pay?").reason)

    assert talk.answer({"type": "reject", "reason": "too much"}) == "too much"


def test_approval_may_have_fields_to_fill_in(call: Call) -> None:
    schema = {"type": "object", "required": ["limit"]}
    talk = Talk(call, lambda: approve("Pay?", schema=schema).value)
    talk.answer({"type": "approve"})

    assert talk.question["expects"]["schema"] == schema
    assert talk.question["field_errors"] == {"limit": ["is missing"]}
    assert talk.answer({"type": "approve", "value": {"limit": 3}}) == {"limit": 3}


def test_edit_gives_the_proposal_or_what_it_became(call: Call) -> None:
    def node() -> Any:
        answer = edit("Fit to print?", "draft", check=lambda text: None if text else "is empty")
        return [answer.type, answer.value]

    talk = Talk(call, node)
    assert talk.question["proposal"] == "draft"
    assert talk.question["expects"]["decisions"] == ["approve", "edit", "reject"]
    assert talk.answer({"type": "approve", "value": "ignored"}) == ["approve", "draft"]

    talk = Talk(call, node)
    talk.answer({"type": "edit", "value": ""})
    assert (talk.question["error"], talk.question["attempt"]) == ("is empty", 2)
    assert talk.answer({"type": "edit", "value": "better"}) == ["edit", "better"]


def test_ask_repeats_until_the_answer_will_do(call: Call) -> None:
    """B21: each bad answer is one stored answer."""

    def even(value: int) -> None:
        if value % 2:
            raise ValueError("must be even")

    talk = Talk(call, lambda: ask("How many?", schema={"type": "integer"}, check=even))
    assert talk.question == {
        "kind": "input",
        "title": "How many?",
        "expects": {"schema": {"type": "integer"}},
    }
    talk.answer("two")
    assert talk.question["error"] == "must be integer"
    assert talk.question["field_errors"] == {"": ["must be integer"]}
    talk.answer(3)
    assert (talk.question["error"], talk.question["attempt"]) == ("must be even", 3)
    assert talk.answer(4) == 4


def test_attempts_can_be_counted_out(call: Call) -> None:
    talk = Talk(call, lambda: ask("Age?", schema={"type": "integer"}, max_attempts=2))
    assert talk.question["expects"]["max_attempts"] == 2
    talk.answer("x")
    with pytest.raises(BadAnswer, match="must be integer"):
        talk.answer("y")


CALLS = [ToolCall("1", "mail", {"to": "a"}), ToolCall("2", "mail", {"to": "b"})]


@tool(effect="external")
def mail(to: str) -> str:
    """Send a mail."""
    return to


def review() -> Any:
    found = review_tool_calls("Send?", CALLS, tools={"mail": mail})
    return [(each.type, each.args, each.message) for each in found]


def test_tool_calls_are_one_question_with_a_card_each(call: Call) -> None:
    talk = Talk(call, review)
    card = {
        "decisions": ["approve", "edit", "reject", "respond"],
        "description": "Send a mail.",
        "args_schema": mail.schema,
        "effect": "external",
        "name": "mail",
    }

    assert talk.question["actions"] == [
        {**card, "id": "1", "args": {"to": "a"}},
        {**card, "id": "2", "args": {"to": "b"}},
    ]
    change = {"type": "edit", "edited_action": {"name": "mail", "args": {"to": "c"}}}
    assert talk.answer({"decisions": [change, {"type": "reject", "message": "no"}]}) == [
        ("edit", {"to": "c"}, ""),
        ("reject", {"to": "b"}, "no"),
    ]


@pytest.mark.parametrize(
    ("decisions", "error"),
    [
        ([{"type": "approve"}], "with 2 of them"),
        ([{"type": "approve"}, {"type": "maybe"}], "one of approve, edit"),
        (
            [{"type": "approve"}, {"type": "edit", "edited_action": {"name": "mail", "args": {}}}],
            "to: is missing",
        ),
        (
            [{"type": "approve"}, {"type": "edit", "edited_action": {"name": "x", "args": {}}}],
            "there is no tool 'x'",
        ),
    ],
)
def test_decisions_that_cannot_be_taken_are_asked_again(
    decisions: Any, error: str, call: Call
) -> None:
    talk = Talk(call, review)
    talk.answer({"decisions": decisions})

    assert error in talk.question["error"]


@pytest.mark.parametrize("bad", ["yes", {"type": "edit"}, 0, {"value": 1}])
def test_an_answer_of_another_kind_is_asked_again(bad: Any, call: Call) -> None:
    talk = Talk(call, lambda: bool(approve("Pay?")))
    talk.answer(bad)

    assert "one of approve, reject" in talk.question["error"]
