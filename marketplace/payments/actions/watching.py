"""What should have ended and has not is marked, so that people find it."""

from django.db.models import Q

from core.actions import action
from core.rules import Actor
from marketplace.payments.models import Payment, Refund
from marketplace.payments.queries import stuck_payments, stuck_refunds


@action(label="Mark what is stuck", audited=False)
def mark_stuck(*, by: Actor) -> int:
    """Mark payments and refunds that are stuck, and those that are no longer. Returns how many are."""
    return _mark(Payment, stuck_payments()) + _mark(Refund, stuck_refunds())


def _mark(model: type[Payment | Refund], stuck: Q) -> int:
    rows = model._default_manager
    rows.filter(~stuck, is_stuck=True).update(is_stuck=False)
    rows.filter(stuck, is_stuck=False).update(is_stuck=True)
    return rows.filter(is_stuck=True).count()
