"""What licences are called in the wild: names, classifiers and phrases -> SPDX ids. Only tables.

Keys are as `declared.plain` leaves a name: lower case, without quotes, commas and round brackets.
"""

from __future__ import annotations

import re

UNINFORMATIVE = {
    "", "unknown", "none", "noassertion", "license", "licence", "see license", "see license file",
    "other", "custom", "n/a",
}  # fmt: skip
FILE_NAME = re.compile(r"(licen[sc]e|copying)(\.(txt|md|rst))?")

ALIASES = {
    "apache": "Apache-2.0", "apache 2": "Apache-2.0", "apache 2.0": "Apache-2.0",
    "apache license": "Apache-2.0", "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0", "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0", "apache license 2": "Apache-2.0",
    "2-clause bsd": "BSD-2-Clause", "bsd 2-clause": "BSD-2-Clause",
    "bsd 2-clause license": "BSD-2-Clause", "simplified bsd": "BSD-2-Clause",
    "3-clause bsd": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause", "bsd 3-clause license": "BSD-3-Clause",
    "bsd 3 clause": "BSD-3-Clause", "modified bsd": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause", "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause", "expat": "MIT", "expat license": "MIT",
    "mit license": "MIT", "the mit license": "MIT", "mit licence": "MIT",
    "the mit license mit": "MIT", "isc license": "ISC", "mpl 2.0": "MPL-2.0",
    "mozilla public license 2.0": "MPL-2.0", "mozilla public license 2.0 mpl 2.0": "MPL-2.0",
    "psf": "PSF-2.0", "psf license": "PSF-2.0", "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0", "the unlicense": "Unlicense",
    "zlib license": "Zlib", "zpl 2.1": "ZPL-2.1",
    "gplv2": "GPL-2.0-only", "gplv2+": "GPL-2.0-or-later", "gplv3": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later", "gpl-2": "GPL-2.0-only", "gpl-3": "GPL-3.0-only",
    "gnu gplv3": "GPL-3.0-only", "gnu gplv2": "GPL-2.0-only",
    "lgplv2+": "LGPL-2.0-or-later", "lgplv3": "LGPL-3.0-only", "lgplv3+": "LGPL-3.0-or-later",
    "agplv3": "AGPL-3.0-only", "agplv3+": "AGPL-3.0-or-later",
}  # fmt: skip

# Names that fit several licences -> what to propose when nothing else tells which it is.
FAMILIES = {
    "bsd": "BSD-3-Clause", "bsd license": "BSD-3-Clause", "bsd-style": "BSD-3-Clause",
    "artistic license": "Artistic-1.0", "academic free license afl": "AFL-3.0",
    "gpl": "GPL-2.0-or-later", "gnu gpl": "GPL-2.0-or-later",
    "gnu general public license gpl": "GPL-2.0-or-later",
    "lgpl": "LGPL-2.1-or-later", "gnu lgpl": "LGPL-2.1-or-later",
    "gnu library or lesser general public license lgpl": "LGPL-2.1-or-later",
    "agpl": "AGPL-3.0-only", "public domain": "LicenseRef-Public-Domain",
}  # fmt: skip

CLASSIFIERS = {
    "apache software license": "Apache-2.0", "boost software license 1.0 bsl-1.0": "BSL-1.0",
    "cc0 1.0 universal cc0 1.0 public domain dedication": "CC0-1.0",
    "eclipse public license 2.0 epl-2.0": "EPL-2.0",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu affero general public license v3 or later agplv3+": "AGPL-3.0-or-later",
    "gnu general public license v2 gplv2": "GPL-2.0-only",
    "gnu general public license v2 or later gplv2+": "GPL-2.0-or-later",
    "gnu general public license v3 gplv3": "GPL-3.0-only",
    "gnu general public license v3 or later gplv3+": "GPL-3.0-or-later",
    "gnu lesser general public license v2 lgplv2": "LGPL-2.0-only",
    "gnu lesser general public license v2 or later lgplv2+": "LGPL-2.0-or-later",
    "gnu lesser general public license v3 lgplv3": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later lgplv3+": "LGPL-3.0-or-later",
    "historical permission notice and disclaimer hpnd": "HPND",
    "isc license iscl": "ISC", "mit license": "MIT", "mit no attribution license mit-0": "MIT-0",
    "mozilla public license 1.1 mpl 1.1": "MPL-1.1",
    "mozilla public license 2.0 mpl 2.0": "MPL-2.0",
    "other/proprietary license": "LicenseRef-Proprietary",
    "python software foundation license": "PSF-2.0", "the unlicense unlicense": "Unlicense",
    "zlib/libpng license": "Zlib", "zope public license": "ZPL-2.1",
}  # fmt: skip

# Phrases (lower case, single spaces) that only this licence's text or notice has.
PHRASES = {
    "Apache-2.0": (
        "apache license version 2.0, january 2004",
        "licensed under the apache license, version 2.0",
    ),
    "MPL-2.0": (
        "mozilla public license version 2.0 =",
        "mozilla public license version 2.0 1. definitions",
        "terms of the mozilla public license, v. 2.0",
    ),
    "Unlicense": ("this is free and unencumbered software released into the public domain",),
    "PSF-2.0": ("psf license agreement for python", "python software foundation license version 2"),
    "ZPL-2.1": ("zope public license (zpl) version 2.1",),
    "Zlib": ("this software is provided 'as-is', without any express or implied warranty",),
}
# Texts that do not say "only" or "or later": good for a proposal, never for a rule.
VERSIONED = {
    "GPL-2.0-only": "gnu general public license version 2, june 1991",
    "GPL-3.0-only": "gnu general public license version 3, 29 june 2007",
    "LGPL-2.1-only": "gnu lesser general public license version 2.1, february 1999",
    "LGPL-3.0-only": "gnu lesser general public license version 3, 29 june 2007",
    "AGPL-3.0-only": "gnu affero general public license version 3, 19 november 2007",
}
