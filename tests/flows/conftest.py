"""A live site with people at it, and a browser that notices every broken rule of the page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.cast import cast, django_db_setup, sample_graphs
from tests.flows.desk_graphs import GRAPHS
from tests.live import Site

__all__ = ["cast", "django_db_setup", "sample_graphs"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
QUIET = ("--disable-background-networking", "--disable-component-update")

SEED = """
from django.contrib.auth.models import User
from reviews.models import Queue, QueueMember, RoutingRule
queue = Queue.objects.create(slug="desk", name="Desk", guidance="Be *kind*.")
for name, role in (("alice", "lead"), ("bob", "reviewer"), ("vera", "viewer")):
    user = User.objects.create_superuser(name, password="signoff-demo")
    QueueMember.objects.create(queue=queue, user=user, role=role)
RoutingRule.objects.create(queue=queue)
"""


@dataclass
class Desk:
    """`start` asks a question; `sit` opens a browser window for a signed-in person."""

    site: Site
    browser: Browser
    client: httpx.Client
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def sit(self, name: str, **options: Any) -> Page:
        context = self.browser.new_context(base_url=self.site.url, **options)
        context.set_default_timeout(8000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto("/accounts/login/")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill("signoff-demo")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/inbox/")
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        # A 409 or 422 page is logged by the browser as a failed load, though it is a good answer.
        expected = "status of 4" in message.text or "WebSocket" in message.text
        if message.type == "error" and not expected:
            self.complaints.append(message.text)

    def start(self, graph: str, subject: str) -> str:
        """Start a run; returns the thread once its question waits."""
        thread = self.client.post("/threads", json={}).json()["thread_id"]
        run = {"assistant_id": graph, "input": {"subject": subject}}
        answer = self.client.post(f"/threads/{thread}/runs", json=run)
        assert answer.status_code == 200, answer.text
        self.site.wait_until(lambda: self.tasks(thread))
        return str(thread)

    def tasks(self, thread: str) -> list[dict[str, Any]]:
        query = {"status": "open", "thread": thread}
        return list(self.client.get("/review/tasks", params=query).json()["items"])

    def told(self, thread: str) -> Any:
        """What the graph was told, once it has finished."""
        self.site.wait_until(lambda: "told" in self._values(thread))
        return self._values(thread)["told"]

    def _values(self, thread: str) -> dict[str, Any]:
        return dict(self.client.get(f"/threads/{thread}/state").json()["values"])

    def leave(self) -> list[str]:
        """Close all windows; returns what the browser complained about."""
        while self.contexts:
            self.contexts.pop().close()
        found, self.complaints = self.complaints, []
        return found


@pytest.fixture(scope="module")
def whole_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    site = Site(tmp_path_factory.mktemp("desk"), {"HITL_GRAPHS": GRAPHS})
    site.manage("migrate", "-v", "0")
    site.python(SEED)
    key = site.manage("createtoken", "alice").strip().splitlines()[-1]
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert path, "The browser tests need Chromium: `python -m tests` installs it."
    site.start()
    with (
        httpx.Client(base_url=f"{site.url}/api", headers={"X-Api-Key": key}) as client,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *QUIET])
        yield Desk(site, browser, client)
        browser.close()
    site.kill()


@pytest.fixture
def desk(whole_desk: Desk) -> Iterator[Desk]:
    yield whole_desk
    assert whole_desk.leave() == []
