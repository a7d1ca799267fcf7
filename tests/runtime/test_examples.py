"""The sample graphs of the documentation, in both drivers."""

from __future__ import annotations

from typing import Any

import pytest

from runtime import Command
from runtime.examples import approve_transfer, edit_draft, parallel_reviews


@pytest.mark.parametrize(("answer", "done"), [(True, "paid 5 to Ada"), (False, "refused")])
def test_a_transfer_is_paid_only_when_approved(call, saver, thread, answer, done):
    """B21"""
    app = approve_transfer.compile(saver)
    asked = call(app, {"to": "Ada", "amount": 5}, thread)

    assert asked["__interrupt__"][0].value == {"question": "Pay 5 to Ada?"}
    assert call(app, Command(resume=answer), thread)["done"] == done


def test_a_draft_is_asked_for_again_until_it_fits(call, saver, thread):
    """B21"""
    app = edit_draft.compile(saver)
    call(app, {"topic": "trees"}, thread)
    refused = call(app, Command(resume=" "), thread)

    assert refused["__interrupt__"][0].value["error"] == "The text must not be empty."
    result = call(app, Command(resume="Trees are tall."), thread)
    assert result == {"topic": "trees", "text": "Trees are tall.", "published": True}


def test_parallel_reviews_are_answered_in_any_order_and_merge_in_theirs(call, saver, thread):
    """B21, 5.2"""
    app = parallel_reviews.compile(saver)
    asked = call(app, {"items": ["a", "b", "c"]}, thread)["__interrupt__"]
    result: Any = None
    for question, keep in zip(reversed(asked), [True, False, True], strict=True):
        result = call(app, Command(resume={question.id: keep}), thread)

    assert result["verdicts"] == [("a", True), ("b", False), ("c", True)]
    assert result["summary"] == "kept 2 of 3"
