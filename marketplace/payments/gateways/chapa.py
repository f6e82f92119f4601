"""Chapa: its own page takes the money, and each answer of ours is what its verification says under our own reference."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar, Literal

from django.conf import settings

from core.money import Money
from marketplace.payments.gateways import (
    Answer,
    BadSignature,
    GatewayDown,
    GatewayEvent,
    NotThere,
    OutcomeUnknown,
    Status,
)
from marketplace.payments.gateways.signing import hexdigest, is_same
from marketplace.payments.gateways.wire import Line, Reply, address, read_json, sentence, text, word

ID = re.compile(r"[A-Za-z0-9_-]{4,100}")
VALUE = re.compile(r"[0-9]{1,15}(\.[0-9]{1,3})?")
STATUSES: dict[str, Status] = {
    "success": "succeeded",
    "pending": "processing",
    "created": "processing",
    "failed": "failed",
    "cancelled": "failed",
    "failed/cancelled": "failed",
    "expired": "failed",
    # What went back had come: the refund itself is another answer.
    "refunded": "succeeded",
    "partially refunded": "succeeded",
    "reversed": "succeeded",
}
REFUNDS: dict[str, Status] = {
    "refund initiated": "processing",
    "initiated": "processing",
    "pending": "processing",
    "processing": "processing",
    "success": "succeeded",
    "refunded": "succeeded",
    "completed": "succeeded",
    "failed": "failed",
    "rejected": "failed",
}
NONSENSE = (LookupError, TypeError, ValueError, AttributeError)
LOST_PAGE = "The page to pay on could not be opened; nothing was charged. Pay again."


class _Refused(Exception):
    """A 4xx that says that nothing was done, and why."""

    def __init__(self, reply: Reply) -> None:
        self.answered = reply.status
        said = reply.said.get("message")
        self.sentence = sentence(said if isinstance(said, str) else "", "The gateway refused it.")
        super().__init__(self.sentence)

    def speaks_of(self, *words: str) -> bool:
        return any(each in self.sentence.lower() for each in words)


class ChapaGateway:
    """One Chapa account. A payment's id is our key (`tx_ref`); a refund's is Chapa's `ref_id`, with our key as its reference."""

    name: ClassVar[str] = "chapa"
    needs: ClassVar[Literal["source", "page"]] = "page"
    currencies: ClassVar[frozenset[str] | None] = frozenset({"ETB", "USD"})

    def __init__(self, *, url: str, secret: str, webhook_secret: str, return_url: str = "") -> None:
        self._url, self._secret, self._webhook_secret = url, secret, webhook_secret
        self._return_url = return_url

    def charge(self, *, key: str, amount: Money, source: str, subject: str) -> Answer:
        """A page to pay on. Chapa takes a reference once: where it has it and its page was lost, nobody can pay there, so the
        payment has failed, and another may be started.
        """
        asked: dict[str, Any] = {
            "amount": amount.major(),
            "currency": amount.currency,
            "tx_ref": key,
            "customization": {"title": "Payment", "description": subject},
            "meta": {"subject": subject},
            **({"return_url": self._return_url} if self._return_url else {}),
        }
        try:
            said = self._ask("charge", "POST", "/v1/transaction/initialize", json=asked)
        except _Refused as refusal:
            if not refusal.speaks_of("reference", "tx_ref"):
                return _failed("refused", refusal.sentence, amount, subject)
            return self._known_before(key, amount, subject)
        try:
            turn = address(said["data"]["checkout_url"])
        except NONSENSE:
            raise OutcomeUnknown("It answered with what makes no sense.") from None
        return Answer("requires_action", key, amount=amount, subject=subject, action_url=turn)

    def _known_before(self, key: str, amount: Money, subject: str) -> Answer:
        found = self.find(key=key)
        if found is None:
            raise OutcomeUnknown("It knows the key, and nothing of it.")
        if (found.amount, found.subject) != (amount, subject):
            raise OutcomeUnknown("The key was used before, for something else.")
        if found.status != "processing":
            return found
        ended = self.cancel(key)
        return _failed("page_lost", LOST_PAGE, amount, subject) if ended.status == "failed" else ended

    def find(self, *, key: str, since: datetime | None = None) -> Answer | None:
        try:
            return _payment(self._ask("find", "GET", f"/v1/transaction/verify/{_id(key)}"))
        except _Refused as refusal:
            if refusal.answered == 404 or refusal.speaks_of("not found", "invalid transaction"):
                return None
            raise OutcomeUnknown(refusal.sentence) from None

    def fetch(self, gateway_id: str) -> Answer:
        found = self.find(key=_id(gateway_id)) or self._refund_of(gateway_id)
        if found is None:
            raise NotThere("It knows no such payment or refund.")
        return found

    def capture(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        """Nothing to do: Chapa captures by itself."""
        return self.fetch(gateway_id)

    def cancel(self, gateway_id: str) -> Answer:
        with suppress(_Refused):  # paid, ended, or never there: what it is says the verification
            self._ask("cancel", "PUT", f"/v1/transaction/cancel/{_id(gateway_id)}")
        found = self.find(key=gateway_id)
        if found is None:
            raise NotThere("It knows no such payment.")
        return found

    def refund(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        try:
            paid = self._ask("fetch", "GET", f"/v1/transaction/verify/{_id(gateway_id)}")
            of = _payment(paid)
            if of.status != "succeeded":
                return _failed("not_captured", "Nothing was captured by that payment.", amount)
            if of.amount is None or of.amount.currency != amount.currency:
                return _failed("other_currency", "That payment was in another currency.", amount)
            asked = {"amount": amount.major(), "reason": of.subject, "reference": key, "meta[key]": key}
            return _refund(self._ask("refund", "POST", f"/v1/refund/{_id(paid['data']['reference'])}", data=asked))
        except NotThere:
            return _failed("no_such_payment", "There is no such payment.", amount)
        except _Refused as refusal:
            if refusal.answered == 404:
                return _failed("no_such_payment", "There is no such payment.", amount)
            if refusal.speaks_of("reference"):
                return self._refunded_before(key, amount)
            too_much = refusal.speaks_of("amount", "exceed", "already refunded")
            return _failed("refund_exceeds_capture" if too_much else "refused", refusal.sentence, amount)

    def _refunded_before(self, key: str, amount: Money) -> Answer:
        found = self._refund_of(key)
        if found is None or found.amount != amount:
            raise OutcomeUnknown("The key was used before, and it does not say for what.")
        return found

    def find_refund(self, *, key: str, gateway_id: str = "") -> Answer | None:
        return self._refund_of(key)

    def _refund_of(self, name: str) -> Answer | None:
        try:
            return _refund(self._ask("find_refund", "GET", f"/v1/refund/{_id(name)}/verify"))
        except _Refused as refusal:
            if refusal.answered == 404 or refusal.speaks_of("not found"):
                return None
            raise OutcomeUnknown(refusal.sentence) from None

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        """Only the header that binds the body counts. There is no moment in it: what comes again is known by its id, and what
        it says is never believed."""
        signature = next((value for name, value in headers.items() if name.lower() == "x-chapa-signature"), "")
        if not self._webhook_secret or not is_same(signature, hexdigest(raw, self._webhook_secret)):
            raise BadSignature
        try:
            return _event(read_json(raw), is_live="TEST" not in self._secret.split("-")[0])
        except (OutcomeUnknown, *NONSENSE):
            raise BadSignature from None

    def _ask(self, call: str, method: str, path: str, **body: Any) -> dict[str, Any]:
        """A question; _Refused where nothing was done. What is under a reference of ours may be put twice: it is taken once."""
        line = Line(self.name, call, repeatable=method == "GET")
        reply = line.ask(method, self._url + path, headers={"Authorization": f"Bearer {self._secret}"}, **body)
        if reply.status in (401, 403, 429):
            raise GatewayDown(f"It answered with {reply.status}: it does not listen to us.")
        if reply.status in (400, 404, 409, 422):
            raise _Refused(reply)
        if reply.status not in (200, 201):
            raise OutcomeUnknown(f"It answered with {reply.status}.")
        if reply.said.get("status") != "success":
            raise _Refused(reply)
        return reply.said


def connect() -> ChapaGateway:
    """The account that the settings name."""
    return ChapaGateway(
        url=settings.CHAPA_URL, secret=settings.CHAPA_SECRET, webhook_secret=settings.CHAPA_WEBHOOK_SECRET,
        return_url=settings.PAYMENT_RETURN_URL,
    )  # fmt: skip


def _payment(said: Any) -> Answer:
    """A verified transaction; OutcomeUnknown when it makes no sense."""
    try:
        found = said["data"]
        status = STATUSES[str(found["status"]).lower()]
        failed = status == "failed"
        return Answer(
            status=status,
            gateway_id=word(found["tx_ref"]),
            amount=_money(found["amount"], found["currency"]),
            subject=text((found.get("meta") or {}).get("subject"), 100),
            failure_code=text(str(found["status"]).lower(), 48) if failed else "",
            failure_sentence="The payment was not completed." if failed else "",
        )
    except NONSENSE:
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def _refund(said: Any) -> Answer:
    """A refund as it was begun or verified; OutcomeUnknown when it makes no sense."""
    try:
        found = said["data"]
        status = REFUNDS[str(found["status"]).lower()]
        failed = status == "failed"
        return Answer(
            status=status,
            gateway_id=word(found.get("ref_id") or found["ref"]),
            amount=_money(found["amount"], found["currency"]),
            failure_code="refund_failed" if failed else "",
            failure_sentence="The money could not be given back." if failed else "",
        )
    except NONSENSE:
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def _event(said: Any, *, is_live: bool) -> GatewayEvent:
    """A signed event. It has no id of its own: what it says of which payment is one."""
    if said.get("mode") not in (None, "live" if is_live else "test"):
        raise BadSignature
    kind, key = word(said["event"]), word(said["tx_ref"])
    name = f"{kind}:{key}:{text(said.get('reference'), 40)}:{text(said.get('updated_at'), 40)}"
    return GatewayEvent(name.replace(" ", "_"), kind, key, key)


def _money(amount: Any, currency: Any) -> Money:
    written = str(amount)
    if isinstance(amount, bool) or not VALUE.fullmatch(written):
        raise ValueError("Not an amount.")
    return Money.from_major(written, currency)


def _failed(code: str, sentence: str, amount: Money, subject: str = "") -> Answer:
    return Answer("failed", "", amount=amount, subject=subject, failure_code=code, failure_sentence=sentence)


def _id(gateway_id: str) -> str:
    if not ID.fullmatch(gateway_id):
        raise NotThere("It knows no such thing.")
    return gateway_id
