"""The runtime works without Django, and where nothing of ours is set up."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys

for name in ("django", "celery", "channels", "rest_framework", "langgraph", "pydantic"):
    sys.modules[name] = None  # importing it raises ImportError

import runtime, runtime.config, runtime.examples, runtime.graph, runtime.saver, runtime.serde
from runtime import Command, InMemorySaver
from runtime.types import interrupt, Send, StateSnapshot
from runtime.graph import StateGraph, START, END

app = runtime.examples.approve_transfer.compile(InMemorySaver())
thread = {"configurable": {"thread_id": "1"}}
asked = app.invoke({"to": "Ada", "amount": 5}, thread)
print(asked["__interrupt__"][0].value["question"])
print(app.invoke(Command(resume=True), thread)["done"])
"""


def test_the_runtime_runs_with_django_poisoned() -> None:
    """A2: plain Python, importable alone."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.stdout.splitlines() == ["Pay 5 to Ada?", "paid 5 to Ada"]
