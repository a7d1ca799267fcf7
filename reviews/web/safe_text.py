"""Text of agents and users, made safe to look at. The only module that marks text as HTML.

Whatever could hide or disguise something (bidi controls, zero-width and tag characters, a page
of blank lines) is drawn as a visible mark.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext
from markdown_it import MarkdownIt

HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
LAYOUT: Final = frozenset("\n\t")
TAGS: Final = frozenset(
    {"p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "hr"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n){5,}")
_MARKED = re.compile(r"⟦([^⟦⟧\n]{1,40})⟧")

# Links and images stay as the text that was written, so that their address is seen.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
_markdown.disable(["link", "image", "autolink", "reference", "html_block", "html_inline"])


def is_hidden(char: str) -> bool:
    """Whether a reader could not see this character."""
    return char not in LAYOUT and unicodedata.category(char) in HIDDEN_CATEGORIES


def reveal(text: str) -> str:
    """The text with every hidden character and every long run of blank lines named in ⟦⟧."""
    text = text.replace("\r\n", "\n")
    named = "".join(f"⟦U+{ord(char):04X}⟧" if is_hidden(char) else char for char in text)
    return _BLANK_LINES.sub(_blank_lines, named)


def visible(text: str) -> SafeString:
    """Plain text as HTML: escaped, hidden characters as marks. Line breaks are kept."""
    marked = _MARKED.sub(r'<span class="hidden-char">\1</span>', str(escape(reveal(text))))
    return mark_safe(marked)  # noqa: S308 - escaped above; the span is ours


def markdown(text: str) -> SafeString:
    """Markdown as HTML without attributes, links, images or headings."""
    tokens = _markdown.parse(reveal(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "strong"  # a payload cannot draw a page title
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(html, tags=set(TAGS), attributes={}, url_schemes=set(), link_rel=None)
    marked = _MARKED.sub(r'<span class="hidden-char">\1</span>', clean)
    return mark_safe(marked)  # noqa: S308 - cleaned by nh3 above; the span is ours


def _blank_lines(match: re.Match[str]) -> str:
    count = match.group().count("\n") - 1
    named = ngettext("%(count)d blank line", "%(count)d blank lines", count)
    return f"\n⟦{named % {'count': count}}⟧\n"
