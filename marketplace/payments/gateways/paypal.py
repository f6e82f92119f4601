"""PayPal: orders of its second API, approved by the payer on PayPal's page, captured by us, and given back."""

import json
import re
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Literal

from django.conf import settings

from core import context
from core.money import Money
from marketplace.payments.errors import GatewayUnavailable
from marketplace.payments.gateways import (
    Answer,
    BadSignature,
    GatewayDown,
    GatewayEvent,
    GatewayFault,
    NotThere,
    OutcomeUnknown,
)
from marketplace.payments.gateways import paypal_words as words
from marketplace.payments.gateways.wire import Line, read_json

CURRENCIES = frozenset(
    ["AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK", "NZD", "PHP",
     "PLN", "SEK", "SGD", "THB", "TWD", "USD"]
)  # fmt: skip
ID = re.compile(r"[A-Z0-9-]{4,64}")
#: PayPal sends a webhook again for three days, under the moment of its first try; none may come from the future.
LATEST, AHEAD = timedelta(days=4), timedelta(minutes=5)
SIGNED = ("auth-algo", "cert-url", "transmission-id", "transmission-sig", "transmission-time")


class PayPalGateway:
    """One PayPal account. No money comes without our `capture`, so whatever we do not capture costs nobody anything."""

    name: ClassVar[str] = "paypal"
    needs: ClassVar[Literal["source", "page"]] = "page"
    currencies: ClassVar[frozenset[str] | None] = CURRENCIES

    def __init__(self, *, url: str, client: str, secret: str, webhook: str, return_url: str = "") -> None:
        self._url, self._client, self._secret, self._webhook = url, client, secret, webhook
        self._return_url, self._account = return_url, (url, client, secret)

    def charge(self, *, key: str, amount: Money, source: str, subject: str) -> Answer:
        unit = {"reference_id": subject, "custom_id": key, "amount": words.amount(amount)}
        turns = {"return_url": self._return_url, "cancel_url": self._return_url} if self._return_url else {}
        asked = {
            "intent": "CAPTURE",
            "purchase_units": [unit],
            "payment_source": {"paypal": {"experience_context": {"user_action": "PAY_NOW", **turns}}},
        }
        try:
            order = self._ask("charge", "POST", "/v2/checkout/orders", key=key, json=asked)
        except words.Refused as refusal:
            return Answer(
                "failed", "", amount=amount, subject=subject, failure_code=refusal.code, failure_sentence=refusal.sentence
            )  # fmt: skip
        answer = words.order(order)
        if (answer.amount, answer.subject) != (amount, subject):
            raise OutcomeUnknown("The key was used before, for something else.")
        return answer

    def find(self, *, key: str, since: datetime | None = None) -> Answer | None:
        """None, always: PayPal finds no order by a word of ours. One whose id was lost was shown to no payer, and is not
        captured, so no money comes of it; sent again, the same key leads to the same order.
        """
        return None

    def fetch(self, gateway_id: str) -> Answer:
        try:
            return words.order(self._known("fetch", f"/v2/checkout/orders/{_id(gateway_id)}"))
        except NotThere:
            return words.refund(self._known("fetch", f"/v2/payments/refunds/{_id(gateway_id)}"))

    def capture(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        try:
            return words.order(
                self._ask("capture", "POST", f"/v2/checkout/orders/{_id(gateway_id)}/capture", key=key, json={})
            )
        except words.Refused:  # captured by now, not approved, or its payer has to choose another source
            return self.fetch(gateway_id)

    def cancel(self, gateway_id: str) -> Answer:
        """Without a word to PayPal, which ends no order: what we do not capture does not move."""
        found = self.fetch(gateway_id)
        if found.status not in ("requires_action", "requires_capture"):
            return found
        return Answer(
            "failed", found.gateway_id, amount=found.amount, subject=found.subject, failure_code="cancelled",
            failure_sentence="It was called off.",
        )  # fmt: skip

    def refund(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        def failed(code: str, why: str) -> Answer:
            return Answer("failed", "", amount=amount, failure_code=code, failure_sentence=why)

        try:
            captured = words.captured(self._known("fetch", f"/v2/checkout/orders/{_id(gateway_id)}"))
        except NotThere:
            return failed("no_such_payment", "There is no such payment.")
        if captured is None:
            return failed("not_captured", "Nothing was captured by that payment.")
        capture_id, paid = captured
        if paid.currency != amount.currency:
            return failed("other_currency", "That payment was in another currency.")
        asked = {"amount": words.amount(amount), "custom_id": key}
        try:
            said = self._ask("refund", "POST", f"/v2/payments/captures/{capture_id}/refund", key=key, json=asked)
        except words.Refused as refusal:
            code = "refund_exceeds_capture" if refusal.code in words.TOO_MUCH else refusal.code
            return failed(code, refusal.sentence)
        answer = words.refund(said)
        if answer.amount != amount:
            raise OutcomeUnknown("The key was used before, for something else.")
        return answer

    def find_refund(self, *, key: str, gateway_id: str = "") -> Answer | None:
        if not gateway_id:
            return None
        try:
            order = self._known("find_refund", f"/v2/checkout/orders/{_id(gateway_id)}")
        except NotThere:
            return None
        found = [each for each in words.moves(order, "refunds") if each.get("custom_id") == key]
        return words.refund(found[0]) if found else None

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        """Asks PayPal whether it sent these very bytes. Refuses with 503 `gateway_unavailable` where that cannot be asked: PayPal
        sends it again."""
        named = {name.lower().removeprefix("paypal-"): value for name, value in headers.items()}
        said = {name.replace("-", "_"): named.get(name, "") for name in SIGNED}
        if not all(said.values()) or not self._webhook or not _is_timely(said["transmission_time"]):
            raise BadSignature
        try:
            body, read = raw.decode(), read_json(raw)
        except (OutcomeUnknown, UnicodeDecodeError):
            raise BadSignature from None
        try:
            # As it came, not as it would be written again: the signature is over these bytes.
            asked = ",".join(
                f'"{name}":{json.dumps(value)}' for name, value in {**said, "webhook_id": self._webhook}.items()
            )
            judged = self._ask(
                "verify", "POST", "/v1/notifications/verify-webhook-signature",
                content=f'{{{asked},"webhook_event":{body}}}'.encode(),
            )  # fmt: skip
        except words.Refused:
            raise BadSignature from None
        except GatewayFault as fault:
            raise GatewayUnavailable(retry_after=30) from fault
        if judged.get("verification_status") != "SUCCESS":
            raise BadSignature
        return words.event(read)

    def _known(self, call: str, path: str) -> dict[str, Any]:
        try:
            return self._ask(call, "GET", path)
        except words.Refused as refusal:
            if refusal.answered == 404:
                raise NotThere("It knows no such thing.") from None
            raise OutcomeUnknown(refusal.code) from None

    def _ask(self, call: str, method: str, path: str, *, key: str = "", **body: Any) -> dict[str, Any]:
        line = Line(self.name, call, repeatable=True)
        for is_last in (False, True):
            headers = {
                "Authorization": f"Bearer {self._token(line, anew=is_last)}",
                "Content-Type": "application/json",
                "Prefer": "return=representation",
                **({"PayPal-Request-Id": key} if key else {}),
            }
            reply = line.ask(method, self._url + path, headers=headers, **body)
            if reply.status != 401:
                break
        return words.read(reply)

    def _token(self, line: Line, *, anew: bool) -> str:
        tokens = _tokens()
        with tokens.lock:
            kept, until = tokens.kept.get(self._account, ("", 0))
            if kept and not anew and time.monotonic() < until:
                return kept
        reply = line.ask(
            "POST", f"{self._url}/v1/oauth2/token", data={"grant_type": "client_credentials"},
            auth=(self._client, self._secret),
        )  # fmt: skip
        if reply.status != 200:
            raise GatewayDown(f"It gives no token: {reply.status}.")
        try:
            token, lasts = str(reply.said["access_token"]), int(reply.said["expires_in"])
        except words.NONSENSE:
            raise GatewayDown("It gives no token.") from None
        with tokens.lock:
            tokens.kept[self._account] = (token, int(time.monotonic()) + lasts - 60)
        return token


class _Tokens:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: dict[tuple[str, ...], tuple[str, int]] = {}


@cache
def _tokens() -> _Tokens:
    """Those of the process, each until a minute before its end."""
    return _Tokens()


def connect() -> PayPalGateway:
    """The account that the settings name."""
    return PayPalGateway(
        url=settings.PAYPAL_URL, client=settings.PAYPAL_CLIENT, secret=settings.PAYPAL_SECRET,
        webhook=settings.PAYPAL_WEBHOOK, return_url=settings.PAYMENT_RETURN_URL,
    )  # fmt: skip


def _is_timely(said: str) -> bool:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return False
    return at.tzinfo is not None and -LATEST <= at - context.now() <= AHEAD


def _id(gateway_id: str) -> str:
    if not ID.fullmatch(gateway_id):
        raise NotThere("It knows no such thing.")
    return gateway_id
