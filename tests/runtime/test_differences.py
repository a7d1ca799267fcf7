"""Where we differ from LangGraph on purpose (design README, and "Ours" in runtime.md part B)."""

from __future__ import annotations

from typing import Any

import pytest

from runtime import (
    END,
    START,
    Command,
    EmptyInputError,
    InMemorySaver,
    InterruptNotFound,
    ResumeError,
    Send,
    StateGraph,
    interrupt,
)
from runtime.errors import AmbiguousResumeError, NoSaverError, QuestionGoneError, UnknownNodeError
from tests.runtime.helpers import Log, ask, chain, fan, say

NOBODY = "0" * 32


def waiting(app: Any, thread: Any) -> dict[Any, str]:
    return {each.value: each.id for each in app.get_state(thread).interrupts}


def test_an_unknown_interrupt_id_is_an_error_and_nothing_runs(call, saver, thread):
    """9.3"""
    app = chain(saver, q=ask("q"))
    call(app, {"x": 1}, thread)

    with pytest.raises(InterruptNotFound, match=NOBODY):
        call(app, Command(resume={NOBODY: "yes"}), thread)

    assert list(waiting(app, thread)) == ["q"]


def test_an_answered_id_is_refused_and_the_first_result_stands(call, saver, thread):
    """9.3, 9.9"""
    app = chain(saver, q=ask("q"), r=ask("r"))
    call(app, {"x": 1}, thread)
    first = waiting(app, thread)["q"]
    call(app, Command(resume={first: "yes"}), thread)

    with pytest.raises(InterruptNotFound):
        call(app, Command(resume={first: "no"}), thread)

    assert app.get_state(thread).values["log"] == ["yes"]
    assert list(waiting(app, thread)) == ["r"]


def test_successive_questions_of_one_task_have_different_ids(call, saver, thread):
    """8.5, A1"""

    def both(state: Any) -> Any:
        return {"log": [interrupt("first"), interrupt("second")]}

    app = chain(saver, both=both)
    first = call(app, {"x": 1}, thread)["__interrupt__"][0]
    second = call(app, Command(resume={first.id: 1}), thread)["__interrupt__"][0]

    assert (first.index, second.index) == (0, 1)
    assert first.id != second.id
    with pytest.raises(InterruptNotFound):
        call(app, Command(resume={first.id: 2}), thread)


@pytest.mark.parametrize("empty", [None, {}])
def test_an_empty_answer_is_an_error(call, saver, thread, empty):
    """9.3"""
    app = chain(saver, q=ask("q"))
    call(app, {"x": 1}, thread)

    with pytest.raises(ResumeError):
        call(app, Command(resume=empty), thread)


def test_one_value_for_several_questions_names_them_before_anything_runs(call, saver, thread):
    """9.2, B22 5"""
    ran = []

    def counted(state: Any) -> Any:
        ran.append(1)
        return {"log": [interrupt("a")]}

    app = fan(saver, a=counted, b=ask("b"))
    call(app, {"x": 1}, thread)
    ids = waiting(app, thread)

    with pytest.raises(AmbiguousResumeError) as caught:
        call(app, Command(resume="?"), thread)

    assert all(identifier in str(caught.value) for identifier in ids.values())
    assert len(ran) == 1


def test_an_answer_is_used_once(call, saver, thread):
    """9.4"""

    def both(state: Any) -> Any:
        return {"log": [interrupt("first"), interrupt("second")]}

    app = chain(saver, both=both)
    call(app, {"x": 1}, thread)
    call(app, Command(resume="A"), thread)

    result = call(app, None, thread)

    assert [each.value for each in result["__interrupt__"]] == ["second"]


def test_except_exception_cannot_swallow_the_pause(call, saver, thread):
    """B22 3"""

    def careless(state: Any) -> Any:
        try:
            return {"log": [interrupt("q")]}
        except Exception:
            return {"log": ["swallowed"]}

    app = chain(saver, q=careless)

    assert call(app, {"x": 1}, thread)["__interrupt__"][0].value == "q"


def test_even_a_node_that_catches_everything_still_waits(call, saver, thread):
    """B22 3"""

    def reckless(state: Any) -> Any:
        try:
            return {"log": [interrupt("q")]}
        except BaseException:
            return {"log": ["swallowed"]}

    app = chain(saver, q=reckless)

    result = call(app, {"x": 1}, thread)

    assert result["__interrupt__"][0].value == "q"
    assert result["log"] == []


def test_even_a_branch_that_catches_everything_still_waits(call, saver, thread):
    """B22 3"""

    def reckless(state: Any) -> str:
        try:
            return interrupt("where?")
        except BaseException:
            return END

    builder = StateGraph(Log).add_node("a", say("a")).add_edge(START, "a")
    app = builder.add_conditional_edges("a", reckless).compile(saver)

    assert call(app, {"x": 1}, thread)["__interrupt__"][0].value == "where?"


