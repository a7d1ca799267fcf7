"""An agent loop whose tool calls are reviewed: model -> one review per call -> tools -> model.

A call that needs a person is a question of its own in HITLRequest shape, answered apart from the
others. When all are settled, approved and edited calls run in the listed order, one superstep
each; rejected calls give the agent the reason, answered ones the person's words as the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Annotated, Any

from runtime.graph import END, START, MessagesState, StateGraph
from runtime.messages import AIMessage, ToolMessage, kind_of
from runtime.nodes import is_async
from runtime.patterns import check_edit
from runtime.tools import Policy, Tool, Toolbox, result_text, toolbox
from runtime.types import Overwrite, Send, interrupt
from runtime.validate import problem_text, problems
from runtime.verdicts import (
    BadAnswer,
    CallVerdict,
    ToolCall,
    read_decision,
    read_decisions,
    tool_calls,
    with_call,
)

MODEL, REVIEW, TOOLS = "model", "review", "tools"


def _merged(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    return {**left, **right}


class AgentState(MessagesState, total=False):
    """`verdicts` is by the place of the call in the last message: a CallVerdict that runs, or
    the ToolMessage that stands in for its result."""

    verdicts: Annotated[dict[str, Any], _merged]


def create_agent(
    model: Any,
    tools: Iterable[Any],
    *,
    policies: Mapping[str, Any] | None = None,
    by_effect: Mapping[str, Any] | None = None,
    handle_tool_errors: bool = True,
) -> StateGraph:
    """A graph to compile with a saver. Its state is {"messages": [...]}.

    `model` is a callable from messages to a message, sync or async, or has `invoke`. `tools` are
    plain typed functions or Tools. `policies` is by tool name, `by_effect` by side-effect class
    (see toolbox); what neither speaks of is asked, unless it only reads. With
    `handle_tool_errors` the model is told when a tool raises, else the run fails.

    Raises InvalidGraphError (a ValueError) for a policy that cannot be.
    """
    box = toolbox(tools, policies, by_effect)
    agent = _Agent(box, getattr(model, "invoke", model), handle_tool_errors)
    slow = any(each.is_async for each in box.tools.values())
    builder = StateGraph(AgentState, input_schema=MessagesState, output_schema=MessagesState)
    builder.add_node(MODEL, agent.amodel if is_async(agent.model) else agent.think)
    builder.add_node(REVIEW, agent.review)
    builder.add_node(TOOLS, agent.arun if slow else agent.run)
    builder.add_edge(START, MODEL)
    builder.add_conditional_edges(MODEL, agent.after_model, [REVIEW, END])
    builder.add_edge(REVIEW, TOOLS)
    builder.add_conditional_edges(TOOLS, agent.after_tools, [TOOLS, MODEL])
    return builder


@dataclass(frozen=True, slots=True)
class _Agent:
    box: Toolbox
    model: Callable[[list[Any]], Any]
    tell_errors: bool

    # --- model ---

    def think(self, state: AgentState) -> dict[str, Any]:
        return _said(self.model(state["messages"]))

    async def amodel(self, state: AgentState) -> dict[str, Any]:
        return _said(await self.model(state["messages"]))

    def after_model(self, state: AgentState) -> Any:
        calls = tool_calls(state["messages"][-1])
        sends = [
            Send(REVIEW, {"call": call, "place": str(place)}) for place, call in enumerate(calls)
        ]
        return sends or END

    # --- review ---

    def review(self, given: dict[str, Any]) -> dict[str, Any]:
        """`given` is {"call", "place": its place in the message}."""
        call = given["call"]
        settled = self._judged(call)
        if isinstance(settled, CallVerdict) and not settled.is_for(call):
            settled = replace(settled, type="edit")
        return {"verdicts": {given["place"]: settled}}

    def _judged(self, call: ToolCall) -> CallVerdict | ToolMessage:
        """Ask until the call is settled. An edit that names another tool is a call of that tool,
        so its policy decides; an edit of the arguments was decided by who made it."""
        while True:
            wrong = self._refused(call)
            if wrong:
                return ToolMessage(wrong, call.id, call.name, "error")
            policy = self.box.policy(call.name, call.args)
            if policy.mode == "allow":
                return CallVerdict("approve", call.id, call.name, call.args)
            verdict = self._asked(call, policy)
            if not verdict.runs:
                return verdict.told()
            if verdict.name == call.name:
                edited = ToolCall(call.id, verdict.name, verdict.args)
                blocked = self._refused(edited)
                return ToolMessage(blocked, call.id, call.name, "error") if blocked else verdict
            call = ToolCall(call.id, verdict.name, verdict.args)

    def _refused(self, call: ToolCall) -> str:
        """What the model is told of a call that nobody needs to look at; "" if there is none."""
        tool = self.box.tools.get(call.name)
        if tool is None:
            return f"There is no tool {call.name!r}. Tools: {', '.join(self.box.tools) or 'none'}."
        wrong = call.problem or problem_text(problems(tool.schema, call.args))
        if wrong:
            return f"The arguments of {call.name} are wrong: {wrong}"
        if self.box.policy(call.name, call.args).mode == "block":
            return f"Calls of {call.name} like this one are not allowed here."
        return ""

    def _asked(self, call: ToolCall, policy: Policy) -> CallVerdict:
        tool, complaint = self.box.tools[call.name], ""
        while True:
            answer = interrupt(_request(call, tool, policy, complaint))
            try:
                (decision,) = read_decisions(answer, 1)
                verdict = read_decision(call, decision, policy.decisions)
                check_edit(verdict, self.box.tools)
            except BadAnswer as error:
                complaint = f"The answer before would not do: {error}"
            else:
                return verdict

    # --- tools ---

    def run(self, state: AgentState) -> dict[str, Any]:
        message, place, settled = _next_call(state)
        if isinstance(settled, ToolMessage):
            return {"messages": [settled]}
        try:
            result = self.box.tools[settled.name].call(**settled.args)
        except Exception as error:  # a tool may raise anything; the model is told
            return {"messages": [self._failed(settled, error)]}
        return _result(message, place, settled, result)

    async def arun(self, state: AgentState) -> dict[str, Any]:
        message, place, settled = _next_call(state)
        if isinstance(settled, ToolMessage):
            return {"messages": [settled]}
        try:
            result = self.box.tools[settled.name].call(**settled.args)
            result = await result if isawaitable(result) else result
        except Exception as error:  # a tool may raise anything; the model is told
            return {"messages": [self._failed(settled, error)]}
        return _result(message, place, settled, result)

    def after_tools(self, state: AgentState) -> str:
        message, done = _progress(state)
        return TOOLS if done < len(tool_calls(message)) else MODEL

    def _failed(self, settled: CallVerdict, error: Exception) -> ToolMessage:
        if not self.tell_errors:
            raise error
        text = f"{settled.name} failed: {type(error).__name__}: {error}"
        return ToolMessage(text, settled.call_id, settled.name, "error")


def _said(message: Any) -> dict[str, Any]:
    """A model may answer with plain text. The verdicts on what it asked before are done with."""
    said = AIMessage(message) if isinstance(message, str) else message
    return {"messages": [said], "verdicts": Overwrite({})}


def _progress(state: AgentState) -> tuple[Any, int]:
    """The message that asks for calls, and how many of them have a result."""
    done = 0
    for message in reversed(state["messages"]):
        if tool_calls(message):
            return message, done
        done += kind_of(message) == "tool"
    raise ValueError("no message asks for a tool call")


def _next_call(state: AgentState) -> tuple[Any, int, CallVerdict | ToolMessage]:
    message, place = _progress(state)
    return message, place, state["verdicts"][str(place)]


def _result(message: Any, place: int, settled: CallVerdict, result: Any) -> dict[str, Any]:
    """The result, and the asking message as it was edited, so that the model sees what ran."""
    told = ToolMessage(result_text(result), settled.call_id, settled.name)
    if settled.type != "edit":
        return {"messages": [told]}
    return {"messages": [with_call(message, place, settled), told]}


def _request(call: ToolCall, tool: Tool, policy: Policy, complaint: str) -> dict[str, Any]:
    """One call in HITLRequest shape."""
    described = policy.describe(call.args) or tool.description
    request = {
        "id": call.id,
        "name": call.name,
        "args": call.args,
        "description": "\n\n".join(filter(None, [complaint, described])),
    }
    if tool.effect:
        request["effect"] = tool.effect
    config = {
        "action_name": call.name,
        "allowed_decisions": list(policy.decisions),
        "args_schema": tool.schema,
    }
    return {"action_requests": [request], "review_configs": [config]}
