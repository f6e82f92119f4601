"""What of a bill is tax: what is told of a share, and where the answer goes. By hand, without a database."""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.money import Money
from marketplace.carts import taxing
from marketplace.carts.bills import Bill, LineBill, ShareBill
from marketplace.carts.taxing import sales_of, with_tax
from marketplace.taxes.assessing import Rate, Taxable
from marketplace.taxes.queries import Book
from marketplace.taxes.sales import Spot

ON = date(2026, 11, 22)
NAIROBI = Spot("KE", "Nairobi")
HOME, MUGS, BOOKS = 1, 2, 3
PATHS = {MUGS: [MUGS, HOME], BOOKS: [BOOKS]}


class Tree:
    """Who asks is noted."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def path(self, key: int) -> list[int]:
        self.asked.append(key)
        return PATHS[key]


@pytest.fixture(autouse=True)
def tree(monkeypatch: pytest.MonkeyPatch) -> Tree:
    found = Tree()
    monkeypatch.setattr(taxing, "shelves", lambda: found)
    return found


def kes(amount: int) -> Money:
    return Money(amount, "KES")


def share(vendor: int, *lines: tuple[int, int, int], shipping: int = 0, shipping_off: int = 0) -> ShareBill:
    """Lines of a category, at a price, less a discount."""
    bills = tuple(
        LineBill(
            cast("Any", SimpleNamespace(listing=SimpleNamespace(category_id=category), total=kes(price))),
            kes(off), kes(0), kes(0),
        )
        for category, price, off in lines
    )  # fmt: skip
    of = cast("Any", SimpleNamespace(vendor=SimpleNamespace(pk=vendor, country="KE", city="Kiambu"), total=kes(0)))
    return ShareBill(of, bills, kes(shipping), kes(shipping_off), kes(0), kes(0), tax_is_included=True)


def book(*rates: Rate, is_included: bool = True) -> Book:
    return Book(rates, is_included, ON)


VAT = Rate("VAT", 1_600)


def test_tax_is_asked_of_what_is_paid_from_where_to_where() -> None:
    bill = Bill((share(7, (MUGS, 1_000, 100), (BOOKS, 500, 0), shipping=300, shipping_off=50),))
    (found,) = sales_of(bill, book(VAT, is_included=False), to=NAIROBI)
    assert found.lines == (Taxable(kes(900), (MUGS, HOME)), Taxable(kes(500), (BOOKS,)))
    assert (found.shipping, found.on, found.is_included) == (kes(250), ON, False)
    assert (found.origin, found.to) == (Spot("KE", "Kiambu"), NAIROBI)


def test_each_line_and_the_shipping_of_each_share_get_their_own_tax() -> None:
    bill = Bill((share(7, (MUGS, 1_000, 0), (BOOKS, 500, 0), shipping=300), share(8, (MUGS, 2_000, 1_000))))
    found = with_tax(bill, book(VAT, Rate("Books", 0, category=BOOKS), is_included=False), to=NAIROBI)
    first, second = found.shares
    assert [each.tax for each in first.lines] == [kes(160), kes(0)]
    assert first.shipping_tax == kes(32)  # two thirds of the shipping go with the mugs
    assert ([each.tax for each in second.lines], second.shipping_tax) == ([kes(160)], kes(0))
    assert (first.tax_is_included, second.tax_is_included) == (False, False)
    assert [each.line for each in first.lines] == [each.line for each in bill.shares[0].lines]


def test_tax_within_the_prices_is_told_as_such() -> None:
    (found,) = with_tax(Bill((share(7, (MUGS, 1_160, 0)),)), book(VAT), to=NAIROBI).shares
    assert ([each.tax for each in found.lines], found.tax_is_included) == ([kes(160)], True)


def test_a_rate_of_a_town_counts_where_it_is_sent_to() -> None:
    kiambu = Rate("Town", 500, town="Kiambu")
    bill = Bill((share(7, (MUGS, 1_000, 0)),))
    assert [each.tax for each in with_tax(bill, book(kiambu), to=NAIROBI).shares[0].lines] == [kes(0)]


def test_each_category_is_looked_up_once_and_none_where_nothing_is_taxed(tree: Tree) -> None:
    bill = Bill((share(7, (MUGS, 1_000, 0), (MUGS, 500, 0)), share(8, (BOOKS, 1, 0))))
    (first, _second) = sales_of(bill, book(), to=NAIROBI)
    assert (tree.asked, first.lines[0].path) == ([], ())
    sales_of(bill, book(VAT), to=NAIROBI)
    assert sorted(tree.asked) == [MUGS, BOOKS]
