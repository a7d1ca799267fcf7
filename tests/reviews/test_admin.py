"""The admin: every model is there, rows of services cannot be touched, pages lead on."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.engine.saver import DjangoSaver
from reviews.models import (
    AllowedLicence,
    ApiToken,
    Assistant,
    AuditEvent,
    Checkpoint,
    CheckpointBlob,
    CheckpointWrite,
    Decision,
    InterruptTask,
    LicenceException,
    LicenceReport,
    Queue,
    QueueMember,
    RoutingRule,
    Run,
)
from reviews.services import claims, decisions, tokens
from reviews.services.answers import Verdict
from tests.cast import Cast
from tests.factories import make_run, make_task
from tests.runtime.saver_conformance import checkpoint, grown

MODELS = list(apps.get_app_config("reviews").get_models())
EDITED = [Queue, QueueMember, RoutingRule]
OWNED = [model for model in MODELS if model not in EDITED]
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def root(cast: Cast) -> Client:
    """Signed in as alice, who is a superuser here."""
    User.objects.filter(pk=cast.alice.pk).update(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(cast.alice)
    return client


@pytest.fixture
def rows(cast: Cast) -> dict[type[Model], Model]:
    """One row of every model, from one story: a run paused, was claimed, decided."""
    return {type(row): row for row in _story(cast)} | {
        model: model.objects.first() for model in (Queue, QueueMember, RoutingRule, AuditEvent)
    }


def _story(cast: Cast, number: int = 1) -> list[Model]:
    run = make_run(status="success", metadata={"note": HOSTILE})
    thread = run.thread
    place = {"thread": thread, "checkpoint_id": f"c{number}"}
    checkpoint = Checkpoint.objects.create(
        **place,
        run=run,
        step=1,
        source="loop",
        next='["ask"]',
        joins="[]",
        deferred="[]",
        versions={"notes": f"c{number}"},
        metadata="{}",
        saved_at="",
    )
    blob = CheckpointBlob.objects.create(
        thread=thread, channel="notes", version=f"c{number}", data=json.dumps([HOSTILE])
    )
    write = CheckpointWrite.objects.create(
        **place, task_id="t", path="[]", idx=0, channel="notes", data="[]"
    )
    task = make_task(queue=cast.licences, payload=HOSTILE, **place, run=run)
    claim = claims.claim(cast.bob, task.uuid)
    verdict = Verdict("respond", value=HOSTILE)
    decision = decisions.decide(cast.bob, task.uuid, verdict, seen=None)
    tokens.issue(cast.bob, f"key {number}")
    effect = {"thread": thread, "effect_key": f"e{number}"}
    return [
        *(thread, run, checkpoint, blob, write, task, claim, decision),
        *(Assistant.objects.get(), ApiToken.objects.last(), cast.licences.events.first()),
        LicenceException.objects.create(**effect, package="p", expression="MIT", reason="r"),
        AllowedLicence.objects.create(thread=thread, spdx_id=f"MIT-{number}"),
        LicenceReport.objects.create(**effect, title="t", body=HOSTILE),
    ]


def _page(name: str, model: type[Model], *args: Any) -> str:
    return reverse(f"admin:reviews_{model._meta.model_name}_{name}", args=args)


def test_every_model_is_registered() -> None:
    assert [model for model in MODELS if not admin.site.is_registered(model)] == []


@pytest.mark.parametrize("model", MODELS)
def test_list_and_page_of_every_model_are_shown_and_escaped(
    root: Client, rows: dict[type[Model], Model], model: type[Model]
) -> None:
    listed = root.get(_page("changelist", model))
    shown = root.get(_page("change", model, rows[model].pk))
    assert (listed.status_code, shown.status_code) == (200, 200)
    assert HOSTILE not in listed.content.decode() + shown.content.decode()


@pytest.mark.parametrize("model", OWNED)
def test_rows_of_services_cannot_be_added_changed_or_deleted(
    root: Client, rows: dict[type[Model], Model], model: type[Model]
) -> None:
    row = rows[model]
    before = model.objects.filter(pk=row.pk).values().get()
    assert root.post(_page("add", model), {"status": "idle"}).status_code == 403
    changed = root.post(_page("change", model, row.pk), {"status": "idle", "title": "x"})
    assert changed.status_code == 403
    assert root.post(_page("delete", model, row.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    root.post(_page("changelist", model), chosen)
    assert model.objects.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_few_queries_however_long_it_is(
    cast: Cast, root: Client, model: type[Model]
) -> None:
    _story(cast, 1)
    address = _page("changelist", model)
    root.get(address)
    with CaptureQueriesContext(connection) as few:
        root.get(address)
    for number in range(2, 6):
        _story(cast, number)
    with CaptureQueriesContext(connection) as many:
        root.get(address)
    assert len(many) <= len(few)


def test_one_can_walk_from_thread_to_decision_and_back(
    cast: Cast, root: Client, rows: dict[type[Model], Model]
) -> None:
    _story(cast, 2)  # what the filters must leave out
    task, decision = rows[InterruptTask], rows[Decision]
    thread, run, checkpoint = task.thread, task.run, rows[Checkpoint]
    ways = {
        _page("change", type(thread), thread.pk): [Run, Checkpoint, InterruptTask],
        _page("change", Run, run.pk): [Checkpoint, InterruptTask, thread],
        _page("change", Checkpoint, checkpoint.pk): [InterruptTask, thread, run],
        _page("change", InterruptTask, task.pk): [Decision, thread, run, checkpoint, task.queue],
        _page("change", Decision, decision.pk): [thread, task],
    }
    for start, ends in ways.items():
        links = re.findall('href="([^"]+)"', root.get(start).content.decode())
        for end in ends:
            assert [link for link in links if _leads_to(root, link, end)], (start, end)


def _leads_to(root: Client, link: str, end: Any) -> bool:
    """A row's own page, or a list of that model that is filtered and not empty."""
    if isinstance(end, Model):
        return link.split("?")[0] == _page("change", type(end), end.pk)
    if not link.startswith(_page("changelist", end) + "?"):
        return False
    listed = root.get(link.replace("&amp;", "&"))
    return 0 < listed.context["cl"].result_count < end.objects.count()


