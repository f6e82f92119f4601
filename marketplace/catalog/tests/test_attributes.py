"""Attributes: what a category defines is validated, filtered and counted at once."""

import random
from typing import Any

import pytest

from core.audiences import OPERATIONS, STOREFRONT, VENDOR
from core.errors import Invalid, UnknownParameter
from core.resources import document_facets, document_filters, documents, facets
from core.resources.operations import create, update
from core.rules import Actor
from marketplace.catalog.models import Category, CategoryAttribute, Listing, Option
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.resources import Listings
from marketplace.catalog.tests import factories

BUYER = Actor(audience=STOREFRONT)


def found(category: Any = None, actor: Actor = BUYER, **asked: str) -> set[str]:
    values = {} if category is None else {"category": category}
    parameters = {name: text.split(",") for name, text in asked.items()}
    return set(
        Listing.objects.filter(document_filters.read_filters(Listings, parameters, actor, values)).values_list(
            "title", flat=True
        )
    )


def faults(refusal: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {each.pointer: each.code for each in refusal.value.errors}


def test_a_category_inherits_what_those_above_it_define_first(cars: Category) -> None:
    codes = [each.code for each in shelves().definitions(cars.pk)]
    assert codes == ["make", "year", "engine", "features", "automatic", "inspected", "remarks", "risk"]
    assert [each.code for each in shelves().definitions(cars.parent_id)] == ["make"]
    assert shelves().definitions(cars.pk)[0].source == "Vehicles"


def test_a_nearer_definition_overrules_one_from_above_but_what_is_required_stays_so(cars: Category) -> None:
    make = CategoryAttribute.objects.get(category=cars.parent, attribute__code="make")
    factories.attach(cars, make.attribute, is_required=False, is_filterable=False)
    above = next(each for each in shelves().definitions(cars.parent_id) if each.code == "make")
    here = next(each for each in shelves().definitions(cars.pk) if each.code == "make")
    assert (above.required, above.filterable) == (True, True)
    assert (here.required, here.filterable) == (True, False)


def test_every_fault_of_a_document_is_named_with_its_pointer(cars: Category, acme: Any, owner: Actor) -> None:
    wrong = {
        "make": "skoda",
        "year": 2010.5,
        "engine": "big",
        "features": ["abs", "abs"],
        "automatic": "yes",
        "inspected": "2024-02-31",
        "remarks": "a\x00b",
        "colour": "red",
        "risk": 3,
    }
    with pytest.raises(Invalid) as refusal:
        create(Listings, {"title": "Car", "category": cars, "attributes": wrong}, by=owner)
    assert faults(refusal) == {
        "/attributes/make": "option",
        "/attributes/year": "integer",
        "/attributes/engine": "number",
        "/attributes/features": "repeated",
        "/attributes/automatic": "boolean",
        "/attributes/inspected": "date",
        "/attributes/remarks": "text",
        "/attributes/colour": "unknown_attribute",
        "/attributes/risk": "unknown_attribute",
    }
    assert Listing.objects.count() == 0


def test_values_are_kept_as_they_were_sent_and_numbers_keep_their_kind(cars: Category, owner: Actor) -> None:
    sent = {
        "make": "mazda",
        "year": 2020.0,
        "engine": 1.6,
        "features": ["sunroof", "abs"],
        "automatic": False,
        "inspected": "2024-01-31",
    }
    row = create(Listings, {"title": "Car", "category": cars, "attributes": {**sent, "remarks": None}}, by=owner)
    kept = Listing.objects.get(pk=row.pk).attributes
    assert kept == {**sent, "year": 2020}
    assert type(kept["year"]) is int
    assert "remarks" not in kept


def test_a_draft_may_lack_what_is_required_and_bounds_are_said_with_their_unit(cars: Category, owner: Actor) -> None:
    assert create(Listings, {"title": "Car", "category": cars}, by=owner).attributes == {}
    with pytest.raises(Invalid) as refusal:
        create(Listings, {"title": "Car", "category": cars, "attributes": {"year": 1900}}, by=owner)
    assert refusal.value.errors[0].message == "At least 1950."


def test_what_an_audience_may_not_see_it_neither_reads_writes_nor_filters(
    cars: Category, acme: Any, owner: Actor, editor: Actor
) -> None:
    row = factories.listing(vendor=acme, category=cars, attributes={"year": 2010})
    update(row, {"attributes": {"year": 2010, "risk": 7}}, by=editor)
    update(row, {"attributes": {"year": 2011}}, by=owner)
    row.refresh_from_db()
    assert row.attributes == {"year": 2011, "risk": 7}
    assert documents.shown(row, owner) == {"year": 2011}
    assert documents.shown(row, editor) == {"year": 2011, "risk": 7}
    assert documents.shown(row, BUYER) == {"year": 2011}
    with pytest.raises(UnknownParameter):
        found(actor=owner, risk_min="1")
    assert found(actor=editor, risk_min="1") == {row.title}


def test_an_archived_option_stays_with_who_has_it_and_is_not_taken_anew(
    cars: Category, acme: Any, owner: Actor, editor: Actor
) -> None:
    from marketplace.catalog import actions

    ford = factories.listing(vendor=acme, category=cars, title="Ford", attributes={"make": "ford"})
    other = factories.listing(vendor=acme, category=cars, title="Other", attributes={"make": "mazda"})
    actions.archive_option(Option.objects.get(code="ford"), by=editor)
    update(ford, {"attributes": {"make": "ford", "year": 2001}}, by=owner)
    with pytest.raises(Invalid):
        update(other, {"attributes": {"make": "ford"}}, by=owner)
    assert found(make="ford") == {"Ford"}
    actions.restore_option(Option.objects.get(code="ford"), by=editor)
    update(other, {"attributes": {"make": "ford"}}, by=owner)
    assert found(make="ford") == {"Ford", "Other"}


def test_filters_name_what_is_allowed_and_refuse_values_that_do_not_fit(cars: Category) -> None:
    with pytest.raises(UnknownParameter) as refusal:
        found("cars", colour="red")
    assert refusal.value.facts["allowed"] == (
        "attr.make, attr.year, attr.year_min, attr.year_max, attr.engine, attr.engine_min, attr.engine_max, attr.features, "
        "attr.automatic, attr.inspected, attr.inspected_min, attr.inspected_max"
    )
    for name, text in {"year_min": "old", "make": "skoda", "automatic": "perhaps", "inspected_max": "tomorrow"}.items():
        with pytest.raises(Invalid) as refused:
            found("cars", **{name: text})
        assert [each.pointer for each in refused.value.errors] == [f"attr.{name}"]
    with pytest.raises(UnknownParameter):
        found("cars", make_min="toyota")


def test_a_category_without_the_attribute_refuses_its_filter_and_one_above_takes_it(cars: Category, acme: Any) -> None:
    phones = factories.category("Phones", slug="phones")
    factories.listing(vendor=acme, category=cars, title="Car", attributes={"year": 2010})
    assert found("vehicles", year_min="2000") == {"Car"}
    assert found(cars.parent_id, year_min="2000") == {"Car"}
    with pytest.raises(UnknownParameter):
        found(phones.pk, year_min="2000")
    with pytest.raises(UnknownParameter):
        found("no-such-category", year_min="2000")


def _crowd(cars: Category, acme: Any) -> list[Listing]:
    dice = random.Random(7)
    rows = []
    for number in range(120):
        document: dict[str, Any] = {"make": dice.choice(["toyota", "mazda", "ford"]), "year": dice.randint(1950, 2030)}
        if dice.random() < 0.8:
            document["engine"] = dice.choice([0.9, 1, 1.25, 1.6, 2, 2.0, 3.5, 8.4, 0, 1000])
        if dice.random() < 0.7:
            document["features"] = dice.sample(["abs", "airbag", "sunroof"], dice.randint(1, 3))
        if dice.random() < 0.7:
            document["automatic"] = dice.random() < 0.5
        if dice.random() < 0.7:
            document["inspected"] = f"{dice.randint(1890, 2120)}-0{dice.randint(1, 9)}-{dice.randint(10, 28)}"
        rows.append(
            factories.listing(vendor=acme, category=cars, title=f"n{number}", status="approved", attributes=document)
        )
    return rows


def test_filters_answer_exactly_what_reading_every_document_would(cars: Category, acme: Any) -> None:
    rows = _crowd(cars, acme)

    def expected(test: Any) -> set[str]:
        return {row.title for row in rows if test(row.attributes)}

    assert found("cars", make="toyota,ford") == expected(lambda d: d["make"] in ("toyota", "ford"))
    assert found("cars", year="1999,2010") == expected(lambda d: d["year"] in (1999, 2010))
    for low, high in ((1950, 1950), (1977, 1993), (2000, 2030), (1900, 3000), (2010, 2000)):
        assert found("cars", year_min=str(low), year_max=str(high)) == expected(
            lambda d, low=low, high=high: low <= d["year"] <= high
        )
        assert found("cars", year_min=str(low)) == expected(lambda d, low=low: d["year"] >= low)
        assert found("cars", year_max=str(high)) == expected(lambda d, high=high: d["year"] <= high)
    for low, high in (("1", "2"), ("0", "0"), ("1.25", "1.6"), ("-5", "0.95"), ("3", "99999")):
        assert found("cars", engine_min=low, engine_max=high) == expected(
            lambda d, low=low, high=high: "engine" in d and float(low) <= d["engine"] <= float(high)
        )
    assert found("cars", features="abs,sunroof") == expected(lambda d: set(d.get("features", ())) & {"abs", "sunroof"})
    assert found("cars", automatic="false") == expected(lambda d: d.get("automatic") is False)
    assert found("cars", inspected_min="1899-05-01", inspected_max="2099-12-31") == expected(
        lambda d: "1899-05-01" <= d.get("inspected", "") <= "2099-12-31"
    )
    assert found("cars", make="mazda", year_min="1990", features="airbag", automatic="true") == expected(
        lambda d: (
            d["make"] == "mazda"
            and d["year"] >= 1990
            and "airbag" in d.get("features", ())
            and d.get("automatic") is True
        )
    )


def counted(rows: Any) -> list[dict[str, Any]]:
    definitions = document_facets.definitions_of(Listings, BUYER, {"category": "cars"})
    spans = document_facets.spans(Listings, definitions)
    return document_facets.facets(definitions, facets.count(rows, [], tokens="tokens", spans=spans))


def test_facets_count_every_value_in_one_query(cars: Category, acme: Any, django_assert_num_queries: Any) -> None:
    rows = _crowd(cars, acme)
    shelves()
    with django_assert_num_queries(2):  # the stamp, and one pass over the rows
        answer = {each["name"]: each for each in counted(Listing.objects.filter(status="approved"))}
    for name, code in (("attr.make", "make"), ("attr.features", "features")):
        told = {each["value"]: each["count"] for each in answer[name]["values"]}
        flat = [
            value
            for row in rows
            for value in ([row.attributes.get(code)] if code == "make" else row.attributes.get(code, []))
        ]
        assert told == {value: flat.count(value) for value in set(flat)}
    engines = [row.attributes["engine"] for row in rows if "engine" in row.attributes]
    assert (answer["attr.engine"]["least"], answer["attr.engine"]["most"]) == (min(engines), max(engines))
    flags = [row.attributes["automatic"] for row in rows if "automatic" in row.attributes]
    assert {each["label"]: each["count"] for each in answer["attr.automatic"]["values"]} == {
        "Yes": sum(flags),
        "No": len(flags) - sum(flags),
    }
    assert "attr.inspected" not in answer
    assert counted(Listing.objects.none()) == []


def test_a_definition_made_through_the_engine_holds_at_once(cars: Category, owner: Actor, editor: Actor) -> None:
    from marketplace.catalog.resources import Attributes, CategoryAttributes

    shelves()
    colour = create(Attributes, {"code": "doors", "label": "Doors", "kind": "number", "is_integer": True}, by=editor)
    create(CategoryAttributes, {"category": cars, "attribute": colour}, by=editor)
    row = create(Listings, {"title": "Car", "category": cars, "attributes": {"doors": 4}}, by=owner)
    assert found("cars", doors="4") == {row.title}


def test_bounds_that_widen_later_leave_stored_tokens_true(cars: Category, acme: Any, editor: Actor) -> None:
    from marketplace.catalog.models import Attribute

    factories.listing(vendor=acme, category=cars, title="Old", attributes={"year": 1955})
    update(Attribute.objects.get(code="year"), {"minimum": 1800.0, "maximum": 2100.0}, by=editor)
    factories.listing(vendor=acme, category=cars, title="Older", attributes={"year": 1890})
    assert found("cars", year_max="1960") == {"Old", "Older"}
    assert found("cars", year_max="1900") == {"Older"}


def test_audiences_of_visibility() -> None:
    from marketplace.catalog.models.shelves import READERS

    assert {
        word: [each for each in (STOREFRONT, VENDOR, OPERATIONS) if each in who] for word, who in READERS.items()
    } == {
        "public": [STOREFRONT, VENDOR, OPERATIONS],
        "vendor": [VENDOR, OPERATIONS],
        "staff": [OPERATIONS],
    }
