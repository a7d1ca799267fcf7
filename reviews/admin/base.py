"""The two kinds of admin pages: rows that are only looked at, and rows whose edits are audited."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from reviews.services import audit

if TYPE_CHECKING:  # generic for the type checker only
    Admin = admin.ModelAdmin[Any]
    Inline = admin.TabularInline[Any, Any]
else:
    Admin, Inline = admin.ModelAdmin, admin.TabularInline

Column = Callable[[Any], Any]
SHOWN_CHARACTERS = 50_000


def person(request: HttpRequest) -> User:
    """Who is signed in; the admin lets nobody else in."""
    return cast(User, request.user)


def page_of(row: Model | None) -> SafeString | str:
    """The row's name, leading to its page; a dash for none."""
    if row is None:
        return "-"
    address = reverse(f"admin:reviews_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, row)


def lists_of(related: Iterable[type[Model]], **filters: Any) -> SafeString:
    """Links to the lists of these models, filtered."""
    rows = (
        (
            reverse(f"admin:reviews_{model._meta.model_name}_changelist"),
            urlencode(filters),
            model._meta.verbose_name_plural,
        )
        for model in related
    )
    return format_html_join(" · ", '<a href="{}?{}">{}</a>', rows)


def pretty(value: Any) -> SafeString:
    """JSON, or the codec's JSON text, indented and escaped."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:  # an empty text, or one that is no JSON, is shown as it is
            return format_html("<pre>{}</pre>", value[:SHOWN_CHARACTERS])
    text = json.dumps(value, indent=2, ensure_ascii=False)
    more = "\n… cut off here" if len(text) > SHOWN_CHARACTERS else ""
    return format_html("<pre>{}{}</pre>", text[:SHOWN_CHARACTERS], more)


@cache
def pretty_column(name: str) -> Column:
    """Shows the JSON column `name` so that it can be read."""

    @admin.display(description=name.replace("_", " "))
    def column(row: Model) -> SafeString:
        return pretty(getattr(row, name))

    return column


@cache
def link_column(name: str) -> Column:
    """Shows the foreign key `name` in a list as a link to that row's page."""

    @admin.display(description=name.replace("_", " "))
    def column(row: Model) -> SafeString | str:
        return page_of(getattr(row, name))

    return column


class LookOnly(Admin):
    """Rows that a service owns: to be seen by staff, changed by nobody."""

    pretty_fields: ClassVar[tuple[str, ...]] = ()
    hidden_fields: ClassVar[tuple[str, ...]] = ()
    more_fields: ClassVar[tuple[str, ...]] = ()  # methods of the admin class, shown first
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        apart = {*self.pretty_fields, *self.hidden_fields}
        plain = [field.name for field in self.model._meta.fields if field.name not in apart]
        return [*self.more_fields, *plain, *map(pretty_column, self.pretty_fields)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)


class Audited(Admin):
    """Rows that are edited here; each edit is a row of the audit log too."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        audit.record(person(request), "add", obj, data={"changes": message})
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        audit.record(person(request), "change", obj, data={"changes": message})
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            audit.record(person(request), "delete", obj, data={"was": str(obj)})
        return super().log_deletions(request, queryset)
