"""What coupons take off: by hand, and for any goods in currencies of none, two and three decimals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from marketplace.coupons.discounts import Goods, Terms, in_turn, taken_off, why_not

HOME, TOOLS, HAMMERS = 1, 2, 3


def goods(total: int, *, vendor: int = 1, listing: int = 1, shelf: int = TOOLS, currency: str = "KES") -> Goods:
    path = {HAMMERS: {HAMMERS, TOOLS}, TOOLS: {TOOLS}, HOME: {HOME}}[shelf]
    return Goods(vendor, listing, frozenset(path), Money(total, currency))


def percent(basis_points: int, **said: object) -> Terms:
    return Terms(1, "TEN", "percent", basis_points=basis_points, **said)  # type: ignore[arg-type]


def amount(minor: int, currency: str = "KES", **said: object) -> Terms:
    return Terms(1, "OFF", "amount", amount=Money(minor, currency), **said)  # type: ignore[arg-type]


def off(terms: Terms, many: list[Goods]) -> list[int]:
    return [each.amount for each in taken_off(terms, many, [each.total for each in many])]


def test_a_part_is_taken_of_all_goods_together_and_shared_out_by_what_each_costs() -> None:
    assert off(percent(1_000), [goods(1_000), goods(2_005), goods(5)]) == [100, 201, 0]


def test_an_amount_is_never_more_than_the_goods_cost() -> None:
    assert off(amount(500), [goods(1_000), goods(3_000)]) == [125, 375]
    assert off(amount(500), [goods(100), goods(200)]) == [100, 200]


def test_only_what_it_is_for_becomes_cheaper() -> None:
    many = [goods(1_000, vendor=1, listing=7, shelf=HAMMERS), goods(1_000, vendor=2, listing=8, shelf=HOME)]
    assert off(percent(5_000, vendor=2), many) == [0, 500]
    assert off(percent(5_000, category=TOOLS), many) == [500, 0]
    assert off(percent(5_000, listings=frozenset({8})), many) == [0, 500]
    assert off(Terms(1, "SHIP", "free_shipping"), many) == [0, 0]


def test_vendors_coupons_come_before_the_markets() -> None:
    market, theirs = Terms(1, "ALL", "percent", basis_points=1), Terms(2, "MINE", "percent", basis_points=1, vendor=4)
    assert in_turn([market, theirs]) == [theirs, market]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (percent(1, vendor=9), "coupon_not_for_this_cart"),
        (percent(1, category=HAMMERS), "coupon_not_for_this_cart"),
        (amount(1, "UGX"), "coupon_not_for_this_cart"),
        (percent(1, minimum=Money(1, "UGX")), "coupon_not_for_this_cart"),
        (percent(1, minimum=Money(3_001, "KES")), "coupon_minimum"),
        (percent(1, minimum=Money(3_000, "KES")), ""),
    ],
)
def test_a_coupon_says_why_it_takes_nothing_off(terms: Terms, code: str) -> None:
    found = why_not(terms, [goods(1_000), goods(2_000)])
    assert (found.code if found is not None else "") == code


CURRENCIES = st.sampled_from(["JPY", "KES", "KWD"])
AMOUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


@given(AMOUNTS, CURRENCIES, st.integers(1, 10_000))
def test_a_part_is_shared_out_whole_and_no_line_falls_below_nothing(
    totals: list[int], currency: str, basis_points: int
) -> None:
    many = [goods(each, currency=currency) for each in totals]
    found = off(percent(basis_points), many)
    assert sum(found) == Money(sum(totals), currency).share(basis_points).amount
    assert all(0 <= part <= each for part, each in zip(found, totals, strict=True))


@given(AMOUNTS, CURRENCIES, st.integers(1, 10**10))
def test_an_amount_is_shared_out_whole_and_no_line_falls_below_nothing(
    totals: list[int], currency: str, minor: int
) -> None:
    many = [goods(each, currency=currency) for each in totals]
    found = off(amount(minor, currency), many)
    assert sum(found) == min(minor, sum(totals))
    assert all(0 <= part <= each for part, each in zip(found, totals, strict=True))


def test_a_refusal_names_the_coupon_and_what_is_missing() -> None:
    many = [goods(1_000), goods(2_000)]
    for terms in (percent(1, vendor=9), percent(1, minimum=Money(1, "UGX"))):
        found = why_not(terms, many)
        assert found is not None
        assert found.facts == {"coupon": "TEN"}
    found = why_not(percent(1, minimum=Money(3_001, "KES")), many)
    assert found is not None
    assert found.facts == {"coupon": "TEN", "minimum": str(Money(3_001, "KES")), "reached": str(Money(3_000, "KES"))}
