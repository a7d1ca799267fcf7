"""What a node or branch returned, read into writes: (channel, value) pairs, GOTO among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.builder import Graph
from runtime.errors import (
    InvalidGraphError,
    InvalidUpdateError,
    ParentCommand,
    UnknownNodeError,
    nearest,
)
from runtime.nodes import Branch
from runtime.types import END, GOTO, PREVIOUS, ROOT, START, Command, Send

Pairs = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Final:
    """What a functional graph returns, and what its next run gets as `previous`."""

    value: Any
    save: Any


def read_output(graph: Graph, node: str, output: Any) -> Pairs:
    """The writes in a node's return value. START writes only keys of the input schema.

    Raises InvalidUpdateError for a value that is no update, UnknownNodeError for a bad goto, and
    ParentCommand for a Command that is for the enclosing graph.
    """
    if isinstance(output, Final):
        return [(ROOT, output.value), (PREVIOUS, output.save)]
    parts: Sequence[Any] = (output,)
    if isinstance(output, (list, tuple)) and any(isinstance(part, Command) for part in output):
        parts = output
    pairs: Pairs = []
    for part in parts:
        if isinstance(part, Command):
            pairs += read_command(graph, part)
        else:
            pairs += _prepared(graph, _read_update(graph, node, part))
    return pairs


def read_command(graph: Graph, command: Command[Any]) -> Pairs:
    """The update and the goto of a Command."""
    if command.graph == Command.PARENT:
        raise ParentCommand(command)
    pairs = _prepared(graph, _read_command_update(graph, command.update))
    targets = command.goto if isinstance(command.goto, (list, tuple)) else (command.goto,)
    return pairs + _goto(graph, targets, "goto")


def read_branch(graph: Graph, source: str, branch: Branch, result: Any) -> Pairs:
    """Where a branch function leads. Raises ValueError for no answer, KeyError off the path map."""
    results = result if isinstance(result, (list, tuple)) else (result,)
    targets = []
    for each in results:
        if branch.path_map is not None and not isinstance(each, Send):
            each = _mapped(branch, source, each)
        if each is None or each == START:
            raise InvalidGraphError(
                f"Branch '{branch.name}' of node '{source}' did not return a valid destination"
            )
        targets.append(each)
    return _goto(graph, targets, f"branch '{branch.name}' of node '{source}'")


def _mapped(branch: Branch, source: str, key: Any) -> Any:
    known = branch.path_map or {}
    try:
        return known[key]
    except (KeyError, TypeError):
        hint = nearest(str(key), map(str, known))
        raise UnknownNodeError(
            f"Branch '{branch.name}' of node '{source}' returned {key!r},"
            f" which is not in its path map.{hint}"
        ) from None


def _goto(graph: Graph, targets: Iterable[Any], where: str) -> Pairs:
    pairs: Pairs = []
    for target in targets:
        name = target.node if isinstance(target, Send) else target
        if name == END:
            if isinstance(target, Send):
                raise InvalidUpdateError("Cannot send a packet to the END node")
            continue
        if name not in graph.nodes or name == START:
            known = [each for each in graph.nodes if each != START]
            raise UnknownNodeError(
                f"{where}: no node is named {name!r}.{nearest(str(name), known)}"
            )
        pairs.append((GOTO, target))
    return pairs


def _read_update(graph: Graph, node: str, update: Any) -> Pairs:
    if graph.is_root:
        return [] if update is None else [(ROOT, update)]
    if update is None:
        return []
    schema = graph.nodes[node].schema
    known: Mapping[str, Any] = graph.input.channels if node == START else graph.channels
    found = update if isinstance(update, dict) else schema.fields_of(update)
    if found is None:
        found = graph.state.fields_of(update)
    if found is None:
        raise InvalidUpdateError(f"Expected dict, got {update!r}")
    return [(key, value) for key, value in found.items() if key in known]


def _prepared(graph: Graph, pairs: Pairs) -> Pairs:
    """The writes as they are kept: a reducer with a `prepare` sees each of them first."""
    return [(key, graph.channels[key].prepare(write)) for key, write in pairs]


def _read_command_update(graph: Graph, update: Any) -> Pairs:
    """A dict, a list of (key, value) pairs that may repeat a key, or a state object."""
    if update is None:
        return []
    if graph.is_root:
        return [(ROOT, update)]
    if isinstance(update, (list, tuple)):
        if not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in update):
            raise InvalidUpdateError(f"Expected dict or (key, value) pairs, got {update!r}")
        items = [(str(key), value) for key, value in update]
    elif isinstance(update, dict):
        items = list(update.items())
    else:
        fields = graph.state.fields_of(update)
        if fields is None:
            raise InvalidUpdateError(f"Expected dict, got {update!r}")
        items = list(fields.items())
    return [(key, value) for key, value in items if key in graph.channels]
