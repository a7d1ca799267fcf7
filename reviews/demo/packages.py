"""The distributions under review and their metadata: the only file of the demo that reads disks."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path, PurePosixPath
from typing import Any, TypedDict

from packaging.utils import canonicalize_name

from reviews.demo import requirements
from reviews.demo.declared import Declared
from reviews.demo.requirements import BadInput, Wanted

SOURCES = ("environment", "requirements", "path")
MAX_NAME = 100  # characters; what is longer is no name and no version
MAX_TEXT_CHARS = 100_000  # of one licence file
USUAL_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENSE.rst", "LICENCE", "COPYING")


class Listed(TypedDict):
    """One distribution to look at. `folder` is None for the running environment."""

    package: str
    version: str
    folder: str | None
    missing: str  # why there is no metadata to read; "" when there is
    skipped: str  # why it does not count here; "" when it does


def listed(source: str, text: str) -> list[Listed]:
    """Every distribution of the source, by name; raises BadInput with a reason for people."""
    if source == "environment":
        return _installed(distributions(), folder=None)
    if source == "path":
        return _in_folder(text.strip())
    if source == "requirements":
        return [_wanted(one) for one in requirements.parse(text)]
    raise BadInput(f"source: {source!r} is not one of {', '.join(SOURCES)}.")


def declared(item: Listed) -> Declared:
    """What the distribution declares; empty when its metadata is missing."""
    if item["missing"] or (found := _find(item["package"], item["folder"])) is None:
        return Declared()
    metadata = _metadata(found)
    classifiers = metadata.get_all("Classifier", [])
    return Declared(
        expression=_text(metadata, "License-Expression"),
        field=_text(metadata, "License"),
        classifiers=tuple(
            line.split("::", 1)[1].strip() for line in classifiers if line.startswith("License ::")
        ),
        texts=tuple(_texts(found, metadata.get_all("License-File", []))),
    )


def _in_folder(text: str) -> list[Listed]:
    if not text:
        raise BadInput("text: name the folder to look at, such as /srv/app/site-packages.")
    folder = Path(text).expanduser()
    if "\0" in text or not folder.is_dir():
        raise BadInput(f"text: there is no folder {text[:200]!r} on this server.")
    found = _installed(distributions(path=[str(folder)]), folder=str(folder))
    if not found:
        raise BadInput(f"text: no installed distribution was found in {text[:200]!r}.")
    return found


def _installed(found: Iterable[Distribution], *, folder: str | None) -> list[Listed]:
    """The first of each name, as an import would find it; what has no name is listed too."""
    rows: dict[str, Listed] = {}
    for one in found:
        metadata = _metadata(one)
        name = _text(metadata, "Name")
        row: Listed = {
            "package": (canonicalize_name(name) if name else f"unnamed ({_place(one)})")[:MAX_NAME],
            "version": _text(metadata, "Version")[:MAX_NAME],
            "folder": folder,
            "missing": "" if name else "its metadata is missing or has no name",
            "skipped": "",
        }
        rows.setdefault(row["package"], row)
    return [rows[name] for name in sorted(rows)]


def _wanted(wanted: Wanted) -> Listed:
    found = _find(wanted.name, None)
    version = _text(_metadata(found), "Version") if found else ""
    missing = "" if found else "not installed: licence unknown"
    specifier = wanted.requirement.specifier
    if found and not specifier.contains(version, prereleases=True):
        missing = f"{specifier} is not installed ({version} is): licence unknown"
        version = str(specifier)
    return {
        "package": wanted.name,
        "version": version or str(specifier),
        "folder": None,
        "missing": missing,
        "skipped": "" if wanted.applies else "its marker excludes this machine",
    }


def _find(name: str, folder: str | None) -> Distribution | None:
    if folder is not None:
        return next(iter(distributions(name=name, path=[folder])), None)
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _metadata(found: Distribution) -> Message:
    try:
        # Typed as always there, but None (or empty) when the METADATA file is missing.
        metadata: Any = found.metadata
    except UnicodeDecodeError:
        return Message()
    return metadata or Message()


def _text(metadata: Message, key: str) -> str:
    value = str(metadata.get(key) or "").replace("\0", "").strip()
    return "" if value.upper() == "UNKNOWN" else value


def _place(found: Distribution) -> str:
    return Path(str(getattr(found, "_path", "no place"))).name


def _texts(found: Distribution, names: Iterable[str]) -> Iterable[str]:
    for name in names or USUAL_FILES:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            continue
        if text := _read(found, f"licenses/{name}") or _read(found, name):
            yield text[:MAX_TEXT_CHARS]


def _read(found: Distribution, name: str) -> str:
    try:
        return (found.read_text(name) or "").replace("\0", "")
    except ValueError:  # not UTF-8, or no file name at all
        return ""
