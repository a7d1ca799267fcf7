"""Lists of messages (B2.9): in any shape, appended, replaced by id, removed, stored."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core import messages as langchain
from langgraph.graph.message import add_messages as theirs

from runtime import START, Command, InMemorySaver, Overwrite, StateGraph
from runtime.errors import UnknownTagError
from runtime.graph import MessagesState, add_messages
from runtime.messages import (
    REMOVE_ALL_MESSAGES,
    AIMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    kind_of,
    text_of,
)
from runtime.serde import dumps, loads
from tests.runtime.conftest import Call


def brief(messages: list[Any]) -> list[tuple[str, str]]:
    return [(kind_of(each), text_of(each)) for each in messages]


SHAPES = {
    "text": "hi",
    "pair": ("user", "hi"),
    "ours": HumanMessage("hi"),
    "dict": {"role": "user", "content": "hi"},
    "typed dict": {"type": "human", "content": "hi"},
    "langchain": langchain.HumanMessage("hi"),
    "blocks": HumanMessage([{"type": "text", "text": "h"}, "i", {"type": "image"}]),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("wrap", [list, tuple], ids=["alone", "listed"])
def test_a_message_may_have_any_shape(shape: Any, wrap: type) -> None:
    """2.9"""
    (message,) = add_messages([], shape if wrap is list else [shape])

    assert brief([message]) == [("human", "hi")]
    identifier = message["id"] if isinstance(message, dict) else message.id
    assert len(identifier) == 36


@pytest.mark.parametrize("role", ["user", "human", "assistant", "ai", "system", "developer"])
def test_a_pair_names_a_role(role: str) -> None:
    (message,) = add_messages([], (role, "hi"))

    assert isinstance(message, (HumanMessage, AIMessage, SystemMessage))
    assert kind_of({"role": role, "content": "hi"}) == message.type


@pytest.mark.parametrize("bad", [3, None, {"content": "x"}, {"role": "user"}, ("robot", "hi")])
def test_what_is_no_message_is_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match="message"):
        add_messages([], [bad])


def test_objects_of_authors_stay_as_they_are() -> None:
    messages = [
        langchain.AIMessage("a", id="1"),
        {"role": "tool", "content": "b", "id": "2", "tool_call_id": "c"},
        HumanMessage("c", id="3"),
    ]

    assert all(a is b for a, b in zip(add_messages([], messages), messages, strict=True))


def test_an_id_is_given_to_a_copy() -> None:
    plain, theirs_, ours = {"role": "user", "content": "a"}, langchain.AIMessage("b"), "c"
    first, second, third = add_messages([], [plain, theirs_, ours])

    assert "id" not in plain
    assert theirs_.id is None
    assert len({first["id"], second.id, third.id}) == 3


def test_an_equal_id_replaces_in_place() -> None:
    old = [HumanMessage("a", id="1"), AIMessage("b", id="2")]

    assert add_messages(old, HumanMessage("new", id="1")) == [HumanMessage("new", id="1"), old[1]]
    assert old[0].content == "a"


def test_messages_are_removed_one_by_one_or_all() -> None:
    old = [HumanMessage("a", id="1"), AIMessage("b", id="2")]

    assert add_messages(old, RemoveMessage("1")) == old[1:]
    assert add_messages(old, {"role": "remove", "id": "2"}) == old[:1]
    assert add_messages(old, langchain.RemoveMessage(id="2")) == old[:1]
    cleared = ["dropped", RemoveMessage(REMOVE_ALL_MESSAGES), HumanMessage("new", id="3")]
    assert add_messages(old, cleared) == [HumanMessage("new", id="3")]
    back = [RemoveMessage("1"), HumanMessage("again", id="1")]
    assert add_messages(old, back) == [HumanMessage("again", id="1"), old[1]]
    with pytest.raises(ValueError, match=r"doesn't exist \('9'\)"):
        add_messages(old, RemoveMessage("9"))


numbers = st.integers(0, 6).map(str)
changes = st.lists(st.tuples(st.sampled_from(["add", "add", "remove"]), numbers), max_size=5)
# What follows REMOVE_ALL_MESSAGES is merged here; LangGraph keeps even equal ids of it.
clearings = st.lists(numbers, unique=True, max_size=3).map(
    lambda ids: [("remove", REMOVE_ALL_MESSAGES), *(("add", each) for each in ids)]
)
updates = st.lists(st.one_of(changes, changes, clearings), max_size=6)


@given(updates)
def test_we_agree_with_langgraph(story: list[list[tuple[str, str]]]) -> None:
    """2.9: the same ids in the same places, or both refuse."""
    ours: list[Any] = []
    expected: list[Any] = []
    for at, update in enumerate(story):
        try:
            expected = theirs(expected, [_message(langchain, each, at) for each in update])
        except ValueError:
            with pytest.raises(ValueError, match="doesn't exist"):
                add_messages(ours, [_message(None, each, at) for each in update])
            return
        ours = add_messages(ours, [_message(None, each, at) for each in update])
        assert [(m.id, m.content) for m in ours] == [(m.id, m.content) for m in expected]


def _message(library: Any, each: tuple[str, str], at: int) -> Any:
    kind, identifier = each
    if kind == "remove":
        return (library or _Ours).RemoveMessage(id=identifier)
    return (library or _Ours).HumanMessage(f"{at}", id=identifier)


class _Ours:
    HumanMessage = HumanMessage
    RemoveMessage = RemoveMessage


STORED = [
    HumanMessage("hi", id="1"),
    AIMessage("", [{"name": "send", "args": {"to": "a"}, "id": "c"}], id="2"),
    ToolMessage("done", "c", name="send", id="3"),
    SystemMessage("be kind"),
    langchain.HumanMessage([{"type": "text", "text": "hi"}], id="4", name="ana"),
    langchain.AIMessage("", tool_calls=[{"name": "send", "args": {"n": 1}, "id": "c"}], id="5"),
    langchain.ToolMessage("x", tool_call_id="c", status="error", artifact={1: (2,)}, id="6"),
    langchain.AIMessageChunk("part", id="7"),
]


@pytest.mark.parametrize("message", STORED, ids=lambda each: type(each).__name__)
def test_messages_are_stored_as_what_they_are(message: Any) -> None:
    """19.1"""
    found = loads(dumps([message]))[0]

    assert found == message
    assert type(found) is type(message)


def test_only_known_message_classes_are_read() -> None:
    with pytest.raises(UnknownTagError, match="BaseMessage"):
        loads('{"$message":["BaseMessage",{}]}')


# --- in a graph ------------------------------------------------------------------------------


def echo(state: MessagesState) -> dict[str, Any]:
    return {"messages": ("ai", f"you said: {text_of(state['messages'][-1])}")}


def test_a_state_of_messages_is_ready_made(call: Call, thread: dict) -> None:
    builder = StateGraph(MessagesState)
    builder.add_node(echo)
    builder.add_edge(START, "echo")
    app = builder.compile(InMemorySaver())
    call(app, {"messages": "hi"}, thread)
    found = call(app, {"messages": {"role": "user", "content": "again"}}, thread)["messages"]

    expected = [("human", "hi"), ("ai", "you said: hi"), ("human", "again")]
    assert brief(found) == [*expected, ("ai", "you said: again")]
    assert app.get_state(thread).values["messages"] == found


def test_an_id_is_drawn_once(call: Call, thread: dict) -> None:
    """A branch, the stream and the stored state show one id."""
    seen: list[str] = []

    def route(state: MessagesState) -> str:
        seen.append(state["messages"][-1].id)
        return "__end__"

    builder = StateGraph(MessagesState)
    builder.add_node(echo)
    builder.add_edge(START, "echo")
    builder.add_conditional_edges("echo", route)
    app = builder.compile(InMemorySaver())
    update = call(app, {"messages": "hi"}, thread, stream_mode="updates")[0]["echo"]

    stored = app.get_state(thread).values["messages"][-1].id
    assert seen == [update["messages"][0].id] == [stored]


def test_a_message_edited_in_place_and_returned_is_stored(call: Call, thread: dict) -> None:
    """The very object that the list holds, changed: its new content is what counts."""

    def edit(state: MessagesState) -> dict[str, Any]:
        message = state["messages"][0]
        message["content"] = "better"
        return {"messages": [message]}

    builder = StateGraph(MessagesState)
    builder.add_sequence([("say", lambda state: {"messages": "more"}), ("edit", edit)])
    builder.add_edge(START, "say")
    app = builder.compile(InMemorySaver())
    call(app, {"messages": [{"role": "user", "content": "bad", "id": "1"}]}, thread)

    assert brief(app.get_state(thread).values["messages"])[0] == ("human", "better")


def test_messages_can_be_overwritten(call: Call, thread: dict) -> None:
    """2.4"""
    app = _silent()
    call(app, {"messages": ["a", "b"]}, thread)
    app.update_state(thread, {"messages": Overwrite([HumanMessage("c", id="1")])})

    assert app.get_state(thread).values["messages"] == [HumanMessage("c", id="1")]


def test_a_command_adds_messages_too(call: Call, thread: dict) -> None:
    builder = StateGraph(MessagesState)
    builder.add_node("a", lambda state: Command(update={"messages": ("ai", "x")}))
    builder.add_edge(START, "a")
    app = builder.compile(InMemorySaver())

    assert brief(call(app, {"messages": []}, thread)["messages"]) == [("ai", "x")]


def _silent() -> Any:
    builder = StateGraph(MessagesState)
    builder.add_node("a", lambda state: None)
    builder.add_edge(START, "a")
    return builder.compile(InMemorySaver())


class Notes(MessagesState):
    note: Annotated[str, "what to remember"]


def test_the_ready_state_takes_more_keys(call: Call) -> None:
    builder = StateGraph(Notes)
    builder.add_node("a", lambda state: {"note": text_of(state["messages"][0])})
    builder.add_edge(START, "a")

    assert call(builder.compile(), {"messages": "hi"})["note"] == "hi"
