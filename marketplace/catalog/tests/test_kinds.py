"""Money, ranges, colours and places on every surface: saved, filtered, counted, written out and brought in."""

import math
import random
from typing import Any

import pytest

from core import globe
from core.audiences import STOREFRONT
from core.errors import Invalid, UnknownParameter
from core.resources import document_facets, document_filters, facets
from core.resources.definitions import Kind
from core.resources.kinds import colours
from core.resources.operations import create
from core.resources.transfer import Importer, Plan, exported
from core.rules import Actor, scope
from marketplace.catalog.models import Attribute, Category, Listing
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.resources import Attributes, Listings
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db
BUYER = Actor(audience=STOREFRONT)


@pytest.fixture
def toys(db: None) -> Category:
    found = factories.category("Toys", slug="toys")
    for code, kind, values in (
        ("deposit", Kind.MONEY, {"unit": "KES", "minimum": 1, "maximum": 5000.5}),
        ("ages", Kind.RANGE, {"unit": "years", "minimum": 0, "maximum": 99, "is_integer": True}),
        ("paint", Kind.COLOUR, {}),
        ("site", Kind.LOCATION, {}),
        ("weight", Kind.NUMBER, {"unit": "kg"}),
    ):
        factories.attach(found, factories.attribute(code, kind, **values), is_facet=True)
    return found


def found(**asked: str) -> set[str]:
    parameters = {name: text.split(",") for name, text in asked.items()}
    condition = document_filters.read_filters(Listings, parameters, BUYER, {"category": "toys"})
    return set(Listing.objects.filter(condition).values_list("title", flat=True))


def crowd(toys: Category, acme: Any) -> list[Listing]:
    dice = random.Random(11)
    rows = []
    for number in range(100):
        least = dice.randint(0, 90)
        document: dict[str, Any] = {"ages": {"least": least, "most": least + dice.randint(0, 9)}}
        if dice.random() < 0.8:
            document["deposit"] = {"amount": dice.choice([100, 101, 25_000, 500_050]), "currency": "KES"}
        if dice.random() < 0.8:
            document["paint"] = f"#{dice.randrange(16**6):06x}"
        if dice.random() < 0.8:
            near = dice.random() < 0.5
            spread = (
                (dice.uniform(-0.5, 0.5), dice.uniform(-0.5, 0.5))
                if near
                else (dice.uniform(-80, 80), dice.uniform(-170, 140))
            )
            document["site"] = {"latitude": -1.29 + spread[0], "longitude": 36.82 + spread[1]}
        rows.append(
            factories.listing(vendor=acme, category=toys, title=f"n{number}", status="approved", attributes=document)
        )
    return rows


def distance(one: dict[str, float], latitude: float, longitude: float) -> float:
    up, across = math.radians(one["latitude"] - latitude), math.radians(one["longitude"] - longitude)
    chord = (
        math.sin(up / 2) ** 2
        + math.cos(math.radians(latitude)) * math.cos(math.radians(one["latitude"])) * math.sin(across / 2) ** 2
    )
    return 2 * globe.EARTH * math.asin(math.sqrt(chord))


def test_filters_answer_exactly_what_reading_every_document_would(toys: Category, acme: Any) -> None:
    rows = crowd(toys, acme)

    def expected(code: str, test: Any) -> set[str]:
        return {row.title for row in rows if code in row.attributes and test(row.attributes[code])}

    assert found(deposit_min="101", deposit_max="25000") == expected("deposit", lambda d: 101 <= d["amount"] <= 25_000)
    assert found(deposit="100,500050") == expected("deposit", lambda d: d["amount"] in (100, 500_050))
    for low, high in ((0, 5), (40, 41), (95, 99), (50, 10)):
        assert found(ages_min=str(low), ages_max=str(high)) == expected(
            "ages", lambda d, low=low, high=high: d["most"] >= low and d["least"] <= high
        )
    assert found(ages="30") == expected("ages", lambda d: d["least"] <= 30 <= d["most"])
    assert found(ages="360 months") == found(ages="30")
    assert found(paint="blue,green") == expected("paint", lambda d: colours.family_of(d) in ("blue", "green"))
    assert found(paint="#1976d2") == found(paint="blue")
    assert found(site_near="-1.29,36.82,30") == expected("site", lambda d: distance(d, -1.29, 36.82) <= 30)
    assert found(site_near="-1.29,36.82,1500") == expected("site", lambda d: distance(d, -1.29, 36.82) <= 1500)
    for south, west, north, east in ((-2, 36, 0, 37), (-60, 150, 60, -100), (-90, -180, 90, 180)):
        inside = (
            (lambda d, w=west, e=east: w <= d["longitude"] <= e)
            if west <= east
            else (lambda d, w=west, e=east: d["longitude"] >= w or d["longitude"] <= e)
        )
        assert found(site_within=f"{west},{south},{east},{north}") == expected(
            "site", lambda d, s=south, n=north, inside=inside: s <= d["latitude"] <= n and inside(d)
        )


def test_filters_that_do_not_fit_are_refused_with_what_is_allowed(toys: Category) -> None:
    with pytest.raises(UnknownParameter) as refusal:
        found(site="1,2")
    assert refusal.value.facts["allowed"] == (
        "attr.deposit, attr.deposit_min, attr.deposit_max, attr.ages, attr.ages_min, attr.ages_max, attr.paint, "
        "attr.site_within, attr.site_near, attr.weight, attr.weight_min, attr.weight_max"
    )
    for name, text in {
        "deposit_min": "1.5", "deposit": "KES 5", "ages": "old", "paint": "sky", "site_near": "1,2", "site_within": "0,5,9,1",
        "weight_max": "5 km",
    }.items():  # fmt: skip
        with pytest.raises(Invalid) as refused:
            found(**{name: text})
        assert [each.pointer for each in refused.value.errors] == [f"attr.{name}"]


