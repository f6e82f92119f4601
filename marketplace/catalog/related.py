"""Listings like a listing: of the same category, near in price, with the same attributes, by other vendors."""

from collections import Counter
from typing import Any

from core.rules import Actor, scope
from marketplace.catalog.models import Listing

#: So many on either side of the price are compared; and so many of one vendor are named, so that none fills the page.
COMPARED = 60
MOST_OF_A_VENDOR = 2


def related(actor: Actor, listing: Listing, *, limit: int) -> list[int]:
    """The keys of listings that the actor may see and that are most like this one, the likest first; always the same for the
    same market. What shares most attributes comes first, then what is nearest in price, then what is older."""
    rows = scope(actor, Listing).filter(category_id=listing.category_id).exclude(vendor_id=listing.vendor_id)
    mine, price = set(listing.tokens), listing.price_minor

    def unlikeness(row: Any) -> tuple[int, int, int]:
        distance = abs(row.price_minor - price) if price is not None and row.price_minor is not None else 0
        return -len(mine.intersection(row.tokens)), distance, row.pk

    named, found = Counter[int](), []
    for row in sorted(_candidates(rows, listing), key=unlikeness):
        if named[row.vendor_id] < MOST_OF_A_VENDOR:
            named[row.vendor_id] += 1
            found.append(row.pk)
    return found[:limit]


def _candidates(rows: Any, listing: Listing) -> list[Any]:
    """Those nearest in price, by two reads along the index of prices; the newest, for one without a price."""
    rows = rows.only("vendor_id", "price_minor", "tokens")
    if listing.price_minor is None:
        return list(rows.order_by("-approved_at", "-pk")[: 2 * COMPARED])
    alike = rows.filter(price_currency=listing.price_currency)
    below = alike.filter(price_minor__lte=listing.price_minor).order_by("-price_minor", "-pk")
    above = alike.filter(price_minor__gt=listing.price_minor).order_by("price_minor", "pk")
    return [*below[:COMPARED], *above[:COMPARED]]
