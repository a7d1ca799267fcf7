"""What approvals have caused: the rows that the demo's tools wrote, and reports to download."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from reviews.errors import NotFound
from reviews.models import AllowedLicence, LicenceException, LicenceReport
from reviews.services import access
from reviews.web.views.base import PersonRequest, page

LIMIT = 200


@require_safe
@page
def index(request: PersonRequest) -> HttpResponse:
    rows = {
        "exceptions": _visible(request, LicenceException.objects.all()),
        "allowed": _visible(request, AllowedLicence.objects.all()),
        "reports": _visible(request, LicenceReport.objects.all()),
    }
    return render(request, "effects/index.html", rows)


@require_safe
@page
def download(request: PersonRequest, uuid: UUID) -> HttpResponse:
    report = _visible(request, LicenceReport.objects.filter(uuid=uuid)).first()
    if report is None:
        raise NotFound("There is no such report.")
    name = slugify(report.title) or "report"
    return HttpResponse(
        report.body,
        content_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.md"'},
    )


def _visible(request: PersonRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Effects of the threads this person may see, newest first."""
    seen = rows.filter(thread__in=access.threads_visible_to(request.user))
    return seen.select_related("thread").order_by("-created_at")[:LIMIT]
