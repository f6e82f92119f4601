"""What a vendor does with its share: accept, send, say that it arrived; or call it off. The order is held meanwhile."""

from typing import Annotated

from pydantic import StringConstraints

from core import context, deeds, references, writing
from core.actions import action, locked
from core.errors import WrongState
from core.events import publish
from core.inputs import TEXT_PATTERN, Ask, asking
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.actions.paying import ask_back
from marketplace.orders.actions.shelf import goods_of, move_goods
from marketplace.orders.actions.whole import follow
from marketplace.orders.events import VendorOrderCancelled, VendorOrderDelivered, VendorOrderShipped
from marketplace.orders.models import Order, Shipment, VendorOrder

Carrier = Annotated[
    str,
    StringConstraints(min_length=2, max_length=60, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Carrier", "Who brings it.", chips=("G4S", "Sendy", "DHL", "Our own rider")),
]
TrackingNumber = Annotated[
    str,
    StringConstraints(max_length=80, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Tracking number", "As the carrier gave it; leave it empty where there is none."),
]
WhyNot = asking(
    ("This is no longer in stock.", "We cannot deliver to this address.", "The price was a mistake."),
    help="The buyer reads this sentence.",
)


@action(label="Accept", icon="check_circle")
def accept(share: VendorOrder, *, by: Actor) -> VendorOrder:
    """Take a paid share on. Refuses with 409 `wrong_state` one that waits for its payment or is past this."""
    states.SHARE.move(share, "accept")
    follow(share)
    return share


@action(label="Ship", icon="local_shipping")
def ship(share: VendorOrder, *, by: Actor, carrier: Carrier, tracking_number: TrackingNumber = "") -> VendorOrder:
    """Send an accepted share: the buyer sees carrier and number. Refuses with 409 `wrong_state` unless accepted."""
    states.SHARE.move(share, "ship")
    sent = Shipment(
        vendor_order=share, reference=references.new("SH"), carrier=carrier, tracking_number=tracking_number
    )
    sent.save(force_insert=True)
    writing.audit(deeds.require(sent), sent, writing.created(sent))
    follow(share)
    publish(VendorOrderShipped(vendor_order_id=share.pk, order_id=share.order_id, vendor_id=share.vendor_id))
    return share


@action(label="Mark as delivered", icon="inventory")
def deliver(share: VendorOrder, *, by: Actor) -> VendorOrder:
    """Say that it arrived. Refuses with 409 `wrong_state` unless it was sent."""
    states.SHARE.move(share, "deliver")
    for sent in locked(Shipment).filter(vendor_order=share, state="shipped").order_by("pk"):
        before = writing.snapshot(sent)
        states.SHIPMENT.move(sent, "deliver")
        sent.delivered_at = context.now()
        writing.settle(deeds.require(sent), sent, before)
    follow(share)
    publish(VendorOrderDelivered(vendor_order_id=share.pk, order_id=share.order_id, vendor_id=share.vendor_id))
    return share


def is_sold(share: VendorOrder) -> bool:
    """An unpaid share ends with its order."""
    return share.state != "waiting"


def called_off(share: VendorOrder) -> str:
    """What calling it off does, in numbers."""
    return f"{share.total} goes back to the buyer, and the goods are free again. The rest of the order goes on."


@action(label="Cancel", icon="cancel", danger=True, when=is_sold, effect=called_off)
def cancel(share: VendorOrder, *, by: Actor, reason: WhyNot) -> VendorOrder:  # type: ignore[valid-type]
    """Call a paid share off before it is sent: its money is asked back and its goods are free again. The rest goes on.

    Refuses with 409 `wrong_state` one that was sent, has ended, or waits for its payment: that ends with the order.
    """
    if not is_sold(share):
        raise WrongState(state=share.state, verb="cancel", allowed_from=list(states.OPEN))
    states.SHARE.move(share, "cancel")
    share.reason = reason
    follow(share)
    order = Order.objects.get(pk=share.order_id)
    ask_back(order, share.total, by=by, reason=reason, about=share.reference)
    publish(
        VendorOrderCancelled(
            vendor_order_id=share.pk, order_id=share.order_id, vendor_id=share.vendor_id, reason=reason
        )
    )
    move_goods(goods_of(order, of=[share.pk]), "put_back", order=order, by=by, reason=reason)
    return share
