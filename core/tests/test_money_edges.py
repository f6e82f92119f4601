"""Money at its edges: what is refused and in which words, remainders, reading and writing, and the two columns."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from core.money import LARGEST, MixedCurrency, Money, MoneyField, allocate, known_currency


def kes(amount: int) -> Money:
    return Money(amount, "KES")


def test_what_is_not_counted_in_whole_units_is_refused_in_words() -> None:
    with pytest.raises(TypeError, match=r"^Money is counted in whole minor units\.$"):
        Money(True, "KES")
    with pytest.raises(TypeError, match=r"^Money is multiplied by whole numbers; use share\(\) for parts\.$"):
        kes(3) * 1.5  # type: ignore[operator]


def test_two_currencies_are_named_in_the_order_in_which_they_met() -> None:
    with pytest.raises(MixedCurrency) as refusal:
        kes(1) - Money(1, "UGX")
    assert refusal.value.facts == {"one": "KES", "other": "UGX"}


def test_sums_differences_multiples_and_opposites() -> None:
    assert (kes(5) + kes(3), kes(5) - kes(8), -kes(5), kes(5) * 3) == (kes(8), kes(-3), kes(-5), kes(15))


def test_equal_amounts_are_neither_less_nor_more() -> None:
    assert (kes(5) < kes(5), kes(5) <= kes(5), kes(4) < kes(5), kes(6) <= kes(5)) == (False, True, True, False)


def test_an_empty_share_is_nothing_and_halves_go_away_from_zero() -> None:
    assert (kes(0).share(3000), kes(5).share(1000), kes(-5).share(1000)) == (kes(0), kes(1), kes(-1))


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**4), min_size=1, max_size=8).filter(any))
def test_no_part_is_a_whole_unit_away_from_its_exact_share_and_the_largest_remainders_get_the_rest(
    total: int, weights: list[int]
) -> None:
    scale, parts = sum(weights), allocate(total, weights)
    rests = [total * weight % scale for weight in weights]
    ups = [part - total * weight // scale for part, weight in zip(parts, weights, strict=True)]
    assert set(ups) <= {0, 1}
    assert max((rest for rest, up in zip(rests, ups, strict=True) if not up), default=0) <= min(
        (rest for rest, up in zip(rests, ups, strict=True) if up), default=scale
    )


def test_among_equal_remainders_the_first_comes_first_and_a_debt_is_split_as_its_opposite() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(-100, [1, 1, 1]) == [-34, -33, -33]
    assert allocate(10, [0, 1]) == [0, 10]
    assert allocate(0, [1]) == [0]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1], [2, -1], [-1, 3]])
def test_weights_that_divide_nothing_are_refused_in_words(weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"^Weights must not be negative, and one must be positive\.$"):
        allocate(10, weights)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1,099.5", 109_950), (" 1 099.50 ", 109_950), (".5", 50), ("7", 700), ("-2.05", -205), ("3.100", 310)],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: int) -> None:
    assert Money.from_major(text, "KES") == kes(amount)


def test_what_is_no_amount_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"^Write an amount such as 1099\.50\.$"):
        Money.from_major("twelve", "KES")
    with pytest.raises(ValueError, match=r"^KES has 2 decimals\.$"):
        Money.from_major("1.001", "KES")


def test_amounts_are_written_with_the_decimals_that_their_currency_has() -> None:
    assert [Money(amount, "JPY").major() for amount in (0, 1, -12)] == ["0", "1", "-12"]
    assert [kes(amount).major() for amount in (0, 1, -1, 100, -105)] == ["0.00", "0.01", "-0.01", "1.00", "-1.05"]


def test_an_amount_reads_in_the_language_that_is_asked_for() -> None:
    assert Money(123_450, "KES").text("de").replace("\xa0", " ") == "KES 1.234,50"
    assert Money(1_234, "JPY").text().replace("\xa0", " ") == "JPY 1,234"


def test_a_currency_that_there_is_not_is_refused_at_its_column() -> None:
    known_currency("KES")
    with pytest.raises(ValidationError) as refusal:
        known_currency("ZZQ")
    assert (refusal.value.code, refusal.value.messages) == (
        "unknown_currency", ["That is not a currency code such as KES."],
    )  # fmt: skip


def columns(field: MoneyField, name: str = "net_price") -> dict[str, Any]:
    """The columns that a field makes, without a table."""
    made: dict[str, Any] = {}

    class Row(SimpleNamespace):
        @classmethod
        def add_to_class(cls, column: str, value: models.Field) -> None:
            made[column] = value

    field.contribute_to_class(Row, name)  # type: ignore[arg-type]
    return made | {"row": Row}


def bounds(column: models.Field) -> list[int]:
    """Only those that the declaration gives; a database adds its own."""
    return [each.limit_value for each in column._validators]


def test_one_field_is_two_columns_and_reads_as_one_money() -> None:
    made = columns(MoneyField())
    amount, currency, row = made["net_price_minor"], made["net_price_currency"], made["row"]()
    assert (amount.verbose_name, currency.verbose_name) == ("net price (minor units)", "net price currency")
    assert (amount.null, amount.blank, currency.null, currency.blank) == (False, False, False, False)
    assert (currency.max_length, bounds(amount), currency._validators) == (3, [LARGEST, 0], [known_currency])
    row.net_price = kes(5)
    assert (row.net_price_minor, row.net_price_currency, row.net_price) == (5, "KES", kes(5))
    assert type(made["row"].net_price) is MoneyField
    assert set(made["row"].money_fields) == {"net_price"}


def test_money_that_may_be_missing_and_money_that_may_be_owed() -> None:
    made = columns(MoneyField(null=True, least=None, verbose_name="what is due"))
    amount, currency, row = made["net_price_minor"], made["net_price_currency"], made["row"]()
    assert (amount.verbose_name, currency.verbose_name) == ("what is due (minor units)", "what is due currency")
    assert (amount.null, amount.blank, currency.null, currency.blank) == (True, True, True, True)
    assert bounds(amount) == [LARGEST]
    assert bounds(columns(MoneyField(least=1))["net_price_minor"]) == [LARGEST, 1]
    row.net_price = None
    assert (row.net_price_minor, row.net_price_currency, row.net_price) == (None, None, None)


def test_a_model_knows_all_of_its_money() -> None:
    row = columns(MoneyField())["row"]
    MoneyField().contribute_to_class(row, "former_price")
    assert set(row.money_fields) == {"net_price", "former_price"}
