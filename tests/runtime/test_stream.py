"""Streaming (B15): exact payloads, side by side with LangGraph where the two agree."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from runtime import START, Command, StateGraph, get_stream_writer, interrupt, stream_message
from tests.runtime.helpers import Log, chain, fan, say
from tests.runtime.parity_kit import LANGGRAPH, OURS, plain

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}")
TIME = re.compile(r"20\d\d-\d\d-\d\dT[0-9:.+]+")


def bare(value: Any) -> Any:
    """Ids and times are left out; interrupts become their values."""
    if isinstance(value, str):
        return TIME.sub("TIME", UUID.sub("ID", value))
    if isinstance(value, dict) and value.keys() == {"value", "id", "response_schema"}:
        return ("?", value["value"])
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(bare(item) for item in value)
    return plain(value)


def items(app: Any, given: Any, config: Any, how: str, **options: Any) -> list[Any]:
    if how == "stream":
        return [bare(each) for each in app.stream(given, config, **options)]

    async def read() -> list[Any]:
        return [bare(each) async for each in app.astream(given, config, **options)]

    return asyncio.run(read())


def asking(kit: Any) -> Any:
    """Writes, asks, writes: one node in each superstep, so the order is certain."""

    def a(state: Any) -> Any:
        return {"log": ["a"]}

    def b(state: Any) -> Any:
        return {"log": [kit.interrupt("q")]}

    builder = kit.StateGraph(Log).add_sequence([a, b]).add_edge("__start__", "a")
    return builder.compile(checkpointer=kit.Saver())


@pytest.mark.parametrize("how", ["stream", "astream"])
@pytest.mark.parametrize(
    "modes",
    [
        "values",
        "updates",
        "tasks",
        "checkpoints",
        "debug",
        ["values", "updates", "tasks", "checkpoints", "debug"],
        ["updates"],
    ],
    ids=str,
)
@pytest.mark.parametrize("options", [{}, {"subgraphs": True}, {"version": "v2"}], ids=str)
def test_every_mode_shows_what_langgraph_shows(how, modes, options):
    """15.1, 15.6"""
    shown = []
    for kit in (LANGGRAPH, OURS):
        app, config = asking(kit), {"configurable": {"thread_id": "1"}}
        first = items(app, {"x": 1}, config, how, stream_mode=modes, **options)
        then = items(app, kit.Command(resume="yes"), config, how, stream_mode=modes, **options)
        shown.append((first, then))

    assert shown[1] == shown[0]


def test_a_task_says_when_it_starts_and_how_it_ends(saver, thread):
    """15.1 tasks"""

    def bad(state: Any) -> Any:
        raise ValueError("no")

    seen: list[Any] = []
    stream = chain(saver, bad=bad).stream({"x": 1}, thread, stream_mode="tasks")
    with pytest.raises(ValueError, match="no"):
        seen.extend(bare(each) for each in stream)

    assert seen == [
        {
            "id": "ID",
            "name": "bad",
            "input": {"log": [], "x": 1},
            "triggers": ("branch:to:bad",),
        },
        {
            "id": "ID",
            "name": "bad",
            "error": "ValueError('no')",
            "result": {},
            "interrupts": [],
        },
    ]


def test_finished_siblings_are_shown_again_as_cached(call, saver, thread):
    """15.3"""
    app = fan(saver, a=say("a"), q=lambda state: {"log": [interrupt("?")]})
    call(app, {"x": 1}, thread)
    modes = ["updates", "tasks"]
    resumed = [bare(each) for each in app.stream(Command(resume="y"), thread, stream_mode=modes)]

    assert resumed[:2] == [
        (
            "tasks",
            {"id": "ID", "name": "a", "input": {"log": [], "x": 1}, "triggers": ("branch:to:a",)},
        ),
        ("updates", {"a": {"log": ["a"]}, "__metadata__": {"cached": True}}),
    ]
    assert ("updates", {"q": {"log": ["y"]}}) in resumed
    ended = [data["name"] for mode, data in resumed if mode == "tasks" and "result" in data]
    assert ended == ["q"]


def test_checkpoints_need_a_saver():
    """15.1 checkpoints"""
    assert list(chain(None, a=say("a")).stream({"x": 1}, stream_mode="checkpoints")) == []


def test_v2_invoke_returns_the_value_beside_the_questions(call, saver, thread):
    """15.6"""
    app = chain(saver, a=lambda state: {"log": [interrupt("q")]})
    asked = call(app, {"x": 1}, thread, version="v2")
    done = call(app, Command(resume="yes"), thread, version="v2")

    assert (asked.value, [each.value for each in asked.interrupts]) == ({"log": [], "x": 1}, ["q"])
    assert (done.value, done.interrupts) == ({"log": ["yes"], "x": 1}, ())


def test_debug_prints_what_happens_and_changes_no_result(call, capsys):
    """15.5"""
    app = chain(None, a=say("a"))

    assert call(app, {"x": 1}, debug=True) == {"log": ["a"], "x": 1}
    assert capsys.readouterr().out.splitlines() == [
        "[values] {'log': [], 'x': 1}",
        "[updates] {'a': {'log': ['a']}}",
        "[values] {'log': ['a'], 'x': 1}",
    ]
    assert list(app.stream({"x": 1}, stream_mode="custom", debug=True)) == []
    assert "[updates]" in capsys.readouterr().out


def test_an_unknown_version_mode_or_durability_names_the_nearest(saver, thread):
    """15.1"""
    app = chain(saver, a=say("a"))
    with pytest.raises(ValueError, match="Did you mean 'tasks'"):
        list(app.stream({"x": 1}, thread, stream_mode="task"))
    with pytest.raises(ValueError, match="Did you mean 'exit'"):
        app.invoke({"x": 1}, thread, durability="exist")
    with pytest.raises(ValueError, match="version"):
        app.invoke({"x": 1}, thread, version="v3")


# --- messages ---


class Said:
    def __init__(self, content: str, id: str | None = None) -> None:
        self.type, self.content, self.id = "ai", content, id


def test_messages_in_node_output_that_were_not_seen_before(saver, thread):
    """15.1 messages"""

    def answer(state: Any) -> Any:
        return {"log": [{"role": "user", "content": "hi", "id": "u"}, Said("ho", "a")]}

    def repeat(state: Any) -> Any:
        return {"log": [*state["log"], {"role": "ai", "content": "new"}]}

    given = {"log": [{"role": "user", "content": "hi", "id": "u"}], "x": 1}
    config = {**thread, "metadata": {"who": "me"}}
    builder = StateGraph(Log).add_sequence([answer, repeat]).add_edge(START, "answer")
    shown = list(builder.compile().stream(given, config, stream_mode="messages"))

    (first, facts), (second, _) = shown
    assert (first.content, second["content"]) == ("ho", "new")
    assert len(second["id"]) == 36
    assert bare(facts) == {
        "who": "me",
        "thread_id": "t",
        "langgraph_step": 1,
        "langgraph_node": "answer",
        "langgraph_triggers": ("branch:to:answer",),
        "langgraph_path": ("__pregel_pull", "answer"),
        "langgraph_checkpoint_ns": "answer:ID",
    }


def test_pieces_of_a_message_are_shown_at_once_and_the_whole_not_again(call):
    """15.1 messages"""

    def node(state: Any) -> Any:
        for piece in ("he", "llo"):
            stream_message({"type": "AIMessageChunk", "content": piece, "id": "m"})
        return {"log": [{"role": "ai", "content": "hello", "id": "m"}]}

    app = chain(None, a=node)
    shown = call(app, {"x": 1}, stream_mode="messages")

    assert [message["content"] for message, _ in shown] == ["he", "llo"]
    assert {facts["langgraph_node"] for _, facts in shown} == {"a"}
    assert call(app, {"x": 1})["log"] == [{"role": "ai", "content": "hello", "id": "m"}]


# --- events ---


def test_events_say_when_nodes_start_speak_and_end(call):
    """15.1, server API 6"""

    def node(state: Any) -> Any:
        stream_message(Said("hi", "m"))
        return {"log": ["a"]}

    shown = call(chain(None, a=node), {"x": 1}, stream_mode="events")

    assert [(each["event"], each["metadata"]["langgraph_node"]) for each in shown] == [
        ("on_chain_start", "a"),
        ("on_chat_model_stream", "a"),
        ("on_chain_end", "a"),
    ]
    assert shown[0]["data"] == {"input": {"log": [], "x": 1}}
    assert shown[2]["data"] == {"output": {"log": ["a"]}}
    assert {each["name"] for each in shown} == {"a"}


# --- subgraphs ---


def test_what_a_subgraph_streams_carries_its_namespace(call, saver, thread):
    """15.1, 15.4"""

    def inner(state: Any) -> Any:
        get_stream_writer()("from inside")
        return {"log": [interrupt("?")]}

    child = StateGraph(Log).add_node("inner", inner).add_edge(START, "inner").compile()
    app = StateGraph(Log).add_node("child", child).add_edge(START, "child").compile(saver)
    modes = ["updates", "custom"]
    shown = [bare(e) for e in app.stream({"x": 1}, thread, stream_mode=modes, subgraphs=True)]

    question = {"__interrupt__": (("?", "?"),)}
    assert shown == [
        (("child:ID",), "custom", "from inside"),
        (("child:ID",), "updates", question),
        ((), "updates", question),
    ]
    outer = [bare(e) for e in app.stream(None, thread, stream_mode="updates")]
    assert outer == [question]