def test_a_waiting_sibling_is_not_run_again(call, saver, thread):
    """7.4"""
    runs = {"a": 0, "b": 0}

    def asking(name: str) -> Any:
        def node(state: Any) -> Any:
            runs[name] += 1
            return {"log": [interrupt(name)]}

        return node

    app = fan(saver, a=asking("a"), b=asking("b"))
    call(app, {"x": 1}, thread)
    ids = waiting(app, thread)
    result = call(app, Command(resume={ids["a"]: "yes"}), thread)

    assert runs == {"a": 2, "b": 1}
    assert [each.value for each in result["__interrupt__"]] == ["b"]
    assert call(app, None, thread)["__interrupt__"][0].id == ids["b"]
    assert runs == {"a": 2, "b": 1}


def test_an_answer_that_makes_its_node_raise_is_dropped_and_asked_again(call, saver, thread):
    """8.4 as the design settles it"""

    def strict(state: Any) -> Any:
        return {"x": int(interrupt("number?"))}

    app = chain(saver, q=strict)
    call(app, {"log": []}, thread)
    with pytest.raises(ValueError, match="invalid literal"):
        call(app, Command(resume="many"), thread)

    state = app.get_state(thread)
    assert [each.value for each in state.interrupts] == ["number?"]
    assert "invalid literal" in state.tasks[0].error
    assert state.next == ("q",)
    assert call(app, Command(resume="7"), thread)["x"] == 7


def test_earlier_answers_survive_a_later_one_that_is_dropped(call, saver, thread):
    """8.4"""

    def two(state: Any) -> Any:
        return {"log": [interrupt("first"), int(interrupt("second"))]}

    app = chain(saver, q=two)
    call(app, {"x": 1}, thread)
    call(app, Command(resume="one"), thread)
    with pytest.raises(ValueError, match="invalid literal"):
        call(app, Command(resume="bad"), thread)

    assert call(app, Command(resume="2"), thread)["log"] == ["one", 2]


def test_the_error_is_gone_once_the_node_asks_again(call, saver, thread):
    """11.2"""

    def two(state: Any) -> Any:
        number = int(interrupt("number?"))
        return {"log": [interrupt(f"really {number}?")]}

    app = chain(saver, q=two)
    call(app, {"x": 1}, thread)
    with pytest.raises(ValueError, match="invalid literal"):
        call(app, Command(resume="bad"), thread)
    call(app, Command(resume="3"), thread)

    assert app.get_state(thread).tasks[0].error is None


def test_interrupt_without_a_saver_is_refused_at_once(call):
    """8.9, B22 13"""
    app = chain(None, q=ask("q"))

    with pytest.raises(NoSaverError, match="checkpointer"):
        call(app, {"x": 1})


def test_resume_without_a_saver_is_refused(call):
    """9.1"""
    app = chain(None, q=say("q"))

    with pytest.raises(RuntimeError, match="without checkpointer"):
        call(app, Command(resume="yes"))


@pytest.mark.parametrize("ran_before", [False, True])
def test_resume_with_nothing_to_answer_is_an_error(call, saver, thread, ran_before):
    """9.9"""
    app = chain(saver, a=say("a"))
    if ran_before:
        call(app, {"x": 1}, thread)

    with pytest.raises(InterruptNotFound, match="nothing to answer"):
        call(app, Command(resume="yes"), thread)


def test_resume_at_a_checkpoint_that_the_thread_has_left_is_refused(call, saver, thread):
    """9.11"""
    app = chain(saver, q=ask("q"), z=say("z"))
    call(app, {"x": 1}, thread)
    asked_at = app.get_state(thread).config
    call(app, Command(resume="first"), thread)

    with pytest.raises(ResumeError, match="not the latest"):
        call(app, Command(resume="second"), asked_at)

    assert app.get_state(thread).values["log"] == ["first", "z"]


def test_resume_that_names_the_latest_checkpoint_is_an_ordinary_resume(call, saver, thread):
    """9.11"""
    app = chain(saver, q=ask("q"))
    call(app, {"x": 1}, thread)

    assert call(app, Command(resume="yes"), app.get_state(thread).config)["log"] == ["yes"]


@pytest.mark.parametrize(
    "leads",
    [
        lambda state: Command(goto="revieww"),
        lambda state: Command(goto=[Send("revieww", {})]),
    ],
)
def test_an_unknown_goto_or_send_target_names_the_closest_node(call, leads):
    """4.5, 4.6, B22 10"""
    builder = StateGraph(Log).add_node("a", leads).add_node("review", say("review"))
    builder.add_edge(START, "a")

    with pytest.raises(UnknownNodeError, match="Did you mean 'review'"):
        call(builder.compile(), {"x": 1})


