"""Text of agents: nothing hidden, nothing that runs, loads, links or looks like ours."""

from __future__ import annotations

import pytest

from reviews.web.safe_text import markdown, reveal, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pay\u202eevil", "pay⟦U+202E⟧evil"),
        ("a\u200bb", "a⟦U+200B⟧b"),
        ("a\x00b", "a⟦U+0000⟧b"),
        ("tag\U000e0041", "tag⟦U+E0041⟧"),
        ("private\ue000", "private⟦U+E000⟧"),
        ("line\nand\ttab", "line\nand\ttab"),
        ("grüße 日本 🙂", "grüße 日本 🙂"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, shown: str):
    assert reveal(text) == shown


def test_a_page_of_blank_lines_becomes_one_mark():
    assert reveal("top" + "\n" * 10_000 + "bottom") == "top\n⟦9999 blank lines⟧\nbottom"


def test_plain_text_is_escaped_and_marks_are_ours():
    html = visible("<b>\u200b</b>")
    assert html == '&lt;b&gt;<span class="hidden-char">U+200B</span>&lt;/b&gt;'


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=https://evil.example/x.png>",
        "![x](https://evil.example/x.png)",
        "[click](javascript:alert(1))",
        "<https://evil.example>",
        '<form action="/x"><button>Approve</button></form>',
        "[a]: https://evil.example\n[a]",
        "<style>body{display:none}</style>",
        "<p onclick=alert(1)>x</p>",
    ],
)
def test_markdown_yields_no_tag_that_acts(text: str):
    html = markdown(text).lower()
    for tag in ("<script", "<img", "<a ", "<a>", "<form", "<button", "<style", "<p "):
        assert tag not in html


def test_the_address_of_a_link_is_seen():
    assert "[click](https://evil.example/?q=1)" in markdown("[click](https://evil.example/?q=1)")


def test_markdown_is_formatted_but_draws_no_headings():
    html = markdown("# Approved\n\n- **a**\n- `b`\n\n| x |\n|---|\n| y |")
    assert "<h1" not in html
    assert "<strong>Approved</strong>" in html
    assert "<li><strong>a</strong></li>" in html
    assert "<td>y</td>" in html
