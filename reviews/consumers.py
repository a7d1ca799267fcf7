"""The live socket: tells a person's pages which task changed, by id and sequence number only.

A heartbeat re-joins the groups, re-checks who the person is and what they may see, and carries the
cursor of now, so that a page notices whatever the channel layer has lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections import deque
from importlib import import_module
from typing import Any, Final

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.http import HttpRequest

from reviews import hints
from reviews.services import access, feed

logger = logging.getLogger(__name__)

SIGNED_OUT: Final = 4401
AGAINST_POLICY: Final = 4008
SERVER_FAULT: Final = 1011
MAX_MESSAGE_BYTES: Final = 4096
MAX_MESSAGES_PER_SECOND: Final = 5
HEARTBEAT_SECONDS: Final = 10.0


class ReviewConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """What a client sends is ignored, and a client that sends much is closed."""

    async def connect(self) -> None:
        self.groups_joined: set[str] = set()
        self.received: deque[float] = deque(maxlen=MAX_MESSAGES_PER_SECOND + 1)
        self.heartbeat: asyncio.Task[None] | None = None
        hints.attach_loop(asyncio.get_running_loop())
        user = await self._signed_in()
        if user is None:
            await self.close(code=SIGNED_OUT)
            return
        await self.accept()
        # Groups first, then the cursor: what happens in between is told twice, never lost.
        await self._join(user)
        await self._tell_cursor("hello", user)
        self.heartbeat = asyncio.create_task(self._beat_for_ever())

    async def disconnect(self, code: int) -> None:
        if self.heartbeat is not None:
            self.heartbeat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.heartbeat
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        size = len(bytes_data) if bytes_data is not None else len((text_data or "").encode())
        now = time.monotonic()
        self.received.append(now)
        full = len(self.received) > MAX_MESSAGES_PER_SECOND
        if size > MAX_MESSAGE_BYTES or (full and now - self.received[0] < 1):
            await self.close(code=AGAINST_POLICY)

    async def forward(self, message: dict[str, Any]) -> None:
        """Pass a hint on as it is; see `services.feed` for its shape."""
        await self._tell(message)

    # The channel layer names the method by the message's type: "task.opened" and so on.
    task_opened = task_changed = task_closed = forward

    async def _tell(self, message: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(message))

    async def _tell_cursor(self, kind: str, user: User) -> None:
        await self._tell({"type": kind, "cursor": await database_sync_to_async(feed.head)(user)})

    async def _beat_for_ever(self) -> None:
        try:
            await self._beat_while_signed_in()
        except Exception:  # the rim of this socket: the page reconnects and catches up
            logger.exception("a socket lost its heartbeat")
            await self.close(code=SERVER_FAULT)
        else:
            await self.close(code=SIGNED_OUT)

    async def _beat_while_signed_in(self) -> None:
        while True:
            await asyncio.sleep(getattr(settings, "HITL_HEARTBEAT_SECONDS", HEARTBEAT_SECONDS))
            user = await self._signed_in()
            if user is None:
                return
            await self._join(user)
            await self._tell_cursor("beat", user)

    async def _join(self, user: User) -> None:
        """Be in the groups of the visible queues, and in no other; also heals a lost membership."""
        visible = await database_sync_to_async(_groups_of)(user)
        for group in visible:
            await self.channel_layer.group_add(group, self.channel_name)
        for group in self.groups_joined - visible:
            await self.channel_layer.group_discard(group, self.channel_name)
        self.groups_joined = visible

    async def _signed_in(self) -> User | None:
        """The session's user as of now; None after sign-out, expiry, new password or disabling."""
        session = self.scope.get("session")
        if session is None:
            return None
        user: User | None = await database_sync_to_async(_user_of)(session.session_key)
        return user


def _user_of(session_key: str | None) -> User | None:
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)  # anonymous when disabled, or when the password has changed
    return user if isinstance(user, User) else None


def _groups_of(user: User) -> set[str]:
    queues = access.queues_visible_to(user).values_list("pk", flat=True)
    return {hints.group(pk) for pk in queues}
