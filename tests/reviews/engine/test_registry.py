"""Graphs are named by HITL_GRAPHS; one that does not load stops the start, by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from reviews.engine import registry


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    registry.graphs.cache_clear()
    yield
    registry.graphs.cache_clear()


def test_a_comma_list_names_graphs(settings: Settings):
    settings.HITL_GRAPHS = "one=tests.graphs:approval, two=tests.graphs:_parallel"
    assert list(registry.graphs()) == ["one", "two"]


def test_a_langgraph_json_file_names_files_beside_it(settings: Settings, tmp_path: Path):
    (tmp_path / "flow.py").write_text("from tests.graphs import approval as made\n")
    listing = tmp_path / "langgraph.json"
    listing.write_text(
        json.dumps({"graphs": {"a": "./flow.py:made", "b": "tests.graphs:broken"}, "env": ".env"})
    )
    settings.HITL_GRAPHS = str(listing)
    assert list(registry.graphs()) == ["a", "b"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("broken=tests.no_such:graph", "tests.no_such"),
        ("odd=tests.graphs:HITL_GRAPHS", "'odd'"),
        ("nothing", "id=module:object"),
        ("none.json", "none.json"),
    ],
)
def test_a_graph_that_does_not_load_stops_the_start(settings: Settings, setting: str, said: str):
    settings.HITL_GRAPHS = setting
    with pytest.raises(ImproperlyConfigured, match=said):
        registry.graphs()
