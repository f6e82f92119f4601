"""Telling open sockets that something changed: a hint to fetch it, never the thing itself, and nothing when nobody is there."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import redis
import structlog
from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

log = structlog.get_logger("updates")
PATIENCE = 5.0
_serving: asyncio.AbstractEventLoop | None = None


def group_of(user_id: int) -> str:
    """The name under which all sockets of a person are told."""
    return f"person.{user_id}"


async def join(user_id: int, channel: str) -> bool:
    """Have a socket told of the person's things; False when that is not possible now.

    The memory of the embedded profile belongs to the event loop that serves sockets, which is remembered here.
    """
    global _serving
    _serving = asyncio.get_running_loop()
    try:
        await get_channel_layer().group_add(group_of(user_id), channel)
    except redis.RedisError:
        log.error("socket_not_joined")
        return False
    return True


async def leave(user_id: int, channel: str) -> None:
    """Have a socket told no more. What cannot be undone now runs out by itself."""
    with suppress(redis.RedisError):
        await get_channel_layer().group_discard(group_of(user_id), channel)


def tell(people: Iterable[int], *, kind: str, id: str, state: str) -> None:
    """Tell the people's sockets that this thing of theirs is in this state now. Told again, it does no harm."""
    for user_id in people:
        _send(group_of(user_id), {"type": "changed", "kind": kind, "id": id, "state": state})


def look_again(user_id: int) -> None:
    """Have the person's sockets ask whether their sign-in still holds; those of one that has ended are closed."""
    _send(group_of(user_id), {"type": "look.again"})


def _send(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if not isinstance(layer, InMemoryChannelLayer):
        async_to_sync(layer.group_send)(group, message)
    elif _serving is not None and _serving.is_running():
        asyncio.run_coroutine_threadsafe(layer.group_send(group, message), _serving).result(PATIENCE)
