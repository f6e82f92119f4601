"""What ordering does to stock: always the last statements of a transaction, always in the order of the variants' keys."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from core.audiences import STOREFRONT, VENDOR
from core.faults import here
from core.rules import Actor
from marketplace.catalog.actions.stock import Movement, move_stock, note_moves
from marketplace.catalog.models import StockMove
from marketplace.orders.models import Order, OrderLine
from marketplace.orders.queries import THE_BUYER, THE_MARKET

Kind = StockMove.Kind
#: How many of each line, by its key; None for all that was bought.
Pieces = Mapping[int, int] | None
#: What is done -> the kind of movement, and what one piece changes of what is on hand and of what is promised.
CHANGES = {
    "reserve": (Kind.RESERVED, 0, 1),
    "release": (Kind.RELEASED, 0, -1),
    "sell": (Kind.SOLD, -1, -1),
    "sell_unreserved": (Kind.SOLD, -1, 0),
    "put_back": (Kind.RETURNED, 1, 0),
}


def move_goods(
    lines: Iterable[OrderLine], how: str, *, order: Order, by: Actor, reason: str = "", pieces: Pieces = None
) -> None:
    """Do it to every line, whole or to so many `pieces` by its key. Refuses with 409 `not_enough_stock` where too little is
    free; then nothing of it is done."""
    moves = note_goods(lines, how, order=order, by=by, reason=reason, pieces=pieces)
    take_goods(moves)


def note_goods(
    lines: Iterable[OrderLine], how: str, *, order: Order, by: Actor, reason: str = "", pieces: Pieces = None
) -> list[Movement]:
    """The first half of it, which locks nothing: the movements, in the order of the variants, with their facts."""
    kind, on_hand, reserved = CHANGES[how]
    counted = [(line, line.quantity if pieces is None else pieces.get(line.pk, 0)) for line in lines]
    moves = [
        Movement(line.variant, on_hand * count, reserved * count)
        for line, count in sorted(counted, key=lambda each: each[0].variant_id)
        if count
    ]
    note_moves(moves, by=as_vendors_know(by), kind=kind, reason=reason, reference=order.reference)
    return moves


def as_vendors_know(by: Actor) -> Actor:
    """Whoever acts, named as a vendor's timeline names them: stock is read by people who may not know who buys."""
    if by.audience is VENDOR:
        return by
    return replace(by, name=THE_BUYER if by.audience is STOREFRONT else THE_MARKET)


def take_goods(moves: Iterable[Movement]) -> None:
    """The second half: the stock itself, one conditional update after the other."""
    for each in moves:
        move_stock(each)
        here("goods.after_stock")


def goods_of(order: Order, *, of: Iterable[int] | None = None) -> list[OrderLine]:
    """The lines of an order, or of some of its shares by their keys."""
    rows = OrderLine.objects.filter(order=order).select_related("variant")
    return list(rows if of is None else rows.filter(vendor_order__in=of))
