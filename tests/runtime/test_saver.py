"""What every saver does, shown on InMemorySaver."""

from __future__ import annotations

from typing import Any

import pytest

from runtime import InMemorySaver, Send
from runtime.errors import NotSerializable
from runtime.types import Checkpoint, Write

FIRST, SECOND, THIRD = (f"01-{n}" for n in "abc")


def checkpoint(identifier: str, parent: str | None = None, **changes: Any) -> Checkpoint:
    fields: dict[str, Any] = {
        "id": identifier,
        "ns": "",
        "parent_id": parent,
        "step": 0,
        "source": "loop",
        "values": {"x": [1]},
        "versions": {"x": identifier},
        "next": ("a", Send("b", (1,))),
        "joins": {"join": ("a",)},
        "deferred": (),
        "created_at": "now",
        "metadata": {"source": "loop"},
    }
    return Checkpoint(**{**fields, **changes})


def write(task: str, idx: int, value: Any, channel: str = "x") -> Write:
    return Write(task, ("__pregel_pull", "a"), idx, channel, value)


def test_a_checkpoint_comes_back_as_it_was_put(saver: InMemorySaver) -> None:
    """6.2"""
    saver.put("t", checkpoint(FIRST))

    assert saver.get("t").checkpoint == checkpoint(FIRST)
    assert saver.get("t", "", FIRST).checkpoint == checkpoint(FIRST)


def test_the_latest_is_the_greatest_id(saver: InMemorySaver) -> None:
    """6.2, 13.5"""
    saver.put("t", checkpoint(SECOND))
    saver.put("t", checkpoint(FIRST))

    assert saver.get("t").checkpoint.id == SECOND


def test_what_is_not_there_is_none(saver: InMemorySaver) -> None:
    saver.put("t", checkpoint(FIRST))

    assert saver.get("other") is None
    assert saver.get("t", "ns") is None
    assert saver.get("t", "", SECOND) is None


def test_an_unchanged_value_is_found_under_its_older_version(saver: InMemorySaver) -> None:
    saver.put("t", checkpoint(FIRST))
    saver.put("t", checkpoint(SECOND, FIRST, values={"x": "ignored"}, versions={"x": FIRST}))

    assert saver.get("t").checkpoint.values == {"x": [1]}


def test_stored_values_are_nobodys_objects(saver: InMemorySaver) -> None:
    """2.8"""
    values = {"x": [1]}
    saver.put("t", checkpoint(FIRST, values=values))
    values["x"].append(2)
    saver.get("t").checkpoint.values["x"].append(3)

    assert saver.get("t").checkpoint.values == {"x": [1]}


def test_put_stores_writes_at_the_parent(saver: InMemorySaver) -> None:
    saver.put("t", checkpoint(FIRST))
    saver.put("t", checkpoint(SECOND, FIRST), [write("1", 0, "w")])

    assert saver.get("t", "", FIRST).writes == (write("1", 0, "w"),)
    assert saver.get("t").writes == ()


def test_ordinary_writes_are_kept_and_special_ones_replace(saver: InMemorySaver) -> None:
    """6.6"""
    saver.put("t", checkpoint(FIRST))
    saver.put_writes("t", "", FIRST, [write("1", 0, "old"), write("2", -1, "old", "__error__")])
    saver.put_writes("t", "", FIRST, [write("1", 0, "new"), write("2", -1, "new", "__error__")])

    assert [each.value for each in saver.get("t").writes] == ["old", "new"]


def test_list_is_newest_first_with_filter_before_and_limit(saver: InMemorySaver) -> None:
    """6.6, 11.6"""
    for identifier, source in [(FIRST, "input"), (SECOND, "loop"), (THIRD, "loop")]:
        saver.put("t", checkpoint(identifier, metadata={"source": source}))

    def found(**options: Any) -> list[str]:
        return [each.checkpoint.id for each in saver.list("t", **options)]

    assert found() == [THIRD, SECOND, FIRST]
    assert found(filter={"source": "input"}) == [FIRST]
    assert found(before=THIRD) == [SECOND, FIRST]
    assert found(limit=1) == [THIRD]
    assert found(limit=0) == []
    assert found(filter={"source": "loop"}, before=THIRD, limit=5) == [SECOND]


def test_namespaces_are_apart(saver: InMemorySaver) -> None:
    saver.put("t", checkpoint(FIRST))
    saver.put("t", checkpoint(SECOND, ns="a:1"))

    assert saver.get("t").checkpoint.id == FIRST
    assert [each.checkpoint.id for each in saver.list("t", "a:1")] == [SECOND]


def test_a_deleted_thread_is_gone(saver: InMemorySaver) -> None:
    saver.put("t", checkpoint(FIRST))
    saver.delete_thread("t")
    saver.delete_thread("never was")

    assert saver.get("t") is None


def test_a_value_that_cannot_be_stored_is_named_and_nothing_is_stored(saver) -> None:
    """19.4"""
    with pytest.raises(NotSerializable, match=r"'x'.*object"):
        saver.put("t", checkpoint(FIRST, values={"x": object()}))

    assert saver.get("t") is None
