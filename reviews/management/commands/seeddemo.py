"""Make the demo's people, queues and first runs, and say how to sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from reviews.demo import seeding


def sign_ins(address: str) -> str:
    """The address and the sign-ins, as lines for a terminal."""
    lines = [f"Signoff is at {address}", f"Sign in with the password {seeding.PASSWORD} as"]
    lines += [f"  {one.name:<8} {one.about}" for one in seeding.PEOPLE]
    if seeding.is_served():
        lines.append(f"Try first: {seeding.FIRST_STEPS}")
    return "\n".join(lines)


class Command(BaseCommand):
    help = "Make the demo's people, queues and first runs; again is safe and keeps everything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="Do not print the sign-ins.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, then print what was started and how to sign in."""
        started = seeding.seed()
        for thread in started:
            self.stdout.write(f"Started: {thread.metadata['title']}")
        if not options["quiet"]:
            self.stdout.write(sign_ins(settings.SITE_URL))
