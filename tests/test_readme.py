"""The README tells the truth: its script runs, its settings exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_script_pauses_and_resumes_without_the_site():
    done = subprocess.run(
        [sys.executable, "-c", blocks("python")[0]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "{'question': 'Send this?', 'draft': 'hello'}",
        "{'draft': 'hello, world', 'sent': 'HELLO, WORLD'}",
    ]


def test_every_setting_is_in_the_readme_and_back():
    source = (ROOT / "hitl_site" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    table = README.split("## Settings")[1]
    first_cells = "".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE))
    listed = set(re.findall(r"`([A-Z_]+)`", first_cells))
    assert read == listed


def test_the_two_commands_come_first():
    headings = re.findall(r"^## (.*)$", README, re.MULTILINE)
    assert headings[:2] == ["Run it", "Test it"]
    assert all(".venv/bin/pip install" in command for command in blocks("sh")[:2])
