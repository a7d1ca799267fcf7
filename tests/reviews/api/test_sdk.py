"""The official Python SDK, unchanged, against a live server: start, ask, answer, read."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient
from pytest_django.live_server_helper import LiveServer

from reviews.models import Decision
from reviews.services import tokens
from tests.cast import Cast
from tests.reviews.api.clients import working

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sample_graphs"),
]


@pytest.fixture
def sdk(cast: Cast, live_server: LiveServer) -> Iterator[SyncLangGraphClient]:
    key = tokens.issue(cast.bob, "sdk")
    with get_sync_client(url=f"{live_server.url}/api", api_key=key) as client, working():
        yield client


def test_the_sdk_starts_a_run_and_answers_its_question(
    cast: Cast, sdk: SyncLangGraphClient
) -> None:
    thread = sdk.threads.create(metadata={"team": "legal"})["thread_id"]
    asked = sdk.runs.wait(thread, "approval", input={"subject": "book"})
    [question] = asked["__interrupt__"]
    assert sdk.threads.get(thread)["status"] == "interrupted"
    assert sdk.threads.get_state(thread)["next"] == ["ask"]
    answer = {"resume": {question["id"]: {"type": "approve"}}}
    values = sdk.runs.wait(thread, "approval", command=answer)
    assert values["notes"] == ["approve:", "published"]
    assert Decision.objects.get().reviewer == cast.bob
    assert [run["status"] for run in sdk.runs.list(thread)] == ["success", "success"]
    assert len(sdk.threads.get_history(thread)) == 4
    with pytest.raises(httpx.HTTPStatusError, match=r"404|409"):
        sdk.runs.wait(thread, "approval", command=answer)


def test_the_sdk_raises_the_error_of_a_failed_run(sdk: SyncLangGraphClient) -> None:
    thread = sdk.threads.create()["thread_id"]
    with pytest.raises(Exception, match="ValueError: the node is broken"):
        sdk.runs.wait(thread, "broken", input={"notes": []})
