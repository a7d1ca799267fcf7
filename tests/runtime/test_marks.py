"""B22 2: an answer never goes to another question than the one that was shown."""

from __future__ import annotations

from typing import Any

import pytest

from runtime import Command, interrupt
from runtime.errors import QuestionChangedError
from runtime.marks import is_other, mark
from tests.runtime.helpers import chain, fan

LONG = "Dear customer, " * 10


def asking(questions: list[Any], **options: Any) -> Any:
    """A node that asks what stands in the list when it runs."""
    return lambda state: {"log": [interrupt(each, **options) for each in list(questions)]}


def test_swapped_questions_stop_with_an_error_that_names_both(call, saver, thread):
    questions = ["your name?", "your age?"]
    app = chain(saver, form=asking(questions))
    call(app, {"x": 1}, thread)
    call(app, Command(resume="Ada"), thread)
    questions.reverse()

    with pytest.raises(QuestionChangedError) as caught:
        call(app, Command(resume=36), thread)
    assert "'your age?' where 'your name?' was answered" in str(caught.value)
    assert "log" not in app.get_state(thread).values or not app.get_state(thread).values["log"]

    questions.reverse()
    assert [each.value for each in app.get_state(thread).interrupts] == ["your age?"]
    assert call(app, Command(resume=36), thread)["log"] == ["Ada", 36]


def test_a_replaced_question_does_not_get_the_answer(call, saver, thread):
    questions = ["delete the draft?"]
    app = chain(saver, form=asking(questions))
    call(app, {"x": 1}, thread)
    questions[:] = ["delete everything?"]

    with pytest.raises(QuestionChangedError):
        call(app, Command(resume=True), thread)


def test_a_node_cannot_swallow_the_error(call, saver, thread):
    questions = ["a?"]

    def careless(state: Any) -> Any:
        try:
            return {"log": [interrupt(questions[0])]}
        except Exception:
            return {"log": ["approved anyway"]}

    app = chain(saver, careless=careless)
    call(app, {"x": 1}, thread)
    questions[:] = ["b?"]

    with pytest.raises(QuestionChangedError):
        call(app, Command(resume=True), thread)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("As of 2026-01-02 10:11:12, go on?", "As of 2026-01-02 10:15:00, go on?"),
        ({"ask": "send?", "draft": LONG}, {"ask": "send?", "draft": LONG + "again"}),
        ({"ask": "sure?", "score": 0.71}, {"ask": "sure?", "score": 0.69}),
        ([{"name": "pay", "at": 1767312000.5}], [{"name": "pay", "at": 1767312999.5}]),
    ],
)
def test_a_question_that_is_built_anew_is_the_same_question(call, saver, thread, first, then):
    questions = [first]
    app = chain(saver, form=asking(questions))
    call(app, {"x": 1}, thread)
    questions[:] = [then]

    assert call(app, Command(resume="yes"), thread)["log"] == ["yes"]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("approve item 1?", "approve item 2?"),
        ({"ask": "pay?", "amount": 5}, {"ask": "pay?", "amount": 500}),
        ({"ask": "send?", "to": "Ada"}, {"ask": "send?", "cc": "Ada"}),
        ([{"name": "read"}], [{"name": "delete"}]),
        ("pay?", {"ask": "pay?"}),
    ],
)
def test_what_a_person_read_is_compared(first, then):
    assert is_other(mark(then, None), 0, [mark(first, None)])


def test_long_texts_that_change_places_are_told_apart():
    first, second = mark(LONG + "a", None), mark(LONG + "b", None)
    assert is_other(second, 0, [first, second])
    assert not is_other(mark(LONG + "c", None), 0, [first, second])


def test_a_key_names_the_question_whatever_its_value(call, saver, thread):
    questions = ["Draft one: buy?"]
    app = chain(saver, form=asking(questions, key="buy"))
    call(app, {"x": 1}, thread)
    questions[:] = ["Draft two: buy?"]

    assert call(app, Command(resume="yes"), thread)["log"] == ["yes"]
    assert is_other(mark("same text", "a"), 0, [mark("same text", "b")])


def test_who_edits_with_the_answer_knows_that_the_question_changes(call, saver, thread):
    """9.6"""
    app = chain(saver, pay=lambda state: {"log": [interrupt(f"pay {state['x']}?")]})
    call(app, {"x": 5}, thread)

    assert call(app, Command(resume="yes", update={"x": 7}), thread)["log"] == ["yes"]


def test_inner_questions_are_compared_too(call, saver, thread):
    questions = ["a?"]
    app = fan(saver, sub=chain(None, form=asking(questions)))
    call(app, {"x": 1}, thread)
    questions[:] = ["b?"]

    with pytest.raises(QuestionChangedError):
        call(app, Command(resume=True), thread)
    assert [each.value for each in app.get_state(thread).interrupts] == ["a?"]
