"""Kinds with a shape of their own, and units: read, kept, written and shown, without a database."""

import random
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import globe
from core.resources.definitions import Definition, Kind
from core.resources.document_schema import schema_of
from core.resources.document_values import Fault, checked, read_text, shown_text, write_text
from core.resources.kinds import colours, locations
from core.resources.units import FACTORS, SAME, converted, convertible, unit_of

DEPOSIT = Definition(1, "deposit", "Deposit", Kind.MONEY, unit="KES", minimum=100, maximum=5_000_00)
AGES = Definition(
    2, "ages", "Ages", Kind.RANGE, unit="years", minimum=0, maximum=99, is_integer=True, index_low=0, index_high=99
)
PAINT = Definition(3, "paint", "Paint", Kind.COLOUR)
SITE = Definition(4, "site", "Site", Kind.LOCATION)
MILEAGE = Definition(5, "mileage", "Mileage", Kind.NUMBER, unit="km", is_integer=True, maximum=1_000_000)
TANK = Definition(6, "tank", "Tank", Kind.NUMBER, unit="l")
ALL = (DEPOSIT, AGES, PAINT, SITE, MILEAGE, TANK)
NAIROBI = {"latitude": -1.2921, "longitude": 36.8219}

TAKEN: list[tuple[Definition, Any, Any]] = [
    (DEPOSIT, {"amount": 100, "currency": "KES"}, {"amount": 100, "currency": "KES"}),
    (AGES, {"least": 3, "most": 5.0}, {"least": 3, "most": 5}),
    (AGES, {"most": 4, "least": 4}, {"least": 4, "most": 4}),
    (PAINT, "#AABBCC", "#aabbcc"),
    (SITE, NAIROBI, NAIROBI),
    (SITE, {"longitude": 180, "latitude": -90}, {"latitude": -90, "longitude": 180}),
]
REFUSED: list[tuple[Definition, Any, str]] = [
    (DEPOSIT, 100, "money"),
    (DEPOSIT, {"amount": 100}, "money"),
    (DEPOSIT, {"amount": 100.5, "currency": "KES"}, "money"),
    (DEPOSIT, {"amount": True, "currency": "KES"}, "money"),
    (DEPOSIT, {"amount": -1, "currency": "KES"}, "money"),
    (DEPOSIT, {"amount": 100, "currency": "USD"}, "currency"),
    (DEPOSIT, {"amount": 100, "currency": ["KES"]}, "currency"),
    (DEPOSIT, {"amount": 99, "currency": "KES"}, "minimum"),
    (DEPOSIT, {"amount": 500001, "currency": "KES"}, "maximum"),
    (AGES, [3, 5], "range"),
    (AGES, {"least": 5, "most": 3}, "range"),
    (AGES, {"least": 3}, "range"),
    (AGES, {"least": "3", "most": 5}, "number"),
    (AGES, {"least": 3, "most": 100}, "maximum"),
    (AGES, {"least": 3.5, "most": 5}, "integer"),
    (PAINT, "blue", "colour"),
    (PAINT, "#aabbc", "colour"),
    (PAINT, "#aabbcc\n", "colour"),
    (PAINT, 123456, "colour"),
    (SITE, "-1, 36", "location"),
    (SITE, {"latitude": 91, "longitude": 0}, "location"),
    (SITE, {"latitude": True, "longitude": 0}, "location"),
    (SITE, {"latitude": float("nan"), "longitude": 0}, "location"),
]
CELLS: list[tuple[Definition, str, Any]] = [
    (DEPOSIT, "1,099.50", {"amount": 109950, "currency": "KES"}),
    (DEPOSIT, "KES 1,099.5", {"amount": 109950, "currency": "KES"}),
    (DEPOSIT, "1099 kes", {"amount": 109900, "currency": "KES"}),
    (AGES, "2 to 5", {"least": 2, "most": 5}),
    (AGES, "2–5 years", {"least": 2, "most": 5}),
    (AGES, "24 - 36 months", {"least": 2, "most": 3}),
    (AGES, "24 months to 3 years", {"least": 2, "most": 3}),
    (AGES, "7", {"least": 7, "most": 7}),
    (PAINT, "Blue", "#1976d2"),
    (PAINT, "ABC", "#aabbcc"),
    (SITE, "-1.2921, 36.8219", NAIROBI),
    (SITE, "(-1.2921,36.8219)", NAIROBI),
    (MILEAGE, "62,000 mi", 99779),
    (MILEAGE, "62000 Miles", 99779),
    (MILEAGE, "120 000km", 120000),
    (MILEAGE, "500", 500),
    (TANK, "12 gal", 45.4249),
    (TANK, "1500 ml", 1.5),
]


@pytest.mark.parametrize(("definition", "sent", "kept"), TAKEN)
def test_a_value_is_kept_and_its_schema_agrees(definition: Definition, sent: Any, kept: Any) -> None:
    assert checked(definition, sent) == kept
    jsonschema.Draft202012Validator(schema_of(ALL)).validate({definition.code: kept})


@pytest.mark.parametrize(("definition", "sent", "why"), REFUSED)
def test_a_value_that_does_not_fit_is_refused_with_a_sentence(definition: Definition, sent: Any, why: str) -> None:
    with pytest.raises(Fault) as fault:
        checked(definition, sent)
    assert (fault.value.code, fault.value.sentence[-1]) == (why, ".")


