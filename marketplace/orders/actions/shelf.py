"""What ordering does to stock: always the last statements of a transaction, always in the order of the variants' keys."""

from collections.abc import Iterable

from core.rules import Actor
from marketplace.catalog.actions.stock import move_stock
from marketplace.catalog.models import StockMove
from marketplace.orders.models import Order, OrderLine

Kind = StockMove.Kind
#: What is done -> the kind of movement, and what one piece changes of what is on hand and of what is promised.
CHANGES = {
    "reserve": (Kind.RESERVED, 0, 1),
    "release": (Kind.RELEASED, 0, -1),
    "sell": (Kind.SOLD, -1, -1),
    "sell_unreserved": (Kind.SOLD, -1, 0),
    "put_back": (Kind.RETURNED, 1, 0),
}


def move_goods(lines: Iterable[OrderLine], how: str, *, order: Order, by: Actor, reason: str = "") -> None:
    """Do it to every line. Refuses with 409 `not_enough_stock` where too little is free; then nothing of it is done."""
    kind, on_hand, reserved = CHANGES[how]
    for line in sorted(lines, key=lambda each: each.variant_id):
        move_stock(
            line.variant, by=by, kind=kind, on_hand=on_hand * line.quantity, reserved=reserved * line.quantity,
            reason=reason, reference=order.reference,
        )  # fmt: skip


def goods_of(order: Order, *, of: Iterable[int] | None = None) -> list[OrderLine]:
    """The lines of an order, or of some of its shares by their keys."""
    rows = OrderLine.objects.filter(order=order).select_related("variant")
    return list(rows if of is None else rows.filter(vendor_order__in=of))
