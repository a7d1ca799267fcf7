"""Folders of installed distributions for tests, as an installer would leave them."""

from __future__ import annotations

from pathlib import Path

MIT_TEXT = """MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software.
The above copyright notice and this permission notice shall be included in all copies.
"""


def install(
    folder: Path,
    name: str,
    *headers: str,
    version: str = "1.0",
    licence_file: str = "",
) -> Path:
    """Write `name`-`version`.dist-info with these further METADATA headers; return its path."""
    place = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    place.mkdir(parents=True)
    lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *headers]
    if licence_file:
        lines.append("License-File: LICENSE")
        (place / "LICENSE").write_text(licence_file)
    (place / "METADATA").write_text("\n".join(lines) + "\n\nA long description.\n")
    return place
