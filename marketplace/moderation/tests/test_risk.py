"""Hints tell a moderator where to look twice, and are silent where there is nothing to say."""

import pytest

from core.money import Money
from marketplace.moderation.risk import (
    Standing,
    Usual,
    duplicate_hint,
    picture_hint,
    price_hint,
    price_words,
    standing_hint,
)

USUAL = Usual(Money(10_000_00, "KES"), Money(80_000_00, "KES"), among=40)


@pytest.mark.parametrize(
    ("amount", "code"),
    [(0, "price_zero"), (9_999_99, "price_low"), (10_000_00, None), (80_000_00, None), (80_000_01, "price_high")],
)
def test_a_price_outside_of_the_usual_range_is_told(amount: int, code: str | None) -> None:
    hint = price_hint(Money(amount, "KES"), USUAL)
    assert (hint and hint.code) == code


def test_a_low_price_is_told_with_the_range() -> None:
    hint = price_hint(Money(500_00, "KES"), USUAL)
    assert hint is not None
    assert hint.sentence == "KES 500.00 is below what others here cost, KES 10,000.00 to KES 80,000.00: bait?"


def test_a_price_is_not_judged_without_a_range_a_price_or_enough_others() -> None:
    assert price_hint(Money(1, "KES"), None) is None
    assert price_hint(None, USUAL) is None
    assert price_hint(Money(1, "KES"), Usual(USUAL.low, USUAL.high, among=7)) is None
    assert price_hint(Money(1, "USD"), USUAL) is None
    assert price_words(None) == ""
    assert price_words(USUAL) == "usually KES 10,000.00 to KES 80,000.00"


@pytest.mark.parametrize(
    ("standing", "code", "words"),
    [
        (Standing(0, 0, 0), "vendor_new", "first listing"),
        (Standing(2, 0, 13), "vendor_new", "2 approved, 0 rejected"),
        (Standing(3, 0, 1), None, "3 approved, 0 rejected"),
        (Standing(0, 0, 14), None, "first listing"),
        (Standing(1, 2, 200), "record_bad", "1 approved, 2 rejected"),
        (Standing(41, 2, 200), None, "41 approved, 2 rejected"),
        (Standing(0, 1, 200), None, "0 approved, 1 rejected"),
    ],
)
def test_a_new_vendor_or_a_poor_record_is_told(standing: Standing, code: str | None, words: str) -> None:
    hint = standing_hint(standing)
    assert (hint and hint.code) == code
    assert standing.words == words


def test_the_age_of_a_new_vendor_reads_as_people_say_it() -> None:
    assert "for less than a day," in standing_hint(Standing(0, 0, 0)).sentence  # type: ignore[union-attr]
    assert "for 1 day," in standing_hint(Standing(0, 0, 1)).sentence  # type: ignore[union-attr]


def test_a_title_that_is_there_already_is_told_with_whose_it_is() -> None:
    assert duplicate_hint(own=0, others=0) is None
    assert duplicate_hint(own=1, others=4).sentence == "The same vendor has a listing of this title already."  # type: ignore[union-attr]
    assert duplicate_hint(own=0, others=2).sentence == "Another vendor has 2 listings of this title: copied?"  # type: ignore[union-attr]


def test_a_listing_without_a_picture_is_told() -> None:
    assert picture_hint(0).code == "no_picture"  # type: ignore[union-attr]
    assert picture_hint(1) is None
