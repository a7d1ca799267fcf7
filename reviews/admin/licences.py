"""What the demo's tools have written."""

from __future__ import annotations

from django.contrib import admin

from reviews import models
from reviews.admin.base import LookOnly, link_column


@admin.register(models.LicenceException)
class LicenceExceptionAdmin(LookOnly):
    list_display = ("package", "version", "expression", "expires_on", link_column("thread"))
    list_select_related = ("thread",)
    search_fields = ("package", "expression", "reason")


@admin.register(models.AllowedLicence)
class AllowedLicenceAdmin(LookOnly):
    list_display = ("spdx_id", link_column("thread"), "created_at")
    list_select_related = ("thread",)
    search_fields = ("spdx_id", "reason")


@admin.register(models.LicenceReport)
class LicenceReportAdmin(LookOnly):
    list_display = ("title", link_column("thread"), "created_at")
    list_select_related = ("thread",)
    search_fields = ("title", "uuid")
