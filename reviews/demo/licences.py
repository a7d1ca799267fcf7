"""The verdict on one distribution: allowed by rule, or which question a person gets. Pure.

A finding is a plain dict that travels through the graph. `ask` names the open question: "use"
(may we use it?), "correct" (is this the right expression?), "enter" (what is it?), "" for none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypedDict

from reviews.demo import spdx
from reviews.demo.declared import Reading
from reviews.demo.spdx import LicenceClass

Ask = Literal["", "use", "correct", "enter"]
NOASSERTION = "NOASSERTION"  # SPDX's word for a licence that nobody could tell
CLASS_NAMES = {
    LicenceClass.PERMISSIVE: "permissive",
    LicenceClass.WEAK_COPYLEFT: "weak copyleft: changes to the package must be published",
    LicenceClass.STRONG_COPYLEFT: "strong copyleft: may reach all that is built with it",
    LicenceClass.UNKNOWN: "known to no rule",
}


class Policy(TypedDict):
    """What is settled already. `exceptions`: package -> the expressions excepted for it."""

    allowed: list[str]
    exceptions: dict[str, list[str]]


class Finding(TypedDict):
    """One distribution under review; `months` is how long an approval shall last."""

    package: str
    version: str
    expression: str  # canonical, "" as long as it is not known
    proposal: str
    found: str  # where the licence was found
    why: str  # why a person is asked, or by which rule none is
    excerpt: str
    ask: Ask
    verdict: Literal["", "allowed", "approved", "rejected", "skipped"]
    reason: str  # of the person who decided
    months: int


def finding(package: str, version: str, reading: Reading, *, excerpt: str = "") -> Finding:
    """The finding before any rule was applied."""
    return {
        "package": package,
        "version": version,
        "expression": reading.expression,
        "proposal": reading.proposal,
        "found": reading.found,
        "why": "",
        "excerpt": excerpt,
        "ask": "",
        "verdict": "",
        "reason": "",
        "months": 0,
    }


def judge(found: Finding, policy: Policy) -> Finding:
    """Apply the rules: the finding either gets the verdict "allowed" or a question in `ask`."""
    expression = found["expression"]
    if (expression or NOASSERTION) in policy["exceptions"].get(found["package"], ()):
        return _allowed(found, "an exception is on record")
    if not expression:
        ask: Ask = "correct" if found["proposal"] else "enter"
        return {**found, "ask": ask, "why": found["found"]}
    if not spdx.blocking(expression):
        return _allowed(found, "permissive licence")
    blocking = spdx.blocking(expression, policy["allowed"])
    if not blocking:
        return _allowed(found, "on the allow-list")
    names = ", ".join(sorted(blocking))
    return {**found, "ask": "use", "why": f"{names} is {CLASS_NAMES[spdx.worst(blocking)]}"}


def with_expression(found: Finding, expression: str, policy: Policy) -> Finding:
    """The finding once a person has said what the licence is; it may need approval now."""
    source = f"entered by a person ({found['found']})"
    return judge({**found, "expression": expression, "found": source, "ask": ""}, policy)


def _allowed(found: Finding, rule: str) -> Finding:
    return {**found, "verdict": "allowed", "ask": "", "why": rule}


def care(found: Finding) -> LicenceClass:
    """The class of what makes a person look; UNKNOWN when the licence is not known."""
    if not found["expression"]:
        return LicenceClass.UNKNOWN
    return spdx.worst(spdx.blocking(found["expression"]))


def often_approved(findings: Iterable[Finding]) -> list[str]:
    """Licence ids that two or more packages were approved for and none was rejected for."""
    approved: Counter[str] = Counter()
    rejected: set[str] = set()
    for found in findings:
        licences = spdx.blocking(found["expression"]) if found["expression"] else frozenset()
        if found["verdict"] == "approved":
            approved.update(licences)
        elif found["verdict"] == "rejected":
            rejected |= licences
    return sorted(one for one, count in approved.items() if count > 1 and one not in rejected)
