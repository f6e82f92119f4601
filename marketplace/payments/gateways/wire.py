"""Questions over HTTP, as all gateways are asked: how long they may take, what a silence means, and what is counted of them."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from prometheus_client import Counter, Histogram

from core import asking
from core.metrics import COUNTED
from marketplace.payments.gateways import GatewayDown, OutcomeUnknown

PAUSE = timedelta(milliseconds=200).total_seconds()  # before a question is put once more
MOST_BYTES = 1_048_576
#: Answers after which the same question, put a moment later, may have another.
PASSING = frozenset({409, 429, 500, 502, 503, 504})
WORD = re.compile(r"[!-~]{1,100}")  # what ids and keys are made of
ADDRESS = re.compile(r"(https?://[!-~]{1,490})?")
ASKED = Counter(
    "marketplace_gateway_calls", "Questions put to gateways.", ("gateway", "call", "outcome"), registry=COUNTED
)
SECONDS = Histogram(
    "marketplace_gateway_seconds", "How long a gateway took to answer.", ("gateway", "call"), registry=COUNTED
)


class Reply(asking.Reply):
    """What came back, whatever its status. What it said raises OutcomeUnknown when it is no JSON object."""

    @property
    def said(self) -> dict[str, Any]:
        with _in_our_words():
            return super().said


class Line:
    """One thing that is asked of a gateway, in as many questions as it takes: together they take no longer than one may.

    `repeatable` is what may be put twice, because it only looks or goes under a key: then a question that found nobody, or
    one that was too early, is put once more while there is time. Raises GatewayDown where nobody was reached at all, and
    OutcomeUnknown where the question was sent and nothing usable came.
    """

    def __init__(self, gateway: str, call: str, *, repeatable: bool = False) -> None:
        self._gateway, self._call, self._repeatable = gateway, call, repeatable
        self._latest = time.monotonic() + asking.CONNECT + settings.GATEWAY_SECONDS
        self._was_sent = False

    def ask(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **body: Any) -> Reply:
        """Put a question; `body` is httpx's `json`, `data`, `content` or `params`."""
        try:
            reply = self._put(method, url, headers or {}, body)
            if not self._may_repeat() or reply.status not in PASSING:
                return reply
        except (GatewayDown, _Cut):
            if not self._may_repeat():
                raise
        time.sleep(PAUSE)
        try:
            return self._put(method, url, headers or {}, body)
        except GatewayDown as fault:
            if self._was_sent:  # the first one may have been heard
                raise OutcomeUnknown(str(fault)) from fault
            raise

    def _may_repeat(self) -> bool:
        return self._repeatable and self._latest - time.monotonic() > asking.CONNECT + PAUSE

    def _put(self, method: str, url: str, headers: Mapping[str, str], body: dict[str, Any]) -> Reply:
        began, outcome = time.monotonic(), "unknown"
        left = self._latest - began
        if left <= 0:
            raise OutcomeUnknown("There was no time left to ask.")
        patience = min(left, settings.GATEWAY_SECONDS)
        try:
            with _in_our_words():
                answer = asking.ask(method, url, seconds=patience, headers=headers, most=MOST_BYTES, **body)
            outcome = "answered" if answer.status < 400 else f"{answer.status // 100}xx"
            self._was_sent = True
        except GatewayDown:
            outcome = "down"
            raise
        except _Cut:
            self._was_sent = True
            raise
        finally:
            ASKED.labels(self._gateway, self._call, outcome).inc()
            SECONDS.labels(self._gateway, self._call).observe(time.monotonic() - began)
        return Reply(answer.status, answer.content)


class _Cut(OutcomeUnknown):
    """The connection ended in the middle."""


@contextmanager
def _in_our_words() -> Iterator[None]:
    """What went wrong with a question, as what it means for money."""
    try:
        yield
    except asking.NotAsked as fault:
        raise GatewayDown(str(fault)) from fault
    except asking.Cut as fault:
        raise _Cut(str(fault)) from fault
    except asking.NoReply as fault:
        raise OutcomeUnknown(str(fault)) from fault


def read_json(content: bytes) -> Any:
    """As `asking.read_json` reads it; OutcomeUnknown when it is none."""
    with _in_our_words():
        return asking.read_json(content)


def word(said: Any) -> str:
    """An id or a key; TypeError or ValueError for anything else."""
    return matching(WORD, said)


def address(said: Any) -> str:
    """An address for a browser, or nothing; TypeError or ValueError for anything else."""
    return matching(ADDRESS, said)


def matching(pattern: re.Pattern[str], said: Any) -> str:
    if not pattern.fullmatch(said):
        raise ValueError("Not a word of theirs.")
    return str(said)


def text(said: Any, most: int) -> str:
    """What people read: no longer than we keep it, and nothing in it that a database or a page would stumble over."""
    return "".join(each for each in str(said or "") if each.isprintable())[:most]


def sentence(said: Any, default: str) -> str:
    """Why something failed, for people: it ends as a sentence does."""
    found = text(said, 299).strip() or default
    return found if found.endswith((".", "!", "?")) else f"{found}."
