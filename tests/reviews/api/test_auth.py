"""Keys and sessions: who gets in, and from when on no longer."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from reviews.models import ApiToken, AuditEvent, InterruptTask
from reviews.services import tokens
from tests.cast import Cast
from tests.factories import make_task

QUEUES = "/api/review/queues"
APPROVE = {"action": "approve"}
QUESTION = {"kind": "approve", "title": "Go?", "expects": {"decisions": ["approve", "reject"]}}


def _status_with(key: str) -> int:
    return Client(headers={"X-Api-Key": key}).get(QUEUES).status_code


def _decisions_of(task: InterruptTask) -> str:
    return f"/api/review/tasks/{task.uuid}/decisions"


def test_a_key_opens_the_api_and_is_not_stored(cast: Cast) -> None:
    key = tokens.issue(cast.bob, "laptop")
    token = ApiToken.objects.get()
    assert _status_with(key) == 200
    assert len(key) == 46
    assert key.startswith("so_")
    assert token.prefix == key[:9]
    assert key not in str(vars(token))
    assert key[9:] not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize("key", ["", "so_", "so_" + "x" * 43, "ö", "x" * 10_000])
def test_an_unknown_key_is_401_with_a_reason(cast: Cast, key: str) -> None:
    answer = Client(headers={"X-Api-Key": key}).get(QUEUES)
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
    assert answer["WWW-Authenticate"] == "X-Api-Key"


def test_nobody_is_401(cast: Cast) -> None:
    answer = Client().get(QUEUES)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_a_revoked_key_stops_at_the_next_request(cast: Cast) -> None:
    key = tokens.issue(cast.bob, "laptop")
    assert _status_with(key) == 200
    tokens.revoke(cast.alice, ApiToken.objects.get())
    assert _status_with(key) == 401


def test_revoking_twice_is_audited_once(cast: Cast) -> None:
    tokens.issue(cast.bob, "laptop")
    tokens.revoke(cast.alice, ApiToken.objects.get())
    first = ApiToken.objects.get().revoked_at
    tokens.revoke(cast.alice, ApiToken.objects.get())
    assert ApiToken.objects.get().revoked_at == first
    assert AuditEvent.objects.filter(verb="revoke", actor="alice").count() == 1


def test_an_expired_key_is_refused(cast: Cast) -> None:
    now = timezone.now()
    assert _status_with(tokens.issue(cast.bob, "a", expires_at=now + timedelta(hours=1))) == 200
    assert _status_with(tokens.issue(cast.bob, "b", expires_at=now - timedelta(seconds=1))) == 401


def test_the_key_of_a_disabled_person_is_refused(cast: Cast) -> None:
    key = tokens.issue(cast.bob, "laptop")
    cast.bob.is_active = False
    cast.bob.save(update_fields=["is_active"])
    assert _status_with(key) == 401


def test_the_last_use_is_written_at_most_once_a_minute(cast: Cast) -> None:
    key = tokens.issue(cast.bob, "laptop")
    tokens.lookup(key)
    first = ApiToken.objects.get().last_used_at
    tokens.lookup(key)
    assert ApiToken.objects.get().last_used_at == first
    earlier = timezone.now() - timedelta(seconds=61)
    ApiToken.objects.update(last_used_at=earlier)
    tokens.lookup(key)
    assert ApiToken.objects.get().last_used_at > earlier + timedelta(seconds=50)


def test_a_read_key_reads_and_does_not_decide(cast: Cast) -> None:
    task = make_task(queue=cast.licences, payload=QUESTION)
    client = Client(headers={"X-Api-Key": tokens.issue(cast.bob, "dash", scopes=["read"])})
    assert client.get(f"/api/review/tasks/{task.uuid}").status_code == 200
    answer = client.post(_decisions_of(task), APPROVE, content_type="application/json")
    assert answer.status_code == 403
    assert "'decide'" in answer.json()["detail"]
    assert not task.decisions.exists()


def test_a_run_key_does_not_decide_by_a_resume_command(cast: Cast) -> None:
    task = make_task(queue=cast.licences, payload=QUESTION)
    client = Client(headers={"X-Api-Key": tokens.issue(cast.bob, "agent", scopes=["run"])})
    body = {"assistant_id": "approval", "command": {"resume": {"type": "approve"}}}
    address = f"/api/threads/{task.thread.uuid}/runs"
    answer = client.post(address, body, content_type="application/json")
    assert answer.status_code == 403
    assert not task.decisions.exists()


def test_a_session_may_read_and_needs_the_csrf_token_to_write(cast: Cast) -> None:
    task = make_task(queue=cast.licences, payload=QUESTION)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.bob)
    assert browser.get(QUEUES).status_code == 200
    answer = browser.post(_decisions_of(task), APPROVE, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert not task.decisions.exists()


def test_a_bad_key_is_refused_even_with_a_session(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.bob)
    assert browser.get(QUEUES, headers={"X-Api-Key": "so_wrong"}).status_code == 401


def test_createtoken_prints_the_key_alone_on_the_last_line(cast: Cast) -> None:
    out = StringIO()
    call_command("createtoken", "bob", "--name", "ci", stdout=out)
    assert _status_with(out.getvalue().splitlines()[-1]) == 200
    assert ApiToken.objects.get().name == "ci"


def test_createtoken_for_an_unknown_or_disabled_person_fails(cast: Cast) -> None:
    with pytest.raises(CommandError, match="no user 'nobody'"):
        call_command("createtoken", "nobody")
    cast.bob.is_active = False
    cast.bob.save(update_fields=["is_active"])
    with pytest.raises(CommandError, match="disabled"):
        call_command("createtoken", "bob")
    assert not ApiToken.objects.exists()
