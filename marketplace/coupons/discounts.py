"""What coupons take off goods: pure sums. The parts add up to the whole, and no line ever costs less than nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.errors import Conflict
from core.money import Money
from marketplace.coupons.errors import CouponNotForThisCart, CouponNotReached


@dataclass(frozen=True)
class Goods:
    """One line that is to be bought: whose it is, where it stands, what it costs. `categories`: its own and those above."""

    vendor: int
    listing: int
    categories: frozenset[int]
    total: Money


@dataclass(frozen=True)
class Terms:
    """A coupon as a sum needs it. `listings`: none means that it is for all."""

    key: int
    code: str
    kind: str
    basis_points: int | None = None
    amount: Money | None = None
    minimum: Money | None = None
    vendor: int | None = None
    category: int | None = None
    listings: frozenset[int] = frozenset()
    is_by_market: bool = True
    per_user_limit: int | None = None

    def fits(self, goods: Goods) -> bool:
        """Is the coupon for these goods?"""
        return (
            self.vendor in (None, goods.vendor)
            and (self.category is None or self.category in goods.categories)
            and (not self.listings or goods.listing in self.listings)
        )


def in_turn(many: Iterable[Terms]) -> list[Terms]:
    """The order in which coupons take off: those of vendors before that of the market, which takes off what is left."""
    return sorted(many, key=lambda each: (each.vendor is None, each.key))


def why_not(terms: Terms, many: Sequence[Goods]) -> Conflict | None:
    """Why the coupon takes nothing off these goods, if it does not."""
    fitting = [each.total for each in many if terms.fits(each)]
    if not fitting:
        return CouponNotForThisCart(coupon=terms.code)
    reached = _sum(fitting)
    if any(money is not None and money.currency != reached.currency for money in (terms.amount, terms.minimum)):
        return CouponNotForThisCart(coupon=terms.code)
    if terms.minimum is not None and reached < terms.minimum:
        return CouponNotReached(coupon=terms.code, minimum=str(terms.minimum), reached=str(reached))
    return None


def taken_off(terms: Terms, many: Sequence[Goods], left: Sequence[Money]) -> list[Money]:
    """What the coupon takes off each line, of which so much is left to pay: nothing off what it is not for."""
    nothing = [each - each for each in left]
    places = [place for place, each in enumerate(many) if terms.fits(each) and left[place].amount > 0]
    if not places or terms.kind == "free_shipping":
        return nothing
    whole = _sum([left[place] for place in places])
    if terms.basis_points is not None:
        off = whole.share(terms.basis_points)
    else:
        assert terms.amount is not None
        off = min(terms.amount, whole)
    for place, part in zip(places, off.share_out([left[place].amount for place in places]), strict=True):
        nothing[place] = part
    return nothing


def _sum(many: Sequence[Money]) -> Money:
    first, *rest = many
    for each in rest:
        first += each
    return first
