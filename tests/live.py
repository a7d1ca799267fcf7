"""The real site as its own process: daphne on a SQLite file, started, killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """`folder` holds the database and the log; `settings` are environment variables."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "site.log"

    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{self.folder / 'site.sqlite3'}",
            "SECRET_KEY": "only-for-tests-" + "x" * 40,
            "PYTHONPATH": str(ROOT),
            **self.settings,
        }

    def manage(self, *arguments: str) -> str:
        """Run a management command; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def python(self, code: str) -> str:
        """Run code with the site's models at hand; returns what it printed."""
        return self.manage("shell", "-v", "0", "-c", code)

    def start(self) -> None:
        command = ["-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command, "hitl_site.asgi:application"],
                cwd=ROOT,
                env=self.env(),
                stdout=log,
                stderr=log,
            )
        self.wait_until(self._answers, START_SECONDS)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/api/ok", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self, sign: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(sign)
            self.process.wait(20)
            self.process = None

    def wait_until(self, true: Any, seconds: float = 20) -> None:
        """Poll until `true()`; the log is shown when it never is."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"waited {seconds} s\n{self.log.read_text()[-4000:]}"
            time.sleep(0.1)
