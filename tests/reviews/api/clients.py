"""Clients of the API: real requests with a real key."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from reviews.services import tokens, worker


def client_of(user: User) -> Client:
    """A client that shows a key of this person with every request."""
    return Client(headers={"X-Api-Key": tokens.issue(user, "test")})


@contextmanager
def working() -> Iterator[None]:
    """A worker runs in the background, for requests that wait."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.05):
            worker.work_once()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
