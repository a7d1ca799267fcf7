"""The first rule that fits says where a question goes; the question's own wishes come first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reviews.models import Queue, RoutingRule
from reviews.services.payloads import read
from reviews.services.routing import route

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LEGAL = Queue(slug="legal", due_seconds=600)
REST = Queue(slug="rest", due_seconds=None)


def routed(payload: object, *rules: RoutingRule):
    return route(read(payload), place=("refunds", "ask"), rules=rules, fallback=REST, now=NOW)


def test_the_first_fitting_rule_wins():
    wrong_graph = RoutingRule(graph_id="other", queue=REST)
    wrong_kind = RoutingRule(match={"kind": "tools"}, queue=REST)
    fits = RoutingRule(graph_id="refunds", node="ask", match={"kind": "approve"}, queue=LEGAL)
    found = routed({"kind": "approve"}, wrong_graph, wrong_kind, fits, RoutingRule(queue=REST))
    assert found.queue is LEGAL


def test_without_a_rule_it_goes_to_the_fallback():
    assert routed("Go on?").queue is REST


def test_a_closed_queue_gets_nothing_new():
    closed = Queue(slug="closed", active=False)
    assert routed("Go on?", RoutingRule(queue=closed)).queue is REST


def test_priority_and_due_time_come_from_question_then_rule_then_queue():
    rule = RoutingRule(queue=LEGAL, priority=0, due_seconds=60)
    asked = routed({"kind": "approve", "priority": 90, "due_in": 5}, rule)
    assert (asked.priority, asked.due_at) == (90, NOW + timedelta(seconds=5))
    ruled = routed({"kind": "approve"}, rule)
    assert (ruled.priority, ruled.due_at) == (0, NOW + timedelta(seconds=60))
    by_queue = routed({"kind": "approve"}, RoutingRule(queue=LEGAL))
    assert (by_queue.priority, by_queue.due_at) == (50, NOW + timedelta(seconds=600))
    assert routed("Go on?").due_at is None
