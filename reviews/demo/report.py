"""The report of a licence review as markdown, and its one-line summary. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reviews.demo.licences import Finding

ORDER = ("rejected", "approved", "allowed", "skipped")


def render(
    title: str,
    label: str,
    *,
    findings: Sequence[Finding],
    results: Sequence[Mapping[str, Any]],
    asked: Mapping[str, Sequence[str]],
) -> str:
    """Every package, what was decided asked-first, then the tool calls. Ends with a newline."""
    rows = sorted(findings, key=_place)
    lines = [
        f"# {_line(title)}",
        "",
        f"Reviewed: {_line(label)}. {counts(findings)}.",
        "",
        "## Packages",
        "",
        *_table(
            ("Package", "Version", "Licence", "Verdict", "Why", "Who was asked"),
            (_package(one, asked) for one in rows),
        ),
        "",
        "## Tool calls",
        "",
        *_table(
            ("Tool", "Verdict", "Result"),
            ((one["name"], one["verdict"], one["text"]) for one in results),
        ),
    ]
    return "\n".join(lines) + "\n"


def counts(findings: Iterable[Finding]) -> str:
    """Such as "12 packages: 9 allowed by rule, 2 approved, 1 rejected"."""
    found: Counter[str] = Counter(one["verdict"] or "open" for one in findings)
    names = {"allowed": "allowed by rule"}
    parts = [f"{found[one]} {names.get(one, one)}" for one in reversed(ORDER) if found[one]]
    total = found.total()
    return f"{total} {'package' if total == 1 else 'packages'}: {', '.join(parts) or 'none'}"


def summary(findings: Iterable[Finding], results: Sequence[Mapping[str, Any]]) -> str:
    """What a reader of the thread wants to know at its end."""
    ran = sum(bool(one["ran"]) for one in results)
    lines = [f"{counts(findings)}. {ran} of {len(results)} tool calls ran."]
    return "\n".join([*lines, *(f"- {one['name']}: {one['text']}" for one in results)])


def _place(found: Finding) -> tuple[int, str]:
    return ORDER.index(found["verdict"] or "skipped"), found["package"]


def _package(found: Finding, asked: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    why = f"{found['why']}. {found['reason']}" if found["reason"] else found["why"]
    who = asked.get(found["package"], ())
    if not who and found["verdict"] in ("approved", "rejected"):
        who = ("a person",)
    return (
        found["package"],
        found["version"],
        found["expression"] or "unknown",
        found["verdict"],
        why,
        ", ".join(who) or "nobody: by rule",
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    body = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    if not body:
        return ["None."]
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *body]


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|") or "-"


def _line(text: str) -> str:
    return " ".join(text.split())
