"""The builder: collects nodes and edges, checks them, and freezes them into a Graph.

`Graph` is everything that running needs to know, indexed by source node, so that a superstep
looks only at the nodes that ran.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self, Unpack
from warnings import warn

from runtime.channels import Channel
from runtime.errors import GraphWarning, InvalidGraphError, nearest
from runtime.nodes import (
    Branch,
    Node,
    Subgraph,
    check_name,
    goto_hint,
    input_hint,
    is_async,
    is_subgraph,
    literal_hint,
    named_graphs,
    node_name,
    wanted,
)
from runtime.policy import PolicyOptions, read_policies
from runtime.schema import Schema, merge_channels, read_schema, start_values
from runtime.types import END, NO_MAPPING, ROOT, START


@dataclass(frozen=True, slots=True)
class Join:
    """A waiting edge: `target` runs once all `sources` have finished."""

    key: str
    sources: frozenset[str]
    target: str


@dataclass(frozen=True, slots=True)
class Graph:
    """A checked graph. `order` ranks nodes by definition; `start` is the state before any input;
    `entry` is the node that takes the input."""

    name: str
    nodes: Mapping[str, Node]
    order: Mapping[str, int]
    channels: Mapping[str, Channel]
    state: Schema
    input: Schema
    output: Schema
    context: Any
    edges: Mapping[str, tuple[str, ...]]
    joins: Mapping[str, tuple[Join, ...]]
    branches: Mapping[str, tuple[Branch, ...]]
    start: Mapping[str, Any]
    entry: str = START

    @property
    def is_root(self) -> bool:
        return ROOT in self.channels

    @property
    def is_async(self) -> bool:
        """Whether some node or branch is a coroutine function."""
        asks = any(branch.is_async for found in self.branches.values() for branch in found)
        inner = (each.graph.is_async for node in self.nodes.values() for each in node.subgraphs)
        return asks or any(node.is_async for node in self.nodes.values()) or any(inner)


class GraphBuilder:
    """Nodes over one shared state. Raises InvalidGraphError (a ValueError) for what cannot be."""

    def __init__(
        self,
        state_schema: Any,
        context_schema: Any = None,
        *,
        input_schema: Any = None,
        output_schema: Any = None,
    ) -> None:
        self.context_schema = context_schema
        self._schemas: dict[Any, Schema] = {}
        self._channels: dict[str, Channel] = {}
        self._state = self._schema(state_schema)
        self._input = self._schema(input_schema or state_schema)
        self._output = self._schema(output_schema or state_schema)
        self._nodes: dict[str, Node] = {START: Node(START, lambda state: state, self._input)}
        self._edges: dict[str, list[str]] = defaultdict(list)
        self._joins: list[Join] = []
        self._branches: dict[str, list[Branch]] = defaultdict(list)

    def add_node(
        self,
        node: str | Callable[..., Any] | Subgraph,
        action: Callable[..., Any] | Subgraph | None = None,
        *,
        defer: bool = False,
        input_schema: Any = None,
        destinations: Iterable[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        **policies: Unpack[PolicyOptions],
    ) -> Self:
        """Add a function under its own name or a given one.

        The node sees the keys of `input_schema`, else of the class that annotates its first
        parameter, else of the state. `destinations` are the goto targets, if not annotated.
        """
        name = node if isinstance(node, str) else node_name(node)
        call: Any = action if isinstance(node, str) else node
        check_name(name, self._nodes)
        if not callable(call) and not is_subgraph(call):
            raise InvalidGraphError(f"Node `{name}` must be a function, got {call!r}")
        run, twin = (call.invoke, call.ainvoke) if is_subgraph(call) else (call, None)
        kind = input_schema or input_hint(call)
        self._nodes[name] = Node(
            name=name,
            call=run,
            twin=twin,
            schema=self._schema(kind) if kind else self._state,
            is_async=twin is None and is_async(call),
            wants=() if twin else wanted(call),
            ends=goto_hint(call) if destinations is None else tuple(destinations),
            metadata=metadata or NO_MAPPING,
            defer=defer,
            subgraphs=(call,) if is_subgraph(call) else named_graphs(call),
            policies=read_policies(policies, name=name, is_async=is_async(call)),
        )
        return self

    def add_edge(self, start_key: str | Sequence[str], end_key: str) -> Self:
        """After `start_key`, run `end_key`; a list of starts waits until all have finished."""
        starts = [start_key] if isinstance(start_key, str) else list(start_key)
        if END in starts:
            raise InvalidGraphError("END cannot be a start node")
        if end_key == START:
            raise InvalidGraphError("START cannot be an end node")
        if isinstance(start_key, str):
            self._edges[start_key].append(end_key)
        else:
            key = f"join:{'+'.join(starts)}:{end_key}"
            self._joins.append(Join(key, frozenset(starts), end_key))
        return self

    def add_conditional_edges(
        self,
        source: str,
        path: Callable[..., Any],
        path_map: Mapping[Any, str] | Sequence[str] | None = None,
    ) -> Self:
        """After `source`, go where `path(state)` says: names, Sends, END, or keys of `path_map`."""
        if not callable(path):
            raise InvalidGraphError(f"A branch of node '{source}' must be a function, got {path!r}")
        name = getattr(path, "__name__", None) or "condition"
        if any(each.name == name for each in self._branches[source]):
            raise InvalidGraphError(f"Branch with name `{name}` already exists for node `{source}`")
        if path_map is None:
            mapped = literal_hint(path)
        else:
            mapped = dict(path_map) if isinstance(path_map, Mapping) else {x: x for x in path_map}
        kind = input_hint(path)
        schema = self._schema(kind) if kind else None
        self._branches[source].append(
            Branch(name, path, mapped, schema, is_async(path), wanted(path))
        )
        return self

    def add_sequence(self, nodes: Sequence[Any]) -> Self:
        """Add functions or (name, function) pairs, and an edge from each to the next."""
        if not nodes:
            raise InvalidGraphError("Sequence requires at least one node.")
        pairs = [each if isinstance(each, tuple) else (node_name(each), each) for each in nodes]
        for name, action in pairs:
            self.add_node(name, action)
        for (before, _), (after, _) in pairwise(pairs):
            self.add_edge(before, after)
        return self

    def set_entry_point(self, key: str) -> Self:
        return self.add_edge(START, key)

    def set_conditional_entry_point(
        self, path: Callable[..., Any], path_map: Mapping[Any, str] | Sequence[str] | None = None
    ) -> Self:
        return self.add_conditional_edges(START, path, path_map)

    def set_finish_point(self, key: str) -> Self:
        return self.add_edge(key, END)

    def build(self, name: str = "graph") -> Graph:
        """Check everything and freeze it."""
        self._check_sources()
        self._check_targets()
        self._warn_of_double_ways()
        joins: dict[str, tuple[Join, ...]] = defaultdict(tuple)
        for join in dict.fromkeys(self._joins):
            for source in join.sources:
                joins[source] += (join,)
        return Graph(
            name=name,
            nodes=dict(self._nodes),
            order={node: rank for rank, node in enumerate(self._nodes)},
            channels=dict(self._channels),
            state=self._state,
            input=self._input,
            output=self._output,
            context=self.context_schema,
            edges={source: tuple(dict.fromkeys(ends)) for source, ends in self._edges.items()},
            joins=dict(joins),
            branches={source: tuple(found) for source, found in self._branches.items() if found},
            start=start_values(self._channels),
        )

    def _check_sources(self) -> None:
        joined = (source for join in self._joins for source in join.sources)
        for source in (*self._edges, *joined, *self._branches):
            if source not in self._nodes:
                hint = nearest(source, self._nodes)
                raise InvalidGraphError(f"Found edge starting at unknown node '{source}'.{hint}")
        if not self._edges.get(START) and not self._branches.get(START):
            raise InvalidGraphError(
                "Graph must have an entrypoint: add at least one edge from START to another node"
            )

    def _check_targets(self) -> None:
        drawn = (end for ends in self._edges.values() for end in ends)
        joined = (join.target for join in self._joins)
        declared = (end for node in self._nodes.values() for end in node.ends)
        for target in (*drawn, *joined, *declared):
            self._check_target(target, "Found edge ending at")
        for source, branches in self._branches.items():
            for branch in branches:
                for target in (branch.path_map or {}).values():
                    self._check_target(target, f"At '{source}' node, '{branch.name}' branch found")

    def _check_target(self, target: str, where: str) -> None:
        if target == END or (target in self._nodes and target != START):
            return
        known = [name for name in self._nodes if name != START]
        raise InvalidGraphError(f"{where} unknown node `{target}`.{nearest(target, known)}")

    def _warn_of_double_ways(self) -> None:
        """A goto adds to the drawn ways, it does not replace them."""
        for name, node in self._nodes.items():
            drawn = {
                *self._edges.get(name, ()),
                *(j.target for j in self._joins if name in j.sources),
            }
            if node.ends and drawn - {END}:
                warn(
                    f"Node '{name}' goes to {' or '.join(node.ends)} by its Command, and also has"
                    f" an edge to {' and '.join(sorted(drawn))}, which runs whatever the Command"
                    " says. Remove one of the two.",
                    GraphWarning,
                    stacklevel=4,
                )

    def _schema(self, kind: Any) -> Schema:
        """The schema of a type, whose keys become channels of the graph."""
        key = kind if isinstance(kind, type) else repr(kind)
        if key not in self._schemas:
            self._schemas[key] = read_schema(kind)
            merge_channels(self._channels, self._schemas[key])
        return self._schemas[key]
