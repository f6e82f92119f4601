"""What sending costs, by hand, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from marketplace.shipping.rating import Load, Step, Tariff, days, reaches
from marketplace.shipping.shapes import weight


def kes(amount: int) -> Money:
    return Money(amount, "KES")


STEPS = (Step(5_000, kes(350)), Step(1_000, kes(200)))
BY_WEIGHT = Tariff("table", kes(600), STEPS)
BY_VALUE = Tariff("table", kes(0), (Step(9_999, kes(400)), Step(49_999, kes(150))), by_weight=False)


def costs(tariff: Tariff, grams: int = 0, value: int = 100) -> int | None:
    found = tariff.price_of(Load(grams, kes(value)))
    return None if found is None else found.amount


@pytest.mark.parametrize(("grams", "price"), [(0, 200), (1_000, 200), (1_001, 350), (5_000, 350), (5_001, 600)])
def test_a_table_by_weight_goes_up_to_and_with_each_step(grams: int, price: int) -> None:
    assert costs(BY_WEIGHT, grams) == price


@pytest.mark.parametrize(("value", "price"), [(0, 400), (9_999, 400), (10_000, 150), (50_000, 0)])
def test_a_table_by_value_goes_by_what_the_goods_cost(value: int, price: int) -> None:
    assert costs(BY_VALUE, 10**6, value) == price


def test_goods_worth_enough_are_sent_for_nothing() -> None:
    tariff = Tariff("flat", kes(300), free_from=kes(5_000))
    assert (costs(tariff, value=4_999), costs(tariff, value=5_000)) == (300, 0)


def test_what_is_too_heavy_is_not_taken_even_for_nothing() -> None:
    tariff = Tariff("flat", kes(300), free_from=kes(0), most_grams=2_000)
    assert (costs(tariff, 2_000), costs(tariff, 2_001)) == (0, None)


def test_another_currency_is_not_taken() -> None:
    assert Tariff("flat", Money(300, "UGX")).price_of(Load(1, kes(100))) is None


def test_a_carrier_costs_what_it_said_or_else_the_price_of_the_method() -> None:
    tariff = Tariff("carrier", kes(900))
    assert tariff.price_of(Load(1, kes(100)), asked=kes(740)) == kes(740)
    assert tariff.price_of(Load(1, kes(100))) == kes(900)


@pytest.mark.parametrize(
    ("countries", "towns", "country", "town", "said"),
    [
        ([], [], "KE", "Nairobi", True),
        (["KE"], [], "KE", "", True),
        (["KE"], [], "UG", "Kampala", False),
        (["KE"], ["Nairobi", "Kiambu"], "KE", " NAIROBI ", True),
        (["KE"], ["Nairobi"], "KE", "Nairobi West", False),
        (["KE"], ["Nairobi West"], "KE", "nairobi   west", True),
        (["KE"], ["Nairobi"], "UG", "Nairobi", False),
    ],
)
def test_a_zone_is_countries_and_towns(
    countries: list[str], towns: list[str], country: str, town: str, said: bool
) -> None:
    assert reaches(countries, towns, country=country, town=town) is said


def test_days_and_weights_are_written_as_people_read_them() -> None:
    assert [days(None, None), days(1, 3), days(2, 2), days(None, 1), days(0, 0), days(0, 1), days(0, 3)] == [
        "", "1 to 3 days", "2 days", "1 day", "the same day", "up to 1 day", "up to 3 days",
    ]  # fmt: skip
    assert [weight(each) for each in (800, 1_000, 2_500, 12_050)] == ["800 g", "1 kg", "2.5 kg", "12.05 kg"]


@given(st.integers(0, 10**8), st.integers(0, 10**8), st.permutations([(1_000, 10), (2_000, 20), (9_000, 30)]))
def test_heavier_never_costs_less_where_prices_rise(one: int, other: int, steps: list[tuple[int, int]]) -> None:
    tariff = Tariff("table", kes(40), tuple(Step(up_to, kes(price)) for up_to, price in steps))
    light, heavy = sorted((one, other))
    first, second = costs(tariff, light), costs(tariff, heavy)
    assert first is not None
    assert second is not None
    assert first <= second