def test_numbers_may_be_asked_for_in_another_unit(toys: Category, acme: Any) -> None:
    factories.listing(vendor=acme, category=toys, title="Heavy", attributes={"weight": 10})
    assert found(weight_min="22 lb") == {"Heavy"}
    assert found(weight_min="23 lb") == set()


def test_facets_count_families_and_tell_the_ends_of_money_and_ranges(
    toys: Category, acme: Any, django_assert_num_queries: Any
) -> None:
    rows = crowd(toys, acme)
    shelves()
    with django_assert_num_queries(2):
        definitions = document_facets.definitions_of(Listings, BUYER, {"category": "toys"})
        spans = document_facets.spans(Listings, definitions)
        told = facets.count(Listing.objects.all(), [], tokens="tokens", spans=spans)
    answer = {each["name"]: each for each in document_facets.facets(definitions, told)}
    families = [colours.family_of(row.attributes["paint"]) for row in rows if "paint" in row.attributes]
    assert {each["value"]: each["count"] for each in answer["attr.paint"]["values"]} == {
        each: families.count(each) for each in set(families)
    }
    assert (answer["attr.deposit"]["least"], answer["attr.deposit"]["most"]) == (100, 500_050)
    assert answer["attr.ages"]["least"] == min(row.attributes["ages"]["least"] for row in rows)
    assert answer["attr.ages"]["most"] == max(row.attributes["ages"]["most"] for row in rows)
    assert "attr.site" not in answer


def test_what_is_exported_can_be_brought_in_again(toys: Category, acme: Any, owner: Actor) -> None:
    document = {
        "deposit": {"amount": 109_950, "currency": "KES"}, "ages": {"least": 3, "most": 5}, "paint": "#1976d2",
        "site": {"latitude": -1.2921, "longitude": 36.8219}, "weight": 2.5,
    }  # fmt: skip
    factories.listing(vendor=acme, category=toys, title="Kite", reference="k1", attributes=document)
    headers, cells = exported(Listings, owner, scope(owner, Listing).order_by("pk"))
    row = dict(zip(headers, next(iter(cells)), strict=True))
    assert {name: row[name] for name in row if name.startswith("attr.")} == {
        "attr.deposit": "1099.50", "attr.ages": "3 to 5", "attr.paint": "#1976d2", "attr.site": "'-1.2921, 36.8219", "attr.weight": 2.5,
    }  # fmt: skip
    row |= {"attr.ages": "36 months to 6 years", "attr.weight": "10 lb", "attr.paint": "red"}
    plan = Plan(
        {name: name for name in ("title", "category", "reference", *(each for each in row if each.startswith("attr.")))}
    )
    (result,) = Importer(Listings, owner, plan).run([(1, row)], save=True)
    assert (result.outcome, result.faults) == ("updated", {})
    kept = Listing.objects.get(reference="k1").attributes
    assert kept == document | {"ages": {"least": 3, "most": 6}, "weight": 4.5359, "paint": colours.FAMILIES["red"]}


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"kind": "range"}, "minimum"),
        ({"kind": "range", "minimum": 1.0}, "minimum"),
        ({"kind": "money", "unit": "shilling"}, "unit"),
        ({"kind": "money", "unit": "KES", "minimum": 1.005}, "minimum"),
        ({"kind": "money", "maximum": -1.0}, "maximum"),
        ({"kind": "money", "is_integer": True}, "is_integer"),
        ({"kind": "colour", "unit": "km"}, "unit"),
        ({"kind": "location", "minimum": 1.0}, "minimum"),
        ({"kind": "location", "code": "yard_near"}, "code"),
        ({"kind": "number", "code": "yard_within"}, "code"),
    ],
)
def test_definitions_that_make_no_sense_are_refused(editor: Actor, values: dict[str, Any], fault: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create(Attributes, {"code": "thing", "label": "Thing", **values}, by=editor)
    assert [each.pointer for each in refusal.value.errors] == [f"/{fault}"]
    assert Attribute.objects.count() == 0


def test_money_is_in_the_currency_of_the_market_unless_said(editor: Actor, settings: Any) -> None:
    made = create(Attributes, {"code": "deposit", "label": "Deposit", "kind": "money", "minimum": 10.5}, by=editor)
    assert made.unit == settings.DEFAULT_CURRENCY
    assert made.bound(made.minimum) == 1050


def test_a_document_with_a_mistake_names_it_at_its_attribute(toys: Category, owner: Actor) -> None:
    wrong = {
        "deposit": {"amount": 1, "currency": "KES"},
        "ages": {"least": 9, "most": 3},
        "paint": "blue",
        "site": {"latitude": 99, "longitude": 0},
    }
    with pytest.raises(Invalid) as refusal:
        create(Listings, {"title": "Kite", "category": toys, "attributes": wrong}, by=owner)
    assert {each.pointer: each.code for each in refusal.value.errors} == {
        "/attributes/deposit": "minimum", "/attributes/ages": "range", "/attributes/paint": "colour", "/attributes/site": "location",
    }  # fmt: skip
