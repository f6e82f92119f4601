"""Definitions of typed documents: values, tokens, buckets, schema; all without a database."""

import random
from typing import Any

import jsonschema
import pytest

from core.resources.definitions import Definition, Kind, Option, tokens_of
from core.resources.document_schema import schema_of
from core.resources.document_values import Fault, checked, read_text, shown_text, write_text
from core.resources.tokens import Space, pack, unpack

COLOURS = (Option(1, "red", "Red"), Option(2, "blue", "Sky blue"), Option(3, "beige", "Beige", is_archived=True))
ALL = (
    Definition(1, "name", "Name", Kind.TEXT, required=True),
    Definition(2, "size", "Size", Kind.NUMBER, unit="cm", minimum=0, maximum=250.5),
    Definition(3, "rooms", "Rooms", Kind.NUMBER, is_integer=True, minimum=1),
    Definition(4, "colour", "Colour", Kind.CHOICE, options=COLOURS),
    Definition(5, "extras", "Extras", Kind.MULTI_CHOICE, options=COLOURS),
    Definition(6, "new", "New", Kind.BOOLEAN),
    Definition(7, "built", "Built", Kind.DATE),
)
BY_CODE = {each.code: each for each in ALL}


def test_a_token_can_be_read_back_and_no_two_are_alike() -> None:
    wanted = [(space, key, part) for space in Space for key in (0, 1, 2**40 - 1) for part in (0, 1, 2**15 - 1)]
    tokens = [pack(*each) for each in wanted]
    assert [unpack(each) for each in tokens] == wanted
    assert len(set(tokens)) == len(tokens)
    assert all(0 < each < 2**63 for each in tokens)
    with pytest.raises(ValueError, match="out of range"):
        pack(Space.OPTION, 2**40)


@pytest.mark.parametrize(
    "definition",
    [
        Definition(1, "n", "N", Kind.NUMBER),
        Definition(1, "n", "N", Kind.NUMBER, index_low=1950, index_high=2030),
        Definition(1, "n", "N", Kind.NUMBER, index_low=-1.5, index_high=1e9),
        Definition(1, "n", "N", Kind.NUMBER, index_low=5, index_high=5),
    ],
)
def test_buckets_never_fall_as_values_rise_and_a_range_holds_all_within_it(definition: Definition) -> None:
    dice = random.Random(3)
    values = sorted(
        [
            0,
            1,
            -1,
            2**53,
            -(2**53),
            *(dice.uniform(-1e4, 1e4) for _ in range(300)),
            *(dice.gauss(0, 1) for _ in range(300)),
        ]
    )
    buckets = [definition.bucket(each) for each in values]
    assert buckets == sorted(buckets)
    assert buckets[0] >= 0
    assert buckets[-1] <= definition.last_bucket
    for _ in range(200):
        low, value, high = sorted(dice.sample(values, 3))
        token = definition.tokens(value)[0]
        assert token in definition.buckets(low, high)
        assert token in definition.buckets(None, high)
        assert token in definition.buckets(low, None)


def test_days_fall_into_years() -> None:
    built = BY_CODE["built"]
    assert built.tokens("2020-12-31")[0] in built.buckets("2020-01-01", "2020-01-02")
    assert built.tokens("1066-10-14") == built.tokens("1900-01-01")
    assert built.tokens("9999-12-31")[0] in built.buckets("2050-01-01", None)


def test_a_document_has_a_token_for_each_value_but_text() -> None:
    document = {
        "name": "x",
        "size": 3,
        "colour": "red",
        "extras": ["red", "blue"],
        "new": False,
        "built": "2020-02-02",
        "unknown": 1,
    }
    tokens = tokens_of(document, ALL, [pack(Space.PLACE, 9)])
    assert [unpack(each)[:2] for each in tokens] == [
        (Space.OPTION, 1),
        (Space.OPTION, 2),
        (Space.FLAG, 6),
        (Space.BUCKET, 2),
        (Space.BUCKET, 7),
        (Space.PLACE, 9),
    ]


