"""Orders that go in several parcels, and parcels that a courier of the market brings: one is fetched, one was handed over, one failed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from marketplace.orders import actions as orders
from marketplace.orders.actions.shipping import Pieces
from marketplace.orders.models import Delivery, Order, Shipment, VendorOrder
from marketplace.orders.queries import left_to_ship

RIDER = "Our own rider"
#: What becomes of a parcel that a courier is given: each step, and how many minutes after the one before.
STEPS: dict[str, tuple[tuple[str, int], ...]] = {
    "to_fetch": (("assign", 40),),
    "with_courier": (("assign", 40), ("pick_up", 35)),
    "nobody_there": (("assign", 30), ("pick_up", 40), ("fail", 50)),
    "brought": (("assign", 30), ("pick_up", 40), ("fail", 50), ("pick_up", 90), ("hand_over", 45)),
}


def in_parts(ordering: Any, order: Order, paid: datetime) -> None:
    """The first vendor sends what is ready, and the rest a day later, if that is not yet to come."""
    share, *others = ordering.shares(order)
    _accepted(ordering, share, paid)
    ordering.then(paid + timedelta(minutes=70), partial(_send, ordering, share, some=True))
    ordering.then(paid + timedelta(hours=30), partial(_send, ordering, share))
    for each in others:
        ordering.works(each, paid, until="ship", hurry=True)


def by_courier(ordering: Any, order: Order, paid: datetime, *, how: str) -> None:
    """The first vendor gives its parcel to a courier of the market."""
    share, *others = ordering.shares(order)
    _accepted(ordering, share, paid)
    at = paid + timedelta(minutes=60)
    ordering.then(at, partial(_send, ordering, share))
    for step, minutes in STEPS[how]:
        at += timedelta(minutes=minutes)
        ordering.then(at, partial(_ride, ordering, share, step))
    for each in others:
        ordering.works(each, paid, until="accept", hurry=True)


def _accepted(ordering: Any, share: VendorOrder, paid: datetime) -> None:
    ordering.then(
        paid + timedelta(minutes=25), lambda moment: orders.accept(share.pk, by=ordering.owner(share), at=moment)
    )


def _send(ordering: Any, share: VendorOrder, at: datetime, *, some: bool = False) -> None:
    left = left_to_ship(share)
    lines = None
    if some and sum(left.values()) > 1:
        line, pieces = next(iter(left.items()))
        wanted = pieces if len(left) > 1 else pieces // 2
        lines = [Pieces(line_id=line.pk, quantity=wanted)]
    if left:
        orders.ship(share.pk, by=ordering.owner(share), at=at, carrier=RIDER, lines=lines)


def _ride(ordering: Any, share: VendorOrder, step: str, at: datetime) -> None:
    parcel = Shipment.objects.filter(vendor_order=share).latest("pk")
    rider = ordering.staff("courier")
    if step == "assign":
        orders.assign(parcel.pk, by=ordering.staff("support"), at=at, courier_id=rider.user_id)
        return
    verbs: dict[str, Callable[..., object]] = {
        "pick_up": orders.pick_up,
        "fail": partial(orders.fail, reason="Nobody was there."),
        "hand_over": partial(orders.hand_over, received_by=share.order.recipient, note="At the door."),
    }
    verbs[step](Delivery.objects.get(shipment=parcel).pk, by=rider, at=at)
