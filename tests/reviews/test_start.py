"""The start refuses what cannot work, in words, whichever way the site is started."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

IMPORT_SITE = ("-c", "import hitl_site.asgi")
IMPORT_SETTINGS = ("-c", "import hitl_site.settings")


def _python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, "HITL_WORKER": "none", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("start", [IMPORT_SITE, ("manage.py", "check")])
def test_a_graph_that_does_not_load_stops_the_start(start: tuple[str, ...]):
    done = _python(*start, HITL_GRAPHS="mail=no_such_module:graph")
    assert done.returncode != 0
    assert "Graph 'mail' (no_such_module:graph) cannot be loaded" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HITL_CONCURRENCY", "0"),
        ("HITL_LEASE_SECONDS", "0"),
        ("HITL_SWEEP_SECONDS", "-1"),
        ("HITL_MAX_ATTEMPTS", "0"),
        ("HITL_MAX_PAYLOAD_BYTES", "-1"),
        ("HITL_HEARTBEAT_SECONDS", "0"),
        ("HITL_RECURSION_LIMIT", "0"),
        ("HITL_CLAIM_SECONDS", "0"),
        ("HITL_DUE_SECONDS", "-1"),
    ],
)
def test_a_setting_out_of_its_range_stops_the_start_by_name(name: str, value: str):
    done = _python(*IMPORT_SETTINGS, **{name: value})
    assert done.returncode != 0
    assert f'Environment variable "{name}" invalid' in done.stderr
