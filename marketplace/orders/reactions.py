"""What orders do when a payment, a refund or a buyer's bank has come through, and when a refund is asked for again."""

from datetime import datetime

from core.events import later, reacts
from core.rules import Actor
from marketplace.orders import actions, banks, labels, queries, uncredited
from marketplace.orders.actions import giving_back, invoicing, returning
from marketplace.orders.events import LabelWanted
from marketplace.orders.models import Return, ShippingLabel
from marketplace.payments.events import (
    ChargebackClosed,
    ChargebackOpened,
    ChargebackTold,
    ChargebackUpdated,
    PaymentSucceeded,
    RefundRequested,
    RefundSucceeded,
)
from marketplace.payments.models import Chargeback, Refund


@later(PaymentSucceeded)
def complete_order(event: PaymentSucceeded) -> None:
    """The money for something has come: if that is an order, it is completed, unless it is already."""
    for key in queries.to_complete().filter(reference=event.subject).values_list("pk", flat=True):
        actions.complete(key, by=Actor.system("payment"))


@later(RefundSucceeded)
def book_refund(event: RefundSucceeded) -> None:
    """Money was given back: the order of the payment says so, unless it does already."""
    for key in queries.to_book_refund().filter(reference=event.subject).values_list("pk", flat=True):
        actions.book_refund(key, by=Actor.system("refund"))


@later(LabelWanted)
def ask_carrier(event: LabelWanted) -> None:
    """A label is wanted: its carrier is asked, or asked what became of it. What somebody has done meanwhile is left alone."""
    for label in ShippingLabel.objects.filter(pk=event.label_id):
        labels.buy(label)


@later(RefundSucceeded)
def settle_return(event: RefundSucceeded) -> None:
    """Money was given back: if that was for a return, it is settled."""
    refund = Refund.objects.select_related("repeats").get(pk=event.refund_id)
    for key in Return.objects.filter(refund=returning.first_try(refund)).values_list("pk", flat=True):
        returning.settle(key, by=Actor.system("refund"))


@later(RefundSucceeded)
def issue_credit_notes(event: RefundSucceeded) -> None:
    """Money was given back: each invoice that it is taken off has a credit note."""
    shares = uncredited.uncredited().filter(refund=event.refund_id).order_by("vendor_order_id")
    for key in shares.values_list("vendor_order_id", flat=True).distinct():
        invoicing.credit(key, by=Actor.system("refund"))


@reacts(RefundRequested)
def repeat_parts(event: RefundRequested) -> None:
    """A failed refund is asked for again: what of it is whose is written down again, while its payment is held."""
    refund = Refund.objects.select_related("repeats").get(pk=event.refund_id)
    if refund.repeats is not None:
        giving_back.repeat_parts(refund)


@later(ChargebackOpened, ChargebackUpdated, ChargebackClosed)
def follow_bank(event: ChargebackOpened | ChargebackUpdated | ChargebackClosed) -> None:
    """A buyer's bank takes money of an order back, or has decided: each share that it was for has a case that says so."""
    complete_order(PaymentSucceeded(event.payment_id, event.subject))  # its own event may not have been heard yet
    row = Chargeback.objects.filter(payment=event.payment_id, gateway_id=event.gateway_dispute_id).first()
    banks.follow(event.subject, banks.Word.of(row) if row is not None else _heard(event))


def _heard(event: ChargebackTold) -> banks.Word:
    due_at = datetime.fromisoformat(event.due_at) if event.due_at else None
    return banks.Word(event.gateway_dispute_id, event.amount_minor, event.reason, due_at, event.outcome)
