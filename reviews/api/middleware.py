"""Refuses requests that could only be misread: odd addresses, and bodies without a length."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


class RefuseUnreadable(MiddlewareMixin):
    """400 for a NUL or bad UTF-8 in path or query, 411 for a body that does not say how long it is.

    Runs before anything reads the request: a database would choke on the one, and the other would
    pass for an empty body.
    """

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        query = unquote_to_bytes(request.META.get("QUERY_STRING", ""))
        if not (_is_clean(request.path_info.encode(errors="surrogateescape")) and _is_clean(query)):
            detail = "The address holds a NUL or bytes that are not UTF-8."
            return _refusal(request, detail, code="bad_address", status=400)
        if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
            detail = "Send the body with its Content-Length."
            return _refusal(request, detail, code="length_required", status=411)
        return None


def _is_clean(raw: bytes) -> bool:
    """Servers decode the path before we see it; what was not UTF-8 has become U+FFFD."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return "\x00" not in text and "\ufffd" not in text


def _refusal(request: HttpRequest, detail: str, *, code: str, status: int) -> HttpResponseBase:
    if request.path_info.startswith("/api/"):
        return JsonResponse({"detail": detail, "code": code}, status=status)
    return HttpResponse(detail, status=status, content_type="text/plain; charset=utf-8")
