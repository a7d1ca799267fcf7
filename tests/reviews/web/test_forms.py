"""The four patterns: what a submitted form says as a Verdict, and where its errors stand."""

from __future__ import annotations

from typing import Any

import pytest

from reviews.errors import Invalid
from reviews.services.answers import CallVerdict, Verdict, read
from reviews.web.forms import ReviewForm, form_for, rest_decided, rows_changed, verdict_of

APPROVE = {
    "kind": "approve",
    "title": "Publish?",
    "proposal": {"copies": 3},
    "expects": {"decisions": ["approve", "reject", "respond"], "reasons": ["too early"]},
}
EDIT = {"kind": "edit", "title": "Check", "proposal": {"amount": 100, "note": "x"}}
TOOLS = {
    "kind": "tools",
    "title": "Calls",
    "actions": [
        {"id": "a", "name": "mail", "args": {"to": "ana", "copies": 2}},
        {"id": "b", "name": "pay", "args": {"amount": 5}},
    ],
}
AGE = {"kind": "input", "title": "Age?", "expects": {"schema": {"type": "integer", "minimum": 0}}}


def form(payload: Any, **data: str) -> ReviewForm:
    return form_for(read(payload), {name.replace("__", "."): text for name, text in data.items()})


def said(payload: Any, action: str, **data: str) -> Verdict:
    return verdict_of(form(payload, **data), action)


def wrong(payload: Any, action: str, **data: str) -> set[str]:
    with pytest.raises(Invalid) as refused:
        said(payload, action, **data)
    return set(refused.value.errors)


def test_approve_and_reject():
    assert said(APPROVE, "approve") == Verdict("approve")
    assert said(APPROVE, "reject", reason="too early") == Verdict("reject", reason="too early")
    other = {"reason": "other", "reason_text": " costs "}
    assert said(APPROVE, "reject", **other) == Verdict("reject", reason="costs")
    assert said(APPROVE, "respond", response="ask Li") == Verdict("respond", value="ask Li")


def test_a_rejection_without_a_reason_is_refused_at_the_reason():
    assert wrong(APPROVE, "reject") == {"reason"}
    assert wrong(APPROVE, "reject", reason="other") == {"reason"}


def test_an_action_that_is_not_offered_is_refused():
    assert wrong(APPROVE, "edit") == {"action"}
    assert wrong(APPROVE, "") == {"action"}


def test_approving_changed_values_is_an_edit_and_unchanged_ones_an_approval():
    same = {"value__amount": "100", "value__note": "x"}
    assert said(EDIT, "approve", **same) == Verdict("approve")
    edited = said(EDIT, "approve", **{**same, "value__amount": "120"})
    assert edited == Verdict("edit", value={"amount": 120, "note": "x"})


def test_a_bad_number_is_an_error_at_its_field():
    assert wrong(EDIT, "approve", value__amount="12 EUR", value__note="x") == {"value.amount"}


def test_each_call_carries_its_own_verdict():
    verdict = said(
        TOOLS,
        "decide",
        calls__0__action="edit",
        calls__0__args__to="li",
        calls__0__args__copies="2",
        calls__1__action="reject",
        calls__1__message="too much",
        calls__1__args__amount="5",
    )
    first = CallVerdict("a", "edit", {"to": "li", "copies": 2})
    assert verdict == Verdict("decide", calls=(first, CallVerdict("b", "reject", None, "too much")))


def test_a_call_without_a_verdict_is_named():
    unchanged = {"calls__0__args__to": "ana", "calls__0__args__copies": "2"}
    found = wrong(TOOLS, "decide", calls__0__action="approve", **unchanged)
    assert "calls.b.action" in found
    assert "calls.a.action" not in found


def test_changed_arguments_are_never_dropped_by_approving():
    found = wrong(
        TOOLS,
        "decide",
        calls__0__action="approve",
        calls__0__args__to="li",
        calls__0__args__copies="2",
        calls__1__action="approve",
        calls__1__args__amount="5",
    )
    assert found == {"calls.a.action"}


def test_the_rest_of_the_calls_can_be_marked_approved():
    started = form(TOOLS, calls__1__action="reject")
    data = rest_decided(started.data or {}, started.calls)
    assert (data["calls.0.action"], data["calls.1.action"]) == ("approve", "reject")


def test_an_answer_is_checked_by_its_schema():
    assert said(AGE, "respond", value="30") == Verdict("respond", value=30)
    assert wrong(AGE, "respond", value="-1") == {"value"}
    assert wrong(AGE, "respond", value="old") == {"value"}


def test_a_free_answer_is_text_or_json_as_the_person_says():
    assert said("Who?", "respond", response="[1]").value == "[1]"
    assert said("Who?", "respond", response="[1]", response_as="json").value == [1]
    assert wrong("Who?", "respond", response="[1", response_as="json") == {"value"}
    assert wrong("Who?", "respond") == {"value"}


def test_the_error_of_the_attempt_before_stands_at_its_field():
    asked = {**AGE, "error": "no", "field_errors": {"": ["too old"]}, "attempt": 2}
    shown = form_for(read(asked))
    assert shown.value is not None
    assert shown.value.errors == ("too old",)


def test_approval_fields_are_read_with_the_approval():
    schema = {"type": "object", "properties": {"until": {"type": "string", "format": "date"}}}
    asked = {**APPROVE, "expects": {"decisions": ["approve", "reject"], "schema": schema}}
    verdict = said(asked, "approve", value__until="2027-01-31")
    assert verdict == Verdict("approve", value={"until": "2027-01-31"})


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ("add list", "0,1,n1"),
        ("remove list 0", "1"),
        ("up list 1", "1,0"),
        ("up list 0", "0,1"),
        ("remove list 9", "0,1"),
        ("nonsense", "0,1"),
    ],
)
def test_rows_are_rearranged_by_their_buttons(order: str, keys: str):
    assert rows_changed({"list": "0,1"}, order)["list"] == keys


@pytest.mark.parametrize("key", ["n" + "9" * 5000, "n1000000", "n²", "n-1", "nx", "n"])
def test_a_row_key_that_no_form_sends_counts_for_nothing(key: str):
    assert rows_changed({"list": key}, "add list")["list"] == f"{key},n1"
