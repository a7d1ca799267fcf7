"""Runs a measurement on both engines in turn, and shows medians with their spread."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.engines import ENGINES, Engine

REPEATS = 5
Measure = Callable[[Engine], float]


@dataclass(frozen=True)
class Samples:
    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        return median(self.values)

    def shown(self, unit: str) -> str:
        low, high = min(self.values), max(self.values)
        return f"{self.middle:,.4g} {unit} ({low:,.3g}-{high:,.3g})"


@dataclass(frozen=True)
class Row:
    """`reached` is None where there is no target."""

    work: str
    unit: str
    ours: Samples
    theirs: Samples | None
    target: str = ""
    reached: bool | None = None

    @property
    def ratio(self) -> float | None:
        """How many times less than LangGraph."""
        return self.theirs.middle / self.ours.middle if self.theirs else None


def side_by_side(
    measure: Measure, *, repeats: int = REPEATS, theirs: bool = True
) -> tuple[Samples, Samples | None]:
    """Alternating, after one warm-up run each."""
    engines = ENGINES if theirs else ENGINES[:1]
    found: dict[str, list[float]] = {engine.name: [] for engine in engines}
    for engine in engines:
        measure(engine)
    for _ in range(repeats):
        for engine in engines:
            found[engine.name].append(measure(engine))
    samples = [Samples(tuple(values)) for values in found.values()]
    return samples[0], samples[1] if theirs else None


def faster(work: str, unit: str, measure: Measure, *, times: float, repeats: int = REPEATS) -> Row:
    """A row whose target is to be `times` below LangGraph."""
    ours, theirs = side_by_side(measure, repeats=repeats)
    row = Row(work, unit, ours, theirs, f"<= 1/{times:g}")
    return Row(work, unit, ours, theirs, row.target, (row.ratio or 0) >= times)


class Watch:
    """Seconds between entering and leaving."""

    seconds = 0.0


@contextmanager
def watch() -> Iterator[Watch]:
    gc.collect()
    found, start = Watch(), time.perf_counter()
    yield found
    found.seconds = time.perf_counter() - start


def table(rows: list[Row]) -> str:
    head = ("work", "ours", "LangGraph", "ratio", "target", "")
    lines = [head, *(_line(row) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    shown = [
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    ]
    return "\n".join([shown[0], "-|-".join("-" * width for width in widths), *shown[1:]])


def _line(row: Row) -> tuple[str, ...]:
    return (
        row.work,
        row.ours.shown(row.unit),
        row.theirs.shown(row.unit) if row.theirs else "",
        f"{row.ratio:.1f}" if row.ratio is not None else "",
        row.target,
        {True: "ok", False: "MISS", None: ""}[row.reached],
    )
