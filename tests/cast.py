"""The cast: alice leads, bob reviews, vera only watches, charlie sees nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User
from django.db import connection
from pytest_django import Settings

from reviews.engine import registry
from reviews.models import Queue, QueueMember, RoutingRule
from tests import graphs


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Let the flush after transactional tests empty the audit log, which nothing else may."""
    if connection.vendor != "sqlite" or "execute_sql_flush" in vars(connection.ops):
        return  # another folder of tests has been here
    append_only = import_module("reviews.migrations.0003_append_only")
    name, event, table = append_only.TRIGGERS[1]
    guard = append_only.SQLITE.format(name=name, event=event, table=table)
    flush = connection.ops.execute_sql_flush
    connection.ops.execute_sql_flush = lambda sql: flush([f"DROP TRIGGER {name}", *sql, guard])


@dataclass(frozen=True)
class Cast:
    alice: User
    bob: User
    vera: User
    charlie: User
    licences: Queue
    tools: Queue


@cache
def _password() -> str:
    return make_password("signoff-demo")  # hashing is slow on purpose: once is enough


def _person(name: str, **extra: bool) -> User:
    user = User.objects.create(
        username=name, email=f"{name}@example.org", password=_password(), **extra
    )
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
    RoutingRule.objects.create(order=1, match={"kind": "tools"}, queue=queues[1])
    RoutingRule.objects.create(order=2, queue=queues[0])
    return Cast(**people, licences=queues[0], tools=queues[1])


@pytest.fixture
def sample_graphs(settings: Settings) -> Iterator[None]:
    """The site serves the graphs of tests/graphs.py."""
    settings.HITL_GRAPHS = graphs.HITL_GRAPHS
    registry.graphs.cache_clear()
    yield
    registry.graphs.cache_clear()
