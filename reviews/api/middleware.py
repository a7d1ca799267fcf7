"""Refuses addresses that no database or page can carry: NUL or bytes that are not UTF-8."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponseBadRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


class RefuseNul(MiddlewareMixin):
    """400 for a NUL or bad UTF-8 in the path or the query, before anything reads them."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        query = unquote_to_bytes(request.META.get("QUERY_STRING", ""))
        if _is_clean(request.path_info.encode(errors="surrogateescape")) and _is_clean(query):
            return None
        detail = "The address holds a NUL or bytes that are not UTF-8."
        if request.path_info.startswith("/api/"):
            return JsonResponse({"detail": detail, "code": "bad_address"}, status=400)
        return HttpResponseBadRequest(detail, content_type="text/plain; charset=utf-8")


def _is_clean(raw: bytes) -> bool:
    """Servers decode the path before we see it; what was not UTF-8 has become U+FFFD."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return "\x00" not in text and "\ufffd" not in text
