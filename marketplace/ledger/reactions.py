"""What the books do when something is ordered, paid, sold, called off or given back."""

from core.events import later, reacts
from core.rules import Actor
from marketplace.ledger import actions, sweeping, waiting
from marketplace.orders.events import (
    DisputeHeld,
    DisputeLost,
    DisputeRecovered,
    DisputeReleased,
    ItemsCancelled,
    LabelBought,
    OrderPlaced,
    ReturnReceived,
    VendorOrderCancelled,
    VendorOrderReleased,
)
from marketplace.payments.events import ChargebackBorne, ChargebackClosed, PaymentSucceeded, RefundSucceeded


@reacts(OrderPlaced)
def freeze_fees(event: OrderPlaced) -> None:
    """What the market takes of each line is kept with the order: rules that change later change nothing of it."""
    actions.freeze_commission(event.order_id)


@later(PaymentSucceeded)
def book_money(event: PaymentSucceeded) -> None:
    """Money came."""
    actions.book_capture(event.payment_id, by=Actor.system("payment"))


@later(VendorOrderReleased)
def book_sale(event: VendorOrderReleased) -> None:
    """A share is sold."""
    actions.sell(event.vendor_order_id, by=Actor.system("payment"))


@later(RefundSucceeded)
def book_refund(event: RefundSucceeded) -> None:
    """Money went back."""
    actions.book_refund(event.refund_id, by=Actor.system("refund"))


@later(LabelBought)
def charge_label(event: LabelBought) -> None:
    """A label was bought: its vendor pays for it."""
    actions.charge_label(event.label_id, by=Actor.system("label"))


@later(VendorOrderCancelled, ItemsCancelled, ReturnReceived)
def take_back_what_was_free(event: VendorOrderCancelled | ItemsCancelled | ReturnReceived) -> None:
    """Pieces were given up that cost their buyer nothing: no refund takes their sale back."""
    for key in waiting.to_void().filter(pk=event.vendor_order_id).values_list("pk", flat=True):
        actions.void(key, by=Actor.system("cancellation"))


@later(DisputeHeld)
def hold_money(event: DisputeHeld) -> None:
    """What is disputed is not paid out before that is decided."""
    sweeping.hold_disputed(of=event.dispute_id)


@later(ChargebackBorne)
def bear_loss(event: ChargebackBorne) -> None:
    """A bank took what no vendor has: the market bears it."""
    actions.bear(event.chargeback_id, by=Actor.system("buyer's bank"))


@later(ChargebackClosed)
def bear_no_longer(event: ChargebackClosed) -> None:
    """A bank gives back what it took of the market: the market bears it no longer."""
    rows = waiting.to_bear().filter(payment=event.payment_id, gateway_id=event.gateway_dispute_id)
    for key in rows.values_list("pk", flat=True):
        actions.bear(key, by=Actor.system("buyer's bank"))


@later(DisputeReleased, DisputeLost, DisputeRecovered)
def end_hold(event: DisputeReleased | DisputeLost | DisputeRecovered) -> None:
    """A dispute has ended. What its buyer gets back is taken from what was held, and the rest is let go; what a bank has given back
    of it is the vendor's again.
    """
    sweeping.end_disputed(of=event.dispute_id)
