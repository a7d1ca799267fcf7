"""DjangoSaver does what every saver does. One is bound to one thread; this hands them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest

from reviews.engine.saver import DjangoSaver
from reviews.models import CheckpointBlob, Thread
from runtime.types import Checkpoint, Saved, Write
from tests.runtime.saver_conformance import SaverConformance, checkpoint, grown

pytestmark = pytest.mark.django_db


class ByName:
    """The savers of two threads of the site, named "t" and "other", as one."""

    def __init__(self) -> None:
        self.names = {name: str(uuid5(NAMESPACE_OID, name)) for name in ("t", "other")}
        self.savers = {
            name: DjangoSaver(Thread.objects.create(uuid=uuid)) for name, uuid in self.names.items()
        }

    def get(self, thread_id: str, ns: str = "", checkpoint_id: str | None = None) -> Saved | None:
        return self.savers[thread_id].get(self.names[thread_id], ns, checkpoint_id)

    def put(self, thread_id: str, checkpoint: Checkpoint, writes: Any = ()) -> None:
        self.savers[thread_id].put(self.names[thread_id], checkpoint, writes)

    def put_writes(self, thread_id: str, ns: str, checkpoint_id: str, writes: list[Write]) -> None:
        self.savers[thread_id].put_writes(self.names[thread_id], ns, checkpoint_id, writes)

    def list(self, thread_id: str, ns: str = "", **options: Any) -> Iterator[Saved]:
        return self.savers[thread_id].list(self.names[thread_id], ns, **options)

    def delete_thread(self, thread_id: str) -> None:
        self.savers[thread_id].delete_thread(self.names[thread_id])

    def copy_thread(self, source: str, target: str) -> None:
        self.savers[source].copy_thread(self.names[source], self.names[target])

    def prune(self, thread_id: str, *, keep: int = 1) -> None:
        self.savers[thread_id].prune(self.names[thread_id], keep=keep)


@pytest.fixture
def saver() -> ByName:
    return ByName()


class TestDjangoSaver(SaverConformance):
    pass


def test_a_saver_is_for_its_own_thread(saver: ByName) -> None:
    with pytest.raises(ValueError, match="this saver is for thread"):
        saver.savers["t"].get(saver.names["other"])


def test_a_list_that_grew_takes_a_few_bytes(saver: ByName) -> None:
    saver.put("t", checkpoint("01-000", values={"x": ["long" * 100]}))
    for n in range(1, 30):
        saver.put("t", grown(f"01-{n:03}", f"01-{n - 1:03}", ["long" * 100, *range(n)], n))

    assert sum(len(blob.data) for blob in CheckpointBlob.objects.all()) < 700


def test_a_superstep_reads_no_more_for_a_list_that_grew(
    saver: ByName, django_assert_num_queries: Any
) -> None:
    saver.put("t", checkpoint("01-000"))
    with django_assert_num_queries(6):
        saver.put("t", grown("01-001", "01-000", [1, 2], 1))
