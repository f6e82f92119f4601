"""The mock gateway, asked over HTTP like any real one: see docs/mock-gateway.md."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

import orjson
from django.conf import settings

from core import context
from core.money import Money
from marketplace.payments.gateways import (
    About,
    Answer,
    BadSignature,
    Dispute,
    GatewayDown,
    GatewayEvent,
    NotThere,
    OutcomeUnknown,
    StatementLine,
    Status,
)
from marketplace.payments.gateways.signing import is_signed
from marketplace.payments.gateways.wire import Line, Reply, address, text, word

STATUSES: dict[str, Status] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "requires_action": "requires_action",
    "requires_capture": "requires_capture",
    "processing": "processing",
}
ABOUT: dict[str, About] = {"payment": "payment", "refund": "refund", "dispute": "dispute"}


class _Absent(OutcomeUnknown):
    """A 404: to `fetch` it says that there is no such thing, to anybody else that the address is no gateway's."""


class MockGateway:
    """Speaks to the server of marketplace/payments/mockgateway, which moves no money."""

    name: ClassVar[str] = "mock"
    needs: ClassVar[Literal["source", "page"]] = "source"
    currencies: ClassVar[frozenset[str] | None] = None

    def __init__(self, *, url: str, secret: str) -> None:
        self._url, self._secret = url, secret

    def charge(self, *, key: str, amount: Money, source: str, subject: str) -> Answer:
        asked = {"amount": amount.amount, "currency": amount.currency, "source": source, "subject": subject}
        return _answer(self._ask("POST", "/v1/payments", key=key, body=asked))

    def find(self, *, key: str, since: datetime | None = None) -> Answer | None:
        return self._first("/v1/payments", key)

    def fetch(self, gateway_id: str) -> Answer:
        return self._of("GET", "refunds" if gateway_id.startswith("ref_") else "payments", gateway_id)

    def capture(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        return self._of("POST", "payments", gateway_id, "/capture")

    def cancel(self, gateway_id: str) -> Answer:
        return self._of("POST", "payments", gateway_id, "/cancel")

    def refund(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        asked = {"payment": gateway_id, "amount": amount.amount, "currency": amount.currency}
        return _answer(self._ask("POST", "/v1/refunds", key=key, body=asked))

    def find_refund(self, *, key: str, gateway_id: str = "") -> Answer | None:
        return self._first("/v1/refunds", key)

    def transfer(self, *, key: str, amount: Money, destination: str, subject: str) -> Answer:
        """Send money to an account; the same key sends it once."""
        asked = {"amount": amount.amount, "currency": amount.currency, "destination": destination, "subject": subject}
        return _answer(self._ask("POST", "/v1/transfers", key=key, body=asked))

    def find_transfer(self, *, key: str) -> Answer | None:
        return self._first("/v1/transfers", key)

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

    def disputes(self, *, since: datetime) -> list[Dispute]:
        """Every dispute that was opened or changed since a moment."""
        found = self._ask("GET", "/v1/disputes", params={"since": str(int(since.timestamp()))}).get("data")
        if not isinstance(found, list):
            raise OutcomeUnknown("It answered without a list.")
        return [_dispute(each) for each in found]

    def fetch_dispute(self, gateway_id: str) -> Dispute:
        """The dispute of this id, as it is now."""
        return _dispute(self._known("GET", "disputes", gateway_id))

    def submit_evidence(self, *, key: str, gateway_id: str, text: str) -> Dispute:
        """Say why the money is ours. The same key says it once; what it is worth, the gateway decides later."""
        return _dispute(self._known("POST", "disputes", gateway_id, "/evidence", key=key, body={"text": text}))

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        signature = next((value for name, value in headers.items() if name.lower() == "mock-signature"), "")
        if not is_signed(raw, signature, self._secret, now=int(context.now().timestamp())):
            raise BadSignature
        try:
            event = orjson.loads(raw)
            kind, told = word(event["type"]), event["data"]
            about = ABOUT[kind.partition(".")[0]]
            return GatewayEvent(word(event["id"]), kind, word(told["id"]), word(told["key"]), about)
        except (ValueError, TypeError, LookupError):
            raise BadSignature from None

    def _of(self, method: str, kind: str, gateway_id: str, verb: str = "") -> Answer:
        return _answer(self._known(method, kind, gateway_id, verb))

    def _known(
        self, method: str, kind: str, gateway_id: str, verb: str = "", *, key: str = "", body: Any = None
    ) -> dict[str, Any]:
        if not gateway_id.isascii() or not gateway_id.replace("_", "").isalnum():
            raise NotThere("It knows no such thing.")
        try:
            return self._ask(method, f"/v1/{kind}/{gateway_id}{verb}", key=key, body=body)
        except _Absent:
            raise NotThere("It knows no such thing.") from None

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
        headers = {"Authorization": f"Bearer {self._secret}"} | ({"Idempotency-Key": key} if key else {})
        call = path.rstrip("/").rpartition("/")[2] if method == "POST" else path.split("/")[2]
        return _read(Line(self.name, call).ask(method, self._url + path, headers=headers, json=body, params=params))


def connect() -> MockGateway:
    """The one that the settings name."""
    return MockGateway(url=settings.MOCK_GATEWAY_URL, secret=settings.MOCK_GATEWAY_SECRET)


def _read(reply: Reply) -> dict[str, Any]:
    if reply.status in (401, 403):
        raise GatewayDown("The secret is not the gateway's.")
    if reply.status == 404:
        raise _Absent("It knows no such address.")
    if reply.status != 200:
        raise OutcomeUnknown(f"It answered with {reply.status}.")
    return reply.said


def _answer(said: Any) -> Answer:
    """A payment or refund of theirs in our words; OutcomeUnknown when it makes no sense."""
    try:
        return Answer(
            status=STATUSES[said["status"]],
            gateway_id=word(said["id"]),
            amount=Money(said["amount"], said["currency"]),
            subject=text(said["subject"], 100),
            failure_code=text(said["failure_code"], 48),
            failure_sentence=text(said["failure_sentence"], 300),
            action_url=address(said["action_url"]),
        )
    except (LookupError, TypeError, ValueError):
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def _line(said: Any) -> StatementLine:
    """A line of their statement in our words; OutcomeUnknown when it makes no sense."""
    try:
        return StatementLine(
            kind={"captured": "captured", "refunded": "refunded"}[said["kind"]],
            gateway_id=word(said["gateway_id"]),
            key=word(said["key"]),
            subject=text(said["subject"], 100),
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


def _dispute(said: Any) -> Dispute:
    """A dispute of theirs in our words; OutcomeUnknown when it makes no sense."""
    try:
        return Dispute(
            gateway_id=word(said["id"]),
            payment_id=word(said["payment"]),
            amount=Money(said["amount"], said["currency"]),
            reason=text(said["reason"], 100),
            status={"open": "open", "won": "won", "lost": "lost"}[said["status"]],  # type: ignore[arg-type]
            due_at=datetime.fromtimestamp(said["due"], UTC) if said["due"] else None,
        )
    except (LookupError, TypeError, ValueError, OverflowError):
        raise OutcomeUnknown("It answered with what makes no sense.") from None
