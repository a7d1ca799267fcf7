"""Differences are told path by path, and by words where texts are long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviews.web.diff import Change, changes, words


def test_each_changed_path_is_told_once():
    old = {"a": 1, "b": [1, 2], "c": {"d": "x"}}
    new = {"a": 1, "b": [1], "c": {"d": "y", "e": None}}
    assert changes(old, new) == (
        Change("b[1]", "removed", old="2"),
        Change("c.d", "changed", "x", "y"),
        Change("c.e", "added", new="null"),
    )


def test_a_change_of_type_alone_is_a_change():
    assert changes({"a": 1}, {"a": True}) == (Change("a", "changed", "1", "true"),)
    assert changes({"a": 1}, {"a": "1"}) == (Change("a", "changed", "1", "1"),)


def test_long_texts_are_compared_word_by_word():
    old, new = "one two three four five six", "one two 3 four five six"
    kinds = [(piece.kind, piece.text) for piece in words(old, new)]
    assert kinds == [
        ("same", "one two "),
        ("removed", "three"),
        ("added", "3"),
        ("same", " four five six"),
    ]


@given(st.text(), st.text())
def test_the_pieces_make_up_both_texts(old: str, new: str):
    pieces = words(old, new)
    assert "".join(one.text for one in pieces if one.kind != "added") == old
    assert "".join(one.text for one in pieces if one.kind != "removed") == new
