"""An order and its shares change together: the order is held, its shares are moved, and one word says how it stands."""

from collections.abc import Sequence

from core import deeds, writing
from core.actions import locked
from marketplace.orders import states
from marketplace.orders.models import Order, VendorOrder


def shares_of(order: Order) -> list[VendorOrder]:
    """The shares of an order that is held, locked in the order of their keys."""
    return list(locked(VendorOrder).filter(order=order).select_related("vendor").order_by("pk"))


def move_shares(shares: Sequence[VendorOrder], verb: str, *, reason: str = "") -> None:
    """Move all of these, each with its history and audit entry. Refuses with 409 `wrong_state` if one is elsewhere."""
    changed = []
    for share in shares:
        before = writing.snapshot(share)
        states.SHARE.move(share, verb)
        share.reason = reason
        changed.append((share, before))
    if changed:
        writing.settle_many(deeds.require(shares[0]), changed)


def name_state(order: Order, shares: Sequence[VendorOrder]) -> None:
    """Say in one word how the order stands; whoever holds it saves it."""
    order.cached_state = states.overall(order.payment_state, [share.state for share in shares])


def follow(share: VendorOrder) -> None:
    """Let the order, which is held with its share, say how it stands after the share has moved."""
    order = Order.objects.get(pk=share.order_id)
    others = VendorOrder.objects.filter(order=order).exclude(pk=share.pk)
    name_state(order, [share, *others])
    order.save(update_fields=["cached_state"])
