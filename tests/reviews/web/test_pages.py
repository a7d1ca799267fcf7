"""Runs, threads, effects and sign-in; and every page for a person who may see nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from reviews.models import (
    AllowedLicence,
    InterruptTask,
    LicenceException,
    LicenceReport,
    Run,
    Thread,
)
from reviews.services import decisions, worker
from reviews.services.answers import Verdict
from tests.cast import Cast
from tests.factories import make_run, make_task
from tests.reviews.web.pages import Page


def test_pages_ask_for_a_sign_in(cast: Cast, client: Client):
    task = make_task(queue=cast.licences)
    for url in ("/inbox/", "/runs/", "/effects/", f"/tasks/{task.uuid}/", "/inbox/changes/"):
        answer = client.get(url)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/?next=")


def test_signing_in_and_out_are_plain_forms(cast: Cast, client: Client):
    page = Page(client.get("/accounts/login/?next=/runs/").text)
    data = {**page.forms[0].data, "username": "bob", "password": "signoff-demo"}
    assert client.post("/accounts/login/", data)["Location"] == "/runs/"
    out = Page(client.get("/inbox/").text).form("/logout/")
    client.post(out.action, out.data)
    assert client.get("/inbox/").status_code == 302


def test_a_wrong_password_is_said_plainly(cast: Cast, client: Client):
    answer = client.post("/accounts/login/", {"username": "bob", "password": "x"})
    assert "correct username and password" in answer.text


def test_home_is_the_inbox(cast: Cast, client: Client):
    client.force_login(cast.bob)
    assert client.get("/")["Location"] == "/inbox/"


def effects(thread: Thread) -> LicenceReport:
    AllowedLicence.objects.create(thread=thread, spdx_id="MPL-2.0")
    LicenceException.objects.create(
        thread=thread, package="secretlib", expression="GPL-3.0-only", reason="x", effect_key="1"
    )
    return LicenceReport.objects.create(
        thread=thread, title="Report <1>", body="# Licences\n", effect_key="2"
    )


def test_a_stranger_finds_nothing_on_any_page(cast: Cast, client: Client):
    task = make_task(queue=cast.licences, payload="Tell nobody")
    make_run(thread=task.thread)
    report = effects(task.thread)
    client.force_login(cast.charlie)
    for url in (
        f"/tasks/{task.uuid}/",
        f"/tasks/{task.uuid}/row/",
        f"/tasks/{task.uuid}/notice/",
        f"/tasks/{task.uuid}/receipt/",
        f"/threads/{task.thread.uuid}/",
        f"/threads/{task.thread.uuid}/body/",
        f"/effects/reports/{report.uuid}/download/",
    ):
        assert client.get(url).status_code == 404, url
    for url in ("claim", "release", "decide"):
        assert client.post(f"/tasks/{task.uuid}/{url}/").status_code == 404, url
    for url in ("/inbox/", "/runs/", "/effects/"):
        text = client.get(url).text
        assert "Tell nobody" not in text
        assert "secretlib" not in text
        assert str(task.thread.uuid) not in text


def test_effects_of_visible_threads_are_shown_and_reports_download(cast: Cast, client: Client):
    report = effects(make_task(queue=cast.licences).thread)
    client.force_login(cast.vera)
    text = Page(client.get("/effects/").text).text
    assert "secretlib" in text
    assert "MPL-2.0" in text
    answer = client.get(f"/effects/reports/{report.uuid}/download/")
    assert answer.text == "# Licences\n"
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="report-1.md"'


@pytest.mark.usefixtures("sample_graphs")
class TestRuns:
    def test_a_form_starts_a_run_and_shows_its_thread(self, cast: Cast, client: Client):
        client.force_login(cast.bob)
        page = Page(client.get("/runs/new/approval/").text)
        data = {**page.forms[1].data, "input.subject": "the plan"}
        answer = client.post("/runs/new/approval/", data)
        thread = Thread.objects.get(owner=cast.bob)
        assert answer["Location"] == f"/threads/{thread.uuid}/"
        worker.drain()
        shown = Page(client.get(answer["Location"]).text)
        assert "Publish the plan?" in shown.text
        assert "One question waits" in shown.text

    def test_the_timeline_tells_decisions_between_checkpoints(self, cast: Cast, client: Client):
        client.force_login(cast.bob)
        client.post("/runs/new/approval/", {"input.subject": "the plan"})
        worker.drain()
        task = Thread.objects.get(owner=cast.bob).tasks.get()
        form = Page(client.get(f"/tasks/{task.uuid}/").text).form("/decide/")
        client.post(form.action, {**form.data, "action": "approve"})
        worker.drain()
        receipt = Page(client.get(f"/tasks/{task.uuid}/").text).text
        assert "Approved by bob" in receipt
        assert "The graph has gone on with it" in receipt
        assert "The graph has finished" in receipt
        thread = Page(client.get(f"/threads/{task.thread.uuid}/").text)
        assert "Approved by bob: Publish the plan?" in thread.text
        assert '"published"' in thread.text
        steps = [link for link in thread.links if "?checkpoint=" in link]
        first = Page(client.get(steps[0].split("#")[0]).text)
        assert "State at the chosen step" in first.text

    def test_a_failure_is_told_on_the_receipt(self, cast: Cast, client: Client):
        client.force_login(cast.bob)
        client.post("/runs/new/fragile/", {})
        worker.drain()
        task = Thread.objects.get(owner=cast.bob).tasks.get()
        form = Page(client.get(f"/tasks/{task.uuid}/").text).form("/decide/")
        client.post(form.action, {**form.data, "action": "respond", "response": "no number"})
        worker.drain()
        text = Page(client.get(f"/tasks/{task.uuid}/").text).text
        assert "invalid literal for int" in text

    @pytest.mark.parametrize("checkpoint", ["nope", "%25", "a" * 500])
    def test_an_unknown_checkpoint_is_not_found(self, cast: Cast, client: Client, checkpoint: str):
        client.force_login(cast.bob)
        client.post("/runs/new/approval/", {"input.subject": "x"})
        worker.drain()
        thread = Thread.objects.get(owner=cast.bob)
        answer = client.get(f"/threads/{thread.uuid}/?checkpoint={checkpoint}")
        assert answer.status_code == 404

    def test_starting_needs_the_right(self, cast: Cast, client: Client):
        client.force_login(cast.vera)
        assert client.get("/runs/new/approval/").status_code == 403
        assert client.post("/runs/new/approval/", {}).status_code == 403
        assert not Thread.objects.exists()
        assert not Run.objects.exists()

    def test_an_unknown_graph_is_not_found(self, cast: Cast, client: Client):
        client.force_login(cast.bob)
        assert client.get("/runs/new/nope/").status_code == 404


def test_an_input_that_does_not_fit_comes_back_with_its_field(cast: Cast, client: Client):
    client.force_login(cast.bob)
    answer = client.post("/runs/new/licence_review/", {"input.text": "x" * 100_001})
    assert answer.status_code == 422
    assert "f-input.text" in answer.text
    assert not Thread.objects.exists()


def test_a_decision_of_another_queue_is_told_without_its_question(cast: Cast, client: Client):
    shared = make_task(queue=cast.licences, payload="Shared question")
    make_run(thread=shared.thread)
    hidden = make_task(queue=cast.tools, payload="Hidden question", thread=shared.thread)
    decisions.decide(cast.bob, hidden.uuid, Verdict("respond", value="Hidden words"), seen=None)
    cast.tools.members.all().delete()
    client.force_login(cast.bob)
    text = Page(client.get(f"/threads/{shared.thread.uuid}/").text).text
    assert "a question in another queue" in text
    assert "Hidden" not in text


def test_the_receipt_names_no_question_of_another_queue(cast: Cast, client: Client):
    task = make_task(queue=cast.licences)
    make_run(thread=task.thread)
    make_task(queue=cast.tools, payload="Hidden question", thread=task.thread)
    decisions.decide(cast.bob, task.uuid, Verdict("respond", value="yes"), seen=None)
    InterruptTask.objects.filter(pk=task.pk).update(status="applied", applied_at=timezone.now())
    client.force_login(cast.bob)
    assert "Hidden question" in client.get(f"/tasks/{task.uuid}/receipt/").text
    cast.tools.members.all().delete()
    assert "Hidden question" not in client.get(f"/tasks/{task.uuid}/receipt/").text


def test_an_unknown_task_looks_like_a_hidden_one(cast: Cast, client: Client):
    hidden = make_task(queue=cast.licences)
    client.force_login(cast.charlie)
    one, other = (client.get(f"/tasks/{uuid}/") for uuid in (hidden.uuid, uuid4()))
    assert (one.status_code, other.status_code) == (404, 404)
    assert Page(one.text).text == Page(other.text).text


def test_no_page_carries_inline_code_styles_or_foreign_addresses(cast: Cast, client: Client):
    task = make_task(queue=cast.licences, payload={"kind": "edit", "proposal": {"a": [1]}})
    client.force_login(cast.alice)
    for url in ("/inbox/", f"/tasks/{task.uuid}/", "/runs/", "/effects/"):
        html = client.get(url).text
        for forbidden in (" style=", "<style", " onclick", "javascript:", "http://", "https://"):
            assert forbidden not in html, (url, forbidden)
