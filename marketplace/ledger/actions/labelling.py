"""A label was bought on the market's account: its vendor pays for it out of what is available, and the market owes its carrier."""

from core.actions import action
from core.rules import Actor
from marketplace.ledger.actions.posting import Cause, Entry, post
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.orders.models import ShippingLabel


@action(label="Charge label")
def charge_label(label: ShippingLabel, *, by: Actor) -> ShippingLabel:
    """Post what a label cost, once. What is available may fall below zero: that is carried over. Does nothing unless it was made.

    It is no part of the sale of its share, so that a refund or a dispute of that share counts as if it had never been bought.
    """
    if label.state != "made" or label.price is None or label.bought_at is None:
        return label
    share = label.shipment.vendor_order
    post(
        JournalKind.LABEL,
        Cause.of(label),
        (
            Entry(AccountKind.AVAILABLE, label.price.amount, vendor_id=share.vendor_id),
            Entry(AccountKind.CARRIERS, -label.price.amount, part=label.carrier),
        ),
        currency=label.price.currency,
        at=label.bought_at,
        subject=share.order.reference,
        note=f"{label.tracking_number} for {label.shipment.reference}",
    )
    return label
