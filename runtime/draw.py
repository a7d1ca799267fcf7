"""A graph as nodes and edges, as Mermaid text, and as JSON Schemas of what it takes and gives.

An edge is conditional where something decides at run time: a branch, or a goto that the node
declares. A branch that names no targets may lead anywhere, and is drawn so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from runtime.builder import Graph
from runtime.describe import JsonSchema, json_schema
from runtime.nodes import Branch, Node
from runtime.types import END, START


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """`id` is "outer:inner" inside an opened subgraph; `name` is what the author gave."""

    id: str
    name: str
    subgraph: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """`data` is the label: the key of the path map that leads here, where it is no node name."""

    source: str
    target: str
    data: str | None = None
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    nodes: tuple[DrawnNode, ...]
    edges: tuple[Edge, ...]

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """{"nodes": [{"id", "type", "data": {"name"}}], "edges": [{"source", "target"}]}, edges
        with "data" and "conditional" where they have them: LangGraph's shape."""
        nodes = [
            {"id": each.id, "type": "runnable", "data": {"name": each.name}} for each in self.nodes
        ]
        return {"nodes": nodes, "edges": [_edge_json(each) for each in self.edges]}

    def mermaid(self) -> str:
        """A Mermaid flowchart, top down; conditional edges are dotted."""
        keys = {each.id: f"n{place}" for place, each in enumerate(self.nodes)}
        lines = ["graph TD"]
        lines += [f"    {keys[each.id]}{_shape(each)}" for each in self.nodes]
        lines += [
            f"    {keys[edge.source]} {_arrow(edge)} {keys[edge.target]}" for edge in self.edges
        ]
        return "\n".join(lines) + "\n"


def draw(graph: Graph, *, xray: bool | int = False) -> Drawing:
    """Nodes in the order of definition, START first and END last; END only where a path ends.

    `xray` opens subgraphs: True all of them, a number so many levels.
    """
    edges = _distinct(_edges(graph))
    names = [START, *(name for name in graph.nodes if name != START)]
    nodes = [DrawnNode(name, name, _inner(graph.nodes[name]) is not None) for name in names]
    if any(edge.target == END for edge in edges):
        nodes.append(DrawnNode(END, END))
    drawing = Drawing(tuple(nodes), edges)
    depth = xray if xray is True else int(xray)
    if not depth:
        return drawing
    for name in names:
        inner = _inner(graph.nodes[name])
        if inner is not None:
            opened = draw(inner, xray=True if depth is True else depth - 1)
            drawing = _opened(drawing, name, opened)
    return drawing


def schemas(graph: Graph) -> dict[str, JsonSchema | None]:
    """JSON Schemas of "input", "output", "state" and "context"; None for a graph without one."""
    kinds = {"input": graph.input.type, "output": graph.output.type, "state": graph.state.type}
    found: dict[str, JsonSchema | None] = {name: json_schema(kind) for name, kind in kinds.items()}
    return {**found, "context": None if graph.context is None else json_schema(graph.context)}


def _edges(graph: Graph) -> Iterator[Edge]:
    for source, node in graph.nodes.items():
        found = [*_plain(graph, source), *_decided(graph, source, node)]
        yield from found or [Edge(source, END)]


def _distinct(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """One edge between two nodes for each label; a plain one says more than a conditional one."""
    found: dict[Any, Edge] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target, edge.data), edge)
    return tuple(found.values())


def _plain(graph: Graph, source: str) -> Iterator[Edge]:
    for target in graph.edges.get(source, ()):
        yield Edge(source, target)
    for join in graph.joins.get(source, ()):
        yield Edge(source, join.target)


def _decided(graph: Graph, source: str, node: Node) -> Iterator[Edge]:
    for branch in graph.branches.get(source, ()):
        for label, target in _targets(graph, branch):
            yield Edge(source, target, None if label == target else str(label), True)
    for target in node.ends:
        yield Edge(source, target, None, True)


def _targets(graph: Graph, branch: Branch) -> Iterable[tuple[Any, str]]:
    if branch.path_map is not None:
        return branch.path_map.items()
    return [(name, name) for name in (*graph.nodes, END) if name != START]


def _inner(node: Node) -> Graph | None:
    """The graph that a node is. Graphs that its code merely calls are its own business."""
    if node.twin is None:
        return None
    found = node.subgraphs[0].graph
    return found if isinstance(found, Graph) else None


def _opened(drawing: Drawing, name: str, inner: Drawing) -> Drawing:
    """`drawing` with the inner nodes in the place of the node, their ids below its name."""
    first, last, gone = _ends(inner)
    nodes: list[DrawnNode] = []
    for node in drawing.nodes:
        if node.id != name:
            nodes.append(node)
            continue
        kept = (each for each in inner.nodes if each.id not in gone)
        nodes += [replace(each, id=f"{name}:{each.id}") for each in kept]
    edges = [
        replace(
            edge,
            source=f"{name}:{last}" if edge.source == name else edge.source,
            target=f"{name}:{first}" if edge.target == name else edge.target,
        )
        for edge in drawing.edges
    ]
    edges += [
        replace(edge, source=f"{name}:{edge.source}", target=f"{name}:{edge.target}")
        for edge in inner.edges
        if not {edge.source, edge.target} & gone
    ]
    return Drawing(tuple(nodes), tuple(edges))


def _ends(inner: Drawing) -> tuple[str, str, set[str]]:
    """Where edges into a drawing arrive, where those out of it leave, and which of START and END
    are left out, because one plain edge says as much."""
    first, last, gone = START, END, set()
    leaving = [edge for edge in inner.edges if edge.source == START]
    arriving = [edge for edge in inner.edges if edge.target == END]
    if len(leaving) == 1 and _alone(leaving[0], (edge.target for edge in inner.edges)):
        first = leaving[0].target
        gone.add(START)
    if len(arriving) == 1 and _alone(arriving[0], (edge.source for edge in inner.edges)):
        last = arriving[0].source
        gone.add(END)
    return first, last if arriving else inner.nodes[-1].id, gone


def _alone(edge: Edge, others: Iterable[str]) -> bool:
    """Whether a plain edge is the only one at its inner end."""
    inner = edge.target if edge.source == START else edge.source
    return not edge.conditional and inner not in (START, END) and list(others).count(inner) == 1


def _edge_json(edge: Edge) -> dict[str, Any]:
    found: dict[str, Any] = {"source": edge.source, "target": edge.target}
    if edge.data is not None:
        found["data"] = edge.data
    if edge.conditional:
        found["conditional"] = True
    return found


def _shape(node: DrawnNode) -> str:
    label = _quoted(node.id)
    if node.name in (START, END):
        return f"([{label}])"
    return f"[[{label}]]" if node.subgraph else f"[{label}]"


def _arrow(edge: Edge) -> str:
    if edge.data is not None:
        return f"-. {_quoted(edge.data)} .->"
    return "-.->" if edge.conditional else "-->"


def _quoted(text: str) -> str:
    """Mermaid reads entities in quoted text, and nothing else of it."""
    for character, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, entity)
    return f'"{" ".join(text.split())}"'
