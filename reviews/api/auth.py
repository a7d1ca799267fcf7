"""Who is asking: an API key, or for browser clients the signed-in session with its CSRF token."""

from __future__ import annotations

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from reviews.models import ApiToken
from reviews.services import tokens


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

    message = "This API key does not have the scope for that."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiToken) or not request.auth.scopes:
            return True
        wanted = "read" if request.method in SAFE_METHODS else getattr(view, "post_scope", "read")
        return wanted in request.auth.scopes
