"""A queue is where open questions wait, its members are who may see and decide them."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from reviews.models.base import Row


class Queue(Row):
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    guidance = models.TextField(blank=True, default="", help_text="Shown beside each question.")
    forbid_self_review = models.BooleanField(
        default=False, help_text="Who started the run may not decide its questions."
    )
    claim_seconds = models.PositiveIntegerField(default=900, validators=[MinValueValidator(5)])
    due_seconds = models.PositiveIntegerField(
        null=True, blank=True, default=86400, help_text="None: no deadline."
    )
    protected = models.BooleanField(
        default=False, help_text="New input may not replace an open question here."
    )
    active = models.BooleanField(default=True)
    event_seq = models.PositiveBigIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return self.name


class QueueMember(Row):
    class Role(models.TextChoices):
        VIEWER = "viewer"
        REVIEWER = "reviewer"
        LEAD = "lead"

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="queue_memberships",
    )
    group = models.ForeignKey(
        "auth.Group",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="queue_memberships",
    )
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.REVIEWER)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, group__isnull=True)
                | Q(user__isnull=True, group__isnull=False),
                name="member_is_user_or_group",
            ),
            models.UniqueConstraint(
                fields=["queue", "user"], condition=Q(user__isnull=False), name="member_user_once"
            ),
            models.UniqueConstraint(
                fields=["queue", "group"],
                condition=Q(group__isnull=False),
                name="member_group_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.group}: {self.role} of {self.queue}"


class RoutingRule(Row):
    """The first rule, by `order`, that fits an interrupt says where it goes."""

    order = models.PositiveIntegerField(default=100)
    graph_id = models.CharField(max_length=100, blank=True, default="", help_text="Empty: any.")
    node = models.CharField(max_length=200, blank=True, default="", help_text="Empty: any.")
    match = models.JSONField(
        default=dict,
        blank=True,
        help_text='Top-level fields of the question, e.g. {"kind": "tools"}.',
    )
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="rules")
    priority = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 to 100.")
    due_seconds = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["order"], name="rule_by_order")]


class QueueEvent(Row):
    """The feed of a queue. `seq` is bumped on the queue's row in the same transaction: no gaps."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=20)  # task.opened, task.changed, task.closed
    task_uuid = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "seq"], name="queue_event_once")]
