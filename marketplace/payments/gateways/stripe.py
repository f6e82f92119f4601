"""Stripe: PaymentIntents with their payer's strong authentication, capture, refunds and disputes, asked over HTTP."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from django.conf import settings

from core import context
from core.money import Money
from marketplace.payments.gateways import (
    Answer,
    BadSignature,
    Dispute,
    GatewayDown,
    GatewayEvent,
    NotTaken,
    NotThere,
    OutcomeUnknown,
    StatementLine,
)
from marketplace.payments.gateways import stripe_words as words
from marketplace.payments.gateways.signing import is_signed
from marketplace.payments.gateways.wire import Line, Reply, read_json

VERSION = "2024-06-20"  # of Stripe's API, as `stripe_words` reads it
PAGE, PAGES = 100, 20
STATEMENT_PAGES = 2_000  # the clock asks for it: three months of two thousand payments and refunds a day
#: How far back a payment is looked for where nobody says when it was asked for; and how far Stripe's clock may be from ours.
LATELY, SKEW = timedelta(days=1), timedelta(minutes=5)
ID = re.compile(r"[A-Za-z0-9_]{4,100}")
REFUNDS = ("re_", "pyr_")
TOO_MUCH = ("charge_already_refunded", "amount_too_large")


class _Refused(Exception):
    """A 4xx that says that nothing was done, and why."""

    def __init__(self, reply: Reply) -> None:
        self.answered, self.said = reply.status, reply.said
        self.code, self.sentence = words.refused(self.said)
        super().__init__(self.code)

    @property
    def error(self) -> Mapping[str, Any]:
        error = self.said.get("error")
        return error if isinstance(error, dict) else {}


class StripeGateway:
    """One Stripe account. `manual` takes a payer's consent first and the money afterwards, by `capture`."""

    name: ClassVar[str] = "stripe"
    needs: ClassVar[Literal["source", "page"]] = "source"
    currencies: ClassVar[frozenset[str] | None] = None
    #: Where its payments are, and what a refund calls the one that it is of.
    path: ClassVar[str] = "/v1/payment_intents"
    paid_as: ClassVar[str] = "payment_intent"

    def __init__(
        self, *, url: str, secret: str, webhook_secret: str, return_url: str = "", manual: bool = False
    ) -> None:
        self._url, self._secret, self._webhook_secret = url, secret, webhook_secret
        self._return_url, self._manual = return_url, manual

    def charge(self, *, key: str, amount: Money, source: str, subject: str) -> Answer:
        try:
            asked = self._asked(key, amount, source, subject)
            return words.payment(self._post("charge", self.path, key, asked))
        except words.Inexpressible:
            return _failed("amount_not_expressible", "The gateway cannot take that amount.", amount, subject)
        except _Refused as refusal:
            if isinstance(declined := refusal.error.get("payment_intent"), dict):
                return words.payment(declined)
            if refusal.answered == 402 and (found := self.find(key=key)):
                return found
            return _failed(refusal.code, refusal.sentence, amount, subject)

    def find(self, *, key: str, since: datetime | None = None) -> Answer | None:
        """Looks through the intents since then, newest first: unlike Stripe's search, that list knows what is a second old."""
        earliest = (since or context.now() - LATELY) - SKEW
        found = self._first("find", self.path, {}, key, since=earliest)
        return words.payment(found) if found else None

    def fetch(self, gateway_id: str) -> Answer:
        if gateway_id.startswith(REFUNDS):
            return words.refund(self._known("fetch", f"/v1/refunds/{_id(gateway_id)}"))
        return words.payment(self._known("fetch", f"{self.path}/{_id(gateway_id)}"))

    def capture(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        return self._moved("capture", key, gateway_id)

    def cancel(self, gateway_id: str) -> Answer:
        found = self.fetch(
            gateway_id
        )  # a declined intent could be called off too, and would forget why it was declined
        if found.status in ("succeeded", "failed"):
            return found
        return self._moved("cancel", f"{gateway_id}-cancel", gateway_id)

    def refund(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        try:
            paid = words.payment(self._known("fetch", f"{self.path}/{_id(gateway_id)}"))
            if paid.amount is None or paid.amount.currency != amount.currency:
                return _failed("other_currency", "That payment was in another currency.", amount)
            asked = {self.paid_as: gateway_id, "amount": str(words.units(amount)), "metadata[key]": key}
            return words.refund(self._post("refund", "/v1/refunds", key, asked))
        except NotThere:
            return _failed("no_such_payment", "There is no such payment.", amount)
        except words.Inexpressible:
            return _failed("amount_not_expressible", "The gateway cannot give back that amount.", amount)
        except _Refused as refusal:
            too_much = refusal.code in TOO_MUCH or refusal.error.get("param") == "amount"
            return _failed("refund_exceeds_capture" if too_much else refusal.code, refusal.sentence, amount)

    def find_refund(self, *, key: str, gateway_id: str = "") -> Answer | None:
        of = {self.paid_as: _id(gateway_id)} if gateway_id else {}
        found = self._first("find_refund", "/v1/refunds", of, key)
        return words.refund(found) if found else None

    def disputes(self, *, since: datetime) -> list[Dispute]:
        """Every dispute that was opened since a moment."""
        return [words.dispute(each) for each in self._each("disputes", "/v1/disputes", {}, since=since)]

    def fetch_dispute(self, gateway_id: str) -> Dispute:
        """The dispute of this id, as it is now."""
        return words.dispute(self._known("fetch_dispute", f"/v1/disputes/{_id(gateway_id)}"))

    def submit_evidence(self, *, key: str, gateway_id: str, text: str) -> Dispute:
        """Say why the money is ours: once, and the bank reads it. What is refused while the bank still listens was not taken."""
        asked = {"evidence[uncategorized_text]": text, "submit": "true"}
        try:
            return words.dispute(self._post("submit_evidence", f"/v1/disputes/{_id(gateway_id)}", key, asked))
        except _Refused as refusal:
            stands = self.fetch_dispute(gateway_id)
            if stands.due_at is not None:
                raise NotTaken(refusal.sentence) from None
            return stands

    def statement(self, *, since: datetime) -> Iterator[StatementLine]:
        """Every payment and refund in the balance since a moment, oldest first: in the currency that was paid in."""
        asked = {"expand[]": "data.source"}
        rows = self._each("statement", "/v1/balance_transactions", asked, since=since, pages=STATEMENT_PAGES)
        found = [words.line(each) for each in rows]
        yield from (each for each in reversed(found) if each is not None)

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        signature = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
        if not is_signed(raw, signature, self._webhook_secret, now=int(context.now().timestamp())):
            raise BadSignature
        try:
            return words.event(read_json(raw), is_live=self._secret.startswith(("sk_live_", "rk_live_")))
        except OutcomeUnknown:
            raise BadSignature from None

    def _asked(self, key: str, amount: Money, source: str, subject: str) -> dict[str, str]:
        asked = {
            "amount": str(words.units(amount)),
            "currency": amount.currency.lower(),
            "confirm": "true",
            "capture_method": "manual" if self._manual else "automatic",
            "metadata[key]": key,
            "metadata[subject]": subject,
        }
        if source.startswith("tok_"):
            asked |= {"payment_method_data[type]": "card", "payment_method_data[card][token]": source}
        else:
            asked |= {"payment_method": source}
        return asked | ({"return_url": self._return_url} if self._return_url else {"payment_method_types[]": "card"})

    def _moved(self, verb: str, key: str, gateway_id: str) -> Answer:
        """Capture or cancel an intent; where that cannot be (any more), say what it is."""
        try:
            return words.payment(self._post(verb, f"{self.path}/{_id(gateway_id)}/{verb}", key, {}))
        except _Refused as refusal:
            if refusal.answered == 404:
                raise NotThere("It knows no such payment.") from None
            return self.fetch(gateway_id)

    def _known(self, call: str, path: str) -> dict[str, Any]:
        try:
            return self._get(call, path, {})
        except _Refused as refusal:
            if refusal.answered == 404:
                raise NotThere("It knows no such thing.") from None
            raise OutcomeUnknown(refusal.code) from None

    def _first(
        self, call: str, path: str, asked: dict[str, str], key: str, since: datetime | None = None
    ) -> dict[str, Any] | None:
        found = self._each(call, path, asked, since=since)
        return next((each for each in found if words.metadata(each).get("key") == key), None)

    def _each(
        self, call: str, path: str, asked: dict[str, str], since: datetime | None = None, pages: int = PAGES
    ) -> Iterator[dict[str, Any]]:
        """All that a list has since a moment, newest first. OutcomeUnknown where it does not end: then nobody knows."""
        after: dict[str, str] = {}
        earliest = int(since.timestamp()) if since else 0
        for _page in range(pages):
            try:
                page = self._get(call, path, {"limit": str(PAGE), **asked, **after})
                rows = [each for each in page["data"] if each["created"] >= earliest]
                has_more = page.get("has_more") and len(rows) == len(page["data"])
                yield from rows
                if not has_more:
                    return
                after = {"starting_after": words.named(rows[-1])}
            except (LookupError, TypeError, ValueError):
                raise OutcomeUnknown("It answered without a list.") from None
            except _Refused as refusal:
                if refusal.answered == 404:
                    return
                raise OutcomeUnknown(refusal.code) from None
        raise OutcomeUnknown("Its list does not end.")

    def _get(self, call: str, path: str, params: dict[str, str]) -> dict[str, Any]:
        return _read(
            self._ask(call, lambda line, headers: line.ask("GET", self._url + path, headers=headers, params=params))
        )

    def _post(self, call: str, path: str, key: str, form: dict[str, str]) -> dict[str, Any]:
        def ask(line: Line, headers: dict[str, str]) -> Reply:
            return line.ask("POST", self._url + path, headers={**headers, "Idempotency-Key": key}, data=form)

        return _read(self._ask(call, ask))

    def _ask(self, call: str, ask: Callable[[Line, dict[str, str]], Reply]) -> Reply:
        headers = {"Authorization": f"Bearer {self._secret}", "Stripe-Version": VERSION}
        return ask(Line(self.name, call, repeatable=True), headers)


def connect() -> StripeGateway:
    """The account that the settings name."""
    return StripeGateway(
        url=settings.STRIPE_URL,
        secret=settings.STRIPE_SECRET,
        webhook_secret=settings.STRIPE_WEBHOOK_SECRET,
        return_url=settings.PAYMENT_RETURN_URL,
        manual=settings.STRIPE_CAPTURE == "manual",
    )


def _read(reply: Reply) -> dict[str, Any]:
    """What came back; _Refused where nothing was done, OutcomeUnknown where something may have been."""
    if reply.status == 200:
        return reply.said
    if reply.status in (401, 403, 429):
        raise GatewayDown(f"It answered with {reply.status}: it does not listen to us.")
    if reply.status not in (400, 402, 404):
        raise OutcomeUnknown(f"It answered with {reply.status}.")
    refusal = _Refused(reply)
    if refusal.error.get("type") == "idempotency_error":
        raise OutcomeUnknown("The key was used before, for something else.")
    raise refusal


def _failed(code: str, sentence: str, amount: Money, subject: str = "") -> Answer:
    return Answer("failed", "", amount=amount, subject=subject, failure_code=code, failure_sentence=sentence)


def _id(gateway_id: str) -> str:
    if not ID.fullmatch(gateway_id):
        raise NotThere("It knows no such thing.")
    return gateway_id
