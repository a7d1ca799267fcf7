"""InMemorySaver does what every saver does."""

from __future__ import annotations

from tests.runtime.saver_conformance import SaverConformance


class TestInMemorySaver(SaverConformance):
    """The fixture `saver` of conftest.py is one."""
