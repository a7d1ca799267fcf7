"""What templates need beyond Django's own: safe text, short times, sizes of text areas."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reviews.web import diff, safe_text

register = template.Library()


@register.filter
def visible(text: Any) -> SafeString:
    """Text of agents and users: escaped, hidden characters drawn as marks."""
    return safe_text.visible(str(text))


@register.filter
def markdown(text: Any) -> SafeString:
    return safe_text.markdown(str(text))


@register.filter
def words(change: diff.Change) -> tuple[diff.Piece, ...]:
    """The word diff of a changed value."""
    return diff.words(change.old, change.new)


@register.filter
def ago(moment: datetime) -> str:
    """How long since (or until) a moment, in its largest unit: "4 min"."""
    return _short(abs(timezone.now() - moment))


@register.filter
def due(moment: datetime) -> str:
    """When something is due: "in 2 h" or "5 min late"."""
    left = moment - timezone.now()
    text = _("%(time)s late") if left < timedelta() else _("in %(time)s")
    return text % {"time": _short(abs(left))}


@register.filter
def area_rows(text: str) -> int:
    """How many lines a text area should show."""
    wrapped = sum(1 + len(line) // 80 for line in str(text).split("\n"))
    return max(2, min(20, wrapped + 1))


@register.filter
def initials(name: str) -> str:
    parts = [part for part in name.replace(".", " ").replace("_", " ").split() if part]
    return "".join(part[0] for part in parts[:2]).upper()


@register.filter
def error_id(html_id: str) -> str:
    return f"{html_id}-error"


def _short(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, _("d")), (3_600, _("h")), (60, _("min"))):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return _("%(count)d s") % {"count": seconds}
