"""What a distribution declares about its licence -> an SPDX expression, or a proposal. Pure.

Certain is only what is said plainly and contradicted nowhere; anything else is for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from reviews.demo import spdx
from reviews.demo.licence_names import (
    ALIASES,
    CLASSIFIERS,
    FAMILIES,
    FILE_NAME,
    PHRASES,
    UNINFORMATIVE,
    VERSIONED,
)

MAX_NAME_CHARS = 120  # a longer License field is a text, not a name


@dataclass(frozen=True, slots=True)
class Declared:
    """The licence parts of a distribution's metadata, as written there."""

    expression: str = ""  # License-Expression
    field: str = ""  # License
    classifiers: tuple[str, ...] = ()  # what follows "License ::"
    texts: tuple[str, ...] = ()  # the licence files


@dataclass(frozen=True, slots=True)
class Reading:
    """`expression` is "" unless certain; `proposal` is "" when there is nothing to go by."""

    expression: str
    proposal: str
    found: str  # where it was found, or why it is not certain; a phrase for people


@dataclass(frozen=True, slots=True)
class _Hint:
    """What one source says: ids it names, and names that fit several licences."""

    ids: frozenset[str] = frozenset()
    families: tuple[str, ...] = ()


def read(declared: Declared) -> Reading:
    """Weigh License-Expression, then the License field, the classifiers and the licence files."""
    if stated := spdx.valid(declared.expression):
        return Reading(stated, stated, "License-Expression")
    files = _of_texts(declared.texts)
    classified = _of_classifiers(declared.classifiers)
    field = declared.field.strip() or declared.expression.strip()
    if _is_text(field):
        files, field = _of_texts((field, *declared.texts)), ""
    elif plain(field) in UNINFORMATIVE or FILE_NAME.fullmatch(plain(field)):
        field = ""
    if field:
        return _from_field(field, classified, files)
    return _from_hints(classified, files)


def plain(name: str) -> str:
    """A licence name as the tables have it."""
    return " ".join(re.sub(r"[\"'(),]", " ", name).lower().split())


def named(name: str) -> str:
    """The expression for a free-text name such as "BSD 3-Clause OR Apache 2.0", "" if unclear."""
    if exact := spdx.valid(name) or ALIASES.get(plain(name), "") or spdx.valid(plain(name)):
        return exact
    parts = re.split(r"\s+(and|or)\s+", name.strip(), flags=re.IGNORECASE)
    if len(parts) == 1:
        return ""
    parts[::2] = [spdx.valid(part) or ALIASES.get(plain(part), "?") for part in parts[::2]]
    return spdx.valid(" ".join(parts))


def recognise(text: str) -> frozenset[str]:
    """The licences whose own words stand in this text; versioned GNU texts count as "-only"."""
    words = " ".join(text.lower().replace("`", "'").split())
    found = {licence for licence, marks in PHRASES.items() if any(m in words for m in marks)}
    found |= {licence for licence, mark in VERSIONED.items() if mark in words}
    if "permission is hereby granted, free of charge, to any person obtaining a copy" in words:
        kept = "permission notice shall be included in all copies" in words
        found.add("MIT" if kept else "MIT-0")
    if re.search(r"permission to use, copy, modify,? and(/or)? distribute this software", words):
        kept = "copyright notice and this permission notice appear" in words
        found.add("ISC" if kept else "0BSD")
    if "redistribution and use in source and binary forms" in words:
        found.add(_bsd(words))
    return frozenset(found)


def _bsd(words: str) -> str:
    if "all advertising materials mentioning" in words:
        return "BSD-4-Clause"
    third = re.search(r"neither the names? |may (not )?be used to endorse", words)
    return "BSD-3-Clause" if third else "BSD-2-Clause"


def _is_text(field: str) -> bool:
    return len(field) > MAX_NAME_CHARS or len(field.splitlines()) > 2


