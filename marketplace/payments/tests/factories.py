"""Payments in every state, and what a gateway says of them, for tests and the demo market."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from core import references
from core.money import Money
from core.rules import Actor
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.payments import actions
from marketplace.payments.gateways import Answer, Dispute, GatewayEvent
from marketplace.payments.models import Chargeback, Payment, Refund, WebhookDelivery

GATEWAY = Actor.system("mock gateway")
_ids = count(1)


def kes(amount: int) -> Money:
    """So many cents of Kenyan shillings."""
    return Money(amount, "KES")


def said(payment: Payment, status: Any = "succeeded", **words: Any) -> Answer:
    """What an honest gateway says of a payment."""
    fitting = {
        "gateway_id": payment.gateway_id or f"pay_{next(_ids)}",
        "amount": payment.amount,
        "subject": payment.subject,
    }
    return Answer(status, **{**fitting, **words})


def said_of_refund(refund: Refund, status: Any = "succeeded", **words: Any) -> Answer:
    """What an honest gateway says of a refund."""
    fitting = {"gateway_id": refund.gateway_id or f"ref_{next(_ids)}", "amount": refund.amount}
    return Answer(status, **{**fitting, **words})


def started(
    payer: User | None = None, *, amount: Money | None = None, subject: str = "", gateway: str = "mock"
) -> Payment:
    """A payment of which nobody has been told."""
    return actions.start(
        by=GATEWAY,
        payer=payer or make_user(),
        subject=subject or references.new("SK"),
        amount=amount or kes(150_000),
        gateway=gateway,
    )


def sending(payer: User | None = None, **values: Any) -> Payment:
    """A payment that somebody is asking the gateway about."""
    return actions.claim(started(payer, **values).pk, by=GATEWAY)


def paid(payer: User | None = None, **values: Any) -> Payment:
    """A payment whose money has come."""
    payment = sending(payer, **values)
    return actions.record(payment.pk, by=GATEWAY, answer=said(payment))


def lost(payer: User | None = None, **values: Any) -> Payment:
    """A payment of which nobody knows what became."""
    return actions.lose(sending(payer, **values).pk, by=GATEWAY, why="The reply was dropped.")


def declined(payer: User | None = None, **values: Any) -> Payment:
    """A payment that the gateway refused."""
    payment = sending(payer, **values)
    answer = said(payment, "failed", failure_code="card_declined", failure_sentence="The card was declined.")
    return actions.record(payment.pk, by=GATEWAY, answer=answer)


def waiting_for_payer(payer: User | None = None, **values: Any) -> Payment:
    """A payment that its payer has to confirm."""
    payment = sending(payer, **values)
    answer = said(payment, "requires_action", action_url="https://bank.example/confirm")
    return actions.record(payment.pk, by=GATEWAY, answer=answer)


def refund(payment: Payment | None = None, amount: int = 50_000, reason: str = "It arrived broken.") -> Refund:
    """Some of a payment, promised to go back."""
    row = payment or paid()
    return actions.request_refund(row.pk, by=GATEWAY, amount=kes(amount), reason=reason)


def refund_sending(payment: Payment | None = None, **values: Any) -> Refund:
    """A refund that somebody is asking the gateway about."""
    return actions.claim_refund(refund(payment, **values).pk, by=GATEWAY)


def given_back(payment: Payment | None = None, **values: Any) -> Refund:
    """A refund whose money has gone back."""
    row = refund_sending(payment, **values)
    return actions.record_refund(row.pk, by=GATEWAY, answer=said_of_refund(row))


def disputed(payment: Payment | None = None, status: Any = "open", **words: Any) -> Chargeback:
    """A payment whose payer asked their bank for the money back."""
    row = payment or paid()
    fitting = {
        "gateway_id": f"dis_{next(_ids)}",
        "payment_id": row.gateway_id,
        "amount": row.amount,
        "reason": "product_not_received",
        "due_at": timezone.now() + timedelta(days=7),
    }
    dispute = Dispute(status=status, **{**fitting, **words})
    return actions.book_dispute(row.pk, by=GATEWAY, dispute=dispute)


def told(event_id: str) -> WebhookDelivery:
    """A webhook about a payment that nobody knows."""
    event = GatewayEvent(event_id, "payment.succeeded", "pay_0", "PAY-00000000")
    kept = actions.receive(event, by=GATEWAY, gateway="mock", body="{}")
    assert kept is not None
    return kept


STATES: dict[str, Callable[..., Payment]] = {
    "started": started,
    "sending": sending,
    "unknown": lost,
    "requires_action": waiting_for_payer,
    "succeeded": paid,
    "failed": declined,
}
