"""Executes graphs that can pause for a person. Plain Python, usable alone, no Django.

from runtime import END, START, Command, InMemorySaver, Send, StateGraph, interrupt
"""

from __future__ import annotations

from runtime.app import App
from runtime.config import get_config, get_runtime, get_stream_writer
from runtime.errors import (
    EmptyInputError,
    GraphError,
    GraphInterrupt,
    GraphRecursionError,
    InterruptNotFound,
    InvalidUpdateError,
    ResumeError,
)
from runtime.graph import END, START, Graph, MessagesState, StateGraph, add_messages
from runtime.saver import InMemorySaver, Saver
from runtime.sqlite import SqliteSaver
from runtime.types import (
    Command,
    Interrupt,
    Outcome,
    Overwrite,
    Send,
    StateSnapshot,
    interrupt,
)

__all__ = [
    "END",
    "START",
    "App",
    "Command",
    "EmptyInputError",
    "Graph",
    "GraphError",
    "GraphInterrupt",
    "GraphRecursionError",
    "InMemorySaver",
    "Interrupt",
    "InterruptNotFound",
    "InvalidUpdateError",
    "MessagesState",
    "Outcome",
    "Overwrite",
    "ResumeError",
    "Saver",
    "Send",
    "SqliteSaver",
    "StateGraph",
    "StateSnapshot",
    "add_messages",
    "get_config",
    "get_runtime",
    "get_stream_writer",
    "interrupt",
]
