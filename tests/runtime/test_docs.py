"""The pages under runtime/docs tell the truth: every example on them is executed."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).resolve().parents[2] / "runtime" / "docs").glob("*.md"))


def test_there_are_pages():
    assert [page.stem for page in PAGES] == ["human_in_the_loop", "persistence", "time_travel"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_example_on_the_page_works(path: Path):
    flags = doctest.IGNORE_EXCEPTION_DETAIL | doctest.NORMALIZE_WHITESPACE
    found = doctest.testfile(str(path), module_relative=False, optionflags=flags)
    assert found.attempted > 10
    assert found.failed == 0
