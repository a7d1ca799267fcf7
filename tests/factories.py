"""Rows for tests: keyword-only, sane defaults, made the way the services make them."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from reviews.models import Assistant, InterruptTask, Queue, Run, Thread
from reviews.services import answers, assistants, decisions, runs, threads, worker


def make_thread(**fields: Any) -> Thread:
    return Thread.objects.create(**{"graph_id": "sample", **fields})


def make_run(*, thread: Thread | None = None, **fields: Any) -> Run:
    assistant, _ = Assistant.objects.get_or_create(graph_id="sample", name="sample")
    defaults = {"assistant": assistant, "available_at": timezone.now()}
    return Run.objects.create(thread=thread or make_thread(), **{**defaults, **fields})


def make_task(
    *, queue: Queue, payload: Any = "Go on?", thread: Thread | None = None, **fields: Any
) -> InterruptTask:
    """An open task as intake would make it from this payload; no graph stands behind it."""
    text = json.dumps(payload, sort_keys=True)
    question = answers.read(payload, node="ask")
    defaults: dict[str, Any] = {
        "graph_id": "sample",
        "checkpoint_id": uuid.uuid4().hex,
        "node": "ask",
        "interrupt_id": uuid.uuid4().hex,
        "kind": question.kind,
        "title": question.title,
        "question": question.to_json(),
        "payload": text,
        "payload_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "schema": question.schema,
        "allowed": list(question.allowed),
    }
    return InterruptTask.objects.create(
        queue=queue, thread=thread or make_thread(), **{**defaults, **fields}
    )


def start(user: User, graph_id: str, input: Any = None) -> Thread:
    """A thread on which a real graph has run as far as it can."""
    thread = threads.create(user)
    spec = runs.RunSpec(input={} if input is None else input)
    runs.create(user, thread, assistants.for_graph(graph_id), spec=spec)
    worker.drain()
    thread.refresh_from_db()
    return thread


def seen(task: InterruptTask) -> decisions.Seen:
    """What a reviewer who has this row before them sends along."""
    return decisions.Seen(version=task.version, payload_sha256=task.payload_sha256)
