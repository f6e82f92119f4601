"""Reads of money: how something stands that was or is being paid for, and what nobody has finished."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from core import context
from core.money import Money
from marketplace.payments import states
from marketplace.payments.models import Payment, Refund

STUCK_AFTER = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(days=1)  # a payer who was asked to confirm may take long, but not so long


@dataclass(frozen=True)
class Standing:
    """What came for a subject, what went back, and what is to go back; None where nothing was ever started for it.

    `live` is the payment that counts: the one that is under way or has come.
    """

    captured: Money | None = None
    refunded: Money | None = None
    refund_pending: Money | None = None
    live: Payment | None = None


def standing(subject: str) -> Standing:
    """How a subject stands. Payments that are extra (their money goes back whatever happens) do not count."""
    live = Payment.objects.filter(subject=subject, is_extra=False).exclude(status="failed").first()
    if live is None:
        return Standing()
    currency = live.amount_currency  # type: ignore[attr-defined]
    return Standing(
        captured=Money(live.captured_minor, currency),
        refunded=Money(live.refunded_minor, currency),
        refund_pending=Money(live.held_minor - live.refunded_minor, currency),
        live=live,
    )


def is_stuck() -> Q:
    """Payments that should have ended: the gateway has been asked for minutes, and does not say."""
    now = context.now()
    asked = Q(status__in=("sending", "unknown"), status_since__lt=now - STUCK_AFTER)
    return asked | Q(status="requires_action", status_since__lt=now - FORGOTTEN_AFTER)


def open_payments(*, quiet_for: timedelta) -> QuerySet[Payment]:
    """Payments that only the gateway can end and that nobody has touched for so long, the oldest first."""
    return Payment.objects.filter(status__in=states.OPEN, status_since__lte=context.now() - quiet_for).order_by(
        "status_since", "pk"
    )


def open_refunds(*, quiet_for: timedelta) -> QuerySet[Refund]:
    """Refunds that have not ended and that nobody has touched for so long, the oldest first."""
    return Refund.objects.filter(status__in=states.PENDING, status_since__lte=context.now() - quiet_for).order_by(
        "status_since", "pk"
    )
