"""How a changed list is stored against the one before it, so that storage grows with what changed.

A row holds "the first `start` items of `base`, and then these". Rows fold into chunks: a list of
n items is read from about n/64 + 64 rows, and every item is written about twice. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from operator import is_
from typing import Any, NamedTuple

from runtime.channels import Channel, Reduced, overwritten
from runtime.serde import loads
from runtime.types import NO_MAPPING, Checkpoint

CHUNK = 64  # items, and rows, that gather before they are folded
_SPARE_CHUNKS = 16
_IMMUTABLE = (str, int, float, bytes, type(None))

Key = tuple[str, str]


class Place(NamedTuple):
    """Where a stored list stands.

    Its first `solid` items are those of `anchor`, the last chunk (or itself); `links` rows
    follow the anchor, which is read from `chunks` rows.
    """

    start: int
    size: int
    anchor: str
    solid: int
    links: int
    chunks: int


class Plan(NamedTuple):
    """What to store for a value: all of it (`base` None), or what comes after `base`."""

    base: str | None
    place: Place | None
    value: Any


class Row(NamedTuple):
    """As savers keep it: `place` and `data` are text."""

    base: str | None
    place: str | None
    data: str


def grown(
    channels: Mapping[str, Channel],
    old: Checkpoint,
    changed: Mapping[str, Any],
    *,
    batches: Iterable[Sequence[tuple[str, Any]]],
    dirty: Iterable[str],
) -> Mapping[str, tuple[str, int]]:
    """`Checkpoint.kept` of the child of `old`: which of the changed lists grew, and from what.

    Only reducers that append are looked at: elsewhere an author may have changed the old list in
    place and returned it. What is `dirty` in `old` differs from what its version stores.
    """
    lists = {
        name: value
        for name, value in changed.items()
        if type(value) is list and old.values.get(name) and name in old.versions
        if isinstance(channel := channels[name], Reduced) and channel.appends
    }
    for name in dirty:
        lists.pop(name, None)
    if not lists:
        return NO_MAPPING
    written: dict[str, list[Any]] = {name: [] for name in lists}
    for pairs in batches:
        for name, write in pairs:
            if name in written:
                written[name].append(write)
    return {
        name: (old.versions[name], kept_items(old.values[name], value, written[name]))
        for name, value in lists.items()
    }


def kept_items(old: Any, new: list[Any], writes: Sequence[Any]) -> int:
    """How many items at the start of `new` are the very items of `old`, and not written again.

    An object written again may have been changed in place, so it counts as new.
    """
    if type(old) is not list or any(overwritten(write)[0] for write in writes):
        return 0
    count = len(old)
    if len(new) < count or not all(map(is_, old, new)):
        pairs = enumerate(zip(old, new, strict=False))
        count = next((at for at, (a, b) in pairs if a is not b), min(len(old), len(new)))
    written = [item for write in writes for item in _items(write)]
    if len(new) == len(old) + len(written):
        return count  # each was appended
    again = {id(item) for item in written if not isinstance(item, _IMMUTABLE)}
    if again and not again.isdisjoint(map(id, islice(new, count))):
        count = next(at for at, item in enumerate(new) if id(item) in again)
    return count


def plan(
    version: str, value: Any, *, kept: tuple[str, int] | None = None, before: Place | None = None
) -> Plan:
    """How to store `value`. `kept` is (older version, leading items kept of it), `before` its
    place; None if there is none, or it is not a list."""
    if type(value) is not list:
        return Plan(None, None, value)
    size = len(value)
    whole = Plan(None, Place(0, size, version, size, 0, 1), value)
    if kept is None or before is None:
        return whole
    base, count = kept
    solid = min(before.solid, count)
    # More kept than was stored: the list was changed in place, outside of any update.
    if solid == 0 or count > before.size:
        return whole
    if size - solid < CHUNK and before.links + 1 < CHUNK:
        place = Place(count, size, before.anchor, solid, before.links + 1, before.chunks)
        return Plan(base, place, value[count:])
    if before.chunks >= _SPARE_CHUNKS + 2 * size // CHUNK:
        return whole
    place = Place(solid, size, version, size, 0, before.chunks + 1)
    return Plan(before.anchor, place, value[solid:])


class Unfolding:
    """Reads values back from rows. One of these may serve a whole listing: what it gives may
    share items with what it gave before, so nobody may change them."""

    def __init__(self) -> None:
        self._chunks: dict[str, tuple[str, list[Any]]] = {}

    def read(self, rows: Mapping[Key, Row], channel: str, version: str) -> Any:
        """The value of a channel. `rows` must hold its row, and all that those are based on."""
        row = rows[channel, version]
        if row.place is None:
            return loads(row.data)
        anchor = read_place(row.place).anchor
        name, value = self._chunks.get(channel, ("", []))
        if name != anchor:
            value = _joined(rows, channel, (anchor, ""))
            self._chunks[channel] = anchor, value
        return [*value] if version == anchor else _joined(rows, channel, (version, anchor), value)


def unfold(rows: Mapping[Key, Row], channel: str, version: str) -> Any:
    """The value of a channel, shared with nobody."""
    return Unfolding().read(rows, channel, version)


def _joined(
    rows: Mapping[Key, Row], channel: str, span: tuple[str, str], value: Sequence[Any] = ()
) -> list[Any]:
    """`value`, the list at version span[1] ("" for none), grown to that at span[0]."""
    at, end = span
    chain: list[Row] = []
    while at and at != end:
        row = rows[channel, at]
        chain.append(row)
        at = row.base or ""
    joined = list(value)
    texts: list[str] = []  # of items still to be decoded, all at once
    size = len(joined)
    for row in reversed(chain):
        start, after, _ = (row.place or "").split(" ", 2)
        if int(start) < size:
            joined += _decoded(texts)
            texts = []
            del joined[int(start) :]
        if len(row.data) > len("[]"):
            texts.append(row.data[1:-1])
        size = int(after)
    return joined + _decoded(texts)


def _decoded(texts: Sequence[str]) -> list[Any]:
    items: list[Any] = loads(f"[{','.join(texts)}]") if texts else []
    return items


def needed(base_of: Callable[[Key], str | None], wanted: Collection[Key]) -> set[Key]:
    """The rows that the wanted ones are read from, themselves included."""
    found: set[Key] = set()
    for channel, version in wanted:
        at: str | None = version
        while at is not None and (channel, at) not in found:
            found.add((channel, at))
            at = base_of((channel, at))
    return found


def place_text(place: Place | None) -> str | None:
    """Six words; ids have no spaces."""
    return None if place is None else " ".join(map(str, place))


def read_place(text: str) -> Place:
    start, size, anchor, solid, links, chunks = text.split(" ")
    return Place(int(start), int(size), anchor, int(solid), int(links), int(chunks))


def _items(write: Any) -> Sequence[Any]:
    return write if isinstance(write, (list, tuple)) else (write,)
