"""Saved states, readable as they are stored."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from reviews import models
from reviews.admin.base import LookOnly, link_column, lists_of, pretty
from reviews.engine import state


@admin.register(models.Checkpoint)
class CheckpointAdmin(LookOnly):
    list_display = (
        "__str__",
        link_column("thread"),
        link_column("run"),
        "checkpoint_id",
        "created_at",
    )
    list_filter = ("source",)
    list_select_related = ("thread", "run")
    search_fields = ("checkpoint_id", "thread__uuid", "run__uuid")
    more_fields = ("links", "state")
    pretty_fields = ("next", "joins", "deferred", "versions", "metadata")

    def links(self, checkpoint: models.Checkpoint) -> SafeString:
        return lists_of(
            (models.InterruptTask, models.CheckpointWrite),
            thread__id__exact=checkpoint.thread_id,
            checkpoint_id__exact=checkpoint.checkpoint_id,
        )

    def state(self, checkpoint: models.Checkpoint) -> SafeString:
        """The channel values, also when their graph cannot be loaded any more."""
        return pretty(state.channels(checkpoint))


@admin.register(models.CheckpointBlob)
class CheckpointBlobAdmin(LookOnly):
    list_display = ("channel", link_column("thread"), "ns", "version", "created_at")
    list_select_related = ("thread",)
    search_fields = ("thread__uuid", "channel", "version")
    pretty_fields = ("data",)


@admin.register(models.CheckpointWrite)
class CheckpointWriteAdmin(LookOnly):
    list_display = ("channel", link_column("thread"), "checkpoint_id", "task_id", "idx")
    list_select_related = ("thread",)
    search_fields = ("thread__uuid", "channel", "checkpoint_id", "task_id")
    pretty_fields = ("path", "data")