TAKEN: list[tuple[str, Any, Any]] = [
    ("name", "  Ada ", "Ada"),
    ("size", 250.5, 250.5),
    ("size", 3, 3),
    ("rooms", 2.0, 2),
    ("colour", "blue", "blue"),
    ("extras", ["blue", "red"], ["blue", "red"]),
    ("new", True, True),
    ("built", "2020-02-29", "2020-02-29"),
]
REFUSED: list[tuple[str, Any, str]] = [
    ("name", 5, "text"),
    ("name", "x" * 501, "too_long"),
    ("name", "a\x00", "text"),
    ("size", True, "number"),
    ("size", "3", "number"),
    ("size", float("nan"), "number"),
    ("size", float("inf"), "number"),
    ("size", -1, "minimum"),
    ("size", 251, "maximum"),
    ("rooms", 1.5, "integer"),
    ("rooms", 2**54, "too_large"),
    ("colour", "Blue", "option"),
    ("colour", "beige", "option"),
    ("colour", ["red"], "option"),
    ("extras", "red", "list"),
    ("extras", ["red", "red"], "repeated"),
    ("extras", [["red"]], "option"),
    ("new", 1, "boolean"),
    ("built", "2020-02-30", "date"),
    ("built", "20200202", "date"),
    ("built", 20200202, "date"),
]


@pytest.mark.parametrize(("code", "sent", "kept"), TAKEN)
def test_a_value_that_fits_is_kept_exactly(code: str, sent: Any, kept: Any) -> None:
    found = checked(BY_CODE[code], sent)
    assert (found, type(found)) == (kept, type(kept))
    jsonschema.Draft202012Validator(schema_of(ALL)).validate({"name": "x", code: kept})


@pytest.mark.parametrize(("code", "sent", "why"), REFUSED)
def test_a_value_that_does_not_fit_is_refused_with_a_sentence(code: str, sent: Any, why: str) -> None:
    with pytest.raises(Fault) as fault:
        checked(BY_CODE[code], sent)
    assert fault.value.code == why
    assert fault.value.sentence.endswith(".")


def test_an_archived_option_is_kept_by_who_has_it() -> None:
    assert checked(BY_CODE["colour"], "beige", former="beige") == "beige"
    assert checked(BY_CODE["extras"], ["beige", "red"], former=["beige"]) == ["beige", "red"]
    with pytest.raises(Fault):
        checked(BY_CODE["extras"], ["beige"], former=["red"])


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("size", "1,20 cm", 120),
        ("size", " 12.50CM ", 12.5),
        ("rooms", "3", 3),
        ("colour", "sky BLUE", "blue"),
        ("extras", "Red | blue", ["red", "blue"]),
        ("new", "Yes", True),
        ("new", "0", False),
        ("built", "2020-01-01", "2020-01-01"),
        ("built", "", None),
    ],
)
def test_what_people_write_in_cells_is_understood(code: str, text: str, value: Any) -> None:
    assert read_text(BY_CODE[code], text) == value


@pytest.mark.parametrize(("code", "value"), [(code, kept) for code, _sent, kept in TAKEN])
def test_what_is_written_out_reads_back_as_it_was(code: str, value: Any) -> None:
    assert read_text(BY_CODE[code], write_text(BY_CODE[code], value)) == value


def test_values_are_shown_as_people_say_them() -> None:
    assert shown_text(BY_CODE["size"], 1200) == "1,200 cm"
    assert shown_text(BY_CODE["extras"], ["blue", "red"]) == "Sky blue, Red"
    assert (shown_text(BY_CODE["new"], False), shown_text(BY_CODE["new"], None)) == ("No", "")


def test_the_schema_is_a_valid_one_and_says_what_is_required() -> None:
    schema = schema_of(ALL)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["required"] == ["name"]
    assert schema["properties"]["colour"]["enum"] == ["red", "blue"]
    assert schema["properties"]["size"] == {
        "title": "Size",
        "x-unit": "cm",
        "type": "number",
        "minimum": 0,
        "maximum": 250.5,
    }
    judge = jsonschema.Draft202012Validator(schema)
    assert not judge.is_valid({})
    assert not judge.is_valid({"name": "x", "unknown": 1})
