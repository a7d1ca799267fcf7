"""SPDX expressions: is one valid, and which of its licences need a person. Pure.

"A OR B" needs no more than the easier of the two, "A AND B" needs both. A licence that is in no
table counts as unknown, which is the strictest class.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import IntEnum

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

MAX_EXPRESSION_CHARS = 300


class LicenceClass(IntEnum):
    """Ordered: a higher class asks for more care."""

    PERMISSIVE = 0
    WEAK_COPYLEFT = 1  # changes to the package itself must be published
    STRONG_COPYLEFT = 2  # may reach the whole work that uses the package
    UNKNOWN = 3


PERMISSIVE = frozenset({
    "0BSD", "Apache-1.1", "Apache-2.0", "BlueOak-1.0.0", "BSD-1-Clause", "BSD-2-Clause",
    "BSD-2-Clause-Patent", "BSD-2-Clause-Views", "BSD-3-Clause", "BSD-3-Clause-LBNL", "BSL-1.0",
    "CC0-1.0", "CNRI-Python", "curl", "HPND", "ISC", "libpng-2.0", "MIT", "MIT-0", "MIT-CMU",
    "MulanPSL-2.0", "NCSA", "PostgreSQL", "PSF-2.0", "Python-2.0", "Python-2.0.1", "TCL",
    "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "W3C", "WTFPL", "X11", "Zlib", "ZPL-2.0",
    "ZPL-2.1",
})  # fmt: skip
WEAK = ("CDDL-", "CPL-", "EPL-", "IPL-", "LGPL-", "MPL-", "MS-RL")
STRONG = ("AGPL-", "CC-BY-SA-", "CECILL-", "EUPL-", "GPL-", "OSL-", "QPL-", "Sleepycat", "SSPL-")

Blocking = frozenset[str]
_TOKEN = re.compile(r"\(|\)|[^\s()]+")


def canonical(text: str) -> str:
    """The expression in its normal spelling; raises ValueError with a reason for people."""
    text = " ".join(text.split())
    if not text:
        raise ValueError("An SPDX expression is needed, such as MIT or Apache-2.0 OR MIT.")
    if len(text) > MAX_EXPRESSION_CHARS:
        raise ValueError(f"An expression has at most {MAX_EXPRESSION_CHARS} characters.")
    try:
        return str(canonicalize_license_expression(text))
    except InvalidLicenseExpression as error:
        raise ValueError(f"This is not an SPDX expression. {error}.") from error


def valid(text: str) -> str:
    """Like `canonical`, but "" instead of an error."""
    try:
        return canonical(text)
    except ValueError:
        return ""


def ids(expression: str) -> frozenset[str]:
    """The licence ids in a canonical expression, exceptions left out."""
    tokens = _TOKEN.findall(expression)
    words = {"(", ")", "AND", "OR", "WITH"}
    return frozenset(
        token
        for before, token in zip(["", *tokens], tokens, strict=False)
        if token not in words and before != "WITH"
    )


def classify(licence: str) -> LicenceClass:
    """The class of one licence id, with or without "+" or "WITH exception"."""
    base, _, exception = licence.partition(" WITH ")
    base = base.removesuffix("+")
    if base in PERMISSIVE:
        return LicenceClass.PERMISSIVE
    if base.startswith(WEAK):
        return LicenceClass.WEAK_COPYLEFT
    if base.startswith(STRONG):
        return LicenceClass.WEAK_COPYLEFT if exception else LicenceClass.STRONG_COPYLEFT
    return LicenceClass.UNKNOWN


def worst(licences: Collection[str]) -> LicenceClass:
    """The strictest class among them; PERMISSIVE for none."""
    return max(map(classify, licences), default=LicenceClass.PERMISSIVE)


def blocking(expression: str, allowed: Collection[str] = ()) -> Blocking:
    """The licences of a canonical expression that need a person; empty: none does."""
    return _Reader(_TOKEN.findall(expression), allowed).alternatives()


class _Reader:
    """Recursive descent over OR, then AND, then one licence; brackets start over at OR."""

    def __init__(self, tokens: list[str], allowed: Collection[str]) -> None:
        self.tokens = tokens
        self.allowed = allowed

    def alternatives(self) -> Blocking:
        found = [self.together()]
        while self.take("OR"):
            found.append(self.together())
        return min(found, key=lambda one: (worst(one), len(one), sorted(one)))

    def together(self) -> Blocking:
        found = self.one()
        while self.take("AND"):
            found |= self.one()
        return found

    def one(self) -> Blocking:
        if self.take("("):
            inner = self.alternatives()
            self.take(")")
            return inner
        licence = base = self.tokens.pop(0)
        if self.take("WITH"):
            licence = f"{base} WITH {self.tokens.pop(0)}"
        fine = {base, licence} & set(self.allowed) or not classify(licence)
        return frozenset() if fine else frozenset({licence})

    def take(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            del self.tokens[0]
            return True
        return False
