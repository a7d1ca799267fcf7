"""Clients of the API: real requests with a real key."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client

from reviews.services import tokens


def client_of(user: User) -> Client:
    """A client that shows a key of this person with every request."""
    return Client(headers={"X-Api-Key": tokens.issue(user, "test")})
