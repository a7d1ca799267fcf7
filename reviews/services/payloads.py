"""Adapters: an interrupt's payload -> Question. Pure.

Read are our own `expects` form, LangChain's HumanInterrupt and HITLRequest (also its one-call
form), and any other JSON value. A payload that names an unknown decision, effect or kind, or
carries a bad schema, is refused: a gate that cannot be read must not open.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from reviews.services import payload_parts as parts
from reviews.services.questions import DEFAULT_ALLOWED, KINDS, Question, ToolCall

HUMAN_FLAGS = {
    "allow_accept": "approve",
    "allow_edit": "edit",
    "allow_respond": "respond",
    "allow_ignore": "reject",
}


def read(
    payload: Any, *, response_schema: dict[str, Any] | None = None, node: str = ""
) -> Question:
    """Read any payload; raises Invalid with the path of what cannot be read."""
    if _is_expects(payload):
        return _expects(payload, response_schema, node)
    if humans := _human_interrupts(payload):
        return _human(humans, node)
    if isinstance(payload, Mapping) and (
        requests := payload.get("action_requests") or payload.get("actionRequests")
    ):
        configs = payload.get("review_configs") or payload.get("reviewConfigs") or ()
        return _hitl(requests, configs, node)
    if isinstance(payload, Mapping) and payload.get("type") == "tool_approval":
        return _tool_approval(payload)
    return _plain(payload, response_schema, node)


def _is_expects(payload: Any) -> bool:
    return isinstance(payload, Mapping) and (
        "expects" in payload
        or payload.get("kind") in KINDS
        or isinstance(payload.get("actions"), list)
    )


def _expects(
    payload: Mapping[str, Any], response_schema: dict[str, Any] | None, node: str
) -> Question:
    expects = parts.mapping(payload.get("expects", {}), "expects")
    calls = tuple(_action(call, place) for place, call in enumerate(payload.get("actions") or ()))
    parts.unique([call.id for call in calls])
    kind = payload.get("kind") or _guess_kind(payload, expects, calls)
    parts.known(kind, KINDS, "kind")
    if (kind == "tools") != bool(calls):
        raise parts.bad(
            "actions", "kind tools goes with a non-empty list of actions, and only it does"
        )
    allowed = parts.decisions(expects.get("decisions"), DEFAULT_ALLOWED[kind], "expects.decisions")
    return Question(
        kind=kind,
        shape="expects",
        title=_title(payload, node),
        summary=_filled(str(payload.get("summary") or ""), payload.get("proposal")),
        description=str(payload.get("description") or ""),
        allowed=parts.union(call.allowed for call in calls) if calls else allowed,
        schema=parts.schema(expects.get("schema") or response_schema, "expects.schema"),
        proposal=payload.get("proposal"),
        facts=payload.get("facts"),
        calls=calls,
        reasons=tuple(str(reason) for reason in expects.get("reasons") or ()),
        ui=parts.ui(expects.get("ui"), "expects.ui"),
        error=str(payload.get("error") or ""),
        field_errors=parts.field_errors(payload.get("field_errors")),
        attempt=parts.whole(payload.get("attempt"), "attempt") or 1,
        max_attempts=parts.whole(expects.get("max_attempts"), "expects.max_attempts"),
        priority=parts.priority(payload.get("priority")),
        due_seconds=parts.whole(payload.get("due_in"), "due_in"),
        on_timeout=str(payload.get("on_timeout") or ""),
        effect=parts.effect(payload.get("effect"), "effect"),
    )


def _guess_kind(
    payload: Mapping[str, Any], expects: Mapping[str, Any], calls: tuple[ToolCall, ...]
) -> str:
    decisions = expects.get("decisions") or ()
    if calls:
        return "tools"
    if "edit" in decisions:
        return "edit"
    if "approve" in decisions:
        return "approve"
    return "input" if "schema" in expects or "proposal" not in payload else "approve"


def _action(call: Any, place: int) -> ToolCall:
    path = f"actions.{place}"
    call = parts.mapping(call, path)
    return ToolCall(
        id=str(call.get("id") or place),
        name=parts.text(call.get("name"), f"{path}.name"),
        args=dict(parts.mapping(call.get("args") or {}, f"{path}.args")),
        description=str(call.get("description") or ""),
        allowed=parts.decisions(
            call.get("decisions"), DEFAULT_ALLOWED["tools"], f"{path}.decisions"
        ),
        args_schema=parts.schema(call.get("args_schema"), f"{path}.args_schema"),
        effect=parts.effect(call.get("effect"), f"{path}.effect"),
    )


def _human_interrupts(payload: Any) -> list[Mapping[str, Any]]:
    """HumanInterrupts come alone, as a list, or as the JSON text of either."""
    if isinstance(payload, str) and payload.lstrip().startswith(("{", "[")):
        try:
            payload = json.loads(payload)
        except ValueError:
            return []
    items = payload if isinstance(payload, list | tuple) else [payload]
    fits = [item for item in items if isinstance(item, Mapping) and "action_request" in item]
    return fits if fits and len(fits) == len(items) else []


def _human(requests: list[Mapping[str, Any]], node: str) -> Question:
    calls = []
    for place, request in enumerate(requests):
        action = parts.mapping(request["action_request"], f"{place}.action_request")
        config = parts.mapping(request.get("config") or {}, f"{place}.config")
        allowed = tuple(ours for flag, ours in HUMAN_FLAGS.items() if config.get(flag) is True)
        if not allowed:
            raise parts.bad(f"{place}.config", "no answer is allowed")
        args = action.get("args")
        calls.append(
            ToolCall(
                id=str(place),
                name=parts.text(action.get("action"), f"{place}.action_request.action"),
                args=dict(args) if isinstance(args, Mapping) else {"value": args},
                description=str(request.get("description") or ""),
                allowed=allowed,
            )
        )
    return _tools("human_interrupt", tuple(calls), node)


def _hitl(requests: Iterable[Any], configs: Iterable[Any], node: str) -> Question:
    by_name = {}
    for place, config in enumerate(configs):
        config = parts.mapping(config, f"review_configs.{place}")
        by_name[config.get("action_name") or config.get("actionName")] = config
    calls = []
    for place, request in enumerate(requests):
        path = f"action_requests.{place}"
        request = parts.mapping(request, path)
        name = parts.text(request.get("name"), f"{path}.name")
        if name not in by_name:
            raise parts.bad(path, f"no review_config for {name!r}")
        config = by_name[name]
        allowed = config.get("allowed_decisions") or config.get("allowedDecisions") or ()
        args = request.get("args", request.get("arguments")) or {}
        calls.append(
            ToolCall(
                id=str(request.get("id") or place),
                name=name,
                args=dict(parts.mapping(args, f"{path}.args")),
                description=str(request.get("description") or ""),
                effect=parts.effect(request.get("effect"), f"{path}.effect"),
                allowed=parts.decisions(allowed, None, f"{path}.allowed_decisions"),
                args_schema=parts.schema(
                    config.get("args_schema") or config.get("argsSchema"), f"{path}.args_schema"
                ),
            )
        )
    return _tools("hitl_request", tuple(calls), node)


def _tool_approval(payload: Mapping[str, Any]) -> Question:
    name = parts.text(payload.get("name"), "name")
    call = ToolCall(
        id=str(payload.get("tool_call_id") or "0"),
        name=name,
        args=dict(parts.mapping(payload.get("args") or {}, "args")),
        description=str(payload.get("description") or ""),
    )
    return _tools("tool_approval", (call,), name)


def _tools(shape: str, calls: tuple[ToolCall, ...], node: str) -> Question:
    parts.unique([call.id for call in calls])
    names = ", ".join(dict.fromkeys(call.name for call in calls))
    return Question(
        kind="tools",
        shape=shape,
        title=f"Review {names}" if names else node,
        allowed=parts.union(call.allowed for call in calls),
        calls=calls,
    )


def _plain(payload: Any, response_schema: dict[str, Any] | None, node: str) -> Question:
    return Question(
        kind="input",
        shape="value",
        title=_title(payload, node),
        allowed=DEFAULT_ALLOWED["input"],
        schema=parts.schema(response_schema, "response_schema"),
        facts=None if isinstance(payload, str) else payload,
    )


def _title(payload: Any, node: str) -> str:
    named = payload if isinstance(payload, Mapping) else {"title": payload}
    for key in ("title", "question", "message", "prompt", "summary"):
        if isinstance(text := named.get(key), str) and text.strip():
            line = text.strip().splitlines()[0]
            return line if len(line) <= 200 else f"{line[:199]}…"
    return f"Question from {node}" if node else "Question"


def _filled(template: str, values: Any) -> str:
    """Fill {name} with the proposal's values; what does not fit stays as it was written."""
    if isinstance(values, Mapping):
        for key, value in values.items():
            if isinstance(value, str | int | float):
                template = template.replace(f"{{{key}}}", str(value))
    return template