@pytest.mark.parametrize(("definition", "text", "value"), CELLS)
def test_what_people_write_is_understood_in_their_units(definition: Definition, text: str, value: Any) -> None:
    assert read_text(definition, text) == value


@pytest.mark.parametrize(("definition", "_text", "value"), CELLS)
def test_what_is_written_out_reads_back_as_it_was(definition: Definition, _text: str, value: Any) -> None:
    assert read_text(definition, write_text(definition, value)) == value


@pytest.mark.parametrize(
    ("definition", "text"),
    [(MILEAGE, "5 kg"), (MILEAGE, "far"), (DEPOSIT, "USD 5"), (DEPOSIT, "5.001"), (AGES, "5 to 2"), (AGES, "a to b"),
     (PAINT, "blueish"), (SITE, "36.8"), (SITE, "95, 3"), (MILEAGE, "9" * 40), (TANK, "9" * 29 + " gal"), (TANK, "1.2.3")],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused(definition: Definition, text: str) -> None:
    with pytest.raises(Fault):
        read_text(definition, text)


def test_values_are_shown_as_people_say_them() -> None:
    assert shown_text(DEPOSIT, {"amount": 109950, "currency": "KES"}).replace("\xa0", " ") == "KES 1,099.50"
    assert shown_text(AGES, {"least": 2, "most": 5}) == "2 – 5 years"
    assert shown_text(AGES, {"least": 2, "most": 2}) == "2 years"
    assert shown_text(PAINT, "#1976d2") == "Blue #1976d2"
    assert shown_text(SITE, NAIROBI) == "-1.29210, 36.82190"


def test_each_family_is_its_own_and_common_colours_are_called_as_people_call_them() -> None:
    assert {family: colours.family_of(colour) for family, colour in colours.FAMILIES.items()} == {
        family: family for family in colours.FAMILIES
    }
    called = {"#800000": "red", "#000080": "blue", "#00ff00": "green", "#ffff00": "yellow", "#c0c0c0": "grey",
              "#8b4513": "brown", "#ffc0cb": "pink", "#ffa500": "orange", "#f5f5dc": "beige", "#4b0082": "purple"}  # fmt: skip
    assert {colour: colours.family_of(colour) for colour in called} == called


def test_units_of_one_quantity_convert_there_and_back_and_no_spelling_is_lost() -> None:
    words = [word for table in FACTORS.values() for word in table]
    assert len(words) == len(set(words))
    assert set(SAME.values()) <= set(words)
    for word in words:
        for each in convertible(word):
            there = converted(Decimal(10**9), each, whole=False)
            back = unit_of(each.word, word)
            assert back is not None
            assert abs(float(there * back.factor) / 10**9 - 1) < 1e-2, (word, each.word)
    assert convertible("mAh")[1].word == "Ah"
    assert [each.word for each in convertible("cc of sand")] == ["cc of sand"]
    assert unit_of("km", "kg") is None


def test_the_cells_of_a_box_hold_every_place_in_it() -> None:
    dice = random.Random(5)
    for _ in range(3000):
        latitude, longitude = dice.uniform(-90, 90), dice.uniform(-180, 180)
        distance = dice.uniform(0.1, 600)
        box = globe.box_around(latitude, longitude, distance)
        cells = locations.cells(box)
        bearing, reach = dice.uniform(-180, 180), distance * dice.random()
        there = _walk(latitude, longitude, bearing, reach)
        south, west, north, east = box
        assert south - 1e-9 <= there[0] <= north + 1e-9
        if west <= east:
            assert west - 1e-6 <= there[1] <= east + 1e-6
        else:
            assert there[1] >= west - 1e-6 or there[1] <= east + 1e-6
        assert cells is None or locations.cell(*there) in cells
    assert locations.cells((-90, -180, 90, 180)) is None
    assert all(0 <= locations.cell(a, b) < 2**15 for a in (-90, 0, 90) for b in (-180, 0, 180))


def _walk(latitude: float, longitude: float, bearing: float, kilometres: float) -> tuple[float, float]:
    from math import asin, atan2, cos, degrees, radians, sin

    angle, turn, high = kilometres / globe.EARTH, radians(bearing), radians(latitude)
    up = asin(sin(high) * cos(angle) + cos(high) * sin(angle) * cos(turn))
    across = radians(longitude) + atan2(sin(turn) * sin(angle) * cos(high), cos(angle) - sin(high) * sin(up))
    return degrees(up), (degrees(across) + 540) % 360 - 180


@given(st.floats(-90, 90), st.floats(-180, 180))
@example(1e-07, -1e-300)
@example(-1.2345678901234567, 179.99999999999997)
@example(-0.0, 1e-12)
def test_every_place_that_is_kept_is_written_as_it_can_be_read_back(latitude: float, longitude: float) -> None:
    kept = checked(SITE, {"latitude": latitude, "longitude": longitude})
    assert abs(kept["latitude"] - latitude) < 1e-11
    assert abs(kept["longitude"] - longitude) < 1e-11
    assert read_text(SITE, write_text(SITE, kept)) == kept
    raw = write_text(SITE, {"latitude": latitude, "longitude": longitude})  # kept before there was a limit of decimals
    assert read_text(SITE, raw) == kept
