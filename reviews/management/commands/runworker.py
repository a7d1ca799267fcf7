"""The worker as a process of its own: the same threads that the embedded default runs."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from reviews.services import worker

LOOK_SECONDS = 1.0  # no other process can wake this one yet
FINISH_SECONDS = 2.0  # of the 3 that a SIGTERM may take


class Command(BaseCommand):
    help = "Execute runs until SIGTERM or SIGINT; HITL_CONCURRENCY at once."

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until a signal comes; then finish or hand back what runs."""
        asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked.set())
        pace = min(LOOK_SECONDS, settings.HITL_SWEEP_SECONDS)
        worker.start_threads(settings.HITL_CONCURRENCY, look_seconds=pace)
        self.stdout.write(f"Worker {worker.NAME} waits for runs.")
        self.stdout.flush()
        asked.wait()
        left = worker.shut_down(seconds=FINISH_SECONDS)
        self.stdout.write(f"Worker ended; {left} runs were handed back inside a superstep.")
        self.stdout.flush()
        logging.shutdown()
        os._exit(0)  # a node that still runs on the pool must not hold the process
