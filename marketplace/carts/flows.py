"""Asking carriers and tax providers about a cart before it is quoted or ordered. Never in a transaction; done twice, it asks once."""

from collections.abc import Sequence

from core.errors import DomainError
from marketplace.carts.discounts import with_free_shipping
from marketplace.carts.queries import Contents
from marketplace.carts.quoting import book_of, priced_by, ways_to
from marketplace.carts.sending import Wish, parcel_of, with_shipping
from marketplace.carts.taxing import sales_of, spot_of
from marketplace.shipping import carriers
from marketplace.shipping import flows as shipping
from marketplace.shipping.carriers import Place
from marketplace.shipping.models import ShippingMethod
from marketplace.taxes import flows as taxes


def asks_anybody() -> bool:
    """Does this market ask carriers or a tax provider at all?"""
    return bool(carriers.names()) or taxes.is_asked()


def ask_around(found: Contents, *, to: Place, wishes: Sequence[Wish] = ()) -> None:
    """Learn what a quote of this cart needs to know from outside, if the market asks anybody. Raises nothing: what is refused is
    refused by the quote.
    """
    if not asks_anybody():
        return
    priced = priced_by(found)
    ways = ways_to(priced)
    asked = [
        (way.method.carrier, parcel_of(share, to))
        for share in priced.shares
        for way in ways[share.share.vendor.pk]
        if way.method.kind == ShippingMethod.Kind.CARRIER and way.reaches(to)
    ]
    shipping.learn(asked)
    if not taxes.is_asked():
        return
    try:
        sent = with_free_shipping(with_shipping(priced, ways, to=to, wishes=wishes), found.terms)
    except DomainError:
        return
    taxes.learn(sales_of(sent, book_of(sent, to), to=spot_of(to)))
