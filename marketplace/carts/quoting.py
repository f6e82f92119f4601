"""What a cart costs when it is sent somewhere: goods, then discounts, then shipping, then tax; each step in a file of its own."""

from collections.abc import Sequence

from django.utils import timezone

from core import context
from marketplace.carts.bills import Bill, bill
from marketplace.carts.discounts import with_discounts, with_free_shipping
from marketplace.carts.queries import Contents
from marketplace.carts.sending import Wish, with_shipping
from marketplace.carts.taxing import spot_of, with_tax
from marketplace.shipping.carriers import Place
from marketplace.shipping.queries import Way, ways_of
from marketplace.taxes.queries import Book, book


def quote(found: Contents, *, to: Place, wishes: Sequence[Wish] = ()) -> Bill:
    """The whole bill of a cart that is sent there.

    Asks nobody outside: what carriers and tax providers said is remembered from `flows.ask_around`. Refuses with 409
    `shipping_unavailable`, naming the vendor, and with 422 what was wished for and is not offered.
    """
    priced = priced_by(found)
    sent = with_shipping(priced, ways_to(priced), to=to, wishes=wishes)
    sent = with_free_shipping(sent, found.terms)
    return with_tax(sent, book_of(sent, to), to=spot_of(to))


def priced_by(found: Contents) -> Bill:
    """The goods of a cart, less what its coupons take off them."""
    return with_discounts(bill(found), found.terms)


def ways_to(priced: Bill) -> dict[int, list[Way]]:
    """How each vendor of a bill sends."""
    return ways_of(share.share.vendor.pk for share in priced.shares) if priced.shares else {}


def book_of(sent: Bill, to: Place) -> Book:
    """The tax rates that hold there today; none are read for a bill of nothing."""
    on = timezone.localdate(context.now())
    return book(to.country, on) if sent.shares else Book((), is_included=True, on=on)
