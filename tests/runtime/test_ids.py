"""Ids sort in order of creation and say where."""

from __future__ import annotations

from uuid import UUID

from runtime import ids


def test_checkpoint_ids_sort_in_order_of_creation_as_text() -> None:
    """6.2"""
    made = [ids.checkpoint_id()]
    for _ in range(2000):
        made.append(ids.checkpoint_id(made[-1]))

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_checkpoint_id_sorts_after_its_parent_even_when_the_clock_is_behind() -> None:
    """6.2"""
    future = "ffff0000-0000-7fff-bfff-ffffffffffff"

    assert ids.checkpoint_id(future) > future


def test_checkpoint_ids_are_uuids() -> None:
    assert UUID(ids.checkpoint_id()).version == 7


def test_the_same_place_has_the_same_task_id() -> None:
    """B1: task ids depend only on where the task is."""
    here = ("c", "", 1, ("__pregel_pull", "a"))

    assert ids.task_id(*here) == ids.task_id(*here)


def test_every_other_place_has_another_task_id() -> None:
    places = [
        ("c", "", 1, ("__pregel_pull", "a")),
        ("d", "", 1, ("__pregel_pull", "a")),
        ("c", "n:1", 1, ("__pregel_pull", "a")),
        ("c", "", 2, ("__pregel_pull", "a")),
        ("c", "", 1, ("__pregel_pull", "b")),
        ("c", "", 1, ("__pregel_push", 0, False, "a")),
        ("c", "", 1, ("__pregel_push", 1, False, "a")),
    ]

    assert len({ids.task_id(*place) for place in places}) == len(places)


def test_interrupt_ids_have_32_hex_digits_and_tell_questions_apart() -> None:
    """8.5"""
    first, second = ids.interrupt_id("a:1", 0), ids.interrupt_id("a:1", 1)

    assert first != second
    assert ids.is_interrupt_id(first)


def test_what_is_no_interrupt_id() -> None:
    assert not any(map(ids.is_interrupt_id, ["", "g" * 32, "A" * 32, "0" * 31, 7, None]))
