"""People at their desks: the four patterns, live, by hand and without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.flows.conftest import Desk

SECOND = 1000  # milliseconds


def row(page: Page, title: str) -> Any:
    return page.locator("[data-rows] [data-task]").filter(has_text=title)


def finished(page: Page) -> None:
    expect(page.get_by_text("The graph has finished")).to_be_visible()


def decide_approve(page: Page) -> None:
    page.get_by_role("button", name="Approve").click()


def decide_edit(page: Page) -> None:
    page.get_by_label("amount").fill("120")
    page.get_by_role("button", name=re.compile("Approve")).click()


def decide_tools(page: Page) -> None:
    mail = page.locator("[data-call]").filter(has_text="send_mail")
    pay = page.locator("[data-call]").filter(has_text="Call 2 of 2")
    mail.get_by_role("radio", name="Approve").check()
    pay.get_by_role("radio", name="Reject").check()
    pay.get_by_label("Message").fill("too much")
    page.get_by_role("button", name="Send 2 verdicts").click()


def decide_ask(page: Page) -> None:
    page.get_by_label("Year").fill("1850")
    page.get_by_role("button", name="Send the answer").click()


PATTERNS: list[tuple[str, str, Callable[[Page], None], Any]] = [
    (
        "approve",
        "Publish {}?",
        decide_approve,
        {"type": "approve", "value": None, "reason": "", "comment": ""},
    ),
    (
        "edit",
        "Check the invoice of {}",
        decide_edit,
        {
            "type": "edit",
            "value": {"amount": 120, "paid": False, "lines": ["one", "two"], "to": {"name": "Ana"}},
            "reason": "",
            "comment": "",
        },
    ),
    (
        "tools",
        "Two calls for {}",
        decide_tools,
        {"decisions": [{"type": "approve"}, {"type": "reject", "message": "too much"}]},
    ),
    ("ask", "When was {} built?", decide_ask, {"year": 1850}),
]
each_pattern = pytest.mark.parametrize(("graph", "title", "decide", "told"), PATTERNS)


@each_pattern
def test_a_question_comes_to_both_reviewers_and_leaves_when_one_decides(
    desk: Desk, graph: str, title: str, decide: Callable[[Page], None], told: Any
):
    alice, bob = desk.sit("alice"), desk.sit("bob")
    for page in (alice, bob):
        expect(page.locator("[data-connection='live']")).to_be_attached()
    title, team = title.format(f"live {graph}"), alice.locator("[data-count='team']")
    waiting = int(team.inner_text())
    thread = desk.start(graph, f"live {graph}")
    expect(row(alice, title)).to_be_visible(timeout=SECOND)
    expect(row(bob, title)).to_be_visible(timeout=SECOND)
    expect(team).to_have_text(str(waiting + 1))
    row(bob, title).get_by_role("link").click()
    decide(bob)
    expect(row(alice, title)).to_have_attribute("data-gone", "", timeout=2 * SECOND)
    expect(row(alice, title)).to_contain_text("decided by bob")
    expect(team).to_have_text(str(waiting))
    finished(bob)
    assert desk.told(thread) == told


@each_pattern
def test_everything_works_without_a_script(
    desk: Desk, graph: str, title: str, decide: Callable[[Page], None], told: Any
):
    thread = desk.start(graph, f"quiet {graph}")
    page = desk.sit("bob", java_script_enabled=False)
    page.get_by_label("Search in titles").fill(f"quiet {graph}")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name=title.format(f"quiet {graph}")).click()
    decide(page)
    assert desk.told(thread) == told
    page.reload()
    finished(page)


def test_a_wrong_answer_is_told_at_its_field_and_asked_again(desk: Desk):
    thread = desk.start("ask", "the mill")
    page = desk.sit("bob")
    page.get_by_role("link", name="When was the mill built?").click()
    page.get_by_label("Year").fill("long ago")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#problems")).to_be_focused()
    expect(page.get_by_label("Year")).to_have_value("long ago")
    page.get_by_label("Year").fill("2010")
    page.keyboard.press("Control+Enter")
    again = page.get_by_role("link", name="When was the mill built?")
    again.click()
    expect(page.get_by_text("Attempt 2 of 3")).to_be_visible()
    expect(page.get_by_label("Year")).to_have_accessible_description("Before 2000, please.")
    decide_ask(page)
    finished(page)
    assert desk.told(thread) == {"year": 1850}


def test_an_open_page_is_told_and_its_text_is_not_touched(desk: Desk):
    desk.start("edit", "the barn")
    alice, bob = desk.sit("alice"), desk.sit("bob")
    for page in (alice, bob):
        page.get_by_role("link", name="Check the invoice of the barn").click()
        expect(page.locator("[data-connection='live']")).to_be_attached()
    bob.get_by_label("name").fill("typed by bob")
    alice.get_by_role("button", name="Claim").click()
    expect(bob.get_by_text("alice holds this task")).to_be_visible()
    expect(bob.get_by_label("name")).to_have_value("typed by bob")
    alice.get_by_role("button", name="Approve").click()
    expect(bob.get_by_text("alice has decided this task")).to_be_visible()
    expect(bob.get_by_label("name")).to_have_value("typed by bob")
    expect(bob.get_by_role("button", name=re.compile("Approve"))).to_be_disabled()


def test_a_page_without_its_socket_catches_up_and_says_so(desk: Desk):
    page = desk.sit("bob")
    page.route_web_socket(re.compile("/ws/"), lambda socket: socket.close())
    page.reload()
    desk.start("approve", "the gap")
    expect(row(page, "Publish the gap?")).to_be_visible(timeout=8 * SECOND)
    expect(page.get_by_text("Live updates are slow")).to_be_visible()


def test_a_page_that_reconnects_is_told_what_it_missed(desk: Desk):
    page = desk.sit("bob")
    cut: list[bool] = [True]

    def wire(socket: Any) -> None:
        if cut[0]:
            socket.close()
        else:
            socket.connect_to_server()

    page.route_web_socket(re.compile("/ws/"), wire)
    page.clock.install()  # no polling: only the socket's own greeting can tell
    page.reload()
    desk.start("approve", "the return")
    expect(row(page, "Publish the return?")).to_have_count(0)
    cut[0] = False
    page.clock.run_for(4000)
    expect(page.locator("[data-connection='live']")).to_be_attached()
    page.clock.run_for(200)
    expect(row(page, "Publish the return?")).to_be_visible()


def test_rows_do_not_move_while_somebody_works_in_the_list(desk: Desk):
    desk.start("approve", "the first")
    page = desk.sit("bob")
    expect(page.locator("[data-connection='live']")).to_be_attached()
    page.keyboard.press("j")
    before = row(page, "Publish the first?").bounding_box()
    desk.start("approve", "the second")
    show = page.get_by_role("button", name="1 new: show")
    expect(show).to_be_visible()
    expect(row(page, "Publish the second?")).to_have_count(0)
    assert row(page, "Publish the first?").bounding_box() == before
    page.keyboard.press(".")
    expect(row(page, "Publish the second?")).to_be_visible()


def test_a_task_is_opened_and_decided_with_the_keyboard_alone(desk: Desk):
    thread = desk.start("approve", "by key")
    page = desk.sit("bob")
    page.goto("/inbox/?q=by+key")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/**")
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    finished(page)
    assert desk.told(thread)["reason"] == "too early"


def test_text_of_an_agent_draws_and_runs_nothing(desk: Desk):
    hostile = "<img src=x onerror=alert(1)><h1>Approved</h1>\u202e"
    thread = desk.start("approve", hostile)
    page = desk.sit("bob")
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    expect(row(page, "onerror")).to_contain_text("U+202E")
    for url in (f"/tasks/{desk.tasks(thread)[0]['id']}/", f"/threads/{thread}/"):
        page.goto(url)
        expect(page.locator("main img")).to_have_count(0)
        expect(page.get_by_role("heading", name="Approved", exact=True)).to_have_count(0)
    assert dialogs == []


@pytest.mark.parametrize("width", [320, 360])
def test_no_page_scrolls_sideways_on_a_phone(desk: Desk, width: int):
    page = desk.sit("bob", viewport={"width": width, "height": 700})
    urls = ["/inbox/", "/runs/", "/effects/", "/runs/new/edit/", "/inbox/?view=decided"]
    for graph, *_ in PATTERNS:
        thread = desk.start(graph, f"narrow{width} {graph}")
        urls += [f"/tasks/{desk.tasks(thread)[0]['id']}/", f"/threads/{thread}/"]
    for url in urls:
        page.goto(url)
        beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert beyond <= 0, url
