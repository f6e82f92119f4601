"""Kept texts of cards: equal to what the schema gives, for every row, and never older than the last write, whatever way it went."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core import context, memo
from core.audiences import STOREFRONT
from core.resources import documents, kept, plans, schemas
from core.resources.registry import resources
from core.rules import Actor, scope
from core.testing import writing_as_system
from marketplace.cast import Api
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.resources import Listings
from marketplace.catalog.tests import factories
from marketplace.demo.growing import grow
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_vendor

pytestmark = pytest.mark.django_db
EVERYTHING = {"limit": "100", "expand": "vendor,category"}
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
def lamp(shop: Vendor) -> Listing:
    return factories.listing(vendor=shop, category=factories.category("Lamps"), status="approved", title="Lamp")


@pytest.fixture
def stranger() -> Api:
    return Api(STOREFRONT)


def card(stranger: Api) -> dict[str, Any]:
    """The one card of the list; asked for twice, so that the second may be kept."""
    stranger.get("/listings", EVERYTHING)
    return stranger.get("/listings", EVERYTHING).json()["items"][0]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        EVERYTHING,
        {"lat": "-1.286", "lng": "36.817", "radius": "500", "order": "distance"},
        {"order": "price", "count": "true"},
        {"order": "-price", "price_min": "1000", "price_max": "90000000"},
        {"category": "hall-0", "approved_within": "52w", "limit": "5"},
    ],
)
def test_kept_texts_are_what_the_schema_gives_for_every_listing(
    asked: dict[str, str], stranger: Api, settings: Any
) -> None:
    grow(150)
    Listing.objects.filter(pk__lt=40).update(cached_gallery=[PICTURE])
    texts = {}
    for most in (0, 10_000):
        settings.KEPT_CARDS = most
        for _time in range(2):  # made, then kept
            pages, cursor = [], None
            while cursor is not None or not pages:
                answer = stranger.get("/listings", {"limit": "40", **asked, **({"cursor": cursor} if cursor else {})})
                page = schemas.page(Listings, STOREFRONT).model_validate_json(answer.content)
                assert page is not None
                pages.append(answer.content)
                cursor = answer.json()["next"]
            texts[most] = pages
    assert len(texts[0]) > 1
    assert texts[0] == texts[10_000]


def test_a_change_of_the_listing_is_seen_at_once(lamp: Listing, stranger: Api) -> None:
    assert card(stranger)["title"] == "Lamp"
    with writing_as_system():
        lamp.title = "Bright lamp"
        lamp.save()
    assert card(stranger)["title"] == "Bright lamp"
    Listing.objects.filter(pk=lamp.pk).update(city="Kisumu")  # behind the back of actions and versions
    assert card(stranger)["city"] == "Kisumu"
    Listing.objects.filter(pk=lamp.pk).update(city="Nakuru")
    assert card(stranger)["city"] == "Nakuru"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_listing SET city = %s", ["Meru"])
    assert card(stranger)["city"] == "Meru"


def test_a_change_of_vendor_category_and_images_is_seen_at_once(lamp: Listing, shop: Vendor, stranger: Api) -> None:
    assert card(stranger)["image"] is None
    Listing.objects.filter(pk=lamp.pk).update(cached_gallery=[PICTURE])
    assert card(stranger)["image"]["alt_text"] == "Blue"
    with writing_as_system():
        shop.name = "Apex"
        shop.save()
        lamp.category.name = "Lights"
        lamp.category.save()
    found = card(stranger)
    assert (found["vendor"]["name"], found["category"]["name"]) == ("Apex", "Lights")


def test_what_may_not_be_seen_any_more_is_gone_at_once(lamp: Listing, shop: Vendor, stranger: Api) -> None:
    assert card(stranger)["id"] == lamp.pk
    for model, values, back in (
        (Vendor, {"status": "suspended"}, {"status": "verified"}),
        (Category, {"is_open": False}, {"is_open": True}),
        (Listing, {"status": "paused"}, {"status": "approved"}),
    ):
        model.objects.all().order_by().update(**values)
        assert stranger.get("/listings", EVERYTHING).json()["items"] == []
        model.objects.all().order_by().update(**back)
        assert card(stranger)["id"] == lamp.pk


def test_a_change_of_a_definition_is_seen_at_once(shop: Vendor, stranger: Api) -> None:
    cars = factories.cars()
    factories.listing(
        vendor=shop, category=cars, status="approved", attributes={"make": "toyota", "year": 2020, "automatic": True}
    )
    assert card(stranger)["attributes"]["automatic"] is True
    link = cars.category_attributes.get(attribute__code="automatic")
    with writing_as_system():
        link.visibility = "staff"
        link.save()
    documents.bump()
    assert "automatic" not in card(stranger)["attributes"]


def test_what_ends_by_the_clock_ends(lamp: Listing, stranger: Api) -> None:
    ends = timezone.now() + timedelta(hours=1)
    Listing.objects.filter(pk=lamp.pk).update(cached_was_minor=200_000, cached_was_until=ends)
    assert card(stranger)["was_price"]["amount"] == 200_000
    token = context.clock.set(ends + timedelta(seconds=1))
    try:
        assert card(stranger)["was_price"] is None
    finally:
        context.clock.reset(token)


def test_lists_that_ask_for_other_values_are_other_lists(shop: Vendor, stranger: Api) -> None:
    """Their statements are put into words once: whatever is asked for has to be in what they are known by."""
    shelves = [factories.category(f"Shelf {number}") for number in range(2)]
    for number in range(4):
        category, price = shelves[number % 2], (number + 1) * 1_000
        factories.listing(vendor=shop, category=category, status="approved", title=f"Thing {number}", price=price)

    def titles(**asked: str) -> list[str]:
        return [each["title"] for each in stranger.get("/listings", {"order": "price", **asked}).json()["items"]]

    for _time in range(2):
        assert titles() == ["Thing 0", "Thing 1", "Thing 2", "Thing 3"]
        assert titles(order="-price") == ["Thing 3", "Thing 2", "Thing 1", "Thing 0"]
        assert titles(limit="2") == ["Thing 0", "Thing 1"]
        assert titles(category=shelves[0].slug) == ["Thing 0", "Thing 2"]
        assert titles(category=shelves[1].slug) == ["Thing 1", "Thing 3"]
        assert titles(price_min="2000") == ["Thing 1", "Thing 2", "Thing 3"]
        assert titles(price_min="3000") == ["Thing 2", "Thing 3"]
        assert titles(price_min="3000", price_max="3000") == ["Thing 2"]
        assert titles(vendor=str(shop.pk + 1)) == []
        _all_listings().filter(title="Thing 3").update(status="paused")
        assert titles(price_min="3000") == ["Thing 2"]
        _all_listings().update(status="approved")


def _all_listings() -> Any:
    return Listing.objects.all().order_by()


@pytest.mark.services
def test_a_list_that_was_asked_before_is_not_built_again(lamp: Listing, stranger: Api, monkeypatch: Any) -> None:
    stranger.get("/listings", EVERYTHING)
    monkeypatch.setattr(kept, "stubs", None)
    assert len(stranger.get("/listings", EVERYTHING).json()["items"]) == 1


@pytest.mark.services
def test_a_kept_card_is_not_made_again_and_only_a_strangers_is_kept(
    lamp: Listing, stranger: Api, buyer: Any, django_assert_num_queries: Any, monkeypatch: Any
) -> None:
    stranger.get("/listings")
    made: list[Any] = []
    render = plans.Plan.render
    monkeypatch.setattr(plans.Plan, "render", lambda *arguments: (made.append(arguments), render(*arguments))[1])
    with django_assert_num_queries(2):  # those with a date of approval, and then those without
        assert len(stranger.get("/listings").json()["items"]) == 1
    assert made == []
    assert len(buyer.api().get("/listings").json()["items"]) == 1
    assert len(made) == 1


@pytest.mark.services
def test_cards_that_are_kept_are_read_from_their_row_alone(lamp: Listing, django_assert_num_queries: Any) -> None:
    """Whatever a computed value asks of another table would not be missed when that changes."""
    eligible = [each for each in resources() if kept.is_kept(each, Actor.anonymous, scope(Actor.anonymous, each.model))]
    assert Listings in eligible
    for resource in eligible:
        shape = plans.plan(resource, STOREFRONT, card=True)
        rows = list(shape.load(scope(Actor.anonymous, resource.model)))
        with memo.block():
            documents.stamp()  # by which definitions are known to be as they were; it is compared as well
            for row in rows:
                shape.render(row, Actor.anonymous)
            with django_assert_num_queries(0):
                for row in rows:
                    shape.render(row, Actor.anonymous)


@pytest.mark.services
def test_no_more_texts_are_kept_than_are_allowed(stranger: Api, settings: Any) -> None:
    settings.KEPT_CARDS = 10
    grow(100)
    stranger.get("/listings", {"limit": "60"})
    assert len(kept.shelf) == 10
