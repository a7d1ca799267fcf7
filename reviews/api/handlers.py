"""The one place where a fault becomes an answer: a status and `{"detail", "code", ...}`."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from reviews.errors import Invalid, ReviewError

logger = logging.getLogger(__name__)


def handle(fault: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: always answers, so that no caller sees an HTML error page."""
    if isinstance(fault, ReviewError):
        return Response(body_of(fault), status=fault.status)
    if isinstance(fault, ValidationError):
        return handle(Invalid(errors=dict(_flat(fault.detail))), context)
    if isinstance(fault, APIException | Http404 | PermissionDenied):
        return _translated(fault, context)
    if isinstance(fault, OperationalError):
        logger.warning("The database did not answer in time: %s", fault)
        return _answer(503, "busy", "The database is busy; try again.", {"Retry-After": "1"})
    reference = uuid.uuid4().hex
    logger.error("API fault %s", reference, exc_info=fault)
    return _answer(500, "error", f"Something went wrong here. Reference: {reference}.")


def body_of(fault: ReviewError) -> dict[str, Any]:
    """`detail`, `code`, and what is known beyond: `errors` by field path, `data` of a conflict."""
    body: dict[str, Any] = {"detail": fault.message, "code": fault.code}
    if isinstance(fault, Invalid):
        body["errors"] = fault.errors
        if fault.errors:
            body["detail"] = f"{fault.message} {_spoken(fault.errors)}"
    if fault.data:
        body["data"] = fault.data
    return body


def _spoken(errors: dict[str, list[str]]) -> str:
    """SDKs show only `detail`, so it must name the fields too."""
    return "; ".join(
        ": ".join(filter(None, (path, " ".join(reasons)))) for path, reasons in errors.items()
    )


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """DRF's nested error lists and dicts as {"seen.version": [reasons]}."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from _flat(inner, ".".join(filter(None, (path, name))))
    elif isinstance(detail, list) and any(isinstance(item, dict) for item in detail):
        for place, inner in enumerate(detail):
            yield from _flat(inner, f"{path}.{place}".lstrip("."))
    elif detail:
        yield path, [str(reason) for reason in detail]


def _translated(fault: Exception, context: dict[str, Any]) -> Response:
    # DRF's own handler answers exactly the three kinds that come here.
    response = cast(Response, exception_handler(fault, context))
    code = fault.default_code if isinstance(fault, APIException) else ""
    response.data["code"] = code or {404: "not_found", 403: "forbidden"}[response.status_code]
    return response


def _answer(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    return Response({"detail": detail, "code": code}, status=status, headers=headers)
