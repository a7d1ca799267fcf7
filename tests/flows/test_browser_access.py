"""Everybody can use it: axe finds no fault, in light and dark, wide and narrow."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.flows.conftest import Desk

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_on_any_page(desk: Desk, scheme: str, width: int):
    page = desk.sit("bob", color_scheme=scheme, viewport={"width": width, "height": 800})
    faults: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found = Axe().run(page, options=RULES).response["violations"]
        if found:
            faults[name] = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]

    for graph in ("approve", "edit", "tools", "ask"):
        thread = desk.start(graph, f"{scheme} {width}")
        url = f"/tasks/{desk.tasks(thread)[0]['id']}/"
        page.goto(url)
        look(graph)
    page.goto("/inbox/")
    look("inbox")
    for name in ("/runs/", "/effects/", "/runs/new/edit/", f"/threads/{thread}/", "/inbox/?q=zzz"):
        page.goto(name)
        look(name)
    page.goto(url)
    page.get_by_label("Year").fill("x")
    page.get_by_role("button", name="Send the answer").click()
    page.locator("#problems").wait_for()
    look("errors")
    page.get_by_label("Year").fill("1900")
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_text("The graph has finished").wait_for()
    look("receipt")
    thread = desk.start("edit", f"{scheme} {width} raced")
    task = desk.tasks(thread)[0]["id"]
    page.goto(f"/tasks/{task}/")
    page.get_by_label("amount").fill("1")
    desk.client.post(f"/review/tasks/{task}/decisions", json={"action": "approve"})
    page.get_by_text("alice has decided this task").wait_for()
    look("decided meanwhile")
    page.evaluate("document.querySelector('[data-decide] [name=action]').disabled = false")
    page.locator("[data-decide] [name=action]").first.click()
    page.get_by_text("alice was faster").wait_for()
    look("conflict")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login/**")
    look("sign-in")
    assert faults == {}
