"""Attributes that hang on others: asked only where another has a value, options that follow from another, hidden below."""

import random
from typing import Any

import jsonschema
import pytest

from core.audiences import OPERATIONS, STOREFRONT
from core.errors import Invalid
from core.resources import document_filters, documents
from core.resources.definitions import Kind
from core.resources.document_schema import schema_of
from core.resources.operations import create, update
from core.resources.transfer import Importer, Plan, exported
from core.rules import Actor, scope
from core.testing import writing_as_system
from marketplace.catalog import actions
from marketplace.catalog.errors import ListingIncomplete
from marketplace.catalog.models import Attribute, Category, CategoryAttribute, Listing, Option
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.resources import Attributes, CategoryAttributes, Listings, Options
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db
BUYER = Actor(audience=STOREFRONT)
MODELS = {"toyota": ("axio", "vitz"), "mazda": ("demio",)}


@pytest.fixture
def autos(db: None) -> Category:
    """A make and its models; fuel, with a battery only of electric ones, and its warranty only where there is a battery."""
    place = factories.category("Autos", slug="autos")
    make = factories.attribute("make", Kind.CHOICE, options=("toyota", "mazda"))
    model = factories.attribute("model", Kind.CHOICE, options=("other", "axio", "vitz", "demio"), depends_on=make)
    for maker, names in MODELS.items():
        with writing_as_system():
            for option in Option.objects.filter(attribute=model, code__in=names):
                option.parent = Option.objects.get(attribute=make, code=maker)
                option.save()
    documents.bump()
    fuel = factories.attribute("fuel", Kind.CHOICE, options=("petrol", "hybrid", "electric"))
    battery = factories.attribute("battery", Kind.NUMBER, unit="kWh")
    sound = factories.attribute("sound", Kind.BOOLEAN)
    for each in (make, model, fuel):
        factories.attach(place, each, is_facet=True)
    factories.attach(place, battery, is_required=True, shown_if=fuel, shown_if_values="electric, hybrid")
    factories.attach(place, sound, shown_if=fuel, shown_if_values="electric")
    factories.attach(place, factories.attribute("tested", Kind.DATE), shown_if=sound, shown_if_values="true")
    factories.attach(place, factories.attribute("secret", Kind.NUMBER), visibility="staff", shown_if=sound)
    return place


