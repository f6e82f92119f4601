"""Kept texts of whole things: equal to what is read anew, with the same ETag, and never older than the last write to any row they show."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import context, memo
from core.audiences import STOREFRONT
from core.resources import documents, kept, plans, schemas
from core.resources.registry import resources
from core.rules import Actor, scope
from core.testing import writing_as_system
from marketplace.cast import Api
from marketplace.catalog.models import Category, Listing, Stock, Variant, VariantOption, VariantValue
from marketplace.catalog.resources import Categories, Listings
from marketplace.catalog.tests import factories
from marketplace.demo.growing import grow
from marketplace.vendors.models import Vendor
from marketplace.vendors.resources import Vendors
from marketplace.vendors.tests.factories import make_vendor

pytestmark = pytest.mark.django_db
EXPANDED = {"expand": "vendor,category"}
PICTURE = {
    "id": 1, "alt_text": "Blue", "width": 10, "height": 10, "colour": "#0000ff",
    "renditions": [{"width": 10, "height": 10, "webp": "listings/a/1.webp", "jpeg": "listings/a/1.jpeg"}],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _empty_shelf() -> None:
    kept.shelf.clear()


@pytest.fixture
def shop() -> Vendor:
    return make_vendor(name="Acme")


@pytest.fixture
def shirt(shop: Vendor) -> Listing:
    """A shirt in two sizes."""
    made = factories.listing(vendor=shop, category=factories.category("Shirts"), status="approved", title="Shirt")
    for name in ("M", "L"):
        value = factories.variant_value(made, "Size", name)
        factories.variant(made, on_hand=3, title=name, combination=str(value.pk))
    return made


@pytest.fixture
def stranger() -> Api:
    return Api(STOREFRONT)


def whole(stranger: Api, row: Any) -> dict[str, Any]:
    """The listing; asked for twice, so that the second may be kept."""
    stranger.get(f"/listings/{row.pk}", EXPANDED)
    return stranger.get(f"/listings/{row.pk}", EXPANDED).json()


@pytest.mark.parametrize("asked", [{}, EXPANDED])
def test_kept_things_are_what_the_schema_gives_for_every_row(
    asked: dict[str, str], shirt: Listing, stranger: Api, settings: Any
) -> None:
    grow(60)
    settings.LIMITS_FACTOR = 1_000
    Listing.objects.filter(pk__lt=shirt.pk + 20).update(cached_gallery=[PICTURE])
    told: dict[int, list[tuple[int, bytes, str]]] = {}
    for most in (0, 10_000):
        settings.KEPT_CARDS = most
        told[most] = []
        for resource, path in ((Listings, "listings"), (Categories, "categories"), (Vendors, "vendors")):
            query = asked if resource is Listings else {}
            for row in scope(Actor.anonymous, resource.model).order_by("pk"):
                for key in (row.pk, row.pk, row.slug):
                    answer = stranger.get(f"/{path}/{key}", query)
                    told[most].append((answer.status_code, answer.content, answer.headers["ETag"]))
                    schemas.full(resource, STOREFRONT).model_validate_json(answer.content)
                again = stranger.get(f"/{path}/{row.pk}", query, If_None_Match=answer["ETag"])
                assert again.status_code == 304
    assert len(told[0]) > 180
    assert told[0] == told[10_000]


def _renamed(shirt: Listing) -> None:
    with writing_as_system():
        shirt.title = "Blouse"
        shirt.save()


def first_price(told: dict[str, Any]) -> int:
    return told["variants"][0]["price"]["amount"]


def available(told: dict[str, Any]) -> list[bool]:
    return [each["is_available"] for each in told["variants"]]


CHANGES: dict[str, tuple[Callable[[Listing], Any], Callable[[dict[str, Any]], Any], Any]] = {
    "by its model": (_renamed, lambda told: told["title"], "Blouse"),
    "behind actions": (lambda _row: _all(Listing).update(city="Meru"), lambda told: told["city"], "Meru"),
    "price": (lambda _row: _all(Listing).update(price_minor=7_700), first_price, 7_700),
    "gallery": (lambda _row: _all(Listing).update(cached_gallery=[PICTURE]), lambda told: len(told["images"]), 1),
    "vendor": (lambda _row: _all(Vendor).update(name="Apex"), lambda told: told["vendor"]["name"], "Apex"),
    "category": (lambda _row: _all(Category).update(name="Tops"), lambda told: told["category"]["name"], "Tops"),
    "variant": (lambda _row: _all(Variant).update(price_minor=1, price_currency="KES"), first_price, 1),
    "stock": (lambda _row: _all(Stock).update(on_hand=0), available, [False, False]),
    "stock that is gone": (lambda _row: _all(Stock).filter(variant__title="M").delete(), available, [False, True]),
    "another variant": (lambda row: factories.variant(row, position=9), lambda told: len(told["variants"]), 3),
    "a variant less": (lambda _row: _all(Variant).filter(title="L").update(is_active=False), available, [True]),
    "option": (lambda _row: _all(VariantOption).update(name="Cut"), lambda told: told["options"][0]["name"], "Cut"),
    "value": (
        lambda _row: _all(VariantValue).filter(name="M").update(name="S"),
        lambda told: told["options"][0]["values"][0]["name"],
        "S",
    ),
}


def _all(model: Any) -> Any:
    return model.objects.all().order_by()


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_anything_it_is_read_from_is_seen_at_once(name: str, shirt: Listing, stranger: Api) -> None:
    change, read, after = CHANGES[name]
    before = whole(stranger, shirt)
    assert read(before) != after
    change(shirt)
    assert read(stranger.get(f"/listings/{shirt.pk}", EXPANDED).json()) == after
    assert read(whole(stranger, shirt)) == after


def test_plain_sql_is_seen_at_once(shirt: Listing, stranger: Api) -> None:
    for city in ("Nakuru", "Kisumu"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_listing SET city = %s", [city])
            cursor.execute("UPDATE catalog_variant SET title = %s", [city])
        told = whole(stranger, shirt)
        assert (told["city"], told["variants"][0]["title"]) == (city, city)


def test_what_may_not_be_seen_any_more_is_gone_at_once(shirt: Listing, stranger: Api) -> None:
    for model, values, back in (
        (Vendor, {"status": "suspended"}, {"status": "verified"}),
        (Category, {"is_open": False}, {"is_open": True}),
        (Listing, {"status": "paused"}, {"status": "approved"}),
    ):
        assert whole(stranger, shirt)["id"] == shirt.pk
        _all(model).update(**values)
        for key in (shirt.pk, shirt.slug):
            assert stranger.get(f"/listings/{key}").status_code == 404
        _all(model).update(**back)


def test_a_former_slug_and_odd_keys_are_answered_as_ever(shirt: Listing, stranger: Api) -> None:
    old = shirt.slug
    with writing_as_system():
        shirt.slug = "another-slug"
        shirt.save()
    whole(stranger, shirt)
    former, now = stranger.get(f"/listings/{old}"), stranger.get(f"/listings/{shirt.pk}")
    assert former.status_code == 200
    assert former.content == now.content
    for key in ("9" * 18, "9" * 40, "0", "no-such-listing"):
        assert stranger.get(f"/listings/{key}").status_code == 404


def test_a_change_of_a_definition_is_seen_at_once(shop: Vendor, stranger: Api) -> None:
    cars = factories.cars()
    attributes = {"make": "toyota", "year": 2020, "automatic": True}
    car = factories.listing(vendor=shop, category=cars, status="approved", attributes=attributes)
    assert whole(stranger, car)["attributes"]["automatic"] is True
    link = cars.category_attributes.get(attribute__code="automatic")
    with writing_as_system():
        link.visibility = "staff"
        link.save()
    documents.bump()
    assert "automatic" not in whole(stranger, car)["attributes"]


def test_what_ends_by_the_clock_ends(shirt: Listing, stranger: Api) -> None:
    ends = timezone.now() + timedelta(hours=1)
    Listing.objects.filter(pk=shirt.pk).update(cached_was_minor=200_000, cached_was_until=ends)
    assert whole(stranger, shirt)["was_price"]["amount"] == 200_000
    token = context.clock.set(ends + timedelta(seconds=1))
    try:
        assert whole(stranger, shirt)["was_price"] is None
    finally:
        context.clock.reset(token)


@pytest.mark.services
def test_a_row_that_changes_while_it_is_made_is_read_anew(shirt: Listing, stranger: Api, monkeypatch: Any) -> None:
    """Its expansions are those of the row as it was; so the whole answer is made again."""
    shoes = factories.category("Shoes")
    seen = kept.one

    def one(*arguments: Any) -> Any:
        stub = seen(*arguments)
        Listing.objects.filter(pk=shirt.pk).update(category=shoes)
        return stub

    monkeypatch.setattr(kept, "one", one)
    told = stranger.get(f"/listings/{shirt.pk}", EXPANDED).json()
    assert (told["category_id"], told["category"]["name"]) == (shoes.pk, "Shoes")


@pytest.mark.services
def test_a_kept_thing_costs_one_statement_and_only_a_strangers_is_kept(
    shirt: Listing, stranger: Api, buyer: Any, monkeypatch: Any
) -> None:
    whole(stranger, shirt)
    made: list[Any] = []
    render = plans.Plan.render
    monkeypatch.setattr(plans.Plan, "render", lambda *arguments: (made.append(arguments), render(*arguments))[1])
    for key in (shirt.pk, shirt.slug):
        with CaptureQueriesContext(connection) as statements:
            assert stranger.get(f"/listings/{key}").json()["title"] == "Shirt"
        assert len(statements) == 1
    assert made == []
    assert buyer.api().get(f"/listings/{shirt.pk}").json()["title"] == "Shirt"
    assert len(made) == 1


@pytest.mark.services
def test_things_that_are_kept_are_read_from_rows_with_marks_alone(
    shirt: Listing, django_assert_num_queries: Any
) -> None:
    """Whatever a computed value asks of another table would not be missed when that changes."""
    anybody = Actor.anonymous
    eligible = [each for each in resources() if kept.is_kept(each, anybody, scope(anybody, each.model), card=False)]
    assert {Listings, Categories, Vendors} <= set(eligible)
    for resource in eligible:
        shape = plans.plan(resource, STOREFRONT, card=False)
        with memo.block():
            documents.stamp()  # by which definitions are known to be as they were; it is compared as well
            rows = shape.load(scope(anybody, resource.model))
            for row in rows:  # definitions are read now
                shape.render(row, anybody)
            anew = list(rows.all())
            assert anew
            with django_assert_num_queries(0):
                for row in anew:
                    shape.render(row, anybody)
