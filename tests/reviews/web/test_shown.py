"""A value on the page: every leaf of it can be read."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.web.shown import show
from tests.reviews.web.pages import Page

words = st.from_regex(r"[a-zåé][a-z0-9]{3,12}", fullmatch=True)
leaves = words | st.integers(min_value=10_000)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(words, inner, max_size=5)
)


def parts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, part in value.items() for text in (key, *parts(part))]
    if isinstance(value, list):
        return [text for part in value for text in parts(part)]
    return [str(value)]


@settings(max_examples=100, deadline=None)
@given(values)
def test_every_leaf_and_key_is_on_the_page(value: Any):
    page = Page(render_to_string("parts/_value.html", {"value": show(value)}))
    for text in parts(value):
        assert text in page.text


def test_yes_no_none_and_empty_are_said_in_words():
    shown = show({"a": True, "b": None, "c": "", "d": []})
    assert [child.text for child in shown.children] == ["yes", "none", "empty", "empty"]
