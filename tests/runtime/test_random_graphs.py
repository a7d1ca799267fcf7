"""Random graphs and random stories: ours does what LangGraph does, or differs by a named row.

The test command plays the same 500 stories every time. SIGNOFF_RANDOM_GRAPHS=5000 plays that many
new ones of each kind; a failure prints a @reproduce_failure line, the smallest graph and story, and
where the two sides part.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.runtime.differences import ROWS
from tests.runtime.random_graphs import Plan, plans
from tests.runtime.random_stories import Duel, Move, stories

EXAMPLES = int(os.environ.get("SIGNOFF_RANDOM_GRAPHS", "0"))
HOW = st.sampled_from(["stream", "invoke", "ainvoke"])


def examples(usual: int) -> settings:
    return settings(
        max_examples=EXAMPLES or usual,
        derandomize=not EXAMPLES,  # the test command plays the same stories every time
        deadline=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.timeout(0)
@examples(350)
@given(plan=plans(0), story=stories(), how=HOW)
def test_a_random_story_goes_as_on_langgraph(plan: Plan, story: list[Move], how: str) -> None:
    _compare(plan, story, how)


@pytest.mark.timeout(0)
@examples(150)
@given(plan=plans(3), story=stories(), how=HOW)
def test_and_so_it_does_through_subgraphs(plan: Plan, story: list[Move], how: str) -> None:
    _compare(plan, story, how)


def _compare(plan: Plan, story: list[Move], how: str) -> None:
    duel = Duel(plan, how)
    duel.tell(story)
    assert duel.met <= ROWS.keys()
