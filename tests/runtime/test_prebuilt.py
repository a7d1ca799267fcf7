"""The agent loop: which calls are asked, what each verdict does, in which order they run."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core import messages as langchain

from runtime import Command, InMemorySaver
from runtime.messages import AIMessage, kind_of, text_of
from runtime.prebuilt import create_agent
from runtime.tools import ALLOW, BLOCK, Policy, tool
from runtime.verdicts import tool_calls
from tests.runtime.conftest import Call

LOG: list[str] = []


@pytest.fixture(autouse=True)
def empty_log() -> None:
    LOG.clear()


@tool(effect="read")
def look(what: str) -> str:
    """Look something up."""
    LOG.append(f"look {what}")
    return f"{what} is fine"


@tool(effect="money")
def pay(to: str, amount: int) -> dict[str, Any]:
    """Pay someone.

    Args:
        to: who gets the money
        amount: in cents
    """
    LOG.append(f"pay {to} {amount}")
    return {"paid": amount}


@tool(effect="external")
def mail(to: str) -> str:
    """Send a mail."""
    LOG.append(f"mail {to}")
    if to == "nobody":
        raise LookupError("no such person")
    return "sent"


def calls(*wanted: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, "args": args, "id": f"c{at}"} for at, (name, args) in enumerate(wanted)]


class Model:
    """Asks for the calls of each turn, and then says what it heard of them."""

    def __init__(self, *turns: list[dict[str, Any]]) -> None:
        self.turns = turns

    def __call__(self, messages: list[Any]) -> Any:
        asked = [each for each in messages if kind_of(each) == "ai"]
        if len(asked) < len(self.turns):
            return AIMessage("", self.turns[len(asked)])
        return "; ".join(text_of(each) for each in messages if kind_of(each) == "tool")


def agent(*wanted: tuple[str, dict[str, Any]], **options: Any) -> Any:
    graph = create_agent(Model(calls(*wanted)), [look, pay, mail], **options)
    return graph.compile(InMemorySaver())


def decide(kind: str, **more: Any) -> dict[str, Any]:
    return {"decisions": [{"type": kind, **more}]}


def edited(name: str, **args: Any) -> dict[str, Any]:
    return decide("edit", edited_action={"name": name, "args": args})


def questions(result: dict[str, Any]) -> list[Any]:
    return [each.value for each in result.get("__interrupt__", ())]


def said(result: dict[str, Any]) -> str:
    return text_of(result["messages"][-1])


def test_what_only_reads_runs_unasked(call: Call, thread: dict) -> None:
    result = call(agent(("look", {"what": "sky"})), {"messages": "hi"}, thread)

    assert [kind_of(each) for each in result["messages"]] == ["human", "ai", "tool", "ai"]
    assert said(result) == "sky is fine"


def test_each_asked_call_is_a_question_in_hitl_shape(call: Call, thread: dict) -> None:
    app = agent(("pay", {"to": "a", "amount": 1}), ("look", {"what": "x"}), ("mail", {"to": "b"}))
    first, second = questions(call(app, {"messages": "hi"}, thread))

    assert first == {
        "action_requests": [
            {
                "id": "c0",
                "name": "pay",
                "args": {"to": "a", "amount": 1},
                "description": "Pay someone.",
                "effect": "money",
            }
        ],
        "review_configs": [
            {
                "action_name": "pay",
                "allowed_decisions": ["approve", "edit", "reject", "respond"],
                "args_schema": pay.schema,
            }
        ],
    }
    assert second["action_requests"][0]["args"] == {"to": "b"}
    assert LOG == []


def test_verdicts_are_mixed_and_calls_run_in_the_listed_order(call: Call, thread: dict) -> None:
    """3.6"""
    wanted = [("mail", {"to": f"p{n}"}) for n in range(4)]
    app = agent(*wanted)
    open_ = call(app, {"messages": "hi"}, thread)["__interrupt__"]
    verdicts = [
        decide("approve"),
        decide("reject", message="not him"),
        edited("mail", to="p9"),
        decide("respond", message="I called"),
    ]
    for question, verdict in list(zip(open_, verdicts, strict=True))[::-1]:
        assert LOG == []
        result = call(app, Command(resume={question.id: verdict}), thread)

    assert LOG == ["mail p0", "mail p9"]
    rejected = "A person rejected this call of mail. Reason: not him"
    assert said(result) == f"sent; {rejected}; sent; I called"
    tools = [each for each in result["messages"] if kind_of(each) == "tool"]
    assert [each.tool_call_id for each in tools] == ["c0", "c1", "c2", "c3"]
    assert [each.status for each in tools] == ["success", "error", "success", "success"]


def test_the_agent_sees_the_call_as_it_was_edited(call: Call, thread: dict) -> None:
    """B21: the message is replaced under its id."""
    app = agent(("pay", {"to": "a", "amount": 100}))
    before = call(app, {"messages": "hi"}, thread)["messages"][1]
    after = call(app, Command(resume=edited("pay", to="a", amount=5)), thread)["messages"][1]

    assert (after.id, after.tool_calls[0]["args"]) == (before.id, {"to": "a", "amount": 5})
    assert LOG == ["pay a 5"]


def test_an_edit_to_another_tool_is_judged_by_its_policy(call: Call, thread: dict) -> None:
    app = agent(("pay", {"to": "a", "amount": 1}), policies={"look": ALLOW, "mail": "block"})
    call(app, {"messages": "hi"}, thread)
    result = call(app, Command(resume=edited("look", what="sea")), thread)
    assert (said(result), LOG) == ("sea is fine", ["look sea"])
    assert result["messages"][1].tool_calls[0]["name"] == "look"

    other = {"configurable": {"thread_id": "2"}}
    call(app, {"messages": "hi"}, other)
    result = call(app, Command(resume=edited("mail", to="a")), other)
    assert said(result) == "Calls of mail like this one are not allowed here."
    assert LOG == ["look sea"]


def test_an_edit_to_a_tool_that_asks_is_asked_again(call: Call, thread: dict) -> None:
    app = agent(("pay", {"to": "a", "amount": 1}), policies={"mail": Policy(decisions=["approve"])})
    call(app, {"messages": "hi"}, thread)
    (question,) = questions(call(app, Command(resume=edited("mail", to="b")), thread))

    assert question["review_configs"][0]["allowed_decisions"] == ["approve"]
    assert said(call(app, Command(resume=decide("approve")), thread)) == "sent"


def test_policies_look_at_the_arguments(call: Call) -> None:
    small = Policy("allow", when=lambda args: args["amount"] < 10)
    huge = Policy("block", when=lambda args: args["amount"] > 1000)

    def run(amount: int) -> Any:
        app = agent(("pay", {"to": "a", "amount": amount}), policies={"pay": [small, huge]})
        return call(app, {"messages": "hi"}, {"configurable": {"thread_id": "t"}})

    assert said(run(5)) == '{"paid": 5}'
    assert len(questions(run(50))) == 1
    assert said(run(5000)) == "Calls of pay like this one are not allowed here."
    assert LOG == ["pay a 5"]


def test_an_edit_cannot_get_round_a_block(call: Call, thread: dict) -> None:
    huge = Policy("block", when=lambda args: args["amount"] > 1000)
    app = agent(("pay", {"to": "a", "amount": 5}), policies={"pay": [huge, Policy("ask")]})
    call(app, {"messages": "hi"}, thread)
    result = call(app, Command(resume=edited("pay", to="a", amount=5000)), thread)

    assert said(result) == "Calls of pay like this one are not allowed here."
    assert LOG == []


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("yes", "the answer must be"),
        ({"decisions": []}, "with 1 of them"),
        (decide("maybe"), "one of approve, edit"),
        (decide("edit"), "edited_action"),
        (decide("respond"), "needs a message"),
        (edited("pay", to="a"), "amount: is missing"),
        (edited("pay", to="a", amount="1"), "amount: must be integer"),
        (edited("fly"), "there is no tool 'fly'"),
    ],
)
def test_a_bad_answer_is_asked_again_with_the_reason(
    answer: Any, complaint: str, thread: dict
) -> None:
    app = agent(("pay", {"to": "a", "amount": 1}))
    app.invoke({"messages": "hi"}, thread)
    (question,) = questions(app.invoke(Command(resume=answer), thread))

    assert complaint in question["action_requests"][0]["description"]
    assert said(app.invoke(Command(resume={"type": "approve"}), thread)) == '{"paid": 1}'
    assert LOG == ["pay a 1"]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (("fly", {}), "There is no tool 'fly'. Tools: look, pay, mail."),
        (("pay", {"to": "a"}), "The arguments of pay are wrong: amount: is missing"),
        (("look", {"what": "x", "y": 1}), "The arguments of look are wrong: y: is not known"),
        (("look", "x"), "The arguments of look are wrong: the arguments must be an object"),
    ],
)
def test_a_call_that_cannot_be_is_told_to_the_model(wanted: Any, told: str, call: Call) -> None:
    config = {"configurable": {"thread_id": "t"}}
    assert said(call(agent(wanted), {"messages": "hi"}, config)) == told


def test_a_tool_that_raises_is_told_or_fails_the_run(call: Call, thread: dict) -> None:
    allowed = {"mail": True, "pay": False}
    told = agent(("mail", {"to": "nobody"}), policies={"mail": ALLOW})
    assert (
        said(call(told, {"messages": "hi"}, thread)) == "mail failed: LookupError: no such person"
    )

    app = agent(("mail", {"to": "nobody"}), policies=allowed, handle_tool_errors=False)
    call(app, {"messages": "hi"}, {"configurable": {"thread_id": "2"}})
    with pytest.raises(LookupError, match="no such person"):
        call(app, Command(resume=decide("approve")), {"configurable": {"thread_id": "2"}})


def test_the_next_turn_is_judged_anew(call: Call, thread: dict) -> None:
    model = Model(
        calls(("mail", {"to": "a"})), calls(("mail", {"to": "b"}), ("look", {"what": "c"}))
    )
    app = create_agent(model, [look, mail]).compile(InMemorySaver())
    call(app, {"messages": "hi"}, thread)
    (question,) = questions(call(app, Command(resume=decide("approve")), thread))

    assert question["action_requests"][0]["args"] == {"to": "b"}
    assert LOG == ["mail a"]
    call(app, Command(resume=decide("approve")), thread)
    assert LOG == ["mail a", "mail b", "look c"]
    assert app.get_state(thread).values["verdicts"] == {}


def test_a_finished_call_never_runs_again_when_a_later_one_fails(call: Call, thread: dict) -> None:
    wanted = [("pay", {"to": "a", "amount": 1}), ("mail", {"to": "nobody"})]
    app = agent(*wanted, by_effect={"money": ALLOW, "external": ALLOW}, handle_tool_errors=False)
    for given in ({"messages": "hi"}, None):
        with pytest.raises(LookupError):
            call(app, given, thread)

    assert LOG == ["pay a 1", "mail nobody", "mail nobody"]


SHAPES = {
    "langchain": langchain.AIMessage("", tool_calls=calls(("pay", {"to": "a", "amount": 9}))),
    "dict": {
        "role": "assistant",
        "content": "",
        "tool_calls": calls(("pay", {"to": "a", "amount": 9})),
    },
    "openai": {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "c0",
                "type": "function",
                "function": {"name": "pay", "arguments": '{"to": "a", "amount": 9}'},
            }
        ],
    },
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_models_of_any_library_will_do(shape: Any, call: Call, thread: dict) -> None:
    def model(messages: list[Any]) -> Any:
        return "done" if kind_of(messages[-1]) == "tool" else shape

    app = create_agent(model, [pay]).compile(InMemorySaver())
    call(app, {"messages": "hi"}, thread)
    result = call(app, Command(resume=edited("pay", to="b", amount=2)), thread)

    assert (LOG, said(result)) == (["pay b 2"], "done")
    assert tool_calls(result["messages"][1])[0].args == {"to": "b", "amount": 2}


def test_an_openai_call_with_broken_arguments_is_told_to_the_model(thread: dict) -> None:
    broken = {"id": "c", "type": "function", "function": {"name": "pay", "arguments": "{"}}

    def model(messages: list[Any]) -> Any:
        if kind_of(messages[-1]) == "tool":
            return text_of(messages[-1])
        return {"role": "assistant", "content": "", "tool_calls": [broken]}

    result = create_agent(model, [pay]).compile(InMemorySaver()).invoke({"messages": "hi"}, thread)
    assert "the arguments are no JSON" in said(result)


def test_models_and_tools_may_be_async(thread: dict) -> None:
    async def wave(to: str) -> str:
        await asyncio.sleep(0)
        return f"waved to {to}"

    scripted = Model(calls(("wave", {"to": "a"}), ("look", {"what": "b"})))

    async def model(messages: list[Any]) -> Any:
        return scripted(messages)

    app = create_agent(model, [wave, look], policies={"wave": ALLOW}).compile(InMemorySaver())
    assert said(asyncio.run(app.ainvoke({"messages": "hi"}, thread))) == "waved to a; b is fine"


def test_a_blocked_tool_is_never_asked(call: Call, thread: dict) -> None:
    app = agent(("pay", {"to": "a", "amount": 1}), by_effect={"money": BLOCK})

    assert questions(call(app, {"messages": "hi"}, thread)) == []
