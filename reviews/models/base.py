"""What every row has."""

from __future__ import annotations

import uuid

from django.db import models


class Row(models.Model):
    """A row with its time of creation (UTC)."""

    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class PublicRow(Row):
    """A row that people and clients address by a UUID."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True
