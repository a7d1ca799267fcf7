"""Check what must hold between rows at rest; exits with 1 when something does not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviews.services import consistency


class Command(BaseCommand):
    help = "Check that threads, runs, tasks and checkpoints fit together."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line per problem."""
        found = consistency.problems()
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} problems found.")
        self.stdout.write("Everything fits together.")
