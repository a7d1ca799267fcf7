"""The rules about SPDX expressions."""

from __future__ import annotations

import pytest

from reviews.demo import spdx
from reviews.demo.spdx import LicenceClass


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mit", "MIT"),
        (" apache-2.0  or mit ", "Apache-2.0 OR MIT"),
        ("licenseref-Acme", "LicenseRef-Acme"),
        ("gpl-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ],
)
def test_an_expression_is_put_in_its_normal_spelling(text: str, expected: str) -> None:
    assert spdx.canonical(text) == expected


@pytest.mark.parametrize("text", ["", "  ", "BSD", "MIT OR", "(MIT", "MIT Apache-2.0", "M" * 301])
def test_what_is_no_expression_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match=r"expression"):
        spdx.canonical(text)


def test_brackets_without_end_are_refused_and_not_a_crash() -> None:
    assert spdx.valid("(" * 299 + "M") == ""


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", LicenceClass.PERMISSIVE),
        ("Apache-2.0 WITH LLVM-exception", LicenceClass.PERMISSIVE),
        ("MPL-2.0", LicenceClass.WEAK_COPYLEFT),
        ("LGPL-3.0-or-later", LicenceClass.WEAK_COPYLEFT),
        ("LGPL-2.1+", LicenceClass.WEAK_COPYLEFT),
        ("GPL-3.0-only", LicenceClass.STRONG_COPYLEFT),
        ("AGPL-3.0-or-later", LicenceClass.STRONG_COPYLEFT),
        ("GPL-2.0-only WITH Classpath-exception-2.0", LicenceClass.WEAK_COPYLEFT),
        ("CC-BY-4.0", LicenceClass.UNKNOWN),
        ("LicenseRef-Proprietary", LicenceClass.UNKNOWN),
    ],
)
def test_each_licence_has_its_class(licence: str, expected: LicenceClass) -> None:
    assert spdx.classify(licence) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", set()),
        ("MIT AND PSF-2.0", set()),
        ("GPL-3.0-only OR MIT", set()),
        ("GPL-3.0-only OR LGPL-3.0-only", {"LGPL-3.0-only"}),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", {"MPL-2.0"}),
        ("(GPL-2.0-only OR MIT) AND (MPL-2.0 OR EPL-2.0 AND CDDL-1.0)", {"MPL-2.0"}),
        ("BSD-2-Clause AND CC-BY-4.0 AND CC0-1.0", {"CC-BY-4.0"}),
        ("MIT OR Apache-2.0 AND GPL-3.0-only", set()),
        (
            "GPL-2.0-only WITH Classpath-exception-2.0",
            {"GPL-2.0-only WITH Classpath-exception-2.0"},
        ),
    ],
)
def test_only_what_no_choice_avoids_needs_a_person(expression: str, expected: set[str]) -> None:
    assert spdx.blocking(expression) == expected


def test_an_allowed_licence_needs_nobody_with_or_without_an_exception_to_it() -> None:
    assert spdx.blocking("MPL-2.0 AND LGPL-3.0-only", {"MPL-2.0"}) == {"LGPL-3.0-only"}
    assert spdx.blocking("GPL-2.0-only WITH Classpath-exception-2.0", {"GPL-2.0-only"}) == set()
    assert spdx.blocking("GPL-2.0-only", {"GPL-2.0-only WITH Classpath-exception-2.0"}) == {
        "GPL-2.0-only"
    }


def test_ids_leave_operators_and_exceptions_out() -> None:
    expression = "MPL-2.0 AND (MIT OR GPL-2.0-only WITH Classpath-exception-2.0)"
    assert spdx.ids(expression) == {"MPL-2.0", "MIT", "GPL-2.0-only"}
