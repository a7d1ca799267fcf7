"""Our own endpoints: one input and one output each. Rules live in services, not here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request

from reviews.api.pages import MAX_LIMIT, ORDERS
from reviews.engine.state import readable
from reviews.errors import Invalid
from reviews.models import Claim, Decision, InterruptTask
from reviews.services.answers import CallVerdict, Verdict
from reviews.services.decisions import Seen
from reviews.services.dialects import DECIDE
from reviews.services.questions import ACTIONS
from reviews.states import TaskStatus

UUID_LENGTH = 36
MAX_TEXT = 10_000


def path_id(text: str, name: str) -> UUID:
    """The UUID in an address; Invalid (422) names the part that is none."""
    try:
        if len(text) != UUID_LENGTH:
            raise ValueError(text)
        return UUID(text)
    except ValueError as error:
        raise Invalid(errors={name: ["This is not a UUID."]}) from error


class Query(serializers.Serializer[Any]):
    """What stands behind the "?"; a name we do not know is refused, as it would filter nothing."""

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        query = cls(data=request.query_params)
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise Invalid(errors={name: ["There is no such parameter."] for name in unknown})
        return attrs


class TaskQuery(Query):
    """The filters of a task list; all of them must fit."""

    queue = serializers.CharField(required=False, max_length=60)
    status = serializers.ChoiceField(required=False, choices=TaskStatus.choices)
    kind = serializers.ChoiceField(required=False, choices=InterruptTask.Kind.choices)
    thread = serializers.UUIDField(required=False)
    order = serializers.ChoiceField(default="newest", choices=list(ORDERS))
    cursor = serializers.CharField(required=False, max_length=300)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=MAX_LIMIT)


class CallInput(serializers.Serializer[Any]):
    id = serializers.CharField(max_length=200)
    action = serializers.ChoiceField(choices=ACTIONS)
    args = serializers.DictField(required=False, allow_null=True)
    message = serializers.CharField(
        default="", allow_blank=True, max_length=MAX_TEXT, trim_whitespace=False
    )


class SeenInput(serializers.Serializer[Any]):
    """What the reviewer had before them; a task that has changed since refuses the decision."""

    version = serializers.IntegerField(min_value=1)
    payload_sha256 = serializers.RegexField("^[0-9a-f]{64}$")


class DecisionInput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=(*ACTIONS, DECIDE))
    value = serializers.JSONField(default=None, allow_null=True)
    calls = CallInput(many=True, default=list)
    reason = serializers.CharField(default="", allow_blank=True, max_length=MAX_TEXT)
    comment = serializers.CharField(default="", allow_blank=True, max_length=MAX_TEXT)
    seen = SeenInput(required=False, allow_null=True)

    def verdict(self) -> Verdict:
        data = self.validated_data
        return Verdict(
            action=data["action"],
            value=data["value"],
            calls=tuple(CallVerdict(**call) for call in data["calls"]),
            reason=data["reason"],
            comment=data["comment"],
        )

    def seen_version(self) -> Seen | None:
        seen = self.validated_data.get("seen")
        return Seen(**seen) if seen else None


class QueueOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    guidance = serializers.CharField()
    role = serializers.ChoiceField(choices=["viewer", "reviewer", "lead"])
    open_tasks = serializers.IntegerField()
    seq = serializers.IntegerField(source="event_seq", help_text="Position of the queue's feed.")


class ClaimOutput(serializers.ModelSerializer[Claim]):
    reviewer = serializers.CharField(source="reviewer.username")

    class Meta:
        model = Claim
        fields = ("reviewer", "claimed_at", "expires_at")


class DecisionOutput(serializers.ModelSerializer[Decision]):
    id = serializers.UUIDField(source="uuid")
    reviewer = serializers.CharField(source="reviewer.username")
    verdict = serializers.JSONField(source="payload", help_text="As it was given.")

    class Meta:
        model = Decision
        fields = (
            "id",
            "round",
            "reviewer",
            "action",
            "verdict",
            "comment",
            "payload_sha256",
            "created_at",
        )


class TaskOutput(serializers.ModelSerializer[InterruptTask]):
    """A task of `inbox.for_rows`: claim and decision are null when there is none."""

    id = serializers.UUIDField(source="uuid")
    payload = serializers.SerializerMethodField(help_text="What the graph asked, as plain JSON.")
    queue = serializers.CharField(source="queue.slug")
    thread_id = serializers.UUIDField(source="thread.uuid")
    claim = serializers.SerializerMethodField()
    decision = serializers.SerializerMethodField()

    class Meta:
        model = InterruptTask
        fields = (
            "id",
            "status",
            "kind",
            "title",
            "question",
            "payload",
            "payload_sha256",
            "version",
            "schema",
            "allowed",
            "queue",
            "thread_id",
            "graph_id",
            "node",
            "interrupt_id",
            "priority",
            "due_at",
            "created_at",
            "decided_at",
            "error",
            "claim",
            "decision",
        )

    def get_payload(self, task: InterruptTask) -> Any:
        return readable(task.payload)

    def get_claim(self, task: Any) -> dict[str, Any] | None:
        held = task.live_claims
        return ClaimOutput(held[0]).data if held else None

    def get_decision(self, task: Any) -> dict[str, Any] | None:
        made = task.last_decisions
        return DecisionOutput(made[0]).data if made else None