def faults(refusal: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {each.pointer.removeprefix("/attributes/"): each.message for each in refusal.value.errors}


def make(owner: Actor, place: Category, **document: Any) -> Listing:
    return create(Listings, {"title": "Auto", "category": place, "attributes": document}, by=owner)


def test_what_is_not_asked_for_is_refused_and_what_was_said_before_falls_away(autos: Category, owner: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        make(owner, autos, fuel="petrol", battery=40)
    assert faults(refusal) == {"battery": "Only asked for where fuel is Electric or Hybrid."}
    with pytest.raises(Invalid) as refusal:
        make(owner, autos, battery=40)
    row = make(owner, autos, fuel="electric", battery=40, sound=True, tested="2024-01-31")
    update(row, {"attributes": row.attributes | {"fuel": "hybrid"}}, by=owner)
    assert Listing.objects.get().attributes == {"fuel": "hybrid", "battery": 40}
    with pytest.raises(Invalid):
        update(row, {"attributes": {"fuel": "petrol", "battery": 41}}, by=owner)
    update(row, {"attributes": {"fuel": "petrol", "battery": 40}}, by=owner)
    assert Listing.objects.get().attributes == {"fuel": "petrol"}


def test_a_chain_ends_where_its_beginning_is_not_asked_for(autos: Category, owner: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        make(owner, autos, fuel="petrol", sound=True, tested="2024-01-31")
    assert set(faults(refusal)) == {"sound", "tested"}
    with pytest.raises(Invalid) as refusal:
        make(owner, autos, fuel="electric", sound=False, tested="2024-01-31")
    assert faults(refusal) == {"tested": "Only asked for where sound is yes."}


def test_what_is_required_is_missed_only_where_it_is_asked_for(autos: Category, owner: Actor) -> None:
    assert actions.submit(make(owner, autos, fuel="petrol"), by=owner).status == "pending"
    with pytest.raises(ListingIncomplete, match="battery"):
        actions.submit(make(owner, autos, fuel="electric"), by=owner)


def test_values_of_staff_fall_away_too_and_their_conditions_tell_nobody_else(
    autos: Category, owner: Actor, editor: Actor
) -> None:
    row = make(owner, autos, fuel="electric", sound=True)
    update(row, {"attributes": row.attributes | {"secret": 3}}, by=editor)
    update(row, {"attributes": {"fuel": "electric", "sound": False}}, by=owner)
    assert Listing.objects.get().attributes == {"fuel": "electric", "sound": False, "secret": 3}
    update(row, {"attributes": {"fuel": "petrol"}}, by=owner)
    assert Listing.objects.get().attributes == {"fuel": "petrol"}
    hidden = factories.attribute("grade", Kind.CHOICE, options=("a",))
    factories.attach(autos, hidden, visibility="staff")
    factories.attach(autos, factories.attribute("note"), shown_if=hidden)
    seen = {each.code: each for each in shelves().definitions(autos.pk)}
    assert seen["note"].read == OPERATIONS
    assert "note" not in schema_of(documents.seen_by(owner, tuple(seen.values())))["properties"]


def test_a_condition_younger_than_the_values_hides_them_on_every_surface(
    autos: Category, acme: Any, owner: Actor, editor: Actor
) -> None:
    doors = factories.attribute("doors", Kind.NUMBER)
    link = factories.attach(autos, doors, is_facet=True)
    document = {"fuel": "petrol", "doors": 4}
    row = factories.listing(vendor=acme, category=autos, title="Old", status="approved", attributes=document)
    condition = {"doors": ["4"]}
    assert Listing.objects.filter(document_filters.read_filters(Listings, condition, BUYER, {})).exists()
    fuel = Attribute.objects.get(code="fuel")
    update(link, {"shown_if": fuel, "shown_if_values": "electric"}, by=editor)
    row = Listing.objects.get(pk=row.pk)
    assert documents.shown(row, BUYER) == {"fuel": "petrol"}
    actions.retoken(autos.pk)
    assert not Listing.objects.filter(document_filters.read_filters(Listings, condition, BUYER, {})).exists()
    headers, cells = exported(Listings, owner, scope(owner, Listing).order_by("pk"))
    assert dict(zip(headers, next(iter(cells)), strict=True))["attr.doors"] in ("", None)
    row = Listing.objects.get(pk=row.pk)
    update(row, {"attributes": row.attributes}, by=owner)
    assert row.revisions.exists() or Listing.objects.get(pk=row.pk).attributes == {"fuel": "petrol"}


def test_options_follow_from_the_other_choice(autos: Category, owner: Actor) -> None:
    assert make(owner, autos, make="toyota", model="vitz").attributes == {"make": "toyota", "model": "vitz"}
    assert make(owner, autos, model="other").attributes == {"model": "other"}
    for document, sentence in (
        ({"make": "mazda", "model": "vitz"}, "Vitz is not offered with make Mazda."),
        ({"model": "vitz"}, "Say the make first."),
    ):
        with pytest.raises(Invalid) as refusal:
            make(owner, autos, **document)
        assert faults(refusal) == {"model": sentence}


def test_what_no_longer_follows_may_stay_as_long_as_neither_is_touched(
    autos: Category, owner: Actor, editor: Actor
) -> None:
    row = make(owner, autos, make="toyota", model="axio")
    mazda = Option.objects.get(code="mazda")
    update(Option.objects.get(code="axio"), {"parent": mazda}, by=editor)
    update(row, {"attributes": row.attributes | {"fuel": "petrol"}}, by=owner)
    with pytest.raises(Invalid):
        update(row, {"attributes": {"make": "toyota", "model": "axio"} | {"make": None}}, by=owner)
    update(row, {"attributes": {"make": "mazda", "model": "axio"}}, by=owner)


def test_a_file_follows_the_same_rules_cell_by_cell(autos: Category, owner: Actor) -> None:
    plan = Plan({each: each for each in ("title", "category", "attr.make", "attr.model", "attr.fuel", "attr.battery")})
    base = {
        "title": "Auto",
        "category": "autos",
        "attr.make": "Toyota",
        "attr.model": "",
        "attr.fuel": "",
        "attr.battery": "",
    }
    rows = [
        base | {"attr.model": "Vitz", "attr.fuel": "electric", "attr.battery": "40 kWh"},
        base | {"attr.model": "Demio"},
        base | {"attr.fuel": "petrol", "attr.battery": "40"},
    ]
    found = Importer(Listings, owner, plan).run(list(enumerate(rows, start=1)), save=True)
    assert [(each.outcome, sorted(each.faults)) for each in found] == [
        ("created", []), ("refused", ["attr.model"]), ("refused", ["attr.battery"]),
    ]  # fmt: skip


def test_the_schema_says_the_same_as_the_market(autos: Category, owner: Actor) -> None:
    definitions = documents.seen_by(owner, shelves().definitions(autos.pk))
    schema = schema_of(definitions)
    jsonschema.Draft202012Validator.check_schema(schema)
    judge, dice = jsonschema.Draft202012Validator(schema), random.Random(5)
    choices: dict[str, list[Any]] = {
        "make": ["toyota", "mazda"], "model": ["other", "axio", "vitz", "demio"], "fuel": ["petrol", "hybrid", "electric"],
        "battery": [40], "sound": [True, False], "tested": ["2024-01-31"],
    }  # fmt: skip
    agreed = set()
    for _ in range(600):
        document = {code: dice.choice(values) for code, values in choices.items() if dice.random() < 0.5}
        row = Listing(category=autos)
        try:
            documents.validate(row, document, complete=True, by=owner, former={})
        except Invalid:
            taken = False
        else:
            taken = True
        assert judge.is_valid(document) is taken, document
        agreed.add(taken)
    assert agreed == {True, False}


def test_an_attribute_hidden_below_is_not_asked_there(autos: Category, owner: Actor, editor: Actor) -> None:
    below = factories.category("Classics", parent=autos, slug="classics")
    create(
        CategoryAttributes,
        {"category": below, "attribute": Attribute.objects.get(code="fuel"), "is_hidden": True},
        by=editor,
    )
    codes = [each.code for each in shelves().definitions(below.pk)]
    assert "fuel" not in codes
    assert "fuel" in [each.code for each in shelves().definitions(autos.pk)]
    with pytest.raises(Invalid) as refusal:
        make(owner, below, fuel="petrol")
    assert list(faults(refusal)) == ["fuel"]
    with pytest.raises(Invalid):
        make(owner, below, battery=40)  # what waits for it is never asked for
    deeper = factories.category("Vintage", parent=below, slug="vintage")
    assert "fuel" not in [each.code for each in shelves().definitions(deeper.pk)]
    factories.attach(deeper, Attribute.objects.get(code="fuel"))
    assert "fuel" in [each.code for each in shelves().definitions(deeper.pk)]


def test_a_text_must_match_its_pattern(owner: Actor) -> None:
    place = factories.category("Plates", slug="plates")
    factories.attach(place, factories.attribute("plate", pattern=r"[A-Z]{3}\d{3}[A-Z]", help="Such as KDA123B."))
    assert make(owner, place, plate=" KDA123B ").attributes == {"plate": "KDA123B"}
    with pytest.raises(Invalid) as refusal:
        make(owner, place, plate="KDA 123B")
    assert faults(refusal) == {"plate": "Such as KDA123B."}
    schema = schema_of(shelves().definitions(place.pk))
    assert schema["properties"]["plate"]["pattern"] == r"^(?:[A-Z]{3}\d{3}[A-Z])$"


def test_conditions_that_make_no_sense_are_refused(autos: Category, editor: Actor) -> None:
    fuel, make_, model, battery = (Attribute.objects.get(code=each) for each in ("fuel", "make", "model", "battery"))
    doors = factories.attribute("doors", Kind.NUMBER)
    phones = factories.category("Phones", slug="phones")
    fuel_link = CategoryAttribute.objects.get(category=autos, attribute=fuel)
    sound = Attribute.objects.get(code="sound")
    vitz, petrol, mazda = (Option.objects.get(code=each) for each in ("vitz", "petrol", "mazda"))

    def attach(place: Category, **values: Any) -> Any:
        return lambda: create(CategoryAttributes, {"category": place, "attribute": doors, **values}, by=editor)

    def define(**values: Any) -> Any:
        return lambda: create(Attributes, {"code": "n", "label": "N", **values}, by=editor)

    attempts: list[tuple[Any, str]] = [
        (attach(autos, shown_if=battery), "shown_if_id"),
        (attach(autos, shown_if=fuel, shown_if_values="steam"), "shown_if_values"),
        (attach(autos, shown_if_values="steam"), "shown_if_values"),
        (attach(phones, shown_if=fuel), "shown_if_id"),
        (lambda: update(fuel_link, {"shown_if": fuel}, by=editor), "shown_if_id"),
        (lambda: update(fuel_link, {"shown_if": sound}, by=editor), "shown_if_id"),
        (lambda: update(make_, {"depends_on": model}, by=editor), "depends_on_id"),
        (lambda: update(doors, {"depends_on": make_}, by=editor), "depends_on_id"),
        (lambda: update(model, {"depends_on": doors}, by=editor), "depends_on_id"),
        (lambda: update(vitz, {"parent": petrol}, by=editor), "parent_id"),
        (
            lambda: create(Options, {"attribute": fuel, "code": "gas", "label": "Gas", "parent": mazda}, by=editor),
            "parent_id",
        ),
        (define(kind="text", pattern="(a+)+"), "pattern"),
        (define(kind="number", pattern="a"), "pattern"),
    ]
    for attempt, pointer in attempts:
        with pytest.raises(Invalid) as refusal:
            attempt()
        assert [each.pointer for each in refusal.value.errors] == [f"/{pointer}"]
