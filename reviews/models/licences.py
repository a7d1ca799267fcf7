"""What the demo's tools write: the effects that an approval has and a rejection has not."""

from __future__ import annotations

from django.db import models

from reviews.models.base import PublicRow, Row
from reviews.models.threads import Thread


class LicenceException(Row):
    """A distribution that may be used although its licence is not allowed in general."""

    thread = models.ForeignKey(Thread, null=True, on_delete=models.SET_NULL)
    package = models.CharField(max_length=200)
    version = models.CharField(max_length=100, blank=True, default="")
    expression = models.CharField(max_length=300)
    reason = models.TextField()
    expires_on = models.DateField(null=True, blank=True)
    effect_key = models.CharField(max_length=64, unique=True)  # the same call twice is one row

    def __str__(self) -> str:
        return f"{self.package} ({self.expression})"


class AllowedLicence(Row):
    """An SPDX id that needs no question any more."""

    thread = models.ForeignKey(Thread, null=True, on_delete=models.SET_NULL)
    spdx_id = models.CharField(max_length=100, unique=True)
    reason = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.spdx_id


class LicenceReport(PublicRow):
    """The finished report of one review, as markdown text to download."""

    thread = models.ForeignKey(Thread, null=True, on_delete=models.SET_NULL)
    title = models.CharField(max_length=200)
    body = models.TextField()
    effect_key = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.title
