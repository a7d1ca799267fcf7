"""Assistants: each graph has one of its own, with a stable id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from reviews.engine import registry
from reviews.errors import Invalid, NotFound
from reviews.models import Assistant
from reviews.services import answers


@dataclass(frozen=True, slots=True)
class GraphInfo:
    """What a person needs to choose a graph; `description` may be empty."""

    id: str
    name: str
    description: str


def graphs() -> list[GraphInfo]:
    """The graphs of this site, in the order of HITL_GRAPHS."""
    return [
        GraphInfo(
            id=graph_id,
            name=graph_id.replace("_", " ").capitalize(),
            description=registry.input_schema(graph_id).get("description", ""),
        )
        for graph_id in registry.graphs()
    ]


def for_graph(graph_id: str) -> Assistant:
    """The graph's own assistant, made when it is first asked for; Invalid for an unknown graph."""
    if graph_id not in registry.graphs():
        known = ", ".join(registry.graphs())
        raise Invalid(
            f"Invalid assistant: there is no graph {graph_id!r}; known: {known}",
            errors={"assistant_id": ["unknown graph"]},
        )
    assistant, _ = Assistant.objects.get_or_create(
        graph_id=graph_id,
        name=graph_id,
        defaults={
            "uuid": uuid5(NAMESPACE_URL, f"signoff:{graph_id}"),
            "metadata": {"created_by": "system"},
        },
    )
    return assistant


def all_assistants() -> list[Assistant]:
    """Every assistant, the graphs' own included."""
    for graph_id in registry.graphs():
        for_graph(graph_id)
    return list(Assistant.objects.order_by("-created_at", "pk"))


def find(name: str) -> Assistant:
    """By UUID (NotFound) or by graph id (Invalid)."""
    try:
        uuid = UUID(name)
    except ValueError:
        return for_graph(name)
    assistant = Assistant.objects.filter(uuid=uuid).first()
    if assistant is None:
        own = (for_graph(graph_id) for graph_id in registry.graphs())
        assistant = next((one for one in own if one.uuid == uuid), None)
    if assistant is None:
        raise NotFound("There is no such assistant.")
    return assistant


def input_schema(graph_id: str) -> dict[str, Any]:
    """JSON Schema of the graph's input; NotFound for an unknown graph."""
    if graph_id not in registry.graphs():
        raise NotFound("There is no such graph.")
    return registry.input_schema(graph_id)


def check_input(assistant: Assistant, value: Any) -> None:
    """Invalid names what does not fit the graph's input, by path ("input.source").

    A part may be left out: what the thread holds already stays.
    """
    whole = registry.input_schema(assistant.graph_id)
    schema = {name: part for name, part in whole.items() if name != "required"}
    if errors := answers.fit(schema, value, "input"):
        raise Invalid("The input does not fit the graph.", errors=errors)
