"""One question to somebody outside, over HTTP, and an answer that is bounded in size and time.

What divides the faults is whether the question can have been heard: only what cannot may be asked again without a key.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

import httpx

from core import context

CONNECT = 1  # seconds
MOST_BYTES = 4_194_304  # a label is a picture
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


class NotAsked(Exception):
    """There was no connection: nobody heard the question."""


class NoReply(Exception):
    """The question was sent, and no whole answer came."""


class Cut(NoReply):
    """The connection ended in the middle."""


@dataclass(frozen=True)
class Reply:
    """An answer, whatever its status, and its bytes."""

    status: int
    content: bytes

    @property
    def said(self) -> dict[str, Any]:
        """Its JSON object, as `read_json` reads it. Raises NoReply for anything else."""
        found = read_json(self.content)
        if not isinstance(found, dict):
            raise NoReply("It answered with what is no object.")
        return found


def ask(
    method: str,
    url: str,
    *,
    seconds: float,
    headers: Mapping[str, str] | None = None,
    most: int = MOST_BYTES,
    **body: Any,
) -> Reply:
    """Ask once; `body` is httpx's `json`, `data`, `content`, `params` or `auth`. Follows no redirect.

    Raises NotAsked without a connection, NoReply without an answer that is whole within `seconds` and `most` bytes.
    """
    latest = time.monotonic() + seconds
    sent = {
        "X-Request-ID": context.request_id.get(),
        "Accept": "application/json",
        "Accept-Encoding": "identity",  # so that what is counted is what arrives
        **(headers or {}),
    }
    patience = httpx.Timeout(seconds, connect=min(seconds, CONNECT))
    try:
        with client().stream(method, url, headers=sent, timeout=patience, **body) as answer:
            return Reply(answer.status_code, _bounded(answer, latest, most))
    except NEVER_SENT as fault:
        raise NotAsked(type(fault).__name__) from fault
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as fault:
        raise Cut(type(fault).__name__) from fault
    except httpx.HTTPError as fault:
        raise NoReply(type(fault).__name__) from fault


@cache
def client() -> httpx.Client:
    """One for the process. Each question has a connection of its own: only so is "refused" never "sent and lost"."""
    return httpx.Client(limits=httpx.Limits(max_keepalive_connections=0), follow_redirects=False, trust_env=False)


def read_json(content: bytes) -> Any:
    """What JSON says, numbers with a point as the text that was written: nothing of money is ever approximate.

    Raises NoReply for what is no JSON, or is nested too deeply.
    """
    try:
        return json.loads(content, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NoReply("It answered with what is no JSON.") from None


def _bounded(answer: httpx.Response, latest: float, most: int) -> bytes:
    content = b""
    for part in answer.iter_raw():
        content += part
        if len(content) > most or time.monotonic() > latest:
            raise NoReply("The answer does not end.")
    return content


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number.")
