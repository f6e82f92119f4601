"""Tax by hand: which rate counts, what it comes to in currencies of 0, 2 and 3 decimals, and that the parts are the whole."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from marketplace.taxes.assessing import Assessment, Rate, Taxable, assess, rate_for

ON = date(2026, 11, 22)
VAT = Rate("VAT", 1600)
VEHICLES, CARS, BOOKS = 1, 2, 3


def taxed(
    amounts: list[int], *rates: Rate, shipping: int = 0, currency: str = "KES", is_included: bool = True, town: str = ""
) -> Assessment:
    lines = [Taxable(Money(each, currency), (CARS, VEHICLES)) for each in amounts]
    return assess(lines, Money(shipping, currency), rates, town=town, on=ON, is_included=is_included)


def amounts(found: Assessment) -> tuple[list[int], int]:
    return [each.amount for each in found.lines], found.shipping.amount


def test_a_price_that_holds_its_tax_is_split_and_not_raised() -> None:
    assert amounts(taxed([11_600], VAT)) == ([1_600], 0)
    assert amounts(taxed([10_000], VAT)) == ([1_379], 0)  # 1,379.31


def test_tax_is_put_on_top_of_a_price_that_does_not_hold_it() -> None:
    assert amounts(taxed([10_000], VAT, is_included=False)) == ([1_600], 0)


def test_shipping_is_taxed_as_the_goods_that_are_sent() -> None:
    assert amounts(taxed([10_000], VAT, shipping=2_000, is_included=False)) == ([1_600], 320)
    only_goods = Rate("VAT", 1600, covers_shipping=False)
    assert amounts(taxed([10_000], only_goods, shipping=2_000, is_included=False)) == ([1_600], 0)


def test_shipping_of_taxed_and_untaxed_goods_is_taxed_in_part() -> None:
    lines = [Taxable(Money(3_000, "KES"), (CARS,)), Taxable(Money(1_000, "KES"), (BOOKS,))]
    rates = [VAT, Rate("VAT", 0, category=BOOKS)]
    found = assess(lines, Money(400, "KES"), rates, town="", on=ON, is_included=False)
    assert amounts(found) == ([480, 0], 48)  # 300 of the 400 go with the car


def test_shipping_is_taxed_by_each_rate_of_the_goods_that_it_carries() -> None:
    lines = [Taxable(Money(3_000, "KES"), (CARS,)), Taxable(Money(1_000, "KES"), (BOOKS,))]
    rates = [VAT, Rate("VAT", 800, category=BOOKS)]
    found = assess(lines, Money(400, "KES"), rates, town="", on=ON, is_included=False)
    assert amounts(found) == ([480, 80], 48 + 8)


def test_a_rate_is_rounded_once_and_its_remainder_goes_to_the_largest_fraction() -> None:
    found = taxed([333, 333, 334], VAT, is_included=False)
    assert amounts(found) == ([53, 53, 54], 0)
    assert found.total == Money(160, "KES")
    assert amounts(taxed([3, 3, 3], VAT, is_included=False)) == ([1, 0, 0], 0)  # 1.44 in all, and not three times 0


@pytest.mark.parametrize(
    ("currency", "price", "on_top", "within"),
    [("JPY", 1_000, 100, 91), ("KES", 1_999, 200, 182), ("KWD", 12_345, 1_235, 1_122)],
)
def test_currencies_of_no_two_and_three_decimals(currency: str, price: int, on_top: int, within: int) -> None:
    ten = Rate("Tax", 1_000)
    assert amounts(taxed([price], ten, currency=currency, is_included=False)) == ([on_top], 0)
    assert amounts(taxed([price], ten, currency=currency)) == ([within], 0)


def test_nothing_is_taxed_without_a_rate_and_where_nothing_is_paid() -> None:
    assert amounts(taxed([10_000])) == ([0], 0)
    assert amounts(taxed([0, 0], VAT, shipping=0)) == ([0, 0], 0)
    assert amounts(taxed([0, 0], VAT, shipping=100, is_included=False)) == ([0, 0], 16)


@pytest.mark.parametrize(
    ("rates", "town", "counts"),
    [
        ([VAT, Rate("Vehicles", 800, category=VEHICLES)], "", "Vehicles"),
        ([Rate("Vehicles", 800, category=VEHICLES), Rate("Cars", 900, category=CARS)], "", "Cars"),
        ([VAT, Rate("Books", 0, category=BOOKS)], "", "VAT"),
        ([VAT, Rate("Town", 1_700, town="Mombasa")], "  MOMBASA ", "Town"),
        ([VAT, Rate("Town", 1_700, town="Mombasa")], "Nairobi", "VAT"),
        ([VAT, Rate("Town", 1_700, town="Athi River")], "athi   river", "Town"),
        ([VAT, Rate("First day", 1_800, valid_from=ON)], "", "First day"),
        ([Rate("Town", 1_700, town="Mombasa"), Rate("Cars", 900, category=CARS)], "Mombasa", "Cars"),
        ([VAT, Rate("New", 1_800, valid_from=date(2026, 1, 1))], "", "New"),
        ([VAT, Rate("Coming", 1_800, valid_from=date(2026, 11, 23))], "", "VAT"),
        ([VAT, Rate("Past", 1_800, valid_from=date(2026, 1, 1), valid_until=date(2026, 11, 21))], "", "VAT"),
        ([VAT, Rate("Last day", 1_800, valid_from=date(2026, 1, 1), valid_until=ON)], "", "Last day"),
    ],
)
def test_the_nearest_category_counts_then_the_town_then_the_newest(rates: list[Rate], town: str, counts: str) -> None:
    found = rate_for((CARS, VEHICLES), rates, town=town, on=ON)
    assert found is not None
    assert found.name == counts


def test_a_thing_that_no_rate_names_has_none() -> None:
    assert rate_for((CARS,), [Rate("Books", 500, category=BOOKS)], town="", on=ON) is None


prices = st.integers(0, 10**12)
points = st.integers(0, 10_000)
paths = st.sampled_from([(CARS, VEHICLES), (VEHICLES,), (BOOKS,), ()])
tables = st.lists(
    st.builds(
        Rate,
        st.just("Tax"),
        points,
        category=st.sampled_from([None, CARS, VEHICLES, BOOKS]),
        covers_shipping=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda rate: rate.category,
)


@given(st.lists(st.tuples(prices, paths), min_size=1, max_size=12), prices, tables, st.booleans())
def test_whatever_is_sold_each_part_is_within_its_whole_and_each_rate_is_rounded_once(
    sold: list[tuple[int, tuple[int, ...]]], shipping: int, rates: list[Rate], is_included: bool
) -> None:
    lines = [Taxable(Money(price, "KES"), path) for price, path in sold]
    found = assess(lines, Money(shipping, "KES"), rates, town="", on=ON, is_included=is_included)
    assert len(found.lines) == len(lines)
    for tax, line in zip((*found.lines, found.shipping), (*lines, Taxable(Money(shipping, "KES"))), strict=True):
        assert 0 <= tax.amount <= line.amount.amount
    exact = 0
    for line, tax in zip(lines, found.lines, strict=True):
        rate = rate_for(line.path, rates, town="", on=ON)
        points_of = rate.basis_points if rate else 0
        whole = 10_000 + (points_of if is_included else 0)
        assert abs(tax.amount * whole - line.amount.amount * points_of) < 2 * whole  # off by less than two units
        exact += tax.amount
    assert found.total.amount == exact + found.shipping.amount


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20), st.integers(0, 10**9), points, st.booleans())
def test_with_one_rate_the_parts_are_the_tax_of_the_whole(
    sold: list[int], shipping: int, basis_points: int, is_included: bool
) -> None:
    found = taxed(sold, Rate("Tax", basis_points), shipping=shipping, is_included=is_included)
    whole = Money(sum(sold) + shipping, "KES")
    assert found.total == (whole.within(basis_points) if is_included else whole.share(basis_points))
