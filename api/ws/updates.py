"""/ws/updates: a signed-in person hears that something of theirs changed, and fetches it."""

import asyncio
import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http.request import validate_host

from core import updates
from marketplace.accounts import tokens
from marketplace.accounts.errors import InvalidToken

#: Why a socket was closed. Those of 44xx are to be mended by the client before it comes again.
MALFORMED, UNAUTHENTICATED, FOREIGN_ORIGIN, NOWHERE, TOO_MUCH = 4400, 4401, 4403, 4404, 4429
TRY_AGAIN = 1013
PATIENCE = 10.0  # seconds for the token to come
TALK, WINDOW = 20, 10.0  # so many messages in so many seconds; a client has nothing to say but its token


class Updates(AsyncWebsocketConsumer):
    """The first message is `{"token": "<access token>"}`; the answer is `{"type": "ready"}`, then one message a change.

    A later token keeps it open beyond the end of the former. Closed: without a token in ten seconds, at the token's end,
    and with the sign-in. A token in the address is not looked at: addresses end up in logs.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.held: tokens.Held | None = None
        self._end: asyncio.TimerHandle | None = None
        self._is_shut = False
        self._heard, self._since = 0, 0.0

    async def connect(self) -> None:
        if not origin_is_ours(self.scope["headers"]):
            await self.close(FOREIGN_ORIGIN)
            return
        await self.accept()
        self._close_in(PATIENCE)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        token = _token_of(text_data)
        if self._says_too_much() or token is None:
            await self.close(MALFORMED if token is None else TOO_MUCH)
            return
        try:
            held = await database_sync_to_async(tokens.held)(token)
        except InvalidToken:
            held = None
        if held is None or (self.held is not None and self.held.user_id != held.user_id):
            await self.close(UNAUTHENTICATED)
            return
        self.held = held
        if not await updates.join(held.user_id, self.channel_name):
            await self.close(TRY_AGAIN)
            return
        self._close_in(held.expires_at - time.time())
        await self.send(json.dumps({"type": "ready"}))

    async def changed(self, message: dict[str, Any]) -> None:
        """Something of the person's changed."""
        if await self._holds():
            await self.send(json.dumps(message))

    async def look_again(self, _message: dict[str, Any]) -> None:
        """Something happened to the person's sign-ins."""
        await self._holds()

    async def disconnect(self, code: int) -> None:
        if self._end is not None:
            self._end.cancel()
        if self.held is not None:
            await updates.leave(self.held.user_id, self.channel_name)

    async def send(self, text_data: str | None = None, bytes_data: bytes | None = None, close: bool = False) -> None:
        if not self._is_shut:  # what was under way when we shut it
            await super().send(text_data, bytes_data, close)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        if not self._is_shut:
            self._is_shut = True
            await super().close(code, reason)

    async def _holds(self) -> bool:
        """Whether the sign-in still holds, as the database knows it now; the socket of one that does not is closed."""
        holds = self.held is not None and await database_sync_to_async(tokens.holds)(self.held)
        if not holds:
            await self.close(UNAUTHENTICATED)
        return holds

    def _close_in(self, seconds: float) -> None:
        if self._end is not None:
            self._end.cancel()
        loop = asyncio.get_running_loop()
        self._end = loop.call_later(max(0.0, seconds), lambda: loop.create_task(self.close(UNAUTHENTICATED)))

    def _says_too_much(self) -> bool:
        now = time.monotonic()
        if now - self._since > WINDOW:
            self._heard, self._since = 0, now
        self._heard += 1
        return self._heard > TALK


def origin_is_ours(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a browser may open it from the page it shows: our own, or a storefront's that may call the API.

    Programs that are no browsers send no origin; nothing is taken from cookies here, so they need none.
    """
    said = [value.decode("latin1") for name, value in headers if name == b"origin"]
    if not said:
        return True
    origin = said[0]
    patterns = settings.CORS_ALLOWED_ORIGIN_REGEXES
    if origin in settings.CORS_ALLOWED_ORIGINS or any(re.match(each, origin) for each in patterns):
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    own = [value.decode("latin1").lower() for name, value in headers if name == b"host"]
    return parts.netloc.lower() in own and validate_host(parts.hostname or "", settings.ALLOWED_HOSTS)


def _token_of(text: str | None) -> str | None:
    """The token of a message, or None when it is no message of ours."""
    try:
        said = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    token = said.get("token") if isinstance(said, dict) and len(said) == 1 else None
    return token if isinstance(token, str) else None
