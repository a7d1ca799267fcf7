"""What every saver does. A saver's test module subclasses this and gives the fixture `saver`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from runtime import Saver, Send
from runtime.errors import NotSerializable
from runtime.types import Checkpoint, Write

FIRST, SECOND, THIRD, FOURTH = (f"01-{n}" for n in "abcd")


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


def grown(identifier: str, parent: str, value: list[Any], kept: int) -> Checkpoint:
    """A checkpoint whose x begins with the first `kept` items of the parent's."""
    return checkpoint(identifier, parent, values={"x": value}, kept={"x": (parent, kept)})


def write(task: str, idx: int, value: Any, channel: str = "x") -> Write:
    return Write(task, ("__pregel_pull", "a"), idx, channel, value)


def ids(saver: Saver, thread: str = "t", ns: str = "", **options: Any) -> list[str]:
    return [each.checkpoint.id for each in saver.list(thread, ns, **options)]


def values(saver: Saver, identifier: str, thread: str = "t") -> Mapping[str, Any]:
    return saver.get(thread, "", identifier).checkpoint.values


class SaverConformance:
    """Threads are "t" and "other"."""

    def test_a_checkpoint_comes_back_as_it_was_put(self, saver: Saver) -> None:
        """6.2"""
        saver.put("t", checkpoint(FIRST))

        assert saver.get("t").checkpoint == checkpoint(FIRST)
        assert saver.get("t", "", FIRST).checkpoint == checkpoint(FIRST)

    def test_the_latest_is_the_greatest_id(self, saver: Saver) -> None:
        """6.2, 13.5"""
        saver.put("t", checkpoint(SECOND))
        saver.put("t", checkpoint(FIRST))

        assert saver.get("t").checkpoint.id == SECOND

    def test_what_is_not_there_is_none(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))

        assert saver.get("other") is None
        assert saver.get("t", "ns") is None
        assert saver.get("t", "", SECOND) is None

    def test_each_checkpoint_knows_its_parent(self, saver: Saver) -> None:
        """6.5"""
        for identifier, parent in [(FIRST, None), (SECOND, FIRST), (THIRD, FIRST)]:
            saver.put("t", checkpoint(identifier, parent))

        assert [each.checkpoint.parent_id for each in saver.list("t")] == [FIRST, FIRST, None]

    def test_an_unchanged_value_is_found_under_its_older_version(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))
        saver.put("t", checkpoint(SECOND, FIRST, values={"x": "ignored"}, versions={"x": FIRST}))

        assert saver.get("t").checkpoint.values == {"x": [1]}

    def test_stored_values_are_nobodys_objects(self, saver: Saver) -> None:
        """2.8"""
        held = {"x": [1]}
        saver.put("t", checkpoint(FIRST, values=held))
        held["x"].append(2)
        saver.get("t").checkpoint.values["x"].append(3)

        assert saver.get("t").checkpoint.values == {"x": [1]}

    def test_put_stores_writes_at_the_parent(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))
        saver.put("t", checkpoint(SECOND, FIRST), [write("1", 0, "w")])

        assert saver.get("t", "", FIRST).writes == (write("1", 0, "w"),)
        assert saver.get("t").writes == ()

    def test_ordinary_writes_are_kept_and_special_ones_replace(self, saver: Saver) -> None:
        """6.6"""
        saver.put("t", checkpoint(FIRST))
        saver.put_writes("t", "", FIRST, [write("1", 0, "old"), write("2", -1, "old", "__error__")])
        saver.put_writes("t", "", FIRST, [write("1", 0, "new"), write("2", -1, "new", "__error__")])

        assert [each.value for each in saver.get("t").writes] == ["old", "new"]

    def test_list_is_newest_first_with_filter_before_and_limit(self, saver: Saver) -> None:
        """6.6, 11.6"""
        for identifier, source in [(FIRST, "input"), (SECOND, "loop"), (THIRD, "loop")]:
            saver.put("t", checkpoint(identifier, metadata={"source": source}))

        assert ids(saver) == [THIRD, SECOND, FIRST]
        assert ids(saver, filter={"source": "input"}) == [FIRST]
        assert ids(saver, before=THIRD) == [SECOND, FIRST]
        assert ids(saver, limit=1) == [THIRD]
        assert ids(saver, limit=0) == []
        assert ids(saver, filter={"source": "loop"}, before=THIRD, limit=5) == [SECOND]

    def test_a_long_history_is_listed_whole(self, saver: Saver) -> None:
        made = [f"02-{n:04}" for n in range(205)]
        for identifier in made:
            saver.put("t", checkpoint(identifier, metadata={"even": identifier[-1] in "02468"}))

        assert ids(saver) == made[::-1]
        assert ids(saver, filter={"even": True}, limit=102) == made[::-1][::2][:102]

    def test_namespaces_are_apart(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))
        saver.put("t", checkpoint(SECOND, ns="a:1"))

        assert saver.get("t").checkpoint.id == FIRST
        assert ids(saver, ns="a:1") == [SECOND]

    def test_a_deleted_thread_is_gone(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))
        saver.put("t", checkpoint(SECOND, FIRST, ns="a:1"), [write("1", 0, "w")])
        saver.put("other", checkpoint(FIRST))
        saver.delete_thread("t")
        saver.delete_thread("t")

        assert saver.get("t") is None
        assert saver.get("t", "a:1") is None
        assert saver.get("other").checkpoint == checkpoint(FIRST)

    def test_a_value_that_cannot_be_stored_is_named_and_nothing_is_stored(
        self, saver: Saver
    ) -> None:
        """19.4"""
        saver.put("t", checkpoint(FIRST))
        with pytest.raises(NotSerializable, match=r"'x'.*object"):
            saver.put("t", checkpoint(SECOND, FIRST, values={"x": object()}), [write("1", 0, 1)])

        assert ids(saver) == [FIRST]
        assert saver.get("t").writes == ()

    # --- lists that grow ---

    def test_a_list_that_grew_reads_back_whole_at_every_checkpoint(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST, values={"x": ["a", {"b": 1}]}))
        saver.put("t", grown(SECOND, FIRST, ["a", {"b": 1}, "c"], 2))
        saver.put("t", grown(THIRD, SECOND, ["a", {"b": 1}, "d", "e"], 2))

        assert values(saver, FIRST) == {"x": ["a", {"b": 1}]}
        assert values(saver, SECOND) == {"x": ["a", {"b": 1}, "c"]}
        assert values(saver, THIRD) == {"x": ["a", {"b": 1}, "d", "e"]}

    def test_a_list_that_grew_long_reads_back_whole(self, saver: Saver) -> None:
        made = [f"01-{n:03}" for n in range(150)]
        saver.put("t", checkpoint(made[0], values={"x": [0]}))
        for n in range(1, 150):
            saver.put("t", grown(made[n], made[n - 1], list(range(n + 1)), n))

        assert values(saver, made[140]) == {"x": list(range(141))}
        found = [each.checkpoint.values["x"] for each in saver.list("t")]
        assert found == [list(range(n + 1)) for n in reversed(range(150))]
        found[0].append("mine alone")
        assert values(saver, made[149]) == {"x": list(range(150))}

    def test_forks_grow_apart(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))
        saver.put("t", grown(SECOND, FIRST, [1, 2], 1))
        saver.put("t", grown(THIRD, FIRST, [1, 3], 1))
        saver.put("t", grown(FOURTH, SECOND, [1, 2, 4], 2))

        found = [each.checkpoint.values["x"] for each in saver.list("t")]
        assert found == [[1, 2, 4], [1, 3], [1, 2], [1]]

    def test_a_list_longer_than_what_was_stored_is_stored_whole(self, saver: Saver) -> None:
        """Somebody appended to the old list in place: only the new value can be trusted."""
        saver.put("t", checkpoint(FIRST, values={"x": [1]}))
        saver.put("t", grown(SECOND, FIRST, [1, "sneaked in", 2], 2))

        assert values(saver, SECOND) == {"x": [1, "sneaked in", 2]}

    def test_a_version_that_was_never_stored_is_no_base(self, saver: Saver) -> None:
        saver.put("t", grown(SECOND, FIRST, [1, 2], 1))

        assert values(saver, SECOND) == {"x": [1, 2]}

    # --- copy and prune ---

    def test_a_copy_has_everything_and_goes_its_own_way(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))
        saver.put("t", grown(SECOND, FIRST, [1, 2], 1), [write("1", 0, "w")])
        saver.put("t", checkpoint(THIRD, ns="a:1"))
        saver.put_writes("t", "", SECOND, [write("2", -1, "e", "__error__"), write("3", 0, 1)])
        saver.copy_thread("t", "other")

        for ns in ("", "a:1"):
            assert list(saver.list("other", ns)) == list(saver.list("t", ns))
        saver.put("other", grown(FOURTH, SECOND, [1, 2, 3], 2))
        saver.delete_thread("t")
        assert values(saver, FOURTH, "other") == {"x": [1, 2, 3]}

    def test_a_thread_is_not_copied_over_another(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))
        saver.put("other", checkpoint(SECOND))

        with pytest.raises(ValueError, match="not empty"):
            saver.copy_thread("t", "other")
        assert ids(saver, "other") == [SECOND]

    def test_pruning_keeps_the_newest_of_each_namespace(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))
        saver.put("t", grown(SECOND, FIRST, [1, 2], 1), [write("1", 0, "w")])
        saver.put("t", grown(THIRD, SECOND, [1, 2, 3], 2))
        saver.put("t", checkpoint(FIRST, ns="a:1"))
        saver.put_writes("t", "", THIRD, [write("2", 0, "pending")])
        before = saver.get("t")
        saver.prune("t")

        assert list(saver.list("t")) == [before]
        assert ids(saver, ns="a:1") == [FIRST]
        assert saver.get("t", "", FIRST) is None

    def test_a_pruned_thread_goes_on(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))
        saver.put("t", grown(SECOND, FIRST, [1, 2], 1))
        saver.put("t", checkpoint(THIRD, SECOND, values={"x": 0}, versions={"x": SECOND}))
        saver.prune("t", keep=2)
        saver.put("t", grown(FOURTH, SECOND, [1, 2, 3], 2))

        assert ids(saver) == [FOURTH, THIRD, SECOND]
        assert [each.checkpoint.values["x"] for each in saver.list("t")] == [
            [1, 2, 3],
            [1, 2],
            [1, 2],
        ]

    def test_pruning_keeps_at_least_one(self, saver: Saver) -> None:
        saver.put("t", checkpoint(FIRST))

        with pytest.raises(ValueError, match="keep must be 1 or more"):
            saver.prune("t", keep=0)
        assert ids(saver) == [FIRST]
