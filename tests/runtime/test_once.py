"""once(): an effect before a question does not happen again (B22, first row)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runtime import START, Command, Send, StateGraph, interrupt, once
from tests.runtime.helpers import Log, chain


def test_an_effect_before_a_question_happens_once(call, saver, thread):
    """B22 #1"""
    sent = []

    def node(state: Any) -> Any:
        receipt = once("mail", lambda: sent.append("mail") or len(sent))
        again = once("mail", lambda: sent.append("twice"))
        return {"log": [receipt, again, interrupt("read?")]}

    app = chain(saver, a=node)
    call(app, {"x": 1}, thread)
    call(app, None, thread)
    assert call(app, Command(resume="yes"), thread)["log"] == [1, 1, "yes"]
    assert sent == ["mail"]


def test_once_is_awaited_in_async_nodes(saver, thread):
    """B22 #1"""
    sent = []

    async def mail() -> str:
        sent.append("mail")
        return "sent"

    async def node(state: Any) -> Any:
        return {"log": [await once("a", mail), await once("b", lambda: 2), interrupt("?")]}

    app = chain(saver, a=node)

    async def story() -> Any:
        await app.ainvoke({"x": 1}, thread)
        return await app.ainvoke(Command(resume="yes"), thread)

    assert asyncio.run(story())["log"] == ["sent", 2, "yes"]
    assert sent == ["mail"]


def test_each_task_of_a_node_has_its_own_keys(call, saver, thread):
    """B22 #1: the key is for one visit of the node"""
    sent = []

    def node(arg: Any) -> Any:
        once("mail", lambda: sent.append(arg["n"]))
        return {"log": [interrupt(arg["n"])]}

    builder = StateGraph(Log).add_node("n", node)
    builder.add_conditional_edges(START, lambda state: [Send("n", {"n": n}) for n in range(3)])
    app = builder.compile(saver)
    asked = call(app, {"x": 1}, thread)["__interrupt__"]
    call(app, Command(resume={each.id: True for each in asked}), thread)

    assert sorted(sent) == [0, 1, 2]


def test_an_effect_that_fails_is_tried_again(call, saver, thread):
    """B22 #1"""
    tries = []

    def effect() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("down")
        return len(tries)

    app = chain(saver, a=lambda state: {"log": [once("mail", effect)]})
    with pytest.raises(OSError, match="down"):
        call(app, {"x": 1}, thread)

    assert call(app, None, thread)["log"] == [2]
