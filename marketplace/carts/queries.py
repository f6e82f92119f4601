"""A cart as it stands: read whole, and compared with the market each time. Reading changes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from core import compiled, context
from core.errors import Conflict
from core.money import Money
from marketplace.carts.errors import CartTokenUnknown
from marketplace.carts.models import Cart, CartCoupon, CartLine
from marketplace.catalog.models import Listing
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.queries import Offer, offers
from marketplace.coupons.discounts import Goods, Terms, in_turn, why_not
from marketplace.coupons.queries import standings
from marketplace.vendors.models import Member, Vendor

NO_LONGER_SOLD, SOLD_OUT, MIXED_CURRENCY = "no_longer_sold", "sold_out", "mixed_currency"
PRICE_CHANGED, ONLY_N_LEFT = "price_changed", "only_n_left"
#: A line with one of these is left out of the sums, and dropped when the buyer accepts.
DEAD = frozenset({NO_LONGER_SOLD, SOLD_OUT, MIXED_CURRENCY})


@dataclass(frozen=True)
class Notice:
    """One thing that has changed since the buyer saw a line, or put a coupon to the cart."""

    code: str
    sentence: str
    line: int | None = None
    coupon: str = ""


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
class CartedCoupon:
    """A coupon in a cart; with a notice where it takes nothing off now."""

    terms: Terms
    trouble: Conflict | None

    @property
    def notice(self) -> Notice | None:
        if self.trouble is None:
            return None
        return Notice(self.trouble.code, self.trouble.detail, coupon=self.terms.code)


@dataclass(frozen=True)
class Contents:
    """A whole cart. Sums count only what can be bought."""

    lines: tuple[Line, ...]
    coupons: tuple[CartedCoupon, ...] = ()

    @property
    def notices(self) -> tuple[Notice, ...]:
        said = tuple(notice for line in self.lines for notice in line.notices)
        return said + tuple(each.notice for each in self.coupons if each.notice is not None)

    @property
    def terms(self) -> tuple[Terms, ...]:
        """Of the coupons that take something off."""
        return tuple(each.terms for each in self.coupons if each.notice is None)

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
    """The cart of a user as the market is now, in two queries; in four where there are coupons."""
    return _contents("cart__user_id", user_id)


def contents_of_guest(token_hash: str) -> Contents:
    """The same of a guest's cart. Refuses with 401 `cart_token_unknown` where it has ended."""
    if not Cart.objects.filter(token_hash=token_hash).exists():
        raise CartTokenUnknown()
    return _contents("cart__token_hash", token_hash)


def _contents(column: str, whose: int | str) -> Contents:
    rows = compiled.models_of(_lines_in, column, values=[whose])
    lines = lines_of(rows)
    user_id = whose if isinstance(whose, int) else None
    coupons = coupons_on(lines, _coupon_keys(Q((column, whose))), user_id) if rows and rows[0].has_coupons else ()
    return Contents(tuple(lines), coupons)


def _lines_in(column: str, whose: int | str) -> QuerySet[CartLine]:
    has_coupons = Exists(CartCoupon.objects.filter(cart=OuterRef("cart")))
    return CartLine.objects.filter(Q((column, whose))).annotate(has_coupons=has_coupons).order_by("pk")


def lines_of(rows: Sequence[Any]) -> list[Line]:
    """Rows of a variant, a quantity and the price that somebody saw, compared with the market in one query."""
    found = offers(row.variant_id for row in rows) if rows else {}
    lines: list[Line] = []
    currency = ""
    for row in rows:
        line = _line(row, found[row.variant_id], currency)
        currency = currency or (line.price.currency if line.counts else "")
        lines.append(line)
    return lines


def _coupon_keys(whose: Q) -> list[int]:
    return list(CartCoupon.objects.filter(whose).values_list("coupon", flat=True))


def coupons_on(lines: Iterable[Line], keys: Iterable[int], user_id: int | None) -> tuple[CartedCoupon, ...]:
    """These coupons as they stand for a buyer and what can be bought, in the order in which they take off."""
    goods = [goods_of(line) for line in lines if line.counts]
    found = {each.terms: each.trouble for each in standings(keys, user_id=user_id, at=context.now())}
    return tuple(CartedCoupon(terms, found[terms] or why_not(terms, goods)) for terms in in_turn(found))


def goods_of(line: Line) -> Goods:
    """A line as coupons see it."""
    return Goods(line.vendor.pk, line.listing.pk, frozenset(shelves().path(line.listing.category_id)), line.total)


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
    keys = sorted(set(vendor_ids))
    return [row.vendor.name for row in compiled.models_of(_own, values=[user_id, *keys])] if keys else []


def _own(user_id: int, *keys: int) -> QuerySet[Member]:
    rows = Member.objects.filter(user_id=user_id, vendor__in=keys).order_by("vendor_id")
    return rows.select_related("vendor").only("vendor__name")
