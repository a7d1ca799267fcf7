"""Requirement lines -> what is wanted. Pure; a bad line is an error that names its number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

MAX_LINES = 1000


class BadInput(ValueError):
    """The input of the review does not fit."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One requirement. `applies` is False when its marker excludes this machine."""

    line: int  # counted from 1
    name: str  # normalised
    text: str
    requirement: Requirement
    applies: bool


def parse(text: str) -> list[Wanted]:
    """Read requirement lines in order; raises BadInput naming the first line that does not fit."""
    lines = _joined(text)
    if len(lines) > MAX_LINES:
        raise BadInput(f"At most {MAX_LINES} requirements can be reviewed at once.")
    wanted = [_one(number, line) for number, line in lines]
    if not wanted:
        raise BadInput("There is no requirement in the text.")
    seen: dict[str, int] = {}
    for one in wanted:
        if one.applies and (before := seen.setdefault(one.name, one.line)) != one.line:
            raise BadInput(f"Line {one.line}: {one.name} is already on line {before}.")
    return wanted


def _joined(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers: backslashes joined, comments and blank lines left out."""
    found: list[tuple[int, str]] = []
    start, pending = 0, ""
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        start = start if pending else number
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        if whole := (pending + line).strip():
            found.append((start, whole))
        pending = ""
    return found


def _one(number: int, line: str) -> Wanted:
    if line.startswith("-"):
        raise BadInput(
            f"Line {number}: options such as {line.split()[0]} are not read here;"
            " list the packages themselves."
        )
    text = re.sub(r"\s+--hash=\S+", "", line)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"Line {number}: {text[:80]!r} is not a requirement: {reason}") from error
    applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    name = canonicalize_name(requirement.name)
    return Wanted(number, name, text, requirement, applies)
