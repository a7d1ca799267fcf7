"""The cast: alice leads, bob reviews, vera only watches, charlie sees nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Permission, User

from reviews.models import Queue, QueueMember


@dataclass(frozen=True)
class Cast:
    alice: User
    bob: User
    vera: User
    charlie: User
    licences: Queue
    tools: Queue


def _person(name: str, **extra: bool) -> User:
    user = User.objects.create_user(name, f"{name}@example.org", "signoff-demo", **extra)
    if name in ("alice", "bob"):
        user.user_permissions.add(Permission.objects.get(codename="add_run"))
    return user


@pytest.fixture
def cast(db: None) -> Cast:
    people = {name: _person(name) for name in ("alice", "bob", "vera", "charlie")}
    queues = [
        Queue.objects.create(slug="licences", name="Licences"),
        Queue.objects.create(slug="tools", name="Tool calls"),
    ]
    roles = {"alice": "lead", "bob": "reviewer", "vera": "viewer"}
    for queue in queues:
        for name, role in roles.items():
            QueueMember.objects.create(queue=queue, user=people[name], role=role)
    return Cast(**people, licences=queues[0], tools=queues[1])
