"""How a caller sees what a call emits: items of a stream, what invoke returns, what is printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.requests import Emit
from runtime.types import INTERRUPT, GraphOutput, Outcome

PRINTED = ("updates", "values")


@dataclass(frozen=True, slots=True)
class Shape:
    """`single`: one mode was asked for by name. `typed`: items are dicts (version "v2")."""

    wanted: tuple[str, ...]
    single: bool
    subgraphs: bool = False
    typed: bool = False
    debug: bool = False

    @classmethod
    def of(
        cls, stream_mode: str | Sequence[str], *, subgraphs: bool, version: str, debug: bool
    ) -> Shape:
        single = isinstance(stream_mode, str)
        wanted = (stream_mode,) if isinstance(stream_mode, str) else tuple(stream_mode)
        return cls(wanted, single, subgraphs, version == "v2", debug)

    @property
    def modes(self) -> tuple[str, ...]:
        """What the call must emit."""
        return (*self.wanted, *PRINTED) if self.debug else self.wanted

    def items(self, event: Emit) -> Iterator[Any]:
        """The stream item of an event: one, or none if it is only printed."""
        if self.debug and event.mode in PRINTED:
            show(event.mode, event.ns, event.data)
        if event.mode in self.wanted:
            yield self._typed(event) if self.typed else self._plain(event)

    def _plain(self, event: Emit) -> Any:
        parts = (event.data,) if self.single else (event.mode, event.data)
        if self.subgraphs:
            return (event.ns, *parts)
        return parts[0] if self.single else parts

    def _typed(self, event: Emit) -> dict[str, Any]:
        item = {"type": event.mode, "ns": event.ns, "data": event.data}
        if event.mode == "values":
            asked = ()
            if isinstance(event.data, dict) and INTERRUPT in event.data:
                asked = event.data[INTERRUPT]
                kept = {key: value for key, value in event.data.items() if key != INTERRUPT}
                item["data"] = kept
            item["interrupts"] = asked
        return item


def show(mode: str, ns: tuple[str, ...], data: Any) -> None:
    """Print one event for a developer."""
    place = f" {'|'.join(ns)}" if ns else ""
    print(f"[{mode}]{place} {data}")


def returned(outcome: Outcome, *, typed: bool) -> Any:
    """What invoke gives: the output, with the questions that wait."""
    asked = [each.interrupt for each in outcome.waiting]
    if typed:
        return GraphOutput(outcome.values, tuple(asked))
    if not asked:
        return outcome.values
    values = outcome.values if isinstance(outcome.values, dict) else {}
    return {**values, INTERRUPT: asked}
