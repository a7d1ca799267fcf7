"""The licence review end to end on the runtime: questions, answers, tools, and their rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from reviews.demo.graphs import licence_review
from reviews.demo.requirements import BadInput
from reviews.models import AllowedLicence, LicenceException, LicenceReport
from reviews.services import answers
from runtime import Command, InMemorySaver
from tests.reviews.demo.distributions import install

pytestmark = pytest.mark.django_db(transaction=True)

Answer = Callable[[dict[str, Any]], Any]
APPROVE = {"type": "approve", "value": {"months": 6}, "reason": "", "comment": "used unchanged"}
REJECT = {"type": "reject", "value": None, "reason": "not needed", "comment": ""}


class Review:
    """One thread of the graph, answered question by question."""

    def __init__(self) -> None:
        self.app = licence_review.compile(checkpointer=InMemorySaver())
        self.config = {"configurable": {"thread_id": str(uuid4())}}
        self.result: dict[str, Any] = {}

    def start(self, **graph_input: str) -> Review:
        self.result = self.app.invoke(graph_input, self.config)
        return self

    @property
    def waiting(self) -> dict[str, dict[str, Any]]:
        """Payload by interrupt id, in the order asked."""
        return {one.id: one.value for one in self.result.get("__interrupt__", ())}

    @property
    def titles(self) -> list[str]:
        return [payload["title"] for payload in self.waiting.values()]

    def answer(self, **by_word: Any) -> Review:
        """Answer the question whose title has the word; a callable gets the payload."""
        resume = {}
        for interrupt_id, payload in self.waiting.items():
            for word, given in by_word.items():
                if word in payload["title"]:
                    resume[interrupt_id] = given(payload) if callable(given) else given
        self.result = self.app.invoke(Command(resume=resume), self.config)
        return self

    def findings(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.app.get_state(self.config).values["findings"]
        return found


def rule(**verdicts: dict[str, Any]) -> Answer:
    """Answer the tool calls: by tool name, approve where nothing is said."""
    return lambda payload: {
        "decisions": [
            verdicts.get(call["name"], {"type": "approve"}) for call in payload["actions"]
        ]
    }


@pytest.fixture
def site(tmp_path: Path) -> Path:
    install(tmp_path, "plain", "License-Expression: MIT")
    install(tmp_path, "weak", "License-Expression: LGPL-3.0-only", version="2.1")
    return tmp_path


def review(site: Path) -> Review:
    return Review().start(source="path", text=str(site))


def test_only_what_no_rule_decides_is_asked(site: Path) -> None:
    started = review(site)

    (payload,) = started.waiting.values()

    assert payload["title"] == "May we use weak 2.1 (LGPL-3.0-only)?"
    assert payload["proposal"]["why asked"].startswith("LGPL-3.0-only is weak copyleft")
    assert "not needed" in payload["expects"]["reasons"]


def test_an_approval_ends_in_an_exception_a_report_and_no_question_next_time(site: Path) -> None:
    done = review(site).answer(weak=APPROVE).answer(Review=rule())

    row = LicenceException.objects.get()
    assert (row.package, row.version, row.expression) == ("weak", "2.1", "LGPL-3.0-only")
    assert row.reason == "used unchanged"
    assert timedelta(days=150) < row.expires_on - timezone.localdate() < timedelta(days=190)
    assert "| weak | 2.1 | LGPL-3.0-only | approved |" in LicenceReport.objects.get().body
    assert done.result["summary"].startswith("2 packages: 1 allowed by rule, 1 approved. 2 of 2")
    assert review(site).titles == ["Review 1 tool call for " + _label(site)]


def test_an_expired_exception_is_asked_about_again(site: Path) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    LicenceException.objects.create(
        package="weak", expression="LGPL-3.0-only", reason="x", expires_on=yesterday, effect_key="k"
    )

    assert review(site).titles == ["May we use weak 2.1 (LGPL-3.0-only)?"]


def test_an_exception_does_not_cover_another_licence_of_the_package(site: Path) -> None:
    LicenceException.objects.create(
        package="weak", expression="MPL-2.0", reason="x", expires_on=None, effect_key="k"
    )

    assert review(site).titles == ["May we use weak 2.1 (LGPL-3.0-only)?"]


def test_an_allowed_licence_is_not_asked_about(site: Path) -> None:
    AllowedLicence.objects.create(spdx_id="LGPL-3.0-only")

    done = review(site)

    assert "weak" not in " ".join(done.titles)
    assert done.findings()["weak"]["why"] == "on the allow-list"


def test_a_rejected_package_gets_no_exception_and_its_reason_is_in_the_report(site: Path) -> None:
    done = review(site).answer(weak=REJECT)

    assert [call["name"] for call in _calls(done)] == ["write_report"]
    done.answer(Review=rule())
    assert LicenceException.objects.count() == 0
    assert "| rejected |" in LicenceReport.objects.get().body
    assert "not needed" in LicenceReport.objects.get().body


def test_each_call_gets_its_own_verdict_and_only_what_may_run_leaves_a_row(site: Path) -> None:
    install(site, "weaker", "License-Expression: LGPL-3.0-only")
    asked = review(site).answer(weak=APPROVE)
    edited = {**_calls(asked)[1]["args"], "reason": "only in tests", "package": "weaker"}
    decisions = [
        {"type": "reject", "message": "too long"},
        {"type": "edit", "edited_action": {"name": "record_exception", "args": edited}},
        {"type": "respond", "message": "ask legal first"},
        {"type": "approve"},
    ]

    done = asked.answer(Review={"decisions": decisions})

    assert [row.reason for row in LicenceException.objects.all()] == ["only in tests"]
    assert AllowedLicence.objects.count() == 0
    assert [(one["name"], one["ran"], one["text"]) for one in done.result["results"]][:3] == [
        ("record_exception", False, "Rejected. too long"),
        ("record_exception", True, done.result["results"][1]["text"]),
        ("allow_licence", False, "ask legal first"),
    ]
    assert "Rejected. too long" in LicenceReport.objects.get().body


def test_a_licence_approved_for_two_packages_is_proposed_for_the_allow_list(site: Path) -> None:
    install(site, "weaker", "License-Expression: LGPL-3.0-only")

    review(site).answer(weak=APPROVE).answer(Review=rule())

    assert [row.spdx_id for row in AllowedLicence.objects.all()] == ["LGPL-3.0-only"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("yes", "one decision for each of the 2 calls"),
        ({"decisions": [{"type": "approve"}]}, "one decision for each of the 2 calls"),
        (rule(record_exception={"type": "maybe"}), "'maybe' is no verdict"),
        (
            rule(write_report={"type": "edit", "edited_action": {"name": "rm", "args": {}}}),
            "not the tool",
        ),
        (
            rule(
                write_report={"type": "edit", "edited_action": {"name": "write_report", "args": {}}}
            ),
            "'title' is a required property",
        ),
    ],
)
def test_an_answer_that_does_not_fit_the_calls_runs_none(
    site: Path, answer: Any, reason: str
) -> None:
    asked = review(site).answer(weak=APPROVE)

    with pytest.raises(ValueError, match=reason):
        asked.answer(Review=answer)

    assert LicenceException.objects.count() == LicenceReport.objects.count() == 0
    assert asked.answer(Review=rule()).result["summary"]


def test_an_edited_call_with_a_licence_that_is_none_is_refused(site: Path) -> None:
    asked = review(site).answer(weak=APPROVE)
    args = {**_calls(asked)[0]["args"], "expression": "LGPL whatever"}
    edit = {"type": "edit", "edited_action": {"name": "record_exception", "args": args}}

    with pytest.raises(ValueError, match="expression: This is not an SPDX expression"):
        asked.answer(Review=rule(record_exception=edit))


def test_a_free_text_licence_is_corrected_and_then_judged(tmp_path: Path) -> None:
    install(tmp_path, "twofold", "License: Dual MIT or GPL")
    asked = review(tmp_path)
    edit = {"type": "edit", "value": {"expression": "mit or gpl-3.0-only", "note": "README"}}

    done = asked.answer(twofold=edit)

    assert asked.titles != ["Which licence has twofold 1.0?"]
    assert done.findings()["twofold"]["expression"] == "MIT OR GPL-3.0-only"
    assert done.findings()["twofold"]["verdict"] == "allowed"
    assert done.findings()["twofold"]["reason"] == "README"


def test_a_corrected_licence_that_is_copyleft_is_asked_about_next(tmp_path: Path) -> None:
    install(tmp_path, "bsdish", "License: BSD")

    asked = review(tmp_path).answer(
        bsdish={"type": "edit", "value": {"expression": "AGPL-3.0-only"}}
    )

    assert asked.titles == ["May we use bsdish 1.0 (AGPL-3.0-only)?"]


def test_an_invalid_correction_is_asked_again_with_what_was_typed(tmp_path: Path) -> None:
    install(tmp_path, "bsdish", "License: BSD")

    asked = review(tmp_path).answer(bsdish={"type": "edit", "value": {"expression": "BSD-ish"}})

    (payload,) = asked.waiting.values()
    assert payload["attempt"] == 2
    assert payload["proposal"]["expression"] == "BSD-ish"
    assert "Unknown license" in payload["field_errors"]["expression"][0]


def test_a_rejected_correction_rejects_the_package(tmp_path: Path) -> None:
    install(tmp_path, "bsdish", "License: BSD")

    done = review(tmp_path).answer(bsdish=REJECT)

    assert done.findings()["bsdish"]["verdict"] == "rejected"


def test_an_unknown_licence_is_entered_and_asked_again_while_it_is_invalid(tmp_path: Path) -> None:
    install(tmp_path, "bare")
    asked = review(tmp_path).answer(bare={"expression": "bogus", "note": "guess"})

    (payload,) = asked.waiting.values()
    assert (payload["kind"], payload["attempt"]) == ("input", 2)
    assert payload["field_errors"]["expression"] == [payload["error"]]
    assert payload["proposal"] == {"expression": "bogus", "note": "guess"}

    assert asked.answer(bare="mit").findings()["bare"]["expression"] == "MIT"


def test_after_the_last_attempt_a_person_decides_about_an_unknown_licence(tmp_path: Path) -> None:
    install(tmp_path, "bare")
    asked = review(tmp_path)
    for _ in range(3):
        asked.answer(bare={"expression": "bogus"})

    assert asked.titles == ["May we use bare 1.0 (licence unknown)?"]
    asked.answer(bare=APPROVE).answer(Review=rule())
    assert LicenceException.objects.get().expression == "NOASSERTION"
    assert [title.split(" for ")[0] for title in review(tmp_path).titles] == ["Review 1 tool call"]


def test_requirements_are_reviewed_and_what_is_not_installed_is_asked() -> None:
    text = "Django\nno-such-package-here>=3\nsix; python_version < '3'\n"

    asked = Review().start(source="requirements", text=text)

    assert asked.titles == ["Enter the licence of no-such-package-here >=3"]
    assert asked.findings()["six"]["verdict"] == "skipped"


@pytest.mark.parametrize(
    ("source", "text"),
    [("requirements", "Django\nfoo bar"), ("path", "/no/such/folder"), ("requirements", "")],
)
def test_bad_input_is_an_error_by_name(source: str, text: str) -> None:
    with pytest.raises(BadInput):
        Review().start(source=source, text=text)


def test_the_running_environment_asks_a_sensible_number_of_questions() -> None:
    asked = Review().start()

    assert 3 <= len(asked.titles) <= 25


def test_every_question_can_be_read_by_the_site(tmp_path: Path) -> None:
    install(tmp_path, "weak", "License-Expression: LGPL-3.0-only")
    install(tmp_path, "bsdish", "License: BSD")
    install(tmp_path, "bare")
    asked = review(tmp_path)

    kinds = {answers.read(payload).kind for payload in asked.waiting.values()}
    asked.answer(
        bare="mit", bsdish={"type": "approve", "value": {"expression": "MIT"}}, weak=REJECT
    )

    assert kinds == {"approve", "edit", "input"}
    assert [answers.read(payload).kind for payload in asked.waiting.values()] == ["tools"]


def test_a_second_review_in_one_thread_starts_afresh_and_writes_its_own_rows(site: Path) -> None:
    thread = review(site).answer(weak=APPROVE).answer(Review=rule())
    LicenceException.objects.all().delete()

    thread.start(source="path", text=str(site)).answer(weak=APPROVE).answer(Review=rule())

    assert LicenceException.objects.count() == 1
    assert LicenceReport.objects.count() == 2


def _calls(asked: Review) -> list[dict[str, Any]]:
    (payload,) = asked.waiting.values()
    calls: list[dict[str, Any]] = payload["actions"]
    return calls


def _label(site: Path) -> str:
    return f"{str(site)[:60]} (2 packages)"