def test_an_unknown_branch_name_names_the_closest_node(call):
    """4.3"""
    builder = StateGraph(Log).add_node("a", say("a")).add_node("review", say("review"))
    builder.add_edge(START, "a").add_conditional_edges("a", lambda state: "reviev")

    with pytest.raises(UnknownNodeError, match="Did you mean 'review'"):
        call(builder.compile(), {"x": 1})


def test_a_branch_off_its_path_map_is_a_key_error_and_stores_nothing(call, saver, thread):
    """4.3, 8.11: LangGraph shows the failed node's update as if it were stored."""
    builder = StateGraph(Log).add_node("a", say("a")).add_edge(START, "a")
    builder.add_conditional_edges("a", lambda state: "elsewhere", {"end": END})
    app = builder.compile(saver)

    with pytest.raises(KeyError, match="elsewhere"):
        call(app, {"x": 1}, thread)

    assert app.get_state(thread).values["log"] == []
    assert app.get_state(thread).next == ("a",)


def test_a_pause_in_a_branch_function_shows_only_what_is_stored(call, saver, thread):
    """4.3, 8.11"""
    builder = StateGraph(Log).add_node("a", say("a")).add_edge(START, "a")
    builder.add_conditional_edges("a", lambda state: interrupt("where?"), {"end": END})
    app = builder.compile(saver)

    assert call(app, {"x": 1}, thread)["log"] == []
    assert call(app, Command(resume="end"), thread)["log"] == ["a"]


def test_reading_never_fails_because_of_what_is_stored(call, saver, thread):
    """2.2"""
    app = fan(saver, a=lambda state: {"x": 1}, b=lambda state: {"x": 2}, q=ask("q"))
    result = call(app, {"log": []}, thread)

    assert [each.value for each in result["__interrupt__"]] == ["q"]
    assert app.get_state(thread).next == ("q",)
    assert list(app.get_state_history(thread))


def test_a_goto_with_an_answer_is_part_of_the_record(call, saver, thread):
    """9.6, 11.5: a task that Command(goto=) started shows, so that its question shows."""
    builder = StateGraph(Log).add_node("q", ask("q")).add_node("side", ask("side"))
    app = builder.add_edge(START, "q").compile(saver)
    call(app, {"x": 1}, thread)

    result = call(app, Command(resume="ok", goto="side"), thread)

    assert result["log"] == ["ok"]
    assert list(waiting(app, thread)) == ["side"]
    assert call(app, Command(resume="done"), thread)["log"] == ["ok", "done"]


def test_a_command_as_first_input_is_applied_once(call, saver, thread):
    """LangGraph applies it before START and again as START's output."""
    builder = StateGraph(Log).add_node("a", say("a")).add_node("b", say("b"))
    app = builder.add_edge(START, "a").compile(saver)

    result = call(app, Command(update={"log": ["in"]}, goto="b"), thread)

    assert result["log"] == ["in", "a", "b"]


def test_tuples_come_back_as_tuples(call, saver, thread):
    """19.2"""
    app = chain(saver, a=lambda state: {"x": (1, (2,))}, q=ask("q"))
    call(app, {"log": []}, thread)

    assert call(app, Command(resume="go"), thread)["x"] == (1, (2,))


def test_an_answer_that_finds_no_question_any_more_blocks_the_thread(call, saver, thread):
    """README table: changed code under a paused thread; the task stays open."""
    call(chain(saver, q=ask("q")), {"x": 1}, thread)
    changed = chain(saver, q=say("no question"))

    with pytest.raises(QuestionGoneError, match="'q' asked 0 questions, but 1"):
        call(changed, Command(resume="yes"), thread)

    assert list(waiting(changed, thread)) == ["q"]
    assert "QuestionGoneError" in changed.get_state(thread).tasks[0].error


def test_a_removed_node_refuses_the_answer_before_it_is_stored(call, saver, thread):
    """README table: the task stays open."""
    old = chain(saver, q=ask("q"))
    call(old, {"x": 1}, thread)

    with pytest.raises(UnknownNodeError, match="'q'"):
        call(chain(saver, quiz=ask("q")), Command(resume="yes"), thread)

    assert list(waiting(old, thread)) == ["q"]


def test_an_empty_command_is_refused(call, saver: InMemorySaver, thread):
    """9.6"""
    app = chain(saver, a=say("a"))
    call(app, {"x": 1}, thread)

    with pytest.raises(EmptyInputError):
        call(app, Command(), thread)
