"""A bill adds up: by hand, without a database."""

from types import SimpleNamespace
from typing import Any, cast

from core.money import Money
from marketplace.carts.bills import Bill, LineBill, ShareBill, bill


def kes(amount: int) -> Money:
    return Money(amount, "KES")


def share(*, tax_is_included: bool) -> ShareBill:
    """Goods of 30.00 in two lines, 5.00 off, shipping of 4.00 with 1.00 off, tax of 2.50 and 0.30."""
    lines = (
        LineBill(cast("Any", SimpleNamespace(total=kes(1000))), kes(200), kes(200), kes(80)),
        LineBill(cast("Any", SimpleNamespace(total=kes(2000))), kes(300), kes(0), kes(170)),
    )
    of = cast("Any", SimpleNamespace(total=kes(3000)))
    return ShareBill(of, lines, kes(400), kes(100), kes(40), kes(30), tax_is_included)


def test_a_share_is_goods_less_discount_plus_shipping() -> None:
    found = share(tax_is_included=True)
    assert (found.goods, found.discount, found.by_market, found.tax) == (kes(3000), kes(600), kes(240), kes(280))
    assert found.total == kes(2800)


def test_tax_is_added_where_prices_do_not_hold_it() -> None:
    assert share(tax_is_included=False).total == kes(3080)


def test_a_bill_is_its_shares_and_nothing_has_no_amount() -> None:
    assert Bill((share(tax_is_included=True), share(tax_is_included=False))).total == kes(5880)
    assert Bill(()).total is None


def test_the_bill_of_a_cart_has_nothing_taken_off_nothing_shipped_and_no_tax() -> None:
    line = cast("Any", SimpleNamespace(total=kes(1000)))
    of = cast("Any", SimpleNamespace(total=kes(1000), lines=(line,)))
    found = bill(cast("Any", SimpleNamespace(shares=(of,))))
    assert found == Bill((
        ShareBill(of, (LineBill(line, kes(0), kes(0), kes(0)),), kes(0), kes(0), kes(0), kes(0), tax_is_included=True),
    ))  # fmt: skip
    assert (found.total, found.discount) == (kes(1000), kes(0))
