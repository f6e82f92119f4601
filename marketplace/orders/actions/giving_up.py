"""Pieces are given up: written down with why, and put back on the shelf as far as somebody chose to."""

from collections.abc import Iterable, Sequence

from core import deeds
from core.events import append_many
from core.rules import Actor
from marketplace.orders.actions.shelf import as_vendors_know, move_goods
from marketplace.orders.models import LineReduction, Order, Return, VendorOrder
from marketplace.orders.pieces import Chosen, sent_of, unsent_of

Kind = LineReduction.Kind


def give_up(
    order: Order, chosen: Iterable[Chosen], kind: str, *, by: Actor, reason: str, returned_as: Return | None = None
) -> None:
    """Write down that these pieces are not sold any more, and put those on the shelf that are to go there.

    The last statements of a transaction, for they end with the stock. Whoever calls holds the order and has judged the numbers.
    """
    given, deed, who = [each for each in chosen if each.quantity], deeds.require(order), as_vendors_know(by)
    append_many(
        [
            LineReduction(
                vendor_order_id=each.line.vendor_order_id, line=each.line, kind=kind, quantity=each.quantity,
                restocked=each.restock, reason=reason, returned_as=returned_as, at=deed.at, deed=deed.id,
                actor_id=by.user_id, actor_name=who.name[:120],
            )
            for each in given
        ]
    )  # fmt: skip
    shelved = {each.line.pk: each.restock for each in given}
    move_goods([each.line for each in given], "put_back", order=order, by=by, reason=reason, pieces=shelved)


def cancel_goods(order: Order, shares: Sequence[VendorOrder], *, by: Actor, reason: str) -> None:
    """Give up all that was not sent of these shares: it goes back on the shelf."""
    rest = [Chosen(each.line, each.quantity, each.quantity) for share in shares for each in unsent_of(share)]
    give_up(order, rest, Kind.CANCELLED, by=by, reason=reason)


def keep_goods(order: Order, shares: Sequence[VendorOrder], *, by: Actor, reason: str) -> None:
    """Give up all that was sent of shares whose money goes back: the buyer keeps it."""
    give_up(order, sent_of(shares) if shares else [], Kind.REFUNDED, by=by, reason=reason)
