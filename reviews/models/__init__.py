"""What is stored. Rules live in services; uniqueness and states are kept by the database."""

from __future__ import annotations

from reviews.models.access import ApiToken
from reviews.models.audit import AuditEvent
from reviews.models.checkpoints import Checkpoint, CheckpointBlob, CheckpointWrite
from reviews.models.graphs import Assistant
from reviews.models.licences import AllowedLicence, LicenceException, LicenceReport
from reviews.models.queues import Queue, QueueEvent, QueueMember, RoutingRule
from reviews.models.reviews import Claim, Decision, InterruptTask
from reviews.models.threads import Run, Thread

__all__ = [
    "AllowedLicence",
    "ApiToken",
    "Assistant",
    "AuditEvent",
    "Checkpoint",
    "CheckpointBlob",
    "CheckpointWrite",
    "Claim",
    "Decision",
    "InterruptTask",
    "LicenceException",
    "LicenceReport",
    "Queue",
    "QueueEvent",
    "QueueMember",
    "RoutingRule",
    "Run",
    "Thread",
]
