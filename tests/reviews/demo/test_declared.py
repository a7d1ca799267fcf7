"""What real metadata declares, and what may be concluded from it."""

from __future__ import annotations

import pytest

from reviews.demo.declared import Declared, named, read, recognise
from tests.reviews.demo.distributions import MIT_TEXT

BSD2_TEXT = "Redistribution and use in source and binary forms, with or without modification..."
BSD3_TEXT = f"{BSD2_TEXT} Neither the name of the owner nor the names of its contributors..."
APACHE_NOTICE = 'Licensed under the Apache License, Version 2.0 (the "License"); you may not...'
GPL3_TEXT = "GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007\n"
OSI = "OSI Approved :: "


@pytest.mark.parametrize(
    ("declared", "expression"),
    [
        (Declared(expression="mit or apache-2.0"), "MIT OR Apache-2.0"),
        (Declared(field="BSD-3-Clause"), "BSD-3-Clause"),
        (Declared(field="Apache License, Version 2.0"), "Apache-2.0"),
        (Declared(field="Apache 2.0"), "Apache-2.0"),
        (Declared(field="BSD 3-Clause OR Apache-2.0"), "BSD-3-Clause OR Apache-2.0"),
        (Declared(field="New BSD", classifiers=(OSI + "BSD License",)), "BSD-3-Clause"),
        (Declared(field='"MIT"'), "MIT"),
        (Declared(field="GPLv3+"), "GPL-3.0-or-later"),
        (Declared(classifiers=("OSI Approved", OSI + "MIT License")), "MIT"),
        (Declared(field="UNKNOWN", classifiers=(OSI + "MIT License",)), "MIT"),
        (Declared(field="LICENSE.txt", classifiers=(OSI + "MIT License",)), "MIT"),
        (Declared(field=MIT_TEXT, classifiers=(OSI + "MIT License",)), "MIT"),
        (Declared(field=MIT_TEXT), "MIT"),
        (Declared(field="BSD", texts=(BSD3_TEXT,)), "BSD-3-Clause"),
        (
            Declared(classifiers=(OSI + "BSD License",), texts=("A. Uthor", BSD2_TEXT)),
            "BSD-2-Clause",
        ),
        (Declared(texts=(MIT_TEXT,)), "MIT"),
        (Declared(field="GPL-3.0-or-later", texts=(GPL3_TEXT,)), "GPL-3.0-or-later"),
        (
            Declared(
                field="MIT OR Apache-2.0",
                classifiers=(OSI + "MIT License", OSI + "Apache Software License"),
            ),
            "MIT OR Apache-2.0",
        ),
        (
            Declared(
                field="BSD-2-Clause AND CC-BY-4.0 AND CC0-1.0", classifiers=(OSI + "BSD License",)
            ),
            "BSD-2-Clause AND CC-BY-4.0 AND CC0-1.0",
        ),
    ],
)
def test_what_is_said_plainly_is_certain(declared: Declared, expression: str) -> None:
    assert read(declared).expression == expression


@pytest.mark.parametrize(
    ("declared", "proposal"),
    [
        # python-dateutil
        (
            Declared(
                field="Dual License",
                classifiers=(OSI + "BSD License", OSI + "Apache Software License"),
                texts=(APACHE_NOTICE + BSD3_TEXT,),
            ),
            "Apache-2.0 OR BSD-3-Clause",
        ),
        # text-unidecode
        (
            Declared(
                field="Artistic License",
                classifiers=(
                    OSI + "Artistic License",
                    OSI + "GNU General Public License (GPL)",
                    OSI + "GNU General Public License v2 or later (GPLv2+)",
                ),
            ),
            "Artistic-1.0 AND GPL-2.0-or-later",
        ),
        (Declared(field="BSD"), "BSD-3-Clause"),
        (Declared(field="BSD", texts=(MIT_TEXT,)), "BSD-3-Clause AND MIT"),
        (Declared(field="Acme Terms 2"), "LicenseRef-Acme-Terms-2"),
        (
            Declared(field="MIT", classifiers=(OSI + "Apache Software License",)),
            "Apache-2.0 AND MIT",
        ),
        (Declared(field="MIT", classifiers=(OSI + "BSD License",)), "BSD-3-Clause AND MIT"),
        (Declared(field="MIT", texts=(BSD3_TEXT,)), "BSD-3-Clause AND MIT"),
        (Declared(classifiers=(OSI + "MIT License",), texts=(BSD3_TEXT,)), "BSD-3-Clause AND MIT"),
        (
            Declared(classifiers=(OSI + "MIT License", OSI + "ISC License (ISCL)")),
            "ISC AND MIT",
        ),
        (Declared(texts=(MIT_TEXT, BSD2_TEXT)), "BSD-2-Clause AND MIT"),
        (Declared(texts=(GPL3_TEXT,)), "GPL-3.0-only"),
        (Declared(expression="BSD", texts=(MIT_TEXT,)), "BSD-3-Clause AND MIT"),
    ],
)
def test_what_is_unclear_gets_a_proposal_only(declared: Declared, proposal: str) -> None:
    reading = read(declared)

    assert (reading.expression, reading.proposal) == ("", proposal)


@pytest.mark.parametrize(
    "declared",
    [
        Declared(),
        Declared(field="UNKNOWN"),
        Declared(field="See the LICENSE file"),
        Declared(classifiers=("OSI Approved",)),
        Declared(texts=("All rights reserved.",)),
    ],
)
def test_nothing_to_go_by_gives_no_proposal(declared: Declared) -> None:
    reading = read(declared)

    assert (reading.expression, reading.proposal) == ("", "")


def test_a_name_that_fits_several_licences_names_none() -> None:
    assert [named("BSD"), named("GPL"), named("MIT or whatever")] == ["", "", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIT_TEXT, {"MIT"}),
        (BSD2_TEXT, {"BSD-2-Clause"}),
        (BSD3_TEXT, {"BSD-3-Clause"}),
        (GPL3_TEXT, {"GPL-3.0-only"}),
        (APACHE_NOTICE, {"Apache-2.0"}),
        ("Permission to use, copy, modify, and distribute this software is granted", {"0BSD"}),
        ("Nothing in here.", set()),
    ],
)
def test_a_licence_is_recognised_by_its_own_words(text: str, expected: set[str]) -> None:
    assert recognise(text) == expected
