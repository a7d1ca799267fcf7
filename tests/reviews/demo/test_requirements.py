"""Requirement lines are read, and a bad one is named by its number."""

from __future__ import annotations

import pytest

from reviews.demo.requirements import BadInput, parse


def test_comments_blank_lines_hashes_and_continuations_are_understood() -> None:
    pinned = "foo==1 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\n"
    text = f"# top\n\nDjango>=5.2  # web\n{pinned}b[x]~=2.0\n"

    assert [(one.line, one.name) for one in parse(text)] == [(3, "django"), (4, "foo"), (7, "b")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "There is no requirement"),
        ("# only words\n", "There is no requirement"),
        ("Django\n\n===\n", r"Line 3: '===' is not a requirement"),
        ("foo bar\n", "Line 1: 'foo bar' is not a requirement"),
        ("Django\n-r other.txt\n", "Line 2: options such as -r"),
        ("-e .\n", "Line 1: options such as -e"),
        ("six\nSIX>1\n", "Line 2: six is already on line 1"),
        ("a\n" * 1001, "At most 1000"),
    ],
)
def test_a_bad_line_is_named(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        parse(text)


def test_a_marker_that_excludes_this_machine_is_kept_and_says_so() -> None:
    wanted = parse("old; python_version < '3'\nold>=2; python_version >= '3'\n")

    assert [one.applies for one in wanted] == [False, True]
