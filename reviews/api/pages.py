"""Keyset pages: a cursor says after which row to go on, so that new rows never shift a page.

A cursor only holds a position; what may be seen is settled by the queryset it is applied to.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from django.db.models import DateTimeField, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from reviews.errors import Invalid

MAX_LIMIT = 200
NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # rows without a deadline come last
MAX_ID = 2**63 - 1

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    items: list[Row]
    next_cursor: str | None  # None: this was the last page


@dataclass(frozen=True, slots=True)
class Order:
    """How rows are sorted, which position a row has, and which rows come after a position."""

    fields: tuple[str, ...]
    position: Callable[[Any], list[Any]]
    after: Callable[[list[Any]], Q]


def _after_due(position: list[Any]) -> Q:
    due, row_id = datetime.fromisoformat(position[0]), _row_id(position[1])
    if due.tzinfo is None:
        raise ValueError("a time without an offset")
    return Q(due__gt=due) | Q(due=due, pk__gt=row_id)


def _row_id(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_ID:
        raise ValueError("not a row id")
    return value


ORDERS: Final = {
    "newest": Order(
        fields=("-pk",),
        position=lambda row: [row.pk],
        after=lambda position: Q(pk__lt=_row_id(position[0])),
    ),
    "due": Order(
        fields=("due", "pk"),
        position=lambda row: [row.due.isoformat(), row.pk],
        after=_after_due,
    ),
}


def page(
    queryset: QuerySet[Row], *, order: str, cursor: str | None = None, limit: int = 50
) -> Page[Row]:
    """Up to `limit` rows after `cursor`. Raises Invalid for a cursor that is not ours.

    "newest" works for any model, "due" for models with `due_at`.
    """
    rule = ORDERS[order]
    found: QuerySet[Any] = queryset
    if order == "due":
        never = Value(NEVER, output_field=DateTimeField())
        found = found.annotate(due=Coalesce("due_at", never))
    if cursor is not None:
        found = found.filter(_after(order, cursor))
    rows = list(found.order_by(*rule.fields)[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _encode([order, *rule.position(rows[-1])]) if more else None)


def _after(order: str, cursor: str) -> Q:
    try:
        made_for, *position = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        if made_for != order:
            raise Invalid(errors={"cursor": ["This cursor belongs to another order."]})
        return ORDERS[order].after(position)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise Invalid(errors={"cursor": ["This is not a cursor of ours."]}) from error


def _encode(position: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()
