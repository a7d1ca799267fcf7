"""Tools: plain typed functions with a schema, a side-effect class, and the policy that holds them.

Arguments reach a tool as JSON values. A tool that no policy speaks of is judged by its effect:
what only reads is allowed, everything else is asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, getdoc, signature
from typing import Any, Final, Literal, get_args, get_type_hints

from runtime.describe import JsonSchema, json_schema
from runtime.errors import InvalidGraphError, nearest
from runtime.nodes import is_async, node_name
from runtime.plain import to_plain

Effect = Literal["", "read", "write", "external", "money", "irreversible"]
Mode = Literal["allow", "ask", "block"]

EFFECTS: Final[tuple[str, ...]] = get_args(Effect)
MODES: Final[tuple[str, ...]] = get_args(Mode)
DECISIONS: Final = ("approve", "edit", "reject", "respond")


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call. `effect` is "" where nobody said what it does."""

    name: str
    call: Callable[..., Any]
    description: str
    schema: JsonSchema
    effect: Effect = ""

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self.call(*args, **named)

    @property
    def is_async(self) -> bool:
        return is_async(self.call)

    def told(self) -> dict[str, Any]:
        """{"name", "description", "parameters"}: how model APIs want to be told of it."""
        return {"name": self.name, "description": self.description, "parameters": self.schema}


@dataclass(frozen=True, slots=True)
class Policy:
    """Whether a call runs (allow), waits for a person (ask) or is refused (block).

    `decisions` are what the person may do. `when(args)` says which calls the policy is for.
    `description` is for the person: text, or made from the arguments.
    """

    mode: Mode = "ask"
    decisions: Sequence[str] = DECISIONS
    when: Callable[[dict[str, Any]], bool] | None = None
    description: str | Callable[[dict[str, Any]], str] = ""

    def describe(self, args: dict[str, Any]) -> str:
        return self.description(args) if callable(self.description) else self.description


ALLOW: Final = Policy("allow")
ASK: Final = Policy("ask")
BLOCK: Final = Policy("block")
BY_EFFECT: Final[Mapping[str, Policy]] = {"read": ALLOW}


def tool(
    function: Callable[..., Any] | None = None, *, name: str | None = None, effect: Effect = ""
) -> Any:
    """Make a function a Tool: `@tool`, or `@tool(effect="money")`.

    The schema is that of its parameters; the docstring's first paragraph describes it, and an
    "Args:" section its parameters. Raises InvalidGraphError for *args and unknown effects.
    """
    if function is None:
        return lambda found: tool(found, name=name, effect=effect)
    if effect not in EFFECTS:
        raise InvalidGraphError(f"unknown effect {effect!r}.{nearest(effect, EFFECTS[1:])}")
    text = getdoc(function) or ""
    described = text.split("\n\n")[0].strip()
    return Tool(name or node_name(function), function, described, _schema(function, text), effect)


def result_text(result: Any) -> str:
    """What a model reads of a result: text as it is, everything else as JSON."""
    return result if isinstance(result, str) else json.dumps(to_plain(result), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of an agent and what holds them. `policies` is by tool, in order of judging."""

    tools: Mapping[str, Tool]
    policies: Mapping[str, tuple[Policy, ...]] = field(default_factory=dict)

    def policy(self, name: str, args: dict[str, Any]) -> Policy:
        """The first policy of the tool that is for these arguments; asked when none is."""
        found = (each for each in self.policies[name] if each.when is None or each.when(args))
        return next(found, ASK)


def toolbox(
    tools: Iterable[Any],
    policies: Mapping[str, Any] | None = None,
    by_effect: Mapping[str, Any] | None = None,
) -> Toolbox:
    """Check tools and policies. Raises InvalidGraphError (a ValueError) for what cannot be.

    A policy is a Policy, a mode, True (ask), False (allow), {"allowed_decisions": [...]}, or a
    list of these, of which the first whose `when` holds is taken.
    """
    found: dict[str, Tool] = {}
    for each in tools:
        read = each if isinstance(each, Tool) else tool(each)
        if read.name in found:
            raise InvalidGraphError(f"two tools are named {read.name!r}")
        found[read.name] = read
    given = {**BY_EFFECT, **(by_effect or {})}
    _check_names(given, EFFECTS, "effect")
    _check_names(policies or {}, found, "tool")
    judged = {name: _policies(rule, f"tool {name!r}") for name, rule in (policies or {}).items()}
    effects = {name: _policies(rule, f"effect {name!r}") for name, rule in given.items()}
    fallback = {name: effects.get(each.effect, (ASK,)) for name, each in found.items()}
    return Toolbox(found, {**fallback, **judged})


def _check_names(given: Iterable[str], known: Iterable[str], what: str) -> None:
    for name in given:
        if name not in known:
            raise InvalidGraphError(
                f"a policy is for unknown {what} {name!r}.{nearest(name, known)}"
            )


def _policies(given: Any, where: str) -> tuple[Policy, ...]:
    if isinstance(given, (list, tuple)):
        if not given:
            raise InvalidGraphError(f"the policies of {where} are an empty list")
        return tuple(policy for each in given for policy in _policies(each, where))
    policy = _policy(given, where)
    if policy.mode not in MODES:
        raise InvalidGraphError(
            f"{where}: unknown mode {policy.mode!r}.{nearest(policy.mode, MODES)}"
        )
    if isinstance(policy.decisions, str) or not policy.decisions:
        raise InvalidGraphError(f"{where}: decisions must be a list that is not empty")
    for name in policy.decisions:
        if name not in DECISIONS:
            hint = nearest(str(name), DECISIONS)
            raise InvalidGraphError(f"{where}: unknown decision {name!r}.{hint}")
    return (policy,)


def _policy(given: Any, where: str) -> Policy:
    if isinstance(given, Policy):
        return given
    if isinstance(given, bool):
        return ASK if given else ALLOW
    if isinstance(given, str):
        return Policy(given)  # type: ignore[arg-type]  # checked by _policies
    if isinstance(given, Mapping) and "allowed_decisions" in given:
        return Policy("ask", given["allowed_decisions"], None, given.get("description") or "")
    raise InvalidGraphError(f"{where}: {given!r} is no policy")


def _schema(function: Callable[..., Any], text: str) -> JsonSchema:
    hints = get_type_hints(function, include_extras=True)
    told = _argument_texts(text)
    properties: dict[str, JsonSchema] = {}
    required = []
    rest = False
    for name, each in signature(function).parameters.items():
        if each.kind is Parameter.VAR_KEYWORD:
            rest = True
            continue
        if each.kind in (Parameter.VAR_POSITIONAL, Parameter.POSITIONAL_ONLY):
            raise InvalidGraphError(f"tool {node_name(function)!r}: {name!r} cannot be named")
        schema = json_schema(hints[name]) if name in hints else {}
        if name in told:
            schema.setdefault("description", told[name])
        if each.default is Parameter.empty:
            required.append(name)
        elif each.default is None or isinstance(each.default, (str, int, float, bool)):
            schema.setdefault("default", each.default)
        properties[name] = schema
    found: JsonSchema = {"type": "object", "properties": properties, "additionalProperties": rest}
    return {**found, "required": required} if required else found


def _argument_texts(text: str) -> dict[str, str]:
    """The lines "name: what it is" of an "Args:" section."""
    _, _, section = text.partition("Args:\n")
    lines = re.findall(r"^\s+(\w+)(?: \([^)]*\))?: (.+)$", section.split("\n\n")[0], re.MULTILINE)
    return dict(lines)
