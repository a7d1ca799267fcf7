"""Where a question goes: the first rule, by order, that fits. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews.models import Queue, RoutingRule
from reviews.services.questions import Question

DEFAULT_PRIORITY = 50


@dataclass(frozen=True, slots=True)
class Route:
    """`due_at` None means that there is no deadline."""

    queue: Queue
    priority: int
    due_at: datetime | None


def route(
    question: Question,
    *,
    place: tuple[str, str],
    rules: Iterable[RoutingRule],
    fallback: Queue,
    now: datetime,
) -> Route:
    """`place` is (graph id, node). The question's own priority and due time win over the rule's,
    and the rule's over the queue's."""
    rule = next((rule for rule in rules if _fits(rule, question, place)), None)
    queue = rule.queue if rule else fallback
    seconds = _first(question.due_seconds, rule.due_seconds if rule else None, queue.due_seconds)
    priority = _first(question.priority, rule.priority if rule else None)
    return Route(
        queue=queue,
        priority=DEFAULT_PRIORITY if priority is None else priority,
        due_at=None if seconds is None else now + timedelta(seconds=seconds),
    )


def _fits(rule: RoutingRule, question: Question, place: tuple[str, str]) -> bool:
    graph_id, node = place
    asked = question.to_json()
    return (
        rule.queue.active
        and rule.graph_id in ("", graph_id)
        and rule.node in ("", node)
        and all(asked.get(key) == value for key, value in rule.match.items())
    )


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
