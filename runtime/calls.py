"""The door: a caller's config and options become typed values, once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypedDict, get_args

from runtime.builder import Graph
from runtime.durability import Durability
from runtime.errors import InvalidGraphError, NoSaverError, nearest
from runtime.levels import Replay
from runtime.types import START, UNSET, Command, RunConfig, StateUpdate, StreamMode

Config = Mapping[str, Any]
MODES: tuple[str, ...] = get_args(StreamMode)
LIMIT = 100

_COORDINATES = frozenset({"thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map"})


class CallOptions(TypedDict, total=False):
    """What invoke, stream and execute take beside input and config.

    `durability`: "sync" (default) stores each superstep before the next begins, "async" while it
    runs, "exit" only when the call ends. `debug` prints what happens. `version` "v2" gives stream
    items as dicts {type, ns, data} and invoke a GraphOutput.

    `context` is what nodes get as runtime.context. The breakpoint lists replace the compiled ones
    for this call when they are not empty; "*" means every node.
    """

    context: Any
    interrupt_before: Sequence[str] | str | None
    interrupt_after: Sequence[str] | str | None
    durability: Durability | None
    debug: bool | None
    version: Literal["v1", "v2"]


_OPTIONS = frozenset(CallOptions.__annotations__)


def read_config(
    config: Config | None,
    options: CallOptions,
    *,
    before: Iterable[str] = (),
    after: Iterable[str] = (),
    recover: bool = False,
) -> RunConfig:
    """Parse a LangGraph config dict.

    Raises ValueError for a limit below 1, TypeError for an option that does not exist.
    """
    unknown = sorted(options.keys() - _OPTIONS)
    if unknown:
        raise TypeError(f"unknown option {unknown[0]!r}.{nearest(unknown[0], _OPTIONS)}")
    raw = config or {}
    configurable = dict(raw.get("configurable") or {})
    thread_id = configurable.get("thread_id")
    metadata = dict(raw.get("metadata") or {})
    run_id = raw.get("run_id") or metadata.get("run_id") or configurable.get("run_id")
    limit = raw.get("recursion_limit")
    limit = LIMIT if limit is None else int(limit)
    if limit < 1:
        raise InvalidGraphError("'recursion_limit' must be at least 1")
    return RunConfig(
        thread_id=None if thread_id is None else str(thread_id),
        ns=configurable.get("checkpoint_ns") or "",
        checkpoint_id=configurable.get("checkpoint_id") or None,
        run_id=None if run_id is None else str(run_id),
        limit=limit,
        max_concurrency=raw.get("max_concurrency"),
        before=_names(options.get("interrupt_before")) or frozenset(before),
        after=_names(options.get("interrupt_after")) or frozenset(after),
        recover=recover,
        checkpoint_map=dict(configurable.get("checkpoint_map") or {}),
        configurable=configurable,
        metadata=_metadata(configurable, metadata, run_id),
        raw=raw,
    )


def read_supersteps(supersteps: Sequence[Sequence[Any]]) -> list[list[StateUpdate]]:
    """The edits of bulk_update_state. Raises ValueError where there is nothing to do."""
    if not supersteps:
        raise InvalidGraphError("No supersteps provided")
    if not all(supersteps):
        raise InvalidGraphError("No updates provided")
    return [[StateUpdate(*each) for each in updates] for updates in supersteps]


def at_root(config: RunConfig) -> RunConfig:
    """A run starts at the root, also where the config names a checkpoint inside a subgraph."""
    if not config.ns:
        return config
    return replace(config, ns="", checkpoint_id=config.checkpoint_map.get(""))


def inner_config(own: RunConfig, outer: RunConfig, *, ns: str, at: str) -> RunConfig:
    """The config of a subgraph that is called at checkpoint `at` of the outer level."""
    named = own.raw.get("recursion_limit") is not None
    return replace(
        own,
        thread_id=outer.thread_id,
        ns=ns,
        checkpoint_id=None,
        run_id=outer.run_id,
        limit=own.limit if named else outer.limit,
        max_concurrency=own.max_concurrency or outer.max_concurrency,
        parents={**outer.parents, outer.ns: at},
        checkpoint_map=outer.checkpoint_map,
        configurable={**outer.configurable, **own.configurable},
        metadata={**outer.metadata, **own.metadata},
        raw={**outer.raw, **own.raw},
    )


def replay(config: RunConfig, given: Any) -> Replay | None:
    """Whether the call runs the past again: it names a checkpoint and brings no answer."""
    answers = isinstance(given, Command) and given.resume is not UNSET
    if config.checkpoint_id is None or answers:
        return None
    return Replay(config.checkpoint_id)


def read_version(options: CallOptions) -> str:
    """Raises ValueError for a version that does not exist."""
    version = options.get("version") or "v1"
    if version not in ("v1", "v2"):
        raise InvalidGraphError(f"unknown stream version {version!r}: 'v1' or 'v2'")
    return version


def read_durability(options: CallOptions) -> Durability:
    """Raises ValueError for a mode that does not exist."""
    mode = options.get("durability") or "sync"
    if mode not in get_args(Durability):
        known = get_args(Durability)
        raise InvalidGraphError(f"unknown durability {mode!r}.{nearest(mode, known)}")
    return mode


def require_thread(config: RunConfig) -> None:
    """Raises ValueError when a saver has no thread to work on."""
    if config.thread_id is None:
        raise InvalidGraphError(
            "a graph with a checkpointer needs config['configurable']['thread_id']"
        )


def require_saver(saver: object) -> None:
    if saver is None:
        raise NoSaverError("No checkpointer set; pass one to compile()")


def read_modes(stream_mode: str | Sequence[str]) -> frozenset[str]:
    """Raises ValueError for a mode that does not exist."""
    modes = [stream_mode] if isinstance(stream_mode, str) else list(stream_mode)
    for mode in modes:
        if mode not in MODES:
            raise InvalidGraphError(f"unknown stream mode {mode!r}.{nearest(mode, MODES)}")
    return frozenset(modes)


def read_context(schema: Any, context: Any) -> Any:
    """The context as nodes see it: a dict becomes an instance of the context class."""
    if isinstance(context, dict) and isinstance(schema, type) and not issubclass(schema, dict):
        return schema(**context)
    return context


def read_breakpoints(graph: Graph, names: Collection[str] | str | None) -> frozenset[str]:
    """The compiled lists are checked: raises ValueError for a name that is no node."""
    found = _names(names)
    known = [name for name in graph.nodes if name != START]
    for name in found:
        if name != "*" and name not in known:
            raise InvalidGraphError(f"Interrupt node `{name}` not found.{nearest(name, known)}")
    return found


def _names(names: Collection[str] | str | None) -> frozenset[str]:
    if names is None:
        return frozenset()
    return frozenset([names] if isinstance(names, str) else names)


def _metadata(configurable: Config, metadata: Config, run_id: object) -> dict[str, Any]:
    """The scalars that every checkpoint of the call carries."""
    found = {
        key: value
        for key, value in {**configurable, **metadata}.items()
        if isinstance(value, (str, int, float, bool))
        and key not in _COORDINATES
        and not key.startswith("__")
    }
    return found if run_id is None else {**found, "run_id": str(run_id)}
