"""A thread's saved states. Rows are only ever added; text columns hold the runtime's codec output.

Addresses use the checkpoint's id (text that sorts by age), so that forks never collide.
"""

from __future__ import annotations

from django.db import models

from reviews.models.base import Row
from reviews.models.threads import Run, Thread


class Checkpoint(Row):
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="checkpoints")
    ns = models.TextField(blank=True, default="")
    checkpoint_id = models.CharField(max_length=40)
    parent_id = models.CharField(max_length=40, null=True, blank=True)
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="checkpoints"
    )
    step = models.IntegerField()
    source = models.CharField(max_length=10)  # input, loop, update, fork
    next = models.TextField()
    joins = models.TextField()
    deferred = models.TextField()
    versions = models.JSONField(default=dict)  # channel -> id of the checkpoint that wrote it
    metadata = models.TextField()
    saved_at = models.CharField(max_length=40)  # the runtime's own ISO time

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "ns", "checkpoint_id"], name="checkpoint_once"
            )
        ]

    def __str__(self) -> str:
        return f"step {self.step} ({self.source})"


class CheckpointBlob(Row):
    """A channel's value, stored once per change; `version` is the checkpoint that wrote it.

    A list that grew holds what comes after the first items of its version `base`; `place` is
    the runtime's note of where that is (runtime/deltas.py).
    """

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="blobs")
    ns = models.TextField(blank=True, default="")
    channel = models.CharField(max_length=200)
    version = models.CharField(max_length=40)
    base = models.CharField(max_length=40, null=True, blank=True)
    place = models.TextField(null=True, blank=True)
    codec = models.CharField(max_length=10, default="json")
    data = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "ns", "channel", "version"], name="channel_value_once"
            )
        ]


class CheckpointWrite(Row):
    """What one task of a superstep produced; idx < 0 are the special kinds (error, answers...)."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="writes")
    ns = models.TextField(blank=True, default="")
    checkpoint_id = models.CharField(max_length=40)
    task_id = models.CharField(max_length=64)
    path = models.TextField()
    idx = models.IntegerField()
    channel = models.CharField(max_length=200)
    codec = models.CharField(max_length=10, default="json")
    data = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "ns", "checkpoint_id", "task_id", "idx"], name="task_write_once"
            )
        ]
