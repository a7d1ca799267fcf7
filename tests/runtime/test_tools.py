"""Tools: what a model is told of them, and policies that refuse to be built."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest

from runtime.prebuilt import create_agent
from runtime.tools import ALLOW, ASK, BLOCK, Policy, result_text, tool, toolbox


def book(
    city: str,
    nights: Annotated[int, {"minimum": 1}],
    board: Literal["none", "half"] = "none",
    notes: list[str] | None = None,
) -> str:
    """Book a hotel.

    The cheapest one is taken.

    Args:
        city (str): where to
        board: which meals
    """
    return city


def mail(to: str) -> str:
    return to


def test_a_tool_is_told_by_signature_and_docstring() -> None:
    assert tool(book).told() == {
        "name": "book",
        "description": "Book a hotel.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "where to"},
                "nights": {"type": "integer", "minimum": 1},
                "board": {
                    "enum": ["none", "half"],
                    "default": "none",
                    "description": "which meals",
                },
                "notes": {
                    "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}],
                    "default": None,
                },
            },
            "additionalProperties": False,
            "required": ["city", "nights"],
        },
    }


def test_a_tool_may_take_whatever_is_named() -> None:
    def search(query, **filters): ...

    schema = tool(search, name="find").schema
    assert schema["properties"] == {"query": {}}
    assert schema["additionalProperties"] is True


def test_a_tool_can_still_be_called() -> None:
    assert tool(effect="write")(book)("Rome", 1) == "Rome"


def test_results_are_told_as_text_or_json() -> None:
    assert result_text("é") == "é"
    assert result_text({"a": (1, {"b"}), "é": None}) == '{"a": [1, ["b"]], "é": null}'


def test_policies_go_by_tool_and_then_by_effect() -> None:
    found = toolbox(
        [
            tool(book, effect="money"),
            tool(mail, effect="read"),
            tool(mail, name="post"),
            tool(mail, name="fax", effect="write"),
        ],
        {"book": [Policy("block", when=lambda args: args["nights"] > 9), "allow"]},
        {"write": "block"},
    )

    assert found.policy("book", {"nights": 10}).mode == "block"
    assert found.policy("book", {"nights": 1}) == ALLOW
    assert found.policy("mail", {}) == ALLOW
    assert found.policy("post", {}) == ASK
    assert found.policy("fax", {}) == BLOCK


def test_what_no_policy_is_for_is_asked() -> None:
    found = toolbox([mail], {"mail": Policy("allow", when=lambda args: False)})

    assert found.policy("mail", {"to": "a"}) == ASK


def test_the_shapes_of_langchain_are_policies() -> None:
    rules = {"mail": True, "book": {"allowed_decisions": ["approve"], "description": "look"}}
    found = toolbox([mail, book], rules)

    assert found.policy("mail", {}) == ASK
    assert found.policy("book", {}) == Policy("ask", ["approve"], None, "look")
    assert toolbox([mail], {"mail": False}).policy("mail", {}) == ALLOW


def test_a_description_may_be_made_from_the_arguments() -> None:
    assert Policy(description=lambda args: f"to {args['to']}").describe({"to": "a"}) == "to a"


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ({"mial": "ask"}, "unknown tool 'mial'. Did you mean 'mail'?"),
        ({"mail": "aks"}, "unknown mode 'aks'. Did you mean 'ask'?"),
        ({"mail": Policy(decisions=[])}, "decisions must be a list that is not empty"),
        ({"mail": Policy(decisions="approve")}, "decisions must be a list"),
        (
            {"mail": Policy(decisions=["aprove"])},
            "unknown decision 'aprove'. Did you mean 'approve'?",
        ),
        ({"mail": {"allowed_decisions": []}}, "not empty"),
        ({"mail": []}, "an empty list"),
        ({"mail": 3}, "3 is no policy"),
        ({"mail": ["allow", {"when": 1}]}, "is no policy"),
    ],
)
def test_a_bad_policy_refuses_to_be_built(policies: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        create_agent(lambda messages: "", [mail], policies=policies)


def test_a_policy_for_an_unknown_effect_refuses_to_be_built() -> None:
    with pytest.raises(ValueError, match="unknown effect 'monye'"):
        toolbox([mail], by_effect={"monye": "ask"})
    with pytest.raises(ValueError, match="unknown effect 'monye'"):
        tool(mail, effect="monye")


def test_tools_need_names_of_their_own_and_named_parameters() -> None:
    def positional(a, /): ...
    def star(*a): ...

    with pytest.raises(ValueError, match="two tools are named 'mail'"):
        toolbox([mail, tool(book, name="mail")])
    for bad in (positional, star):
        with pytest.raises(ValueError, match="'a' cannot be named"):
            tool(bad)
