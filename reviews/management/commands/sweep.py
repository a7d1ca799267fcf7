"""One pass of the sweep: what a lost hint or a crash left undone is started again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from reviews.services import worker


class Command(BaseCommand):
    help = "Make the resume runs that decided tasks are still owed."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many threads got a run."""
        self.stdout.write(f"{worker.sweep()} threads got a run.")
