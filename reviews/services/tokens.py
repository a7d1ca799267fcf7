"""API keys: 256 random bits, shown once; the row keeps a digest and the first characters."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reviews.errors import Invalid
from reviews.models import ApiToken
from reviews.services import audit

MARK = "so_"  # makes a leaked key easy to search for
PREFIX_LENGTH = 9
SCOPES = ("read", "run", "decide")
USE_NOTED_EVERY = timedelta(minutes=1)


def issue(
    user: User, name: str, *, scopes: Iterable[str] = (), expires_at: datetime | None = None
) -> str:
    """Make a key for `user` and return its text, which nobody can read again.

    No scopes: whatever the user may do. `expires_at` None: until it is revoked.
    Raises Invalid for an unknown scope.
    """
    wanted = sorted(set(scopes))
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise Invalid(errors={"scopes": [f"Unknown scope: {scope}." for scope in unknown]})
    key = MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            prefix=key[:PREFIX_LENGTH],
            digest=_digest(key),
            scopes=wanted,
            expires_at=expires_at,
        )
        audit.record(user, "issue", token, data={"name": name, "scopes": wanted})
    return key


def lookup(key: str) -> ApiToken | None:
    """The living token of this key, with its user; None if unknown, revoked, expired or disabled.

    Notes the use, at most once a minute, so that reading the API does not write on every request.
    """
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=_digest(key), revoked_at=None, user__is_active=True)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .first()
    )
    if token is None:
        return None
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk, last_used_at=token.last_used_at).update(
            last_used_at=now
        )
    return token


def revoke(actor: User, token: ApiToken) -> None:
    """End a key; works at its next request. Revoking twice changes nothing."""
    with transaction.atomic():
        ended = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        if ended:
            audit.record(actor, "revoke", token, data={"name": token.name})


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
