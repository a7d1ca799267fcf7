"""Reading installed distributions, however odd their metadata is."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from reviews.demo import packages
from reviews.demo.declared import Declared, read
from reviews.demo.requirements import BadInput
from tests.reviews.demo.distributions import MIT_TEXT, install


def test_the_running_environment_lists_each_name_once_and_by_name() -> None:
    names = [item["package"] for item in packages.listed("environment", "")]

    assert "django" in names
    assert names == sorted(set(names))


def test_every_distribution_of_the_running_environment_can_be_read() -> None:
    listed = packages.listed("environment", "")
    certain = [item for item in listed if read(packages.declared(item)).expression]

    assert len(certain) > len(listed) * 0.8


def test_a_folder_is_read_with_fields_classifiers_and_licence_file(tmp_path: Path) -> None:
    headers = ("License: BSD", "Classifier: License :: OSI Approved :: BSD License")
    install(tmp_path, "Some.Thing", *headers, licence_file=MIT_TEXT)

    (item,) = packages.listed("path", str(tmp_path))

    assert item["package"] == "some-thing"
    assert packages.declared(item) == Declared(
        field="BSD", classifiers=("OSI Approved :: BSD License",), texts=(MIT_TEXT,)
    )


def test_missing_and_unreadable_metadata_is_listed_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "bare-1.0.dist-info").mkdir()
    broken = install(tmp_path, "broken")
    (broken / "METADATA").write_bytes(b"Name: br\xff\n")

    listed = packages.listed("path", str(tmp_path))

    assert [item["package"] for item in listed] == [
        "unnamed (bare-1.0.dist-info)",
        "unnamed (broken-1.0.dist-info)",
    ]
    assert all(packages.declared(item) == Declared() for item in listed)


def test_unknown_means_nothing_declared(tmp_path: Path) -> None:
    install(tmp_path, "old", "License: UNKNOWN")

    (item,) = packages.listed("path", str(tmp_path))

    assert packages.declared(item).field == ""


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "a\0b", "gone"])
def test_a_licence_file_outside_the_distribution_is_never_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("a secret")
    place = tmp_path / "site"
    install(place, "odd", f"License-File: {name}")

    (item,) = packages.listed("path", str(place))

    assert packages.declared(item).texts == ()


def test_a_licence_file_that_is_not_utf8_is_passed_over(tmp_path: Path) -> None:
    place = install(tmp_path, "latin", licence_file="x")
    (place / "LICENSE").write_bytes(b"caf\xe9")

    (item,) = packages.listed("path", str(tmp_path))

    assert packages.declared(item).texts == ()


def test_requirements_say_what_is_not_installed() -> None:
    text = "Django>=1\nno-such-package-here>=3\nDjango-csp>=9999\nsix; python_version<'3'\n"

    listed = packages.listed("requirements", text)

    assert [item["missing"] for item in listed] == [
        "",
        "not installed: licence unknown",
        f">=9999 is not installed ({version('django-csp')} is): licence unknown",
        listed[3]["missing"],
    ]
    assert [bool(item["skipped"]) for item in listed] == [False, False, False, True]
    assert listed[0]["version"] == version("django")


@pytest.mark.parametrize(
    ("source", "text", "reason"),
    [
        ("path", "", "name the folder"),
        ("path", "/no/such/folder", "there is no folder"),
        ("path", "a\0b", "there is no folder"),
        ("internet", "", "source: 'internet' is not one of"),
    ],
)
def test_bad_input_is_refused_with_a_reason(source: str, text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        packages.listed(source, text)


def test_a_folder_without_distributions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no installed distribution"):
        packages.listed("path", str(tmp_path))


def test_a_name_without_end_and_nul_characters_do_no_harm(tmp_path: Path) -> None:
    place = install(tmp_path, "odd", "License: MI\0T")
    (tmp_path / "long-1.0.dist-info").mkdir()
    (tmp_path / "long-1.0.dist-info" / "METADATA").write_text(f"Name: {'x' * 5000}\n")

    odd, long = sorted(packages.listed("path", str(tmp_path)), key=lambda one: one["package"])

    assert packages.declared(odd).field == "MIT", place
    assert len(long["package"]) == 100
    assert packages.declared(long) == Declared()
