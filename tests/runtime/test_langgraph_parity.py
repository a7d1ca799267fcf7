"""The same small graphs on LangGraph and on ours: results, streams, state and history alike.

What differs on purpose is in test_differences.py.
"""

from __future__ import annotations

import pytest

from tests.runtime import parity_flow, parity_more, parity_people, parity_subgraphs
from tests.runtime.parity_kit import LANGGRAPH, OURS, Case, play

CASES = [*parity_flow.CASES, *parity_people.CASES, *parity_subgraphs.CASES, *parity_more.CASES]


def test_the_comparison_has_at_least_forty_graphs() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("how", ["stream", "invoke"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_ours_shows_what_langgraph_shows(case: Case, how: str) -> None:
    assert play(case, OURS, how) == play(case, LANGGRAPH, how)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_asyncio_shows_what_threads_show(case: Case) -> None:
    assert play(case, OURS, "ainvoke") == play(case, OURS, "invoke")
