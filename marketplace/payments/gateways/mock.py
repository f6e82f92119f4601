"""The mock gateway, asked over HTTP like any real one: see docs/mock-gateway.md."""

import hashlib
import hmac
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

import httpx
import orjson
from django.conf import settings

from core import context
from core.money import Money
from marketplace.payments.gateways import (
    Answer,
    BadSignature,
    GatewayDown,
    GatewayEvent,
    NotThere,
    OutcomeUnknown,
    StatementLine,
    Status,
)

CONNECT = 1  # seconds
MOST_BYTES = 1_048_576
TOLERANCE = 300  # seconds, both ways: a moment that has yet to come is no better than one long gone
STATUSES: dict[str, Status] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "requires_action": "requires_action",
    "processing": "processing",
}
WORD = re.compile(r"[!-~]{1,100}")  # what ids and keys are made of
ADDRESS = re.compile(r"(https?://[!-~]{1,490})?")
NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


class _Absent(OutcomeUnknown):
    """A 404: to `fetch` it says that there is no such thing, to anybody else that the address is no gateway's."""


class MockGateway:
    """Speaks to the server of marketplace/payments/mockgateway, which moves no money."""

    name: ClassVar[str] = "mock"

    def __init__(self, *, url: str, secret: str) -> None:
        self._url, self._secret = url, secret

    def charge(self, *, key: str, amount: Money, source: str, subject: str) -> Answer:
        asked = {"amount": amount.amount, "currency": amount.currency, "source": source, "subject": subject}
        return _answer(self._ask("POST", "/v1/payments", key=key, body=asked))

    def find(self, *, key: str) -> Answer | None:
        return self._first("/v1/payments", key)

    def fetch(self, gateway_id: str) -> Answer:
        return self._of("GET", "refunds" if gateway_id.startswith("ref_") else "payments", gateway_id)

    def cancel(self, gateway_id: str) -> Answer:
        return self._of("POST", "payments", gateway_id, "/cancel")

    def refund(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        asked = {"payment": gateway_id, "amount": amount.amount, "currency": amount.currency}
        return _answer(self._ask("POST", "/v1/refunds", key=key, body=asked))

    def find_refund(self, *, key: str) -> Answer | None:
        return self._first("/v1/refunds", key)

    def statement(self, *, since: datetime) -> Iterator[StatementLine]:
        """Every movement since a moment, oldest first."""
        after: int | None = 0
        while after is not None:
            asked = {"after": str(after), "since": str(int(since.timestamp()))}
            lines = self._ask("GET", "/v1/statement", params=asked).get("data")
            if not isinstance(lines, list):
                raise OutcomeUnknown("It answered without a list.")
            yield from (_line(each) for each in lines)
            after = _number(lines[-1], above=after) if lines else None

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        signature = next((value for name, value in headers.items() if name.lower() == "mock-signature"), "")
        if not is_signed(raw, signature, self._secret, now=int(context.now().timestamp())):
            raise BadSignature
        try:
            event = orjson.loads(raw)
            words = (event["id"], event["type"], event["data"]["id"], event["data"]["key"])
            return GatewayEvent(*(_word(each) for each in words))
        except (ValueError, TypeError, LookupError):
            raise BadSignature from None

    def _of(self, method: str, kind: str, gateway_id: str, verb: str = "") -> Answer:
        if not gateway_id.isascii() or not gateway_id.replace("_", "").isalnum():
            raise NotThere("It knows no such payment or refund.")
        try:
            return _answer(self._ask(method, f"/v1/{kind}/{gateway_id}{verb}"))
        except _Absent:
            raise NotThere("It knows no such payment or refund.") from None

    def _first(self, path: str, key: str) -> Answer | None:
        found = self._ask("GET", path, params={"key": key}).get("data")
        if not isinstance(found, list):
            raise OutcomeUnknown("It answered without a list.")
        return _answer(found[0]) if found else None

    def _ask(
        self,
        method: str,
        path: str,
        *,
        key: str = "",
        body: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """One question and its JSON. The moment of sending divides GatewayDown from OutcomeUnknown."""
        headers = {
            "Authorization": f"Bearer {self._secret}",
            "X-Request-ID": context.request_id.get(),
            "Accept-Encoding": "identity",  # so that what is counted is what arrives
        } | ({"Idempotency-Key": key} if key else {})
        patience = httpx.Timeout(settings.GATEWAY_SECONDS, connect=CONNECT)
        try:
            with _client().stream(
                method, self._url + path, headers=headers, json=body, params=params, timeout=patience
            ) as answer:
                content = _bounded(answer)
        except NEVER_CONNECTED as fault:
            raise GatewayDown(type(fault).__name__) from fault
        except httpx.HTTPError as fault:
            raise OutcomeUnknown(type(fault).__name__) from fault
        return _read(answer.status_code, content)


def connect() -> MockGateway:
    """The one that the settings name."""
    return MockGateway(url=settings.MOCK_GATEWAY_URL, secret=settings.MOCK_GATEWAY_SECRET)


def is_signed(raw: bytes, signature: str, secret: str, *, now: int) -> bool:
    """Whether one of the header's v1 signatures is ours for these very bytes, at a moment close to now."""
    parts = [part.strip().partition("=") for part in signature.split(",")]
    moments = [value for name, _equals, value in parts if name == "t"]
    if not secret or len(moments) != 1 or not (moments[0].isascii() and moments[0].isdecimal()):
        return False
    if len(moments[0]) > 12 or abs(now - int(moments[0])) > TOLERANCE:
        return False
    ours = hmac.new(secret.encode(), moments[0].encode() + b"." + raw, hashlib.sha256).hexdigest().encode()
    # All are compared, and each in constant time: how long it takes says nothing of how much was right.
    fitting = [
        hmac.compare_digest(value.encode("utf-8", "replace"), ours) for name, _equals, value in parts if name == "v1"
    ]
    return any(fitting)


@cache
def _client() -> httpx.Client:
    """One for the process. Each question has a connection of its own: only so is "refused" never "sent and lost"."""
    return httpx.Client(
        limits=httpx.Limits(max_keepalive_connections=0),
        follow_redirects=False,
        trust_env=False,
    )


def _bounded(answer: httpx.Response) -> bytes:
    """The body; OutcomeUnknown when it does not end within a size and a time."""
    content, latest = b"", time.monotonic() + settings.GATEWAY_SECONDS
    for part in answer.iter_raw():
        content += part
        if len(content) > MOST_BYTES or time.monotonic() > latest:
            raise OutcomeUnknown("The answer does not end.")
    return content


def _read(status_code: int, content: bytes) -> dict[str, Any]:
    if status_code in (401, 403):
        raise GatewayDown("The secret is not the gateway's.")
    if status_code == 404:
        raise _Absent("It knows no such address.")
    if status_code != 200:
        raise OutcomeUnknown(f"It answered with {status_code}.")
    try:
        said = orjson.loads(content)
    except ValueError:
        raise OutcomeUnknown("It answered with what is no JSON.") from None
    if not isinstance(said, dict):
        raise OutcomeUnknown("It answered with what is no object.")
    return said


def _answer(said: Any) -> Answer:
    """A payment or refund of theirs in our words; OutcomeUnknown when it makes no sense."""
    try:
        return Answer(
            status=STATUSES[said["status"]],
            gateway_id=_word(said["id"]),
            amount=Money(said["amount"], said["currency"]),
            subject=_text(said["subject"], 100),
            failure_code=_text(said["failure_code"], 48),
            failure_sentence=_text(said["failure_sentence"], 300),
            action_url=_matching(ADDRESS, said["action_url"]),
        )
    except (LookupError, TypeError, ValueError):
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def _line(said: Any) -> StatementLine:
    """A line of their statement in our words; OutcomeUnknown when it makes no sense."""
    try:
        return StatementLine(
            kind={"captured": "captured", "refunded": "refunded"}[said["kind"]],
            gateway_id=_word(said["gateway_id"]),
            key=_word(said["key"]),
            subject=_text(said["subject"], 100),
            amount=Money(said["amount"], said["currency"]),
            at=datetime.fromtimestamp(said["at"], UTC),
        )
    except (LookupError, TypeError, ValueError, OverflowError):
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def _number(said: Any, *, above: int) -> int:
    """The number of the last line of a page, which must lead on: a statement that goes in circles is none."""
    number = said.get("number")
    if type(number) is not int or number <= above:
        raise OutcomeUnknown("Its statement does not go on.")
    return number


def _word(said: Any) -> str:
    return _matching(WORD, said)


def _matching(pattern: re.Pattern[str], said: Any) -> str:
    if not pattern.fullmatch(said):
        raise ValueError("Not a word of theirs.")
    return str(said)


def _text(said: Any, most: int) -> str:
    """What people read: no longer than we keep it, and nothing in it that a database or a page would stumble over."""
    return "".join(each for each in str(said) if each.isprintable())[:most]
