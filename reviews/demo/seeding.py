"""The demo's people, queues and first runs. Doing it again changes nothing that is there."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import transaction

from reviews.engine import registry
from reviews.models import Queue, QueueMember, RoutingRule, Thread
from reviews.services import assistants, runs, threads
from reviews.services.runs import RunSpec

PASSWORD = "signoff-demo"  # noqa: S105 -- a public demo's, printed at its start
FIRST_STEPS = "as bob, approve “May we add psycopg?”, then the tool calls that follow; see Effects."
GRAPH_ID = "licence_review"

Role = QueueMember.Role


@dataclass(frozen=True, slots=True)
class Person:
    """`role` None: in no queue, sees nothing. `about` is printed beside the sign-in."""

    name: str
    role: QueueMember.Role | None
    about: str
    admin: bool = False


PEOPLE = (
    Person("alice", Role.LEAD, "leads all queues, may open the admin", admin=True),
    Person("bob", Role.REVIEWER, "reviews in all queues"),
    Person("charlie", None, "is in no queue and sees nothing"),
)
QUEUES = {
    "licences": (
        "Licences",
        "Weak copyleft (LGPL, MPL) is usually fine for a library that is used unchanged."
        " Strong copyleft (GPL, AGPL) needs a reason. When the licence itself is unclear, look at"
        " its text first, then at the project's own pages.",
    ),
    "tools": (
        "Tool calls",
        "Nothing is written before you have ruled on it. Check the end date of exceptions; allow a"
        " licence only when no package with it needs a question any more.",
    ),
    "default": (
        "Default",
        "What no routing rule sends elsewhere, such as a new graph's question.",
    ),
}
# name in the thread's metadata -> (title, input of the graph)
RUNS = {
    "small": (
        "May we depend on psycopg?",
        {"source": "requirements", "text": "psycopg[binary]>=3.2\nDjango>=5.2\n"},
    ),
    "proposed": (
        "Two packages proposed for the next release",
        {"source": "requirements", "text": "python-dateutil>=2.9\npymupdf>=1.24\n"},
    ),
    "environment": ("Everything installed here", {"source": "environment", "text": ""}),
}


@transaction.atomic
def seed() -> list[Thread]:
    """Make what is missing; return the threads that were started now.

    None are started when there are any, or when the demo's graph is not served.
    """
    people = {person.name: _person(person) for person in PEOPLE}
    queues = {slug: _queue(slug) for slug in QUEUES}
    for person in PEOPLE:
        if person.role is not None:
            for queue in queues.values():
                QueueMember.objects.get_or_create(
                    queue=queue, user=people[person.name], defaults={"role": person.role}
                )
    _rules(queues)
    if not is_served() or Thread.objects.filter(metadata__has_key="demo").exists():
        return []
    return [_start(people["alice"], name) for name in RUNS]


def is_served() -> bool:
    """Whether HITL_GRAPHS names the demo's graph."""
    return GRAPH_ID in registry.graphs()


def _person(person: Person) -> User:
    user, made = User.objects.get_or_create(
        username=person.name,
        defaults={
            "email": f"{person.name}@example.org",
            "is_staff": person.admin,
            "is_superuser": person.admin,
        },
    )
    if made:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        if person.role is not None:
            user.user_permissions.add(Permission.objects.get(codename="add_run"))
    return user


def _queue(slug: str) -> Queue:
    name, guidance = QUEUES[slug]
    queue, _ = Queue.objects.get_or_create(
        slug=slug,
        defaults={
            "name": name,
            "guidance": guidance,
            "claim_seconds": settings.HITL_CLAIM_SECONDS,
            "due_seconds": settings.HITL_DUE_SECONDS,
        },
    )
    return queue


def _rules(queues: dict[str, Queue]) -> None:
    """Tool calls to their own queue, everything else of the demo graph to the licence queue."""
    if RoutingRule.objects.filter(graph_id=GRAPH_ID).exists():
        return
    tools = {"match": {"kind": "tools"}, "queue": queues["tools"], "order": 10}
    rest = {"match": {}, "queue": queues["licences"], "order": 20}
    for fields in (tools, rest):
        RoutingRule.objects.create(graph_id=GRAPH_ID, **fields)


def _start(starter: User, name: str) -> Thread:
    title, graph_input = RUNS[name]
    thread = threads.create(starter, metadata={"demo": name, "title": title})
    runs.create(starter, thread, assistants.for_graph(GRAPH_ID), spec=RunSpec(input=graph_input))
    return thread
