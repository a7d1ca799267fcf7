"""Every fault becomes a JSON answer, also those that nobody foresaw."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from rest_framework import serializers

from reviews import errors
from reviews.api.handlers import handle


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (errors.NotFound(), 404, "not_found"),
        (errors.Forbidden(), 403, "forbidden"),
        (errors.Conflict(), 409, "conflict"),
        (errors.Stale(), 409, "stale"),
        (errors.Invalid(), 422, "invalid"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "forbidden"),
        (OperationalError("database is locked"), 503, "busy"),
        (RuntimeError("a secret"), 500, "error"),
    ],
)
def test_a_fault_has_a_status_a_code_and_a_detail(fault: Exception, status: int, code: str) -> None:
    answer = handle(fault, {})
    assert (answer.status_code, answer.data["code"]) == (status, code)
    assert answer.data["detail"]
    assert "secret" not in str(answer.data)
    assert "locked" not in str(answer.data)


def test_a_busy_database_says_when_to_come_back() -> None:
    assert handle(OperationalError(), {}).headers["Retry-After"] == "1"


def test_an_unforeseen_fault_is_logged_with_the_reference_in_the_answer(caplog: Any) -> None:
    answer = handle(RuntimeError("boom"), {})
    [record] = caplog.records
    assert record.args[0] in answer.data["detail"]
    assert record.exc_info[1].args == ("boom",)


def test_a_conflict_carries_its_data() -> None:
    answer = handle(errors.Conflict("Too late.", decided_by="alice"), {})
    assert answer.data["data"] == {"decided_by": "alice"}


def test_nested_errors_are_told_by_path() -> None:
    detail = {
        "a": ["x"],
        "b": {"c": ["y", "z"]},
        "d": [{}, {"e": ["w"]}],
        "non_field_errors": ["v"],
    }
    answer = handle(serializers.ValidationError(detail), {})
    assert answer.data["errors"] == {"a": ["x"], "b.c": ["y", "z"], "d.1.e": ["w"], "": ["v"]}
