"""Any payload becomes one Question; one that cannot be read is refused, never opened."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reviews.errors import Invalid
from reviews.services.payloads import read
from reviews.services.questions import Question

HUMAN = {
    "action_request": {"action": "send_mail", "args": {"to": "ana@example.org"}},
    "config": {
        "allow_accept": True,
        "allow_edit": True,
        "allow_respond": False,
        "allow_ignore": True,
    },
    "description": "Mail to **Ana**",
}
HITL = {
    "action_requests": [
        {"name": "pay", "args": {"amount": 12}, "description": "Pay it"},
        {"name": "pay", "args": {"amount": 13}},
    ],
    "review_configs": [{"action_name": "pay", "allowed_decisions": ["approve", "reject"]}],
}
EXPECTS = {
    "kind": "edit",
    "title": "Refund",
    "summary": "Refund {amount} to {customer}",
    "proposal": {"amount": 100, "customer": "Ana"},
    "expects": {
        "decisions": ["approve", "edit", "reject"],
        "schema": {"type": "object", "properties": {"amount": {"type": "integer"}}},
        "reasons": ["wrong amount"],
    },
    "priority": 180,
    "due_in": 900,
}


def test_our_own_form_is_read_whole():
    question = read(EXPECTS)
    assert (question.kind, question.shape, question.title) == ("edit", "expects", "Refund")
    assert question.summary == "Refund 100 to Ana"
    assert question.allowed == ("approve", "edit", "reject")
    assert question.reasons == ("wrong amount",)
    assert (question.priority, question.due_seconds) == (100, 900)


def test_a_human_interrupt_is_one_call():
    question = read([HUMAN])
    assert (question.kind, question.shape) == ("tools", "human_interrupt")
    assert question.calls[0].name == "send_mail"
    assert question.calls[0].allowed == ("approve", "edit", "reject")


def test_a_human_interrupt_may_come_bare_or_as_json_text():
    assert read(HUMAN) == read([HUMAN]) == read(json.dumps([HUMAN]))


def test_a_hitl_request_is_a_call_per_request():
    question = read(HITL)
    assert [call.args["amount"] for call in question.calls] == [12, 13]
    assert question.allowed == ("approve", "reject")


def test_a_hitl_request_may_name_the_effect_of_a_call():
    call = {**HITL["action_requests"][0], "effect": "money"}
    assert read({**HITL, "action_requests": [call]}).calls[0].effect == "money"
    with pytest.raises(Invalid):
        read({**HITL, "action_requests": [{**call, "effect": "none at all"}]})


def test_a_hitl_request_may_be_in_camel_case():
    camel = {
        "actionRequests": HITL["action_requests"],
        "reviewConfigs": [{"actionName": "pay", "allowedDecisions": ["approve", "reject"]}],
    }
    assert read(camel) == read(HITL)


def test_a_single_tool_approval_is_one_call():
    question = read(
        {"type": "tool_approval", "tool_call_id": "c1", "name": "pay", "args": {"amount": 1}}
    )
    assert (question.shape, question.calls[0].id) == ("tool_approval", "c1")


@pytest.mark.parametrize("payload", ["Go on?", 3, None, ["a", 1], {"question": "Go on?"}])
def test_any_other_value_asks_for_an_answer(payload: Any):
    question = read(payload, node="ask")
    assert (question.kind, question.shape, question.allowed) == ("input", "value", ("respond",))
    assert question.title in ("Go on?", "Question from ask")


def test_a_response_schema_types_the_answer_of_a_plain_value():
    assert read("Age?", response_schema={"type": "integer"}).schema == {"type": "integer"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"expects": {"decisions": ["aprove"]}}, "expects.decisions"),
        ({"expects": {"decisions": []}}, "expects.decisions"),
        ({"expects": {"schema": {"type": "nonsense"}}}, "expects.schema"),
        ({"expects": {"schema": {"$ref": "#"}}}, "expects.schema"),
        ({"expects": {"schema": {"$defs": {"a": {"$ref": "#/$defs/a"}}}}}, "expects.schema"),
        ({"expects": {"schema": {"allOf": [{"anyOf": [{"$ref": "#"}]}]}}}, "expects.schema"),
        ({"expects": {"ui": {"order": 5}}}, "expects.ui.order"),
        ({"expects": {"ui": {"order": ["amount", 5]}}}, "expects.ui.order"),
        ({"expects": {"ui": {"widgets": 5}}}, "expects.ui.widgets"),
        ({"expects": {"ui": {"widgets": {"amount": []}}}}, "expects.ui.widgets"),
        ({"expects": "yes"}, "expects"),
        ({"kind": "maybe"}, "kind"),
        ({"kind": "tools"}, "actions"),
        ({"due_in": "soon"}, "due_in"),
        ({"effect": "harmless"}, "effect"),
        ({"actions": [{"args": {}}]}, "actions.0.name"),
        ({"actions": [{"name": "a", "id": "1"}, {"name": "b", "id": "1"}]}, "actions"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_with_its_place(
    change: dict[str, Any], path: str
):
    with pytest.raises(Invalid) as caught:
        read({**EXPECTS, **({"kind": None} if "actions" in change else {}), **change})
    assert list(caught.value.errors) == [path]


@pytest.mark.parametrize(
    "payload",
    [
        {**HITL, "review_configs": [{"action_name": "pay", "allowed_decisions": ["aprove"]}]},
        {**HITL, "review_configs": [{"action_name": "pay", "allowed_decisions": []}]},
        {**HITL, "review_configs": []},
        [{**HUMAN, "config": {}}],
    ],
)
def test_a_gate_without_a_readable_policy_stays_shut(payload: Any):
    with pytest.raises(Invalid):
        read(payload)


def test_a_schema_may_describe_a_tree():
    tree = {"type": "object", "properties": {"children": {"items": {"$ref": "#"}}}}
    question = read({"kind": "input", "expects": {"schema": tree, "ui": {"order": ["children"]}}})
    assert question.schema == tree


@pytest.mark.parametrize("payload", [EXPECTS, HITL, HUMAN, "Go on?"])
def test_a_question_survives_its_row(payload: Any):
    question = read(payload, node="ask")
    assert Question.from_json(json.loads(json.dumps(question.to_json()))) == question
