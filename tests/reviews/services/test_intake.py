"""A question that nobody can see is said in the log."""

from __future__ import annotations

import pytest

from reviews.models import InterruptTask, RoutingRule
from tests.cast import Cast
from tests.factories import start

pytestmark = pytest.mark.usefixtures("sample_graphs")


@pytest.mark.parametrize("routed", [True, False])
def test_a_question_in_a_queue_without_members_is_warned_of(
    cast: Cast, caplog: pytest.LogCaptureFixture, routed: bool
):
    if not routed:
        RoutingRule.objects.all().delete()
    task = InterruptTask.objects.get(thread=start(cast.alice, "approval"))
    warned = [record.message for record in caplog.records if record.name.endswith("intake")]
    assert task.queue.slug == ("licences" if routed else "default")
    assert warned == (
        [] if routed else [f"task {task.uuid} waits where nobody sees it: no members in Default"]
    )
