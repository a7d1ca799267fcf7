"""The strict JSON parser: hostile bodies are refused with a place and a reason, never a 5xx."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from django.test import Client
from rest_framework.exceptions import APIException, ParseError

from reviews.api.parsers import MAX_DEPTH, MalformedJson, loads


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        "text",
        0,
        None,
        True,
        {"a": [1, 2.5, {"b": None}]},
        {"emoji": "🦊", "quote": '"', "escaped": "\\u0000 as text"},
        2**63,
        -(2**53),
        1e-300,
    ],
)
def test_a_good_value_comes_through_as_it_is(value: Any) -> None:
    assert loads(json.dumps(value).encode()) == value


def test_an_escaped_surrogate_pair_is_one_character() -> None:
    assert loads(rb'"\ud83e\udd8a"') == "🦊"


@pytest.mark.parametrize(
    ("body", "place", "reason"),
    [
        (rb'{"a": "x\u0000y"}', "at a:", "NUL"),
        (rb'{"a": [1, {"b": "\ud800"}]}', "at a.1.b:", "surrogate"),
        (rb'{"a": {"k\u0000": 1}}', "at a:", "a key holds a NUL"),
        (rb'{"\udfff": 1}', "at the top:", "a key holds a NUL or half of a surrogate pair"),
        (rb'{"a": {"b": 1, "b": 2}}', "at a.b:", "twice"),
        (rb'{"a": NaN}', "at a:", "NaN is not a JSON number"),
        (rb"[1, Infinity]", "at 1:", "Infinity is not a JSON number"),
        (rb"-Infinity", "at the top:", "-Infinity is not a JSON number"),
        (rb'{"n": 1e999}', "at n:", "too large"),
        (b'{"n": ' + b"9" * 41 + b"}", "at n:", "more than 40 digits"),
        (b'{"n": ' + b"9" * 5000 + b"}", "at n:", "more than 40 digits"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_place(
    body: bytes, place: str, reason: str
) -> None:
    with pytest.raises(ParseError) as caught:
        loads(body)
    assert place in str(caught.value.detail)
    assert reason in str(caught.value.detail)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{'a': 1}", b"[1,]", b"nul", b"\xef\xbb\xbf{}", b"1 2"]
)
def test_text_that_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        loads(body)


@pytest.mark.parametrize("body", [b'"\xff"', "{}".encode("utf-16"), b'"\xed\xa0\x80"'])
def test_bytes_that_are_not_utf8_are_refused(body: bytes) -> None:
    with pytest.raises(ParseError, match="not UTF-8"):
        loads(body)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 2_000, 90_000])
def test_depth_has_a_limit(opening: bytes, depth: int) -> None:
    closing = b"]" if opening == b"[" else b"}"
    with pytest.raises(ParseError, match=f"deeper than {MAX_DEPTH}"):
        loads(opening * depth + b"1" + closing * depth)


def test_the_allowed_depth_is_allowed() -> None:
    assert loads(b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH)


def test_random_bytes_raise_nothing_but_faults_of_the_api() -> None:
    chance = random.Random(7)
    seeds = [rb'{"a": [1, "\u0000", NaN, 1e9, {"b": null}]}', rb'["\ud800", -1.5e+3, true]']
    for _ in range(4_000):
        body = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 6)):
            body[chance.randrange(len(body))] = chance.choice(b'{}[]",:\\u0d8-e.9\xff\x00 ')
        try:
            loads(bytes(body))
        except APIException:
            continue


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b'{"a": NaN}', "application/json", 400),
        (b"[" * 90_000, "application/json", 400),
        (b'"' + b"x" * 1_000_001 + b'"', "application/json", 413),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"{}", "application/json; charset=utf-16", 415),
        (b"{}", "text/plain", 415),
    ],
)
def test_a_bad_body_gets_a_clear_status(bob: Client, body: bytes, kind: str, status: int) -> None:
    answer = bob.generic("POST", "/api/threads", body, content_type=kind)
    assert answer.status_code == status
    assert set(answer.json()) == {"detail", "code"}


@pytest.mark.parametrize("body", [[], "text", 7, None, True, [{}]])
def test_a_body_that_is_no_object_is_unprocessable(bob: Client, body: Any) -> None:
    answer = bob.post("/api/threads", json.dumps(body), content_type="application/json")
    assert answer.status_code == 422
