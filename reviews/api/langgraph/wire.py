"""The shapes of the LangGraph Server API: bodies we read, objects we answer with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers

from reviews.api.serializers import Query
from reviews.errors import Invalid
from reviews.models import Assistant, Run, Thread
from reviews.services.runs import RunSpec
from reviews.states import RunStatus

MAX_LIMIT = 1000
CHECKPOINT_KEYS = ("checkpoint_id", "checkpoint_ns", "checkpoint_map")


class Body(serializers.Serializer[Any]):
    """Unknown fields are ignored, but known ones that we cannot honour yet are refused."""

    not_yet: tuple[str, ...] = ()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        asked = [name for name in self.not_yet if self.initial_data.get(name)]
        if asked:
            raise Invalid(errors={name: ["This is not supported yet."] for name in asked})
        return attrs


class AssistantSearch(Body):
    graph_id = serializers.CharField(required=False, allow_null=True)
    name = serializers.CharField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False, allow_null=True)
    limit = serializers.IntegerField(default=10, min_value=1, max_value=MAX_LIMIT)
    offset = serializers.IntegerField(default=0, min_value=0, max_value=2**31)


class ThreadCreate(Body):
    thread_id = serializers.UUIDField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False, allow_null=True)
    if_exists = serializers.ChoiceField(default="raise", choices=["raise", "do_nothing"])
    not_yet = ("supersteps",)


class History(Body):
    limit = serializers.IntegerField(default=1, min_value=1, max_value=MAX_LIMIT)
    before = serializers.JSONField(default=None, allow_null=True)
    not_yet = ("metadata", "checkpoint", "select")

    def validate_before(self, before: Any) -> str | None:
        """SDKs send an id, a config or a Checkpoint object."""
        if isinstance(before, Mapping):
            before = before.get("configurable", before)
        if isinstance(before, Mapping):
            before = before.get("checkpoint_id")
        if before is not None and not isinstance(before, str):
            raise serializers.ValidationError("A checkpoint id, a config or a checkpoint.")
        return before


class StateQuery(Query):
    subgraphs = serializers.BooleanField(default=False)

    def validate_subgraphs(self, wanted: bool) -> bool:
        if wanted:
            raise serializers.ValidationError("This is not supported yet.")
        return wanted


class RunList(Query):
    limit = serializers.IntegerField(default=10, min_value=1, max_value=MAX_LIMIT)
    offset = serializers.IntegerField(default=0, min_value=0, max_value=2**31)
    status = serializers.ChoiceField(required=False, choices=RunStatus.choices)


class ConfigInput(serializers.Serializer[Any]):
    """A run's config. Keys of the graph's own stay as they came."""

    tags = serializers.ListField(child=serializers.CharField(), required=False)
    recursion_limit = serializers.IntegerField(required=False, min_value=1, max_value=2**31)
    max_concurrency = serializers.IntegerField(required=False, min_value=1, allow_null=True)
    metadata = serializers.DictField(required=False)
    configurable = serializers.DictField(required=False)

    def validate_configurable(self, places: dict[str, Any]) -> dict[str, Any]:
        if asked := [name for name in CHECKPOINT_KEYS if places.get(name)]:
            reason = ["This is not supported yet."]
            raise serializers.ValidationError(dict.fromkeys(asked, reason))
        return places

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        known = super().to_internal_value(data)
        return {**data, **known}


class RunCreate(Body):
    """`input` and `command` together: the command wins. Neither: go on from the current state."""

    assistant_id = serializers.CharField(max_length=200)
    input = serializers.JSONField(default=None, allow_null=True)
    command = serializers.DictField(default=None, allow_null=True)
    config = ConfigInput(default=dict)
    # DRF takes fields off the class, so that its own `context` stays what it was.
    context = serializers.DictField(default=dict)  # type: ignore[assignment]
    metadata = serializers.DictField(default=dict)
    multitask_strategy = serializers.ChoiceField(default="enqueue", choices=["enqueue", "reject"])
    if_not_exists = serializers.ChoiceField(default="reject", choices=["reject", "create"])
    # Passed over silently, each of these would run something else than was asked for.
    not_yet = (
        "checkpoint",
        "checkpoint_id",
        "interrupt_before",
        "interrupt_after",
        "after_seconds",
        "webhook",
    )

    @property
    def answers(self) -> bool:
        """Whether this decides questions rather than starting something."""
        return self.validated_data["command"] is not None

    def spec(self) -> RunSpec:
        data = self.validated_data
        return RunSpec(
            input=None if self.answers else data["input"],
            command=data["command"],
            config=data["config"],
            context=data["context"],
            metadata=data["metadata"],
            multitask=data["multitask_strategy"],
        )


def assistant_json(assistant: Assistant) -> dict[str, Any]:
    return {
        "assistant_id": str(assistant.uuid),
        "graph_id": assistant.graph_id,
        "config": assistant.config,
        "context": assistant.context,
        "metadata": assistant.metadata,
        "name": assistant.name,
        "description": assistant.description or None,
        "version": assistant.version,
        "created_at": assistant.created_at.isoformat(),
        "updated_at": assistant.updated_at.isoformat(),
    }


def thread_json(thread: Thread, state: Mapping[str, Any]) -> dict[str, Any]:
    """`state` is the thread's ThreadState; a thread that never ran has values null."""
    return {
        "thread_id": str(thread.uuid),
        "created_at": thread.created_at.isoformat(),
        "updated_at": thread.updated_at.isoformat(),
        "state_updated_at": state["created_at"] or thread.created_at.isoformat(),
        "metadata": thread.metadata,
        "status": thread.status,
        "config": {},
        "values": state["values"] if state["checkpoint"] else None,
        "interrupts": {
            task["id"]: task["interrupts"] for task in state["tasks"] if task["interrupts"]
        },
        "error": thread.error,
    }


def run_json(run: Run) -> dict[str, Any]:
    return {
        "run_id": str(run.uuid),
        "thread_id": str(run.thread.uuid),
        "assistant_id": str(run.assistant.uuid),
        "created_at": run.created_at.isoformat(),
        "updated_at": _changed(run).isoformat(),
        "status": run.status,
        "metadata": run.metadata,
        "kwargs": {},
        "multitask_strategy": run.multitask,
    }


def _changed(run: Run) -> datetime:
    return run.finished_at or run.started_at or run.created_at


def final_values(run: Run, state: Mapping[str, Any]) -> dict[str, Any]:
    """What wait and join answer: the last values, with what is asked now, or the error."""
    if run.status in (RunStatus.ERROR, RunStatus.TIMEOUT):
        return {"__error__": run.error}
    if run.status in (RunStatus.PENDING, RunStatus.RUNNING):
        message = "The run goes on; join it to wait longer."
        return {"__error__": {"error": "StillRunning", "message": message}}
    asked = {"__interrupt__": state["interrupts"]} if state["interrupts"] else {}
    return {**state["values"], **asked}
