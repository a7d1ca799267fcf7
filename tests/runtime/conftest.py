"""One body for both drivers: `call` runs a graph in threads, then under asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from runtime import App, InMemorySaver

Call = Callable[..., Any]


def in_threads(app: App, given: Any, config: Any = None, **options: Any) -> Any:
    return app.invoke(given, config, **options)


def in_asyncio(app: App, given: Any, config: Any = None, **options: Any) -> Any:
    return asyncio.run(app.ainvoke(given, config, **options))


@pytest.fixture(params=[in_threads, in_asyncio], ids=["threads", "asyncio"])
def call(request: pytest.FixtureRequest) -> Call:
    return request.param


@pytest.fixture
def saver() -> InMemorySaver:
    return InMemorySaver()


@pytest.fixture
def thread() -> dict[str, Any]:
    return {"configurable": {"thread_id": "t"}}
