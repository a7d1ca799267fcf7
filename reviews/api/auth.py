"""Who is asking: an API key, or for browser clients the signed-in session with its CSRF token."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from reviews.errors import Forbidden
from reviews.models import ApiToken
from reviews.services import tokens

if TYPE_CHECKING:  # DRF's views import this module for their settings
    from rest_framework.views import APIView


class ApiKeyAuthentication(BaseAuthentication):
    """The key comes as `X-Api-Key`. A bad key is refused even when a session is there too."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        key = request.headers.get("X-Api-Key")
        if key is None:
            return None
        token = tokens.lookup(key)
        if token is None:
            raise AuthenticationFailed("This API key is unknown, revoked or expired.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "X-Api-Key"


class KeyScope(BasePermission):
    """A key with scopes may do only these; a key without, and a session, what its user may do.

    A view names the scope of its POST as `post_scope`; reading needs "read".
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        need_scope(request, "read" if request.method in SAFE_METHODS else view_scope(view))
        return True


def person(request: Request) -> User:
    """Who is asking; views are only reached by people who are signed in."""
    return cast(User, request.user)


def view_scope(view: APIView) -> str:
    return str(getattr(view, "post_scope", "read"))


def need_scope(request: Request, scope: str) -> None:
    """Raises Forbidden when the key of this request is limited to other scopes."""
    token = request.auth
    if isinstance(token, ApiToken) and token.scopes and scope not in token.scopes:
        raise Forbidden(f"This API key does not have the scope {scope!r}.")
