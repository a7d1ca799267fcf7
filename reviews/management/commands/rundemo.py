"""The whole demo in one process: migrate, seed, serve pages, API and websockets, and work."""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from reviews.management.commands.seeddemo import sign_ins

TAKEN = (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL)


class Command(BaseCommand):
    help = "Migrate, seed and serve the demo. PORT (8000) and HOST (127.0.0.1) say where."
    requires_system_checks: list[str] = []  # they read tables that may not be there yet

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until a signal ends it; CommandError when the place is taken or no place at all."""
        host, port = os.environ.get("HOST", "127.0.0.1"), _port(os.environ.get("PORT", "8000"))
        _claimable(host, port)
        call_command("migrate", verbosity=0)
        self.check()
        call_command("seeddemo", quiet=True, stdout=self.stdout)
        self._serve(host, port)

    def _serve(self, host: str, port: int) -> None:
        # Here, not above: the first import sets up the event loop, the second starts the worker.
        from daphne.endpoints import build_endpoint_description_strings
        from daphne.server import Server

        application = import_string(settings.ASGI_APPLICATION)
        shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104

        def announce() -> None:
            if not server.listening_addresses:
                raise CommandError(f"Port {port} on {host} was taken by somebody else just now.")
            self.stdout.write(sign_ins(f"http://{shown}:{port}"))
            self.stdout.flush()

        endpoints = build_endpoint_description_strings(host=host, port=port)
        server = Server(application, endpoints=endpoints, ready_callable=announce)
        server.run()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _claimable(host: str, port: int) -> None:
    """Raise CommandError unless we could listen there right now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} cannot be used ({error.strerror or error})."
                f" Choose another one, such as PORT={port % 65535 + 1}."
            ) from error
