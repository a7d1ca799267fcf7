"""What goes wrong between a page and the site costs nobody a row, a claim or what they typed."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.flows.conftest import Desk

SECOND = 1000  # milliseconds
SHORTEN = """
from datetime import timedelta
from django.utils import timezone
from reviews.models import Claim
Claim.objects.filter(released_at=None).update(expires_at=timezone.now() + timedelta(seconds=4))
"""


def test_a_row_that_could_not_be_fetched_is_fetched_again(desk: Desk):
    page = desk.sit("bob")
    expect(page.locator("[data-connection='live']")).to_be_attached()
    failed: list[str] = []

    def fail_once(route: Route) -> None:
        if failed:
            route.continue_()
        else:
            failed.append(route.request.url)
            route.fulfill(status=429)

    page.route(re.compile("/row/"), fail_once)
    desk.start("approve", "the lost row")
    expect(page.get_by_role("link", name="Publish the lost row?")).to_be_visible(timeout=9 * SECOND)
    assert len(failed) == 1


def test_a_lapsed_claim_is_seen_without_any_news(desk: Desk):
    thread = desk.start("approve", "the lapse")
    task = desk.tasks(thread)[0]["id"]
    assert desk.client.post(f"/review/tasks/{task}/claim").status_code == 200
    desk.site.python(SHORTEN)
    page = desk.sit("bob")
    page.route_web_socket(re.compile("/ws/"), lambda socket: socket.close())
    page.route(re.compile("/inbox/changes/"), lambda route: route.fulfill(status=429))
    page.goto(f"/tasks/{task}/")
    expect(page.get_by_text("alice holds this task")).to_be_visible()
    expect(page.get_by_text("Nobody holds this task")).to_be_visible(timeout=9 * SECOND)


def test_what_was_typed_outlives_the_end_of_a_session(desk: Desk):
    thread = desk.start("edit", "the session")
    page = desk.sit("bob")
    page.get_by_role("link", name="Check the invoice of the session").click()
    page.get_by_label("amount").fill("120")
    page.get_by_label("paid").check()
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Approve with 2 changes").click()
    page.get_by_label("User name").fill("bob")
    page.get_by_label("Password").fill("signoff-demo")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/tasks/*/")
    expect(page.get_by_label("amount")).to_have_value("120")
    page.get_by_role("button", name="Approve with 2 changes").click()
    expect(page.get_by_text("The graph has finished")).to_be_visible()
    assert desk.told(thread)["value"]["paid"] is True
    assert page.evaluate("sessionStorage.length") == 0
