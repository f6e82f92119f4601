"""What coupons do to a bill: goods become cheaper before shipping is known, and shipping once it is. Pure sums."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.money import Money
from marketplace.carts.bills import Bill, LineBill, ShareBill
from marketplace.carts.queries import goods_of
from marketplace.coupons.discounts import Terms, in_turn, taken_off


def with_discounts(found: Bill, coupons: Sequence[Terms]) -> Bill:
    """The bill with each line as much cheaper as these coupons make it; none below nothing."""
    turns = _turns(found, coupons)
    if not turns:
        return found
    numbered = iter(range(len(_lines(found))))
    shares = tuple(
        replace(share, lines=tuple(_cheaper(line, next(numbered), turns) for line in share.lines))
        for share in found.shares
    )
    return replace(found, shares=shares)


def with_free_shipping(found: Bill, coupons: Sequence[Terms]) -> Bill:
    """The bill with the shipping taken off those shares that these coupons ship for nothing."""
    return replace(found, shares=tuple(_shipped_free(share, coupons) for share in found.shares))


def by_coupon(found: Bill, coupons: Sequence[Terms]) -> list[tuple[Terms, Money]]:
    """What each of these coupons took off a finished bill, of goods and of shipping."""
    many = in_turn(coupons)
    amounts = []
    for terms, parts in _turns(found, many):
        free = [share.shipping_discount for share in found.shares if _shipper(share, many) == terms]
        first, *rest = [*parts, *free]
        for each in rest:
            first += each
        amounts.append((terms, first))
    return amounts


def _lines(found: Bill) -> list[LineBill]:
    return [line for share in found.shares for line in share.lines]


def _turns(found: Bill, coupons: Sequence[Terms]) -> list[tuple[Terms, list[Money]]]:
    """Each coupon in its turn, with what it takes off each line of what those before it have left."""
    goods = [goods_of(each.line) for each in _lines(found)] if coupons else []
    left = [each.total for each in goods]
    turns = []
    for terms in in_turn(coupons):
        parts = taken_off(terms, goods, left)
        left = [money - part for money, part in zip(left, parts, strict=True)]
        turns.append((terms, parts))
    return turns


def _cheaper(line: LineBill, place: int, turns: Sequence[tuple[Terms, list[Money]]]) -> LineBill:
    discount, by_market = line.discount, line.by_market
    for terms, parts in turns:
        discount += parts[place]
        by_market += parts[place] if terms.is_by_market else parts[place] * 0
    return replace(line, discount=discount, by_market=by_market)


def _shipper(share: ShareBill, coupons: Iterable[Terms]) -> Terms | None:
    """The first coupon by which a share is shipped for nothing."""
    shipping = (each for each in in_turn(coupons) if each.kind == "free_shipping")
    return next((each for each in shipping if any(each.fits(goods_of(line.line)) for line in share.lines)), None)


def _shipped_free(share: ShareBill, coupons: Iterable[Terms]) -> ShareBill:
    by = _shipper(share, coupons)
    if by is None:
        return share
    borne = share.shipping if by.is_by_market else share.shipping * 0
    return replace(share, shipping_discount=share.shipping, shipping_by_market=borne)