def _of_texts(texts: Iterable[str]) -> _Hint:
    return _Hint(frozenset().union(*map(recognise, texts)))


def _of_classifiers(classifiers: Iterable[str]) -> _Hint:
    names = [plain(one.split("::")[-1]) for one in classifiers]
    ids = {CLASSIFIERS[name] for name in names if name in CLASSIFIERS}
    return _Hint(frozenset(ids), tuple(name for name in names if name in FAMILIES))


def _from_field(field: str, classified: _Hint, files: _Hint) -> Reading:
    source = f'License: "{field}"'
    if expression := named(field):
        stated = spdx.ids(expression)
        if not _agree(stated, classified):
            return _unclear(stated, classified, files, f"{source}, but the classifiers differ")
        if files.ids and not files.ids & stated and not _same_gnu(files.ids, stated):
            return _unclear(stated, classified, files, f"{source}, but the licence file differs")
        return Reading(expression, expression, source)
    family = plain(field) if plain(field) in FAMILIES else ""
    hint = _Hint(classified.ids, tuple(filter(None, (family, *classified.families))))
    if family and not classified.ids and (settled := _settled(hint.families, files)):
        return Reading(settled, settled, f"{source} and the text of the licence file")
    both = "dual" in field.lower()
    unclear = _unclear(frozenset(), hint, files, f"{source}, which is no SPDX id", choice=both)
    return unclear if unclear.proposal else replace(unclear, proposal=_own_words(field))


def _own_words(field: str) -> str:
    """SPDX's way to name a licence that has no id; "" for what is no name but a sentence."""
    words = re.findall(r"[A-Za-z0-9.]+", field)
    named_elsewhere = {"see", "file", "http", "https"} & {word.lower() for word in words}
    return "" if named_elsewhere or len(words) > 5 else spdx.valid("LicenseRef-" + "-".join(words))


def _from_hints(classified: _Hint, files: _Hint) -> Reading:
    if classified.ids | files.ids == frozenset() and not classified.families:
        return Reading("", "", "nothing declared")
    if len(classified.ids) == 1 and not classified.families:
        (licence,) = classified.ids
        if files.ids and licence not in files.ids and not _same_gnu(files.ids, classified.ids):
            return _unclear(frozenset(), classified, files, "classifier and licence file differ")
        return Reading(licence, licence, "classifier")
    if not classified.ids and (settled := _settled(classified.families, files)):
        return Reading(settled, settled, "the text of the licence file")
    return _unclear(frozenset(), classified, files, "more than one licence, and no expression")


def _agree(stated: frozenset[str], classified: _Hint) -> bool:
    return classified.ids <= stated and all(
        any(_in_family(licence, family) for licence in stated) for family in classified.families
    )


def _settled(families: tuple[str, ...], files: _Hint) -> str:
    """The one licence that the files hold, if it fits every family that was named."""
    if len(files.ids) != 1 or files.ids & VERSIONED.keys():
        return ""
    (licence,) = files.ids
    return licence if all(_in_family(licence, family) for family in families) else ""


def _in_family(licence: str, family: str) -> bool:
    stem = FAMILIES[family].split("-")[0]
    return stem in licence.split("-")


def _same_gnu(files: frozenset[str], stated: frozenset[str]) -> bool:
    """A GNU text is the same for "-only" and "-or-later"."""
    stems = {licence.removesuffix("-or-later").removesuffix("-only") for licence in stated}
    return any(licence.removesuffix("-only") in stems for licence in files)


def _unclear(
    stated: frozenset[str], classified: _Hint, files: _Hint, why: str, *, choice: bool = False
) -> Reading:
    """A proposal of every licence named; joined by OR only where a choice was declared."""
    found = stated | classified.ids | files.ids
    for family in classified.families:
        if not any(_in_family(licence, family) for licence in found):
            found |= {FAMILIES[family]}
    return Reading("", (" OR " if choice else " AND ").join(sorted(found)), why)
