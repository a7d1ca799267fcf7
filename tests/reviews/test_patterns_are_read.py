"""What the runtime's helpers ask, the site reads; what the site answers, the helpers read."""

from __future__ import annotations

from typing import Any

import pytest

from reviews.services import answers
from reviews.services.answers import CallVerdict, Verdict
from runtime import Command, InMemorySaver
from runtime.messages import AIMessage, kind_of, text_of
from runtime.prebuilt import create_agent
from runtime.tools import tool
from tests.runtime import test_patterns as patterns
from tests.runtime.conftest import in_threads


def settle(talk: Any, verdict: Verdict) -> Any:
    question = answers.read(talk.question)
    assert answers.check(question, verdict) == {}
    return talk.answer(answers.resume_value(question, verdict))


@pytest.mark.parametrize(
    ("node", "verdict", "result"),
    [
        (lambda: bool(patterns.approve("Pay?")), Verdict("approve"), True),
        (lambda: patterns.approve("Pay?").reason, Verdict("reject", reason="no"), "no"),
        (lambda: patterns.edit("Ok?", "a").value, Verdict("approve"), "a"),
        (lambda: patterns.edit("Ok?", "a").value, Verdict("edit", value="b"), "b"),
        (lambda: patterns.ask("Age?", schema={"type": "integer"}), Verdict("respond", value=3), 3),
    ],
)
def test_the_site_settles_a_question(node: Any, verdict: Verdict, result: Any) -> None:
    assert settle(patterns.Talk(in_threads, node), verdict) == result


def test_the_site_settles_tool_calls() -> None:
    calls = (CallVerdict("1", "edit", {"to": "c"}), CallVerdict("2", "respond", message="done"))
    talk = patterns.Talk(in_threads, patterns.review)

    assert settle(talk, Verdict("decide", calls=calls)) == [
        ("edit", {"to": "c"}, ""),
        ("respond", {"to": "b"}, "done"),
    ]


def test_the_site_settles_a_call_of_an_agent() -> None:
    @tool(effect="money")
    def pay(amount: int) -> str:
        return f"paid {amount}"

    def model(messages: list[Any]) -> Any:
        if kind_of(messages[-1]) == "tool":
            return text_of(messages[-1])
        return AIMessage("", [{"name": "pay", "args": {"amount": 5}, "id": "c"}])

    app = create_agent(model, [pay]).compile(InMemorySaver())
    thread = {"configurable": {"thread_id": "t"}}
    (asked,) = app.invoke({"messages": "hi"}, thread)["__interrupt__"]
    question = answers.read(asked.value)
    verdict = Verdict("decide", calls=(CallVerdict("c", "edit", {"amount": 3}),))
    assert (question.kind, question.calls[0].args_schema) == ("tools", pay.schema)
    assert answers.check(question, verdict) == {}
    result = app.invoke(Command(resume=answers.resume_value(question, verdict)), thread)

    assert text_of(result["messages"][-1]) == "paid 3"
