"""Clients of the API: real requests with a real key."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.services import tokens
from tests.conftest import Cast

ClientOf = Callable[[User], Client]


@pytest.fixture
def client_of(cast: Cast) -> ClientOf:
    """A client that shows a key of this person with every request."""
    return lambda user: Client(headers={"X-Api-Key": tokens.issue(user, "test")})


@pytest.fixture
def bob(cast: Cast, client_of: ClientOf) -> Client:
    return client_of(cast.bob)
