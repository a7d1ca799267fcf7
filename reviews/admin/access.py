"""API keys: seen and ended here, made elsewhere, shown nowhere."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from reviews import models
from reviews.admin.base import LookOnly, person
from reviews.services import tokens


@admin.register(models.ApiToken)
class ApiTokenAdmin(LookOnly):
    """Keys are made by `createtoken` and by their owners; here they can be seen and ended."""

    list_display = ("prefix", "name", "user", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("user",)
    list_select_related = ("user",)
    search_fields = ("prefix", "name", "user__username")
    hidden_fields = ("digest",)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reviews.change_apitoken")

    @admin.action(description="Revoke the chosen keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[models.ApiToken]) -> None:
        for token in chosen:
            tokens.revoke(person(request), token)
        self.message_user(request, "The chosen keys no longer work.", messages.SUCCESS)
