"""A cart as it stands: read whole, and compared with the market each time. Reading changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from core.money import Money
from marketplace.carts.models import CartLine
from marketplace.catalog.models import Listing
from marketplace.catalog.queries import Offer, offers
from marketplace.vendors.models import Member, Vendor

NO_LONGER_SOLD, SOLD_OUT, MIXED_CURRENCY = "no_longer_sold", "sold_out", "mixed_currency"
PRICE_CHANGED, ONLY_N_LEFT = "price_changed", "only_n_left"
#: A line with one of these is left out of the sums, and dropped when the buyer accepts.
DEAD = frozenset({NO_LONGER_SOLD, SOLD_OUT, MIXED_CURRENCY})


@dataclass(frozen=True)
class Notice:
    """One thing that has changed since the buyer saw a line."""

    code: str
    sentence: str
    line: int


@dataclass(frozen=True)
class Line:
    """One line of a cart with what is offered now. `price` is what one costs, or cost when it was still sold."""

    key: int
    offer: Offer
    quantity: int
    seen: Money
    price: Money
    notices: tuple[Notice, ...]

    @property
    def counts(self) -> bool:
        """Is it in the sums?"""
        return not any(each.code in DEAD for each in self.notices)

    @property
    def total(self) -> Money:
        return self.price * self.quantity

    @property
    def listing(self) -> Listing:
        return self.offer.listing

    @property
    def vendor(self) -> Vendor:
        return self.offer.listing.vendor

    @property
    def title(self) -> str:
        """What it is, in a sentence to the buyer."""
        return f"{self.listing.title}, {self.offer.variant.title}"


@dataclass(frozen=True)
class Share:
    """What of the cart is one vendor's."""

    vendor: Vendor
    lines: tuple[Line, ...]
    total: Money


@dataclass(frozen=True)
class Contents:
    """A whole cart. Sums count only what can be bought."""

    lines: tuple[Line, ...]

    @property
    def notices(self) -> tuple[Notice, ...]:
        return tuple(notice for line in self.lines for notice in line.notices)

    @property
    def count(self) -> int:
        """How many things are in it."""
        return sum(line.quantity for line in self.lines if line.counts)

    @property
    def total(self) -> Money | None:
        """None where nothing can be bought: there is no amount without a currency."""
        live = tuple(line for line in self.lines if line.counts)
        return _whole(live) if live else None

    @property
    def shares(self) -> tuple[Share, ...]:
        """By vendor, in the order of the vendors' keys."""
        live = sorted((line for line in self.lines if line.counts), key=lambda line: (line.vendor.pk, line.key))
        found = []
        for _key, group in groupby(live, key=lambda line: line.vendor.pk):
            lines = tuple(group)
            found.append(Share(lines[0].vendor, lines, _whole(lines)))
        return tuple(found)


def _whole(lines: tuple[Line, ...]) -> Money:
    first, *rest = (line.total for line in lines)
    for each in rest:
        first += each
    return first


def contents(user_id: int) -> Contents:
    """The cart of a user as the market is now, in two queries."""
    rows = list(CartLine.objects.filter(cart__user_id=user_id).order_by("pk"))
    found = offers(row.variant_id for row in rows) if rows else {}
    lines: list[Line] = []
    currency = ""
    for row in rows:
        line = _line(row, found[row.variant_id], currency)
        currency = currency or (line.price.currency if line.counts else "")
        lines.append(line)
    return Contents(tuple(lines))


def _line(row: Any, offer: Offer, currency: str) -> Line:
    price = offer.price or row.seen_price
    said = _said(row, offer, price, currency)
    notices = tuple(Notice(code, sentence, row.pk) for code, sentence in said)
    return Line(row.pk, offer, row.quantity, row.seen_price, price, notices)


def _said(row: Any, offer: Offer, price: Money, currency: str) -> list[tuple[str, str]]:
    """What there is to say of a line; what is not sold at all has neither a price nor a number."""
    title = f"{offer.listing.title}, {offer.variant.title}"
    if not offer.is_for_sale:
        return [(NO_LONGER_SOLD, f"{title} is no longer sold.")]
    if currency and price.currency != currency:
        return [(MIXED_CURRENCY, f"{title} is priced in {price.currency}, the rest of the cart in {currency}.")]
    if not offer.free:
        return [(SOLD_OUT, f"{title} is sold out.")]
    found = []
    if price != row.seen_price:
        found.append((PRICE_CHANGED, f"{title} costs {price} now; it was {row.seen_price}."))
    if offer.free < row.quantity:
        found.append((ONLY_N_LEFT, f"Only {offer.free} of {title} {'is' if offer.free == 1 else 'are'} left."))
    return found


def own_vendors(user_id: int, vendor_ids: Iterable[int]) -> list[str]:
    """The names of those of these vendors for which the user works: one does not buy from oneself."""
    rows = Member.objects.filter(user_id=user_id, vendor__in=set(vendor_ids))
    return list(rows.order_by("vendor_id").values_list("vendor__name", flat=True))
