"""What arrives of a share: a share follows its parcels, shipped with the last piece and delivered with the last parcel."""

from core import context, deeds, writing
from core.actions import action, locked
from core.events import publish
from core.rules import Actor
from marketplace.orders import queries, states
from marketplace.orders.actions.whole import follow
from marketplace.orders.events import ParcelDelivered, VendorOrderDelivered, VendorOrderShipped
from marketplace.orders.models import Delivery, Shipment, VendorOrder


@action(label="Mark as delivered", icon="inventory")
def deliver(share: VendorOrder, *, by: Actor) -> VendorOrder:
    """Say that all of it arrived. Refuses with 409 `wrong_state` unless all was sent."""
    states.SHARE.move(share, "deliver")
    for sent in locked(Shipment).filter(vendor_order=share, state="shipped").order_by("pk"):
        before = writing.snapshot(sent)
        arrive(sent, share)
        writing.settle(deeds.require(sent), sent, before)
    follow(share)
    tell_delivered(share)
    return share


def arrive(parcel: Shipment, share: VendorOrder, *, handed_over: bool = False) -> None:
    """A parcel is there; whoever holds it saves it. A courier who had it on the list has nothing left to do, unless it was
    `handed_over` by them. Refuses with 409 `wrong_state` one that was delivered before."""
    states.SHIPMENT.move(parcel, "deliver")
    parcel.delivered_at = context.now()
    if not handed_over:
        _end_delivery(parcel)
    publish(
        ParcelDelivered(
            shipment_id=parcel.pk, vendor_order_id=share.pk, order_id=share.order_id, vendor_id=share.vendor_id
        )
    )


def _end_delivery(parcel: Shipment) -> None:
    for delivery in locked(Delivery).filter(shipment=parcel, state__in=states.DELIVERY_OPEN):
        before = writing.snapshot(delivery)
        states.DELIVERY.move(delivery, "close")
        delivery.ended_at = context.now()
        writing.settle(deeds.require(delivery), delivery, before)


def settle(share: VendorOrder, *, arrived: Shipment | None = None) -> None:
    """Let a share that is held follow its parcels: shipped once nothing is left to send, delivered once all has arrived.

    `arrived` is a parcel that is there and not saved yet. Call it, too, where pieces that had not been sent were called off.
    """
    before = writing.snapshot(share)
    if share.state == "part_shipped" and not queries.left_to_ship(share):
        states.SHARE.move(share, "ship")
        tell_shipped(share)
    on_the_way = Shipment.objects.filter(vendor_order=share, state="shipped")
    if arrived is not None:
        on_the_way = on_the_way.exclude(pk=arrived.pk)
    if share.state == "shipped" and not on_the_way.exists():
        states.SHARE.move(share, "deliver")
        tell_delivered(share)
    if before["state"] != share.state:
        writing.settle(deeds.require(share), share, before)
        follow(share)


def tell_shipped(share: VendorOrder) -> None:
    publish(VendorOrderShipped(vendor_order_id=share.pk, order_id=share.order_id, vendor_id=share.vendor_id))


def tell_delivered(share: VendorOrder) -> None:
    publish(VendorOrderDelivered(vendor_order_id=share.pk, order_id=share.order_id, vendor_id=share.vendor_id))
