"""Who speaks in a stream: what `messages` and `events` tell about the task, and namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.types import PULL, PUSH, RunConfig, Task


def event(name: str, task: Task, data: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
    """One item of mode `events`: LangChain's names for what happens in a node."""
    return {
        "event": name,
        "name": task.node,
        "run_id": task.id,
        "tags": list(facts.get("tags", ())),
        "metadata": dict(facts),
        "data": data,
        "parent_ids": [],
    }


def metadata(config: RunConfig, task: Task, step: int) -> dict[str, Any]:
    """What `messages` and `events` tell about the task that speaks."""
    raw = config.raw
    facts = {
        **(raw.get("metadata") or {}),
        "thread_id": config.thread_id,
        "langgraph_step": step,
        "langgraph_node": task.node,
        "langgraph_triggers": triggers(task),
        "langgraph_path": task.path,
        "langgraph_checkpoint_ns": task.ns,
    }
    if config.run_id is not None:
        facts["run_id"] = config.run_id
    if raw.get("tags"):
        facts["tags"] = list(raw["tags"])
    return facts


def triggers(task: Task) -> tuple[str, ...]:
    """What LangGraph would say had set the task off."""
    return (f"branch:to:{task.node}",) if task.path[0] == PULL else (PUSH,)


def level(ns: str) -> tuple[str, ...]:
    """A namespace as streams show it: () at the root."""
    return tuple(ns.split("|")) if ns else ()
