"""The house itself: sizes, forbidden calls, migrations, nothing from outside in a page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES, TEST_LINES, FUNCTION_LINES, PARAMETERS = 300, 400, 40, 5
FORBIDDEN = {
    "pickle": "stored data could run code",
    "marshal": "stored data could run code",
    "shelve": "stored data could run code",
}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_stay_small():
    product = [(path, FILE_LINES) for path in sources("runtime", "reviews", "hitl_site")]
    tests = [(path, TEST_LINES) for path in sources("tests")]
    too_long = [
        f"{path.relative_to(ROOT)}: {count}"
        for path, limit in product + tests
        if (count := len(path.read_text().splitlines())) > limit
    ]
    assert too_long == []


def test_functions_stay_short():
    too_long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources("runtime", "reviews", "hitl_site")
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ]
    assert too_long == []


def test_functions_take_few_positional_parameters():
    too_many = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources("runtime", "reviews", "hitl_site")
        for node in functions(path)
        if len([each for each in node.args.args if each.arg not in ("self", "cls")]) > PARAMETERS
    ]
    assert too_many == []


def test_no_module_reads_data_that_could_run_code():
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources("runtime", "reviews", "hitl_site")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or node.names[0].name]
        if name.split(".")[0] in FORBIDDEN
    ]
    assert found == []


@pytest.mark.parametrize("call", ["select_for_update", "mark_safe", "autoescape off", "|safe"])
def test_what_must_not_be_relied_on_is_not_called(call: str):
    places = [*sources("runtime", "reviews"), *(ROOT / "templates").rglob("*.html")]
    allowed = {"mark_safe": {"safe_text.py"}}.get(call, set())
    found = [
        str(path.relative_to(ROOT))
        for path in places
        if call in path.read_text() and path.name not in allowed
    ]
    assert found == []


def test_pages_load_nothing_from_elsewhere_and_nothing_inline():
    outside = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//|<style|\sstyle=|\son\w+=""")
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static").rglob("*.css")]
    found = [str(page.relative_to(ROOT)) for page in pages if outside.search(page.read_text())]
    assert found == []


@pytest.mark.django_db
def test_no_migration_is_missing():
    out = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=out)
    assert "No changes" in out.getvalue()
