"""Executes graphs that can pause for a person. Plain Python, usable alone, no Django.

from runtime import END, START, Command, InMemorySaver, Send, StateGraph, interrupt
"""

from __future__ import annotations

from runtime.app import App
from runtime.cache import InMemoryCache
from runtime.config import get_config, get_runtime, get_store, get_stream_writer, stream_message
from runtime.errors import (
    EmptyInputError,
    GraphError,
    GraphInterrupt,
    GraphRecursionError,
    InterruptNotFound,
    InvalidUpdateError,
    ResumeError,
)
from runtime.functional import entrypoint, once, task
from runtime.graph import END, START, Graph, MessagesState, StateGraph, add_messages
from runtime.saver import InMemorySaver, Saver
from runtime.sqlite import SqliteSaver
from runtime.store import InMemoryStore
from runtime.types import (
    CachePolicy,
    Command,
    Interrupt,
    Outcome,
    Overwrite,
    RetryPolicy,
    Send,
    StateSnapshot,
    TimeoutPolicy,
    interrupt,
)

__all__ = [
    "END",
    "START",
    "App",
    "CachePolicy",
    "Command",
    "EmptyInputError",
    "Graph",
    "GraphError",
    "GraphInterrupt",
    "GraphRecursionError",
    "InMemoryCache",
    "InMemorySaver",
    "InMemoryStore",
    "Interrupt",
    "InterruptNotFound",
    "InvalidUpdateError",
    "MessagesState",
    "Outcome",
    "Overwrite",
    "ResumeError",
    "RetryPolicy",
    "Saver",
    "Send",
    "SqliteSaver",
    "StateGraph",
    "StateSnapshot",
    "TimeoutPolicy",
    "add_messages",
    "entrypoint",
    "get_config",
    "get_runtime",
    "get_store",
    "get_stream_writer",
    "interrupt",
    "once",
    "stream_message",
    "task",
]
