"""Money: exact, in minor units, split without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MixedCurrency, Money, allocate, exponent


@pytest.mark.parametrize(("currency", "places"), [("JPY", 0), ("KES", 2), ("KWD", 3)])
def test_currencies_have_their_own_number_of_decimals(currency: str, places: int) -> None:
    assert exponent(currency) == places


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, "ZZQ")


def test_whole_minor_units_only() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "KES")  # type: ignore[arg-type]


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(MixedCurrency):
        Money(1, "KES") + Money(1, "USD")


@pytest.mark.parametrize(
    ("gross", "rate", "share"),
    [(645, 3000, 194), (1005, 5000, 503), (1, 5000, 1), (-1, 5000, -1), (0, 9999, 0), (333, 1000, 33)],
)
def test_a_share_is_rounded_half_up_once(gross: int, rate: int, share: int) -> None:
    assert Money(gross, "USD").share(rate) == Money(share, "USD")


def test_one_in_three_loses_nothing() -> None:
    assert [part.amount for part in Money(100, "USD").share_out([1, 1, 1])] == [34, 33, 33]


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_parts_always_add_up_to_the_whole(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["JPY", "KES", "KWD"]))
def test_what_is_written_for_people_reads_back(amount: int, currency: str) -> None:
    assert Money.from_major(Money(amount, currency).major(), currency) == Money(amount, currency)


@pytest.mark.parametrize("text", ["", "-", ".", "1.2.3", "12a", "1.999", "١٢"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Write an amount|decimals"):
        Money.from_major(text, "KES")


def test_money_reads_as_people_write_it() -> None:
    assert (str(Money(109950, "KES")), str(Money(5, "JPY")), str(Money(1234567, "KWD"))) == (
        "KES 1,099.50",
        "JPY 5",
        "KWD 1,234.567",
    )
