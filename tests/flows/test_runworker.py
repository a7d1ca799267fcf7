"""`runworker` beside a web process that only serves: SIGTERM hands the run on within 3 seconds."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live import ROOT, Site

START = """
from django.contrib.auth.models import User
from reviews.services import assistants, runs, threads
user = User.objects.create_superuser("bob")
thread = threads.create(user)
runs.create(user, thread, assistants.for_graph("story"), spec=runs.RunSpec(input={}))
"""
STATUS = "from reviews.models import Run; r = Run.objects.get(); print(r.status, r.attempt)"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(
        tmp_path,
        {
            "HITL_GRAPHS": "story=tests.flows.sink_graphs:story",
            "SINK_FOLDER": str(tmp_path),
            "HITL_WORKER": "none",
        },
    )
    made.manage("migrate", "-v", "0")
    return made


@contextmanager
def worker(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    with site.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "runworker"],
            cwd=ROOT,
            env=site.env(),
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def ran(site: Site) -> list[str]:
    sink = site.folder / "ran.txt"
    return sink.read_text().split() if sink.exists() else []


def test_a_worker_that_is_asked_to_end_hands_its_run_to_the_next(site: Site):
    site.python(START)
    with worker(site) as first:
        site.wait_until(lambda: sorted(ran(site)) == ["quick", "slow"])
        before = time.monotonic()
        first.send_signal(signal.SIGTERM)
        assert first.wait(10) == 0
        assert time.monotonic() - before < 3
    assert site.python(STATUS).split() == ["pending", "0"]

    (site.folder / "open").touch()
    with worker(site):
        site.wait_until(lambda: "ask" in ran(site))
        site.wait_until(lambda: site.python(STATUS).split() == ["success", "1"])
    assert sorted(ran(site)) == ["ask", "quick", "slow", "slow"]
    assert "Everything fits" in site.manage("check_consistency")
