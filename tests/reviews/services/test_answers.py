"""One validator for form, API and page; each dialect there and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reviews.errors import Invalid
from reviews.services.answers import CallVerdict, Verdict, as_verdict, check, read, resume_value
from tests.reviews.services.test_payloads import EXPECTS, HITL, HUMAN

APPROVE = read({"kind": "approve", "title": "Go?", "proposal": {"a": 1}})
EDIT = read(EXPECTS)
INPUT = read({"kind": "input", "expects": {"schema": {"type": "integer", "minimum": 0}}})
TOOLS = read(
    {
        "title": "Review",
        "actions": [
            {
                "id": "one",
                "name": "pay",
                "args": {"amount": 1},
                "args_schema": {
                    "type": "object",
                    "properties": {"amount": {"type": "integer"}},
                    "required": ["amount"],
                },
            },
            {"id": "two", "name": "mail", "args": {}, "decisions": ["approve", "reject"]},
        ],
    }
)


def decide(*calls: CallVerdict) -> Verdict:
    return Verdict(action="decide", calls=calls)


GOOD = [
    (APPROVE, Verdict(action="approve")),
    (APPROVE, Verdict(action="reject", reason="no")),
    (EDIT, Verdict(action="edit", value={"amount": 7})),
    (INPUT, Verdict(action="respond", value=0)),
    (TOOLS, decide(CallVerdict("one", "edit", {"amount": 2}), CallVerdict("two", "reject"))),
]


@pytest.mark.parametrize(("question", "verdict"), GOOD)
def test_a_fitting_verdict_has_no_errors(question: Any, verdict: Verdict):
    assert check(question, verdict) == {}


@pytest.mark.parametrize(
    ("question", "verdict", "path"),
    [
        (APPROVE, Verdict(action="edit", value={}), "action"),
        (APPROVE, Verdict(action="reject", reason="  "), "reason"),
        (APPROVE, Verdict(action="approve", calls=(CallVerdict("one", "approve"),)), "calls"),
        (EDIT, Verdict(action="edit", value={"amount": "many"}), "value.amount"),
        (EDIT, Verdict(action="edit", value=[]), "value"),
        (INPUT, Verdict(action="respond", value=-1), "value"),
        (INPUT, Verdict(action="respond", value=None), "value"),
        (INPUT, Verdict(action="approve"), "action"),
        (TOOLS, Verdict(action="approve"), "action"),
        (TOOLS, decide(CallVerdict("one", "approve")), "calls.two"),
        (TOOLS, decide(CallVerdict("one", "edit", {})), "calls.one.args.amount"),
        (TOOLS, decide(CallVerdict("one", "respond")), "calls.one.message"),
        (TOOLS, decide(CallVerdict("two", "edit", {})), "calls.two.action"),
        (TOOLS, decide(CallVerdict("three", "approve")), "calls.three"),
        (TOOLS, decide(CallVerdict("one", "approve"), CallVerdict("one", "reject")), "calls"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(question: Any, verdict: Verdict, path: str):
    assert path in check(question, verdict)


def asking_for(schema: dict[str, Any]) -> Any:
    return read({"kind": "input", "expects": {"schema": schema}})


def test_a_schema_may_point_into_itself_only():
    whole = asking_for({"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}})
    assert check(whole, Verdict(action="respond", value=1)) == {}
    with pytest.raises(Invalid):
        asking_for({"anyOf": [{"$ref": "http://127.0.0.1:1/x.json"}]})


def test_a_schema_that_points_nowhere_accepts_nothing():
    assert "value" in check(asking_for({"$ref": "#/$defs/x"}), Verdict(action="respond", value=1))


def test_an_approved_edit_returns_the_proposal_itself():
    assert resume_value(EDIT, Verdict(action="approve"))["value"] == EXPECTS["proposal"]


def test_an_input_returns_the_bare_answer():
    assert resume_value(INPUT, Verdict(action="respond", value=4)) == 4


def test_calls_return_decisions_in_the_order_of_the_question():
    verdict = decide(
        CallVerdict("two", "reject", message="no mail"), CallVerdict("one", "edit", {"amount": 2})
    )
    assert resume_value(TOOLS, verdict) == {
        "decisions": [
            {"type": "edit", "edited_action": {"name": "pay", "args": {"amount": 2}}},
            {"type": "reject", "message": "no mail"},
        ]
    }


def test_human_responses_speak_agent_inbox():
    question = read([HUMAN])
    assert resume_value(question, decide(CallVerdict("0", "approve"))) == [
        {"type": "accept", "args": HUMAN["action_request"]}
    ]
    assert resume_value(question, decide(CallVerdict("0", "reject", message="no"))) == [
        {"type": "ignore", "args": None}
    ]


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        *GOOD,
        (read(HITL), decide(CallVerdict("0", "approve"), CallVerdict("1", "reject", message="x"))),
        (read([HUMAN]), decide(CallVerdict("0", "edit", {"to": "bo@example.org"}))),
        (read("Go on?"), Verdict(action="respond", value="yes")),
    ],
)
def test_a_raw_answer_is_read_back_as_its_verdict(question: Any, verdict: Verdict):
    raw = resume_value(question, verdict)
    assert resume_value(question, as_verdict(question, raw)) == raw


@pytest.mark.parametrize(
    ("question", "raw"),
    [
        (APPROVE, True),
        (APPROVE, {"type": "aprove"}),
        (TOOLS, {"decisions": [{"type": "approve"}]}),
        (TOOLS, "approve"),
        (TOOLS, {"decisions": [{"type": "edit", "edited_action": {"name": "other"}}, {}]}),
        (read([HUMAN]), {"type": "accept"}),
        (read([HUMAN]), ["accept"]),
    ],
)
def test_a_raw_answer_in_another_shape_is_refused(question: Any, raw: Any):
    with pytest.raises(Invalid):
        as_verdict(question, raw)


def test_a_schema_that_never_ends_refuses_the_answer_instead_of_failing():
    question = replace(INPUT, schema={"$id": "urn:x", "$anchor": "a", "$ref": "#a"})
    assert list(check(question, Verdict("respond", value=1))) == ["value"]
