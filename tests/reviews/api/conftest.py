"""Who usually asks."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast
from tests.reviews.api.clients import client_of


@pytest.fixture
def bob(cast: Cast) -> Client:
    return client_of(cast.bob)
