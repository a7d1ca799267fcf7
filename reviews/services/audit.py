"""The audit log: one row per change, written in the transaction that makes the change."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from reviews.models import AuditEvent, Queue, Thread

WORKER = "worker"  # the actor of what no person did


def record(
    actor: AbstractBaseUser | str,
    verb: str,
    obj: models.Model,
    *,
    thread: Thread | None = None,
    queue: Queue | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write that `actor` (a user, or WORKER) did `verb` to `obj`; `data` is small plain JSON."""
    person = isinstance(actor, AbstractBaseUser)
    AuditEvent.objects.create(
        actor=actor.get_username() if isinstance(actor, AbstractBaseUser) else actor,
        actor_kind="user" if person else "worker",
        verb=verb,
        object_kind=obj._meta.model_name or "",
        object_id=str(getattr(obj, "uuid", obj.pk)),
        thread_uuid=thread.uuid if thread else None,
        queue_slug=queue.slug if queue else "",
        data=data or {},
    )
