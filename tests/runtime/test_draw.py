"""Graphs as nodes and edges, as Mermaid text, as JSON Schemas; compared with LangGraph's."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import pytest
from langgraph import graph as theirs
from langgraph.types import Command as TheirCommand

from runtime import graph as ours
from runtime.draw import Drawing, draw, schemas
from runtime.types import Command

END, START = ours.END, ours.START


class State(TypedDict, total=False):
    x: Annotated[int, "how many"]


def nothing(state: State) -> None: ...


def jumps(state: State) -> Command[Literal["child", "__end__"]]: ...


def jumps_there(state: State) -> TheirCommand[Literal["child", "__end__"]]: ...


def child(library: Any, **edges: Any) -> Any:
    builder = library.StateGraph(State)
    builder.add_node("in", nothing)
    builder.add_node("out", nothing)
    builder.add_edge(START, "in")
    builder.add_edge("in", "out")
    if edges:
        builder.add_conditional_edges("in", nothing, {"done": END})
        builder.add_edge("out", "in")
    return builder


def everything(library: Any, jump: Any, **edges: Any) -> Any:
    builder = library.StateGraph(State)
    builder.add_node("a", nothing)
    builder.add_node("b", jump)
    builder.add_node("child", child(library, **edges).compile())
    builder.add_node("d", nothing)
    builder.add_edge(START, "a")
    builder.add_conditional_edges("a", nothing, {"yes": "b", "no": END, "d": "d"})
    builder.add_edge(["a", "child"], "d")
    return builder


def shape(found: dict[str, Any]) -> tuple[set[str], set[tuple[Any, ...]]]:
    edges = [
        (each["source"], each["target"], each.get("data"), each.get("conditional", False))
        for each in found["edges"]
    ]
    assert len(set(edges)) == len(edges)
    return {each["id"] for each in found["nodes"]}, set(edges)


def drawn(builder: Any, **options: Any) -> Drawing:
    return draw(builder.build(), **options)


@pytest.mark.parametrize("xray", [False, True])
@pytest.mark.parametrize("edges", [{}, {"loop": True}], ids=["line", "loop"])
def test_we_draw_what_langgraph_draws(xray: bool, edges: dict[str, bool]) -> None:
    expected = everything(theirs, jumps_there, **edges).compile().get_graph(xray=xray).to_json()
    found = drawn(everything(ours, jumps, **edges), xray=xray).to_json()

    assert shape(found) == shape(expected)


def test_edges_have_their_keys_and_no_others() -> None:
    found = drawn(everything(ours, jumps)).to_json()

    assert found["nodes"][0] == {"id": START, "type": "runnable", "data": {"name": START}}
    assert found["edges"][0] == {"source": START, "target": "a"}
    assert {"source": "a", "target": "b", "data": "yes", "conditional": True} in found["edges"]
    assert [each["id"] for each in found["nodes"]] == [START, "a", "b", "child", "d", END]


def test_a_branch_without_a_map_may_lead_anywhere() -> None:
    builder = child(ours)
    builder.add_conditional_edges("out", nothing)
    found = {
        (each.target, each.conditional) for each in drawn(builder).edges if each.source == "out"
    }

    assert found == {("in", True), ("out", True), (END, True)}


def test_subgraphs_open_level_by_level() -> None:
    middle = ours.StateGraph(State).add_node("deep", child(ours).compile()).add_edge(START, "deep")
    outer = ours.StateGraph(State).add_node("mid", middle.compile()).add_edge(START, "mid")

    def ids(xray: bool | int) -> list[str]:
        return [each.id for each in drawn(outer, xray=xray).nodes]

    assert ids(0) == [START, "mid", END]
    assert ids(1) == [START, "mid:deep", END]
    assert ids(2) == ids(True) == [START, "mid:deep:in", "mid:deep:out", END]
    assert [(each.source, each.target) for each in drawn(outer, xray=True).edges] == [
        (START, "mid:deep:in"),
        ("mid:deep:out", END),
        ("mid:deep:in", "mid:deep:out"),
    ]


def test_mermaid_text_is_quoted_and_dotted() -> None:
    builder = ours.StateGraph(State)
    builder.add_node('say "hi" <b>#1</b>', nothing)
    builder.add_node("end", child(ours).compile())
    builder.add_edge(START, "end")
    builder.add_conditional_edges("end", nothing, {"x\ny": 'say "hi" <b>#1</b>', END: END})

    assert drawn(builder).mermaid() == (
        "graph TD\n"
        '    n0(["__start__"])\n'
        '    n1["say #quot;hi#quot; #lt;b#gt;#35;1#lt;/b#gt;"]\n'
        '    n2[["end"]]\n'
        '    n3(["__end__"])\n'
        "    n0 --> n2\n"
        "    n1 --> n3\n"
        '    n2 -. "x y" .-> n1\n'
        "    n2 -.-> n3\n"
    )


class Context(TypedDict):
    who: str


def test_schemas_are_of_input_output_state_and_context() -> None:
    class Given(TypedDict):
        x: int

    builder = ours.StateGraph(State, Context, input_schema=Given)
    builder.add_node("a", nothing)
    builder.add_edge(START, "a")
    found = schemas(builder.build())

    assert found["input"]["required"] == ["x"]
    assert found["state"]["properties"] == {"x": {"type": "integer", "description": "how many"}}
    assert found["output"] == found["state"]
    assert found["context"]["properties"] == {"who": {"type": "string"}}
    assert schemas(child(ours).build())["context"] is None
