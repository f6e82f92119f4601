"""A variant's own price has a history as a listing's has, and says what it cost before by the same rule."""

from datetime import timedelta
from typing import Any

import pytest

from core.resources import operations
from core.resources.transfer import Importer, Plan
from core.rules import Actor
from marketplace.cast import Person
from marketplace.catalog import prices
from marketplace.catalog.models import Listing, PriceChange, Variant
from marketplace.catalog.resources import Variants
from marketplace.catalog.tests import factories
from marketplace.catalog.tests.test_prices import ADMIN, NOW, bike, broken, cost, days_ago, was
from marketplace.vendors.models import Vendor

pytestmark = pytest.mark.django_db
__all__ = ["bike"]


@pytest.fixture
def large(bike: Listing) -> Variant:
    """For a hundred days at a price of its own, KES 1,200.00."""
    with days_ago(100):
        return factories.variant(bike, sku="L", price_minor=120_000, price_currency="KES")


@pytest.fixture
def small(bike: Listing) -> Variant:
    """For a hundred days at the listing's price."""
    with days_ago(100):
        return factories.variant(bike, sku="S")


def charge(variant: Variant, price: int | None, *, days: float = 0, by: Actor = ADMIN) -> None:
    cost(variant, price, days=days, by=by)  # type: ignore[arg-type]


def said(variant: Variant, days: float = 0) -> int | None:
    row = Variant.objects.select_related("listing").get(pk=variant.pk)
    found = prices.was_of(row, row.listing, at=NOW + timedelta(days=days, seconds=1))
    return None if found is None else found.amount


def noted(variant: Variant) -> list[tuple[Any, Any]]:
    rows = PriceChange.objects.filter(variant=variant).order_by("at", "pk")
    return list(rows.values_list("former_minor", "price_minor"))


def test_each_change_of_its_own_price_is_a_fact_and_none_of_the_listings(
    bike: Listing, large: Variant, small: Variant, owner: Actor
) -> None:
    charge(large, 110_000, days=5, by=owner)
    operations.update(large, {"title": "Large"}, by=owner)
    charge(large, None, by=owner)
    assert noted(large) == [(None, 120_000), (120_000, 110_000), (110_000, None)]
    assert noted(small) == []
    assert list(prices.facts(bike).values_list("price_minor", flat=True)) == [100_000]
    fact = PriceChange.objects.get(variant=large, price_minor=110_000)
    assert (fact.listing_id, fact.actor_id, fact.at) == (bike.pk, owner.user_id, NOW - timedelta(days=5))
    assert was(bike) is None


def test_a_reduction_names_its_own_price_before_for_thirty_days(large: Variant) -> None:
    charge(large, 90_000, days=10)
    assert (said(large), said(large, 19), said(large, 20)) == (120_000, 120_000, None)
    charge(large, 80_000, days=5)
    assert said(large) == 90_000
    assert broken() == {}
    Variant.objects.filter(pk=large.pk).update(cached_was_minor=500_000)
    assert broken() == {"I-PR3": [large.pk]}
    charge(large, 85_000, days=1)
    assert (said(large), broken()) == (None, {})


def test_a_price_raised_for_a_minute_is_never_named(large: Variant) -> None:
    charge(large, 500_000, days=0.001)
    charge(large, 120_000)
    assert said(large) is None
    charge(large, 110_000)
    assert said(large) == 120_000


def test_what_nobody_could_choose_at_a_price_of_its_own_names_nothing(bike: Listing, large: Variant) -> None:
    with days_ago(20):
        operations.update(large, {"is_active": False}, by=ADMIN)
    with days_ago(19):
        operations.update(large, {"is_active": True}, by=ADMIN)
    charge(large, 90_000)
    assert said(large) is None
    with days_ago(29):
        fresh = factories.variant(bike, sku="XL", price_minor=130_000, price_currency="KES")
    charge(fresh, 90_000)
    assert said(fresh) is None


def test_one_without_a_price_of_its_own_says_what_the_listing_says_if_it_was_offered_so_all_the_time(
    bike: Listing, small: Variant, large: Variant
) -> None:
    with days_ago(35):
        late = factories.variant(bike, sku="M")
    charge(large, None, days=20)
    cost(bike, 80_000, days=10)
    assert (was(bike), said(small)) == (100_000, 100_000)
    assert (said(late), said(large)) == (None, None)  # 25 days, and 10 days, at the listing's price
    assert (said(small, 19), said(small, 20)) == (100_000, None)


def test_a_first_price_of_its_own_is_no_reduction(bike: Listing, small: Variant) -> None:
    charge(small, 50_000)
    assert said(small) is None
    assert noted(small) == [(None, 50_000)]


def test_an_import_notes_as_a_form_does(large: Variant, owner: Actor) -> None:
    importer = Importer(Variants, owner, Plan({"SKU": "sku", "Price": "price"}))
    (result,) = importer.run([(2, {"SKU": "L", "Price": "900"})], save=True)
    assert not result.faults
    assert noted(large) == [(None, 120_000), (120_000, 90_000)]
    assert Variant.objects.get(pk=large.pk).cached_was_minor == 120_000


def test_the_storefront_reads_it_of_variants_and_of_the_listing(
    large: Variant, bike: Listing, nobody: Person, acme: Vendor
) -> None:
    charge(large, 90_000)
    wanted = {"amount": 120_000, "currency": "KES"}
    assert nobody.api().get(f"/variants/{large.pk}").json()["was_price"] == wanted
    (offer,) = nobody.api().get(f"/listings/{bike.pk}").json()["variants"]
    assert (offer["price"]["amount"], offer["was_price"]) == (90_000, wanted)
    assert nobody.api().get(f"/listings/{bike.pk}").json()["was_price"] is None
