"""The live socket, driven as a browser drives it: cookie, origin, frames."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client

from reviews.models import InterruptTask, QueueMember
from reviews.routing import websocket_urlpatterns
from reviews.services import claims
from tests.cast import Cast
from tests.factories import make_task

pytestmark = pytest.mark.django_db(transaction=True)

HERE = b"http://localhost"
Open = Callable[[User | None], Awaitable[WebsocketCommunicator]]


@pytest.fixture(autouse=True)
def quick_heartbeat(settings: Any) -> None:
    settings.HITL_HEARTBEAT_SECONDS = 0.2


def _cookie(user: User) -> bytes:
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}".encode()


def _socket(cookie: bytes, origin: bytes = HERE) -> WebsocketCommunicator:
    site = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
    headers = [(b"origin", origin), (b"cookie", cookie)]
    return WebsocketCommunicator(site, "/ws/reviews/", headers=headers)


@pytest.fixture
async def live() -> AsyncIterator[Open]:
    """Open a socket as somebody; all are closed at the end."""
    opened: list[WebsocketCommunicator] = []

    async def open_as(user: User | None) -> WebsocketCommunicator:
        cookie = await sync_to_async(_cookie)(user) if user else b""
        socket = _socket(cookie)
        opened.append(socket)
        connected, _ = await socket.connect()
        assert connected
        return socket

    yield open_as
    for socket in opened:
        await socket.disconnect()


async def _next(socket: WebsocketCommunicator, kind: str) -> dict[str, Any]:
    """The next message of this type; others, such as beats, are passed over."""
    while True:
        message: dict[str, Any] = await socket.receive_json_from(timeout=5)
        if message["type"] == kind:
            return message


async def _closed_with(socket: WebsocketCommunicator) -> int:
    while True:
        event = await socket.receive_output(timeout=5)
        if event["type"] == "websocket.close":
            return int(event["code"])


async def _claimed(user: User, task: InterruptTask) -> None:
    await sync_to_async(claims.claim)(user, task.uuid)


async def _only_beats(socket: WebsocketCommunicator) -> bool:
    """Whether the next two messages are heartbeats: nothing else was on its way."""
    return [(await socket.receive_json_from(timeout=5))["type"] for _ in range(2)] == ["beat"] * 2


async def test_without_a_session_the_socket_is_refused(cast: Cast) -> None:
    assert await _socket(b"").connect() == (False, 4401)


async def test_a_page_of_another_origin_is_refused(cast: Cast) -> None:
    cookie = await sync_to_async(_cookie)(cast.bob)
    for origin in (b"https://evil.example", b"null", b"http://localhost.evil.example"):
        connected, _ = await _socket(cookie, origin).connect()
        assert not connected


async def test_hello_carries_the_cursor_of_the_visible_queues_only(cast: Cast, live: Open) -> None:
    hello = await (await live(cast.bob)).receive_json_from()
    assert hello == {"type": "hello", "cursor": {"licences": 0, "tools": 0}}
    hello = await (await live(cast.charlie)).receive_json_from()
    assert hello == {"type": "hello", "cursor": {}}


async def test_members_hear_of_a_change_and_an_outsider_does_not(cast: Cast, live: Open) -> None:
    task = await sync_to_async(make_task)(queue=cast.licences)
    alice, vera, charlie = await live(cast.alice), await live(cast.vera), await live(cast.charlie)
    await charlie.receive_json_from()
    await _claimed(cast.bob, task)
    told = {"type": "task.changed", "id": str(task.uuid), "queue": "licences", "seq": 1}
    assert await _next(alice, "task.changed") == told
    assert await _next(vera, "task.changed") == told
    assert await _only_beats(charlie)


async def test_a_beat_tells_what_the_channel_layer_has_lost(cast: Cast, live: Open) -> None:
    task = await sync_to_async(make_task)(queue=cast.licences)
    bob = await live(cast.bob)
    await _next(bob, "hello")
    await get_channel_layer().flush()
    await _claimed(cast.bob, task)
    cursors = [(await _next(bob, "beat"))["cursor"] for _ in range(3)]
    assert cursors[-1] == {"licences": 1, "tools": 0}


async def test_after_a_beat_the_groups_are_joined_again(cast: Cast, live: Open) -> None:
    task = await sync_to_async(make_task)(queue=cast.licences)
    bob = await live(cast.bob)
    layer = get_channel_layer()
    layer.groups.clear()
    await _next(bob, "beat")
    await _claimed(cast.bob, task)
    assert (await _next(bob, "task.changed"))["id"] == str(task.uuid)


async def test_a_lost_membership_ends_the_news_and_the_cursor(cast: Cast, live: Open) -> None:
    task = await sync_to_async(make_task)(queue=cast.licences)
    vera = await live(cast.vera)
    mine = QueueMember.objects.filter(user=cast.vera, queue=cast.licences)
    await sync_to_async(mine.delete)()
    while (await _next(vera, "beat"))["cursor"] != {"tools": 0}:
        pass
    await _claimed(cast.bob, task)
    assert await _only_beats(vera)


async def test_a_new_group_membership_is_heard_of_within_a_beat(cast: Cast, live: Open) -> None:
    def join() -> InterruptTask:
        group = Group.objects.create(name="legal")
        QueueMember.objects.create(queue=cast.tools, group=group, role="viewer")
        cast.charlie.groups.add(group)
        return make_task(queue=cast.tools)

    charlie = await live(cast.charlie)
    task = await sync_to_async(join)()
    while (await _next(charlie, "beat"))["cursor"] != {"tools": 0}:
        pass
    await _claimed(cast.bob, task)
    assert (await _next(charlie, "task.changed"))["id"] == str(task.uuid)


async def test_signing_out_closes_the_socket(cast: Cast, live: Open) -> None:
    bob = await live(cast.bob)
    await Session.objects.all().adelete()
    assert await _closed_with(bob) == 4401


async def test_disabling_a_person_closes_the_socket(cast: Cast, live: Open) -> None:
    bob = await live(cast.bob)
    await User.objects.filter(pk=cast.bob.pk).aupdate(is_active=False)
    assert await _closed_with(bob) == 4401


async def test_a_new_password_closes_the_socket(cast: Cast, live: Open) -> None:
    bob = await live(cast.bob)
    cast.bob.set_password("another one")
    await cast.bob.asave(update_fields=["password"])
    assert await _closed_with(bob) == 4401


async def test_a_message_is_ignored(cast: Cast, live: Open) -> None:
    bob = await live(cast.bob)
    await bob.send_to(text_data='{"type": "task.opened", "id": "made up"}')
    assert (await _next(bob, "beat"))["cursor"] == {"licences": 0, "tools": 0}


async def test_an_oversized_message_closes_the_socket(cast: Cast, live: Open) -> None:
    for sent in ({"text_data": "é" * 2049}, {"bytes_data": b"x" * 4097}):
        bob = await live(cast.bob)
        await bob.send_to(**sent)
        assert await _closed_with(bob) == 4008


async def test_a_chatty_client_is_closed(cast: Cast, live: Open) -> None:
    bob = await live(cast.bob)
    for _ in range(6):
        await bob.send_to(text_data="hello?")
    assert await _closed_with(bob) == 4008
