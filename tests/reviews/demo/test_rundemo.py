"""The one command, as a real process: it serves, says where, ends cleanly, and keeps its data."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

ROOT = Path(settings.BASE_DIR)


def _demo(tmp_path: Path, **extra: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'demo.sqlite3'}", **extra}
    return subprocess.Popen(
        [sys.executable, "manage.py", "rundemo"],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _serve_once(tmp_path: Path, stop: signal.Signals) -> tuple[str, int, int]:
    """Start, open the sign-in page once the address is printed, stop; (output, http, exit code)."""
    port = _free_port()
    demo = _demo(tmp_path, PORT=str(port))
    assert demo.stdout is not None
    printed = []
    for line in demo.stdout:
        printed.append(line)
        if "charlie" in line:
            break
    try:
        url = f"http://127.0.0.1:{port}/accounts/login/"
        with urllib.request.urlopen(url, timeout=20) as answer:
            status: int = answer.status
    finally:
        demo.send_signal(stop)
        rest, _ = demo.communicate(timeout=30)
    return "".join(printed) + rest, status, demo.returncode


@pytest.mark.timeout(180)
def test_it_serves_once_the_address_is_printed_and_a_second_start_keeps_the_data(
    tmp_path: Path,
) -> None:
    first, status, code = _serve_once(tmp_path, signal.SIGTERM)
    assert ("Started: " in first, status, code) == (True, 200, 0), first

    second, status, code = _serve_once(tmp_path, signal.SIGINT)
    assert ("Started: " in second, status, code) == (False, 200, 0), second


def test_a_taken_port_is_said_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        demo = _demo(tmp_path, PORT=str(taken.getsockname()[1]))
        printed, _ = demo.communicate(timeout=60)

    assert demo.returncode == 1
    assert "cannot be used (Address already in use)" in printed
    assert not (tmp_path / "demo.sqlite3").exists()


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "٣", ""])
def test_a_port_that_is_none_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(CommandError, match="PORT must be a number"):
        call_command("rundemo")