def test_a_checkpoint_shows_the_values_of_its_channels(
    root: Client, rows: dict[type[Model], Model]
) -> None:
    shown = root.get(_page("change", Checkpoint, rows[Checkpoint].pk)).content.decode()
    assert "&quot;notes&quot;: [" in shown
    assert "alert(1)" in shown


def test_a_checkpoint_shows_a_grown_list_whole_and_says_what_cannot_be_read(
    root: Client, rows: dict[type[Model], Model]
) -> None:
    thread = rows[Checkpoint].thread
    saver, name = DjangoSaver(thread), str(thread.uuid)
    saver.put(name, checkpoint("d1", values={"x": ["first"]}))
    saver.put(name, grown("d2", "d1", ["first", "second"], 1))
    saved = Checkpoint.objects.get(thread=thread, checkpoint_id="d2")
    saved.versions["y"] = "d2"
    saved.save()
    CheckpointBlob.objects.create(thread=thread, channel="y", version="d2", data="{broken")
    assert CheckpointBlob.objects.get(thread=thread, channel="x", version="d2").base == "d1"
    shown = unescape(root.get(_page("change", Checkpoint, saved.pk)).content.decode())
    assert re.search(r'"x": \[\s*"first",\s*"second"\s*\]', shown)
    assert '"y": "The stored state cannot be read: ' in shown


@pytest.mark.parametrize("model", MODELS)
def test_the_search_box_takes_anything(root: Client, model: type[Model]) -> None:
    for text in ("x", "'; --", "%", "00000000-0000-0000-0000-000000000000", "🦊"):
        assert root.get(_page("changelist", model), {"q": text}).status_code == 200


def test_a_key_is_listed_by_prefix_and_never_shown(cast: Cast, root: Client) -> None:
    key = tokens.issue(cast.bob, "laptop")
    token = ApiToken.objects.get()
    for address in (_page("changelist", ApiToken), _page("change", ApiToken, token.pk)):
        text = root.get(address).content.decode()
        assert token.prefix in text
        assert key[9:] not in text
        assert token.digest not in text


def test_a_key_is_revoked_by_an_action(cast: Cast, root: Client) -> None:
    key = tokens.issue(cast.bob, "laptop")
    chosen = {"action": "revoke", "_selected_action": [ApiToken.objects.get().pk]}
    root.post(_page("changelist", ApiToken), chosen)
    assert tokens.lookup(key) is None
    assert AuditEvent.objects.filter(verb="revoke", actor="alice").count() == 1


def test_staff_who_may_only_look_revoke_nothing(cast: Cast) -> None:
    key = tokens.issue(cast.bob, "laptop")
    cast.vera.user_permissions.add(Permission.objects.get(codename="view_apitoken"))
    User.objects.filter(pk=cast.vera.pk).update(is_staff=True)
    root = Client()
    root.force_login(cast.vera)
    chosen = {"action": "revoke", "_selected_action": [ApiToken.objects.get().pk]}
    assert root.get(_page("changelist", ApiToken)).status_code == 200
    root.post(_page("changelist", ApiToken), chosen)
    assert tokens.lookup(key) is not None


def test_a_queue_and_its_members_are_edited_and_audited(cast: Cast, root: Client) -> None:
    form = {
        "name": "Licences!",
        "slug": "licences",
        "claim_seconds": 60,
        "active": "on",
        "members-TOTAL_FORMS": 1,
        "members-INITIAL_FORMS": 0,
        "members-0-user": cast.charlie.pk,
        "members-0-role": "viewer",
    }
    answer = root.post(_page("change", Queue, cast.licences.pk), form)
    assert answer.status_code == 302
    cast.licences.refresh_from_db()
    assert (cast.licences.name, cast.licences.claim_seconds) == ("Licences!", 60)
    assert cast.licences.members.get(user=cast.charlie).role == "viewer"
    row = AuditEvent.objects.get(verb="change", object_kind="queue")
    assert row.actor == "alice"
    assert "charlie: viewer" in json.dumps(row.data)


def test_removing_a_member_is_audited(cast: Cast, root: Client) -> None:
    member = QueueMember.objects.get(queue=cast.licences, user=cast.vera)
    root.post(_page("delete", QueueMember, member.pk), {"post": "yes"})
    assert not QueueMember.objects.filter(pk=member.pk).exists()
    row = AuditEvent.objects.get(verb="delete", object_kind="queuemember")
    assert (row.actor, row.data) == ("alice", {"was": "vera: viewer of Licences"})


def test_a_member_must_be_a_user_or_a_group(cast: Cast, root: Client) -> None:
    answer = root.post(_page("add", QueueMember), {"queue": cast.tools.pk, "role": "viewer"})
    assert answer.status_code == 200
    assert "member_is_user_or_group" in answer.content.decode()
