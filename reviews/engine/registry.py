"""Which graphs there are: HITL_GRAPHS, read once; a graph that does not load stops the start.

The setting is a comma list of `id=module:object`, or the path of a langgraph.json-style file whose
`graphs` object maps ids to `./file.py:name` (relative to the file) or `module:name`.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from runtime.app import App
from runtime.graph import StateGraph


@cache
def graphs() -> dict[str, App]:
    """graph id -> compiled graph. Raises ImproperlyConfigured naming id, place and cause."""
    setting = settings.HITL_GRAPHS.strip()
    base, places = (
        _from_file(Path(setting)) if setting.endswith(".json") else (Path.cwd(), _pairs(setting))
    )
    return {graph_id: _load(graph_id, place, base) for graph_id, place in places.items()}


def input_schema(graph_id: str) -> dict[str, Any]:
    """JSON Schema of what the graph starts with."""
    return graphs()[graph_id].get_input_jsonschema()


def _pairs(setting: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in setting.split(",") if part.strip()]
    if bad := [name for name, _, place in pairs if ":" not in place]:
        raise ImproperlyConfigured(f"HITL_GRAPHS: {bad[0]!r} is not of the form id=module:object")
    return {name.strip(): place.strip() for name, _, place in pairs}


def _from_file(path: Path) -> tuple[Path, dict[str, str]]:
    try:
        found = json.loads(path.read_text())["graphs"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(f"HITL_GRAPHS: {path} cannot be read: {error!r}") from error
    return path.resolve().parent, found


def _load(graph_id: str, place: str, base: Path) -> App:
    module_name, _, name = place.rpartition(":")
    try:
        module = _module(module_name, base)
        return _compiled(getattr(module, name))
    except Exception as error:
        raise ImproperlyConfigured(
            f"Graph {graph_id!r} ({place}) cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def _module(name: str, base: Path) -> ModuleType:
    if not name.endswith(".py"):
        return importlib.import_module(name)
    path = (base / name).resolve()
    spec = importlib.util.spec_from_file_location(f"hitl_graph_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _compiled(found: Any) -> App:
    if callable(found) and not isinstance(found, App | StateGraph):
        found = found()
    if isinstance(found, StateGraph):
        found = found.compile()
    if not isinstance(found, App):
        raise TypeError(f"expected a StateGraph or a compiled graph, not {type(found).__name__}")
    return found
