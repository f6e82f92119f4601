"""Addresses of sockets."""

from typing import Any

from channels.routing import URLRouter
from django.urls import path, re_path

from api.ws.updates import NOWHERE, Updates


async def nowhere(_scope: dict, receive: Any, send: Any) -> None:
    """Any other address: refused before it is opened."""
    await receive()
    await send({"type": "websocket.close", "code": NOWHERE})


sockets = URLRouter([path("ws/updates", Updates.as_asgi()), re_path("", nowhere)])  # type: ignore[arg-type]
