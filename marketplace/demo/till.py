"""The gateway of the demo market while its past is played: the mock gateway's own books, kept as of the moment that is told.

The gateway that the demo starts later reads the same file, so it knows of every payment here, and money can still go back.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path

from core import context
from core.audiences import STOREFRONT
from core.money import Money
from core.rules import Actor, actor_of
from marketplace.demo.agenda import as_of
from marketplace.orders import actions as orders
from marketplace.orders.models import Order
from marketplace.payments import actions as payments
from marketplace.payments.gateways import Answer, GatewayEvent
from marketplace.payments.mockgateway.books import Books, Movement
from marketplace.payments.mockgateway.webhooks import body_of
from marketplace.payments.models import Payment, Refund, WebhookDelivery

GATEWAY = Actor.system("mock gateway")
WEBHOOK = Actor.system("mock webhook")
NO_ANSWER = "No usable answer came: the connection timed out."
NOTHING = "Nothing here has this key."
TOO_LITTLE = 100_00
A_MOMENT = timedelta(seconds=2)


class Till:
    """Takes and gives back money through the market's own verbs, as the flows of payment do with a gateway that answers."""

    def __init__(self, file: Path | None = None) -> None:
        if file:
            file.unlink(missing_ok=True)
        self.books = Books(file, now=lambda: context.now().timestamp())

    def take(self, order: Order, at: datetime, *, source: str = "tok_ok", mistaken: bool = False) -> Payment:
        """The buyer pays from a source. A mistaken gateway takes too little, and its answer does not arrive."""
        buyer = actor_of(order.customer, STOREFRONT)
        payment = orders.begin_payment(order.pk, by=buyer, at=at, gateway="mock")
        payments.claim(payment.pk, by=buyer, at=at)
        taken, amount = payment.amount.amount - (TOO_LITTLE if mistaken else 0), payment.amount
        with as_of(at):
            movement = self.books.charge(
                key=payment.key, amount=taken, currency=amount.currency, source=source, subject=payment.subject,
                declined=False, request_id="",
            )  # fmt: skip
        if mistaken:
            return payments.lose(payment.pk, by=GATEWAY, at=at + A_MOMENT, why=NO_ANSWER)
        return self._record(payment, movement, at + A_MOMENT)

    def settle(self, payment: Payment, at: datetime) -> Payment:
        """What the gateway had not decided is decided for the buyer, and the gateway says so."""
        movement = self.books.find("payment", payment.key)
        assert movement is not None
        with as_of(at):
            settled = self.books.settle(movement.id, approve=True)
        assert settled is not None
        return self._record(payment, settled, at)

    def give_back(self, order: Order, at: datetime, *, pending: bool = False) -> None:
        """Send what is to go back of an order; `pending` leaves it with the gateway, whose answer did not arrive."""
        waiting = Refund.objects.filter(payment__subject=order.reference, status="requested").select_related("payment")
        for refund in waiting.order_by("pk"):
            payments.claim_refund(refund.pk, by=GATEWAY, at=at)
            with as_of(at):
                movement = self.books.refund(
                    key=refund.key, payment=refund.payment.gateway_id, amount=refund.amount.amount,
                    currency=refund.amount.currency, pending=pending, uncapped=False, request_id="",
                )  # fmt: skip
            if pending:
                payments.lose_refund(refund.pk, by=GATEWAY, at=at + A_MOMENT, why=NO_ANSWER)
                continue
            payments.record_refund(refund.pk, by=GATEWAY, at=at + A_MOMENT, answer=_answer(movement))
            self._tell(movement, at + 2 * A_MOMENT)
            orders.book_refund(order.pk, by=Actor.system("refund"), at=at + 2 * A_MOMENT)

    def mishear(self, now: datetime) -> None:
        """Two webhooks that are about nothing here: one was given up, the other still waits for what it may be about."""
        strange = Books(now=lambda: context.now().timestamp())
        for key, at in (("KEY-OF-ANOTHER-MARKET", now - timedelta(days=3)), ("KEY-NOT-YET-KNOWN", now - A_MOMENT)):
            with as_of(at):
                movement = strange.charge(
                    key=key, amount=125_000, currency="KES", source="tok_ok", subject="", declined=False, request_id=""
                )
            late = now - at > timedelta(days=1)
            self._tell(movement, at, outcome="waiting", error=NOTHING)
            if late:
                kept = WebhookDelivery.objects.get(key=key)
                at += timedelta(days=1, minutes=1)
                payments.note(kept.pk, by=WEBHOOK, at=at, outcome="refused", error=NOTHING)

    def _record(self, payment: Payment, movement: Movement, at: datetime) -> Payment:
        payment = payments.record(payment.pk, by=GATEWAY, at=at, answer=_answer(movement))
        self._tell(movement, at + A_MOMENT)
        if payment.status == "succeeded":
            order = Order.objects.get(reference=payment.subject)
            orders.complete(order.pk, by=Actor.system("payment"), at=at)
        return payment

    def _tell(self, movement: Movement, at: datetime, *, outcome: str = "applied", error: str = "") -> None:
        """The gateway tells of a movement, and what it tells is acted on."""
        raw = body_of(movement, at=int(at.timestamp()))
        said = json.loads(raw)
        event = GatewayEvent(said["id"], said["type"], movement.id, movement.key)
        kept = payments.receive(event, by=WEBHOOK, at=at, gateway="mock", body=raw.decode())
        assert kept is not None
        payments.note(kept.pk, by=WEBHOOK, at=at, outcome=outcome, error=error)


def _answer(movement: Movement) -> Answer:
    return Answer(
        movement.status,  # type: ignore[arg-type]
        movement.id,
        amount=Money(movement.amount, movement.currency),
        subject=movement.subject,
        failure_code=movement.failure_code,
        failure_sentence=movement.failure_sentence,
    )
