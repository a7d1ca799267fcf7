"""Addresses that no database can take are refused before a view sees them."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/api/review/tasks?queue=%00",
        "/api/review/tasks?queue=a&%00=b",
        "/api/review/tasks?queue=%ff",
        "/api/review/tasks?queue=%ed%a0%80",
        "/api/review/tasks/%00",
        "/api/threads/a%00b/state",
    ],
)
def test_nul_and_bad_utf8_in_an_api_address_are_refused_in_json(address: str) -> None:
    answer = Client().get(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_address")


@pytest.mark.django_db
def test_nul_in_a_page_address_is_refused() -> None:
    answer = Client().get("/inbox/?q=%00")
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")


@pytest.mark.django_db
def test_other_characters_pass(bob: Client) -> None:
    answer = bob.get("/api/review/tasks", {"queue": "größe 🦊"})
    assert (answer.status_code, answer.json()["items"]) == (200, [])


def test_a_body_without_a_length_is_refused_and_not_read_as_empty(bob: Client) -> None:
    sent = {"content_type": "application/json", "CONTENT_LENGTH": ""}
    chunked = {"Transfer-Encoding": "chunked"}
    answer = bob.generic("POST", "/api/threads", "{}", headers=chunked, **sent)
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")
