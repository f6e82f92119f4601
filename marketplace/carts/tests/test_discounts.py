"""What coupons do to a bill: by hand, without a database; goods before shipping is known, and shipping once it is."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.money import Money
from marketplace.carts import discounts
from marketplace.carts.bills import Bill, LineBill, ShareBill
from marketplace.carts.discounts import by_coupon, with_discounts, with_free_shipping
from marketplace.coupons.discounts import Goods, Terms

HALF = Terms(1, "HALF", "percent", basis_points=5_000)
OWN = Terms(2, "OWN", "amount", amount=Money(100, "KES"), vendor=7, is_by_market=False)
SHIPPED = Terms(3, "SHIP", "free_shipping", vendor=8, is_by_market=False)


@pytest.fixture(autouse=True)
def _plain_goods(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines here know only whose they are and what they cost."""
    monkeypatch.setattr(discounts, "goods_of", lambda line: Goods(line.vendor, 1, frozenset(), line.total))


def kes(amount: int) -> Money:
    return Money(amount, "KES")


def share(vendor: int, *totals: int) -> ShareBill:
    none = kes(0)
    lines = [cast("Any", SimpleNamespace(vendor=vendor, total=kes(each))) for each in totals]
    bills = tuple(LineBill(each, none, none, none) for each in lines)
    of = cast("Any", SimpleNamespace(total=kes(sum(totals))))
    return ShareBill(of, bills, none, none, none, none, tax_is_included=True)


def shipped(found: Bill, *amounts: int) -> Bill:
    """As whoever knows what shipping costs fills it in."""
    return replace(
        found,
        shares=tuple(replace(each, shipping=kes(amount)) for each, amount in zip(found.shares, amounts, strict=True)),
    )


def test_a_vendors_coupon_comes_first_and_the_markets_takes_off_what_is_left() -> None:
    found = with_discounts(Bill((share(7, 300, 700), share(8, 500))), [HALF, OWN])
    mine, theirs = found.shares
    # 1.00 of OWN over 3.00 and 7.00, then half of 2.70, 6.30 and 5.00 together.
    assert [(each.discount, each.by_market) for each in mine.lines] == [(kes(165), kes(135)), (kes(385), kes(315))]
    assert [(each.discount, each.by_market) for each in theirs.lines] == [(kes(250), kes(250))]
    assert (found.discount, found.total) == (kes(800), kes(700))
    assert by_coupon(found, [HALF, OWN]) == [(OWN, kes(100)), (HALF, kes(700))]


def test_shipping_is_taken_off_the_share_that_the_coupon_is_for_once_it_is_known() -> None:
    coupons = [HALF, SHIPPED]
    found = shipped(with_discounts(Bill((share(7, 1_000), share(8, 500))), coupons), 40, 60)
    found = with_free_shipping(found, coupons)
    mine, theirs = found.shares
    assert (mine.shipping_discount, mine.total) == (kes(0), kes(540))
    assert (theirs.shipping_discount, theirs.shipping_by_market, theirs.total) == (kes(60), kes(0), kes(250))
    assert by_coupon(found, coupons) == [(SHIPPED, kes(60)), (HALF, kes(750))]


def test_without_coupons_a_bill_stays_as_it_was() -> None:
    found = shipped(Bill((share(7, 1_000),)), 40)
    assert with_free_shipping(with_discounts(found, []), []) == found
    assert (by_coupon(found, []), with_discounts(Bill(()), []).discount) == ([], None)


def test_what_the_market_bears_of_several_coupons_adds_up() -> None:
    """A vendor's goods may be made cheaper at the market's cost, and by its own coupon after that."""
    granted = replace(OWN, key=4, code="GRANTED", is_by_market=True)
    found = with_discounts(Bill((share(7, 1_000),)), [HALF, granted])
    assert [(each.discount, each.by_market) for each in found.shares[0].lines] == [(kes(550), kes(550))]


@pytest.mark.parametrize(("by_market", "borne"), [(True, 60), (False, 0)])
def test_whoever_gives_free_shipping_bears_it(by_market: bool, borne: int) -> None:
    coupon = replace(SHIPPED, is_by_market=by_market)
    bill = shipped(Bill((share(8, 500),)), 60)
    (found,) = with_free_shipping(bill, [coupon]).shares
    assert (found.shipping_discount, found.shipping_by_market, found.total) == (kes(60), kes(borne), kes(500))
