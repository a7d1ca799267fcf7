"""What the builder reads off a function: its name, whether it is async, what it wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from inspect import (
    Parameter,
    getclosurevars,
    iscoroutinefunction,
    isfunction,
    ismethod,
    signature,
)
from types import UnionType
from typing import (
    Any,
    Literal,
    Protocol,
    TypeGuard,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from runtime.errors import InvalidGraphError
from runtime.policy import NO_POLICIES, Policies
from runtime.schema import Schema, has_fields
from runtime.types import END, START, Command

INJECTED = ("config", "runtime", "writer", "store", "previous")


class Subgraph(Protocol):
    """A compiled graph, as a node or inside the code of one. `memory` as in compile()."""

    graph: Any
    memory: bool | None

    def invoke(self, input: Any, /) -> Any: ...

    async def ainvoke(self, input: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Node:
    """A node as it runs. `wants` are the injected parameters, `ends` the declared goto targets.

    `defer`: it waits until nothing else is left to run. `subgraphs` are the graph that it is, or
    those that its code names. `twin` is the asyncio form of `call`, if there is one.
    """

    name: str
    call: Callable[..., Any]
    schema: Schema
    is_async: bool = False
    wants: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    defer: bool = False
    subgraphs: tuple[Subgraph, ...] = ()
    twin: Callable[..., Any] | None = None
    policies: Policies = NO_POLICIES


@dataclass(frozen=True, slots=True)
class Branch:
    """A conditional edge. Without `schema` it sees the state as the node's schema does."""

    name: str
    call: Callable[..., Any]
    path_map: Mapping[Any, str] | None = None
    schema: Schema | None = None
    is_async: bool = False
    wants: tuple[str, ...] = ()


def is_subgraph(action: Any) -> TypeGuard[Subgraph]:
    """Asks the class only: what else a function names may be lazy, or answer to any name."""
    return all(hasattr(type(action), name) for name in ("graph", "memory", "ainvoke"))


def node_name(action: Any) -> str:
    if is_subgraph(action):
        return str(action.graph.name)
    return getattr(action, "__name__", None) or type(action).__name__


def check_name(name: str, taken: Mapping[str, Any]) -> None:
    """Raises InvalidGraphError for a name that cannot be used."""
    if name in taken:
        raise InvalidGraphError(f"Node `{name}` already present.")
    if name in (START, END):
        raise InvalidGraphError(f"Node `{name}` is reserved.")
    for character in "|:":
        if character in name:
            raise InvalidGraphError(
                f"'{character}' is a reserved character and is not allowed in the node names."
            )


def is_async(action: Any) -> bool:
    while isinstance(action, partial):
        action = action.func
    return iscoroutinefunction(action) or iscoroutinefunction(type(action).__call__)


def wanted(action: Any) -> tuple[str, ...]:
    """The names among INJECTED that the function takes, after its first parameter."""
    try:
        names = list(signature(action).parameters.values())[1:]
    except (TypeError, ValueError):  # built-ins without a signature take the state alone
        return ()
    return tuple(
        each.name
        for each in names
        if each.name in INJECTED and each.kind is not Parameter.POSITIONAL_ONLY
    )


def input_hint(action: Any) -> Any:
    """The class with fields that annotates the first parameter, or None."""
    hints = _hints(action)
    if not hints:  # signatures take time
        return None
    try:
        first = next(iter(signature(action).parameters))
    except (TypeError, ValueError, StopIteration):
        return None
    hint = hints.get(first)
    return hint if has_fields(hint) else None


def goto_hint(action: Any) -> tuple[str, ...]:
    """The names in a return annotation Command[Literal["a", "b"]], alone or in a union."""
    returned = _hints(action).get("return")
    options = get_args(returned) if _is_union(returned) else (returned,)
    for option in options:
        if get_origin(option) is Command:
            (target,) = get_args(option)
            if get_origin(target) is Literal:
                return get_args(target)
    return ()


def named_graphs(action: Any) -> tuple[Subgraph, ...]:
    """The compiled graphs that the code of a function names, in no telling order."""
    while isinstance(action, partial):
        action = action.func
    if not (isfunction(action) or ismethod(action)):
        action = getattr(action, "__call__", action)  # noqa: B004
    try:
        named = getclosurevars(action)
    except (TypeError, ValueError):  # no function written in Python
        return ()
    found = (*named.nonlocals.values(), *named.globals.values())
    return tuple(each for each in found if is_subgraph(each))


def literal_hint(action: Any) -> dict[Any, str] | None:
    """The path map that a return annotation Literal["a", "b"] of a branch function declares."""
    returned = _hints(action).get("return")
    if get_origin(returned) is Literal:
        return {name: name for name in get_args(returned)}
    return None


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)


def _hints(action: Any) -> dict[str, Any]:
    """Annotations of a function, method or callable object; {} when names cannot be resolved."""
    while isinstance(action, partial):
        action = action.func
    if not hasattr(action, "__annotations__") or isinstance(action, type):
        action = getattr(action, "__call__", action)  # noqa: B004
    try:
        return get_type_hints(action)
    except (NameError, TypeError, AttributeError):
        return {}
