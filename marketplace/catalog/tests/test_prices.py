"""Price history: a fact for each change; and the price before a reduction, which cannot be faked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import context, invariants
from core.money import Money
from core.resources import operations
from core.resources.transfer import Importer, Plan
from core.rules import Actor
from marketplace.catalog import actions, prices
from marketplace.catalog.models import Category, Listing, PriceChange
from marketplace.catalog.resources import Listings
from marketplace.catalog.tests import factories
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_member

pytestmark = pytest.mark.django_db
NOW = timezone.now()
ADMIN = Actor.system("test")


@contextmanager
def days_ago(days: float) -> Iterator[datetime]:
    at = NOW - timedelta(days=days)
    token = context.clock.set(at)
    try:
        yield at
    finally:
        context.clock.reset(token)


@pytest.fixture
def bike(acme: Vendor) -> Listing:
    """On show at KES 1,000.00 for a hundred days."""
    with days_ago(100) as at:
        return factories.listing(vendor=acme, category=factories.category(), status="approved", approved_at=at)


def cost(listing: Listing, price: int | None, *, days: float = 0, by: Actor = ADMIN) -> None:
    with days_ago(days):
        operations.update(listing, {"price": Money(price, "KES") if price is not None else None}, by=by)


def was(listing: Listing, at: datetime = NOW) -> int | None:
    found = Listing.objects.get(pk=listing.pk).was_price(at + timedelta(seconds=1))
    return None if found is None else found.amount


def broken() -> dict[str, list[int]]:
    """The invariants of the catalogue that do not hold, with what breaks them."""
    found = [each for each in invariants.run() if each.invariant.owner == "catalog" and not each.holds]
    return {each.invariant.name: list(each.sample) for each in found}


def told(listing: Listing) -> list[tuple[Any, Any]]:
    rows = PriceChange.objects.filter(listing=listing).order_by("at", "pk")
    return list(rows.values_list("former_minor", "price_minor"))


def test_each_change_is_a_fact_with_who_and_when_and_other_edits_are_none(bike: Listing, owner: Actor) -> None:
    cost(bike, 90_000, days=5, by=owner)
    operations.update(bike, {"city": "Nairobi"}, by=owner)
    cost(bike, None, by=owner)
    assert told(bike) == [(None, 100_000), (100_000, 90_000), (90_000, None)]
    fact = PriceChange.objects.get(price_minor=90_000)
    assert (fact.at, fact.actor_id, fact.actor_name) == (NOW - timedelta(days=5), owner.user_id, owner.name)


def test_a_reduction_names_the_price_before_for_thirty_days(bike: Listing) -> None:
    cost(bike, 80_000, days=10)
    assert was(bike) == 100_000
    assert was(bike, NOW + timedelta(days=19)) == 100_000
    assert was(bike, NOW + timedelta(days=20)) is None


def test_a_price_raised_for_a_minute_is_never_named(bike: Listing) -> None:
    cost(bike, 500_000, days=0.001)
    assert was(bike) is None
    cost(bike, 100_000)
    assert was(bike) is None


def test_raised_and_then_lowered_below_what_it_was_names_what_it_was(bike: Listing) -> None:
    cost(bike, 500_000, days=1)
    cost(bike, 90_000)
    assert was(bike) == 100_000


def test_a_second_reduction_names_the_first_and_a_rise_names_nothing(bike: Listing) -> None:
    cost(bike, 80_000, days=10)
    cost(bike, 60_000, days=5)
    assert was(bike) == 80_000
    cost(bike, 70_000, days=1)
    assert was(bike) is None


def test_a_price_of_more_than_thirty_days_counts_again(bike: Listing) -> None:
    cost(bike, 20_000, days=70)
    cost(bike, 90_000, days=31)
    cost(bike, 80_000)
    assert was(bike) == 90_000


def test_a_listing_that_is_new_names_nothing(acme: Vendor) -> None:
    with days_ago(29.9) as at:
        fresh = factories.listing(vendor=acme, category=factories.category(), status="approved", approved_at=at)
    cost(fresh, 50_000)
    assert was(fresh) is None


def test_a_price_that_nobody_was_offered_is_not_named(bike: Listing, owner: Actor) -> None:
    with days_ago(40):
        actions.pause(bike.pk, by=owner)
    cost(bike, 900_000, days=39)
    with days_ago(0.01):
        actions.resume(bike.pk, by=owner)
    cost(bike, 500_000)
    assert was(bike) is None


def test_a_draft_of_old_names_nothing(acme: Vendor) -> None:
    with days_ago(60):
        draft = factories.listing(vendor=acme, category=factories.category(), status="draft")
    cost(draft, 1_000)
    assert was(draft) is None


def test_without_a_price_for_a_while_nothing_is_named(bike: Listing) -> None:
    cost(bike, None, days=3)
    cost(bike, 50_000, days=2)
    cost(bike, 40_000)
    assert was(bike) is None


def test_an_import_leaves_the_same_trail(bike: Listing, owner: Actor, acme: Vendor, cars: Category) -> None:
    rows = [(1, {"id": str(bike.pk), "price": "700.00"})]
    assert [
        each.outcome for each in Importer(Listings, owner, Plan({"id": "id", "price": "price"})).run(rows, save=True)
    ] == ["updated"]
    assert told(bike)[-1] == (100_000, 70_000)
    assert was(bike) == 100_000
    values = {"vendor": acme.pk, "category": cars.pk, "title": "Car", "modes": ["contact"]}
    many = [{**values, "price": Money(5, "KES")}, {**values, "price": None}, {**values, "price": Money(7, "KES")}]
    keys = [each.pk for each in operations.create_many(Listings, many, by=ADMIN)]  # type: ignore[union-attr]
    assert [told(Listing.objects.get(pk=key)) for key in keys] == [[(None, 5)], [], [(None, 7)]]


def test_what_is_kept_is_what_the_facts_and_the_history_say(bike: Listing) -> None:
    for days, price in ((20, 95_000), (12, 120_000), (3, 70_000)):
        cost(bike, price, days=days)
    kept = Listing.objects.get(pk=bike.pk)
    assert kept.cached_was_minor == prices.lowest_before(kept, at=NOW - timedelta(days=3)) == 95_000
    Listing.objects.filter(pk=bike.pk).update(cached_was_minor=500_000)
    assert broken() == {"I-PR2": [bike.pk]}
    Listing.objects.filter(pk=bike.pk).update(cached_was_minor=95_000, price_minor=1)
    assert set(broken()) == {"I-PR1"}


def test_a_listing_with_a_price_can_still_be_deleted(owner: Actor, acme: Vendor) -> None:
    draft = factories.listing(vendor=acme, category=factories.category(), status="draft")
    operations.delete(draft, by=owner)
    assert not PriceChange.objects.exists()


def test_a_listing_s_page_shows_its_prices_to_staff_and_to_its_vendor(
    bike: Listing, admin: Any, acme: Vendor, customer: Any
) -> None:
    cost(bike, 80_000, days=10)
    make_member(acme, "edit_listings", user=customer.user)
    for person in (admin, customer):
        text = person.admin.get(f"/admin/catalog/listing/{bike.pk}/change/").content.decode()
        assert 'aria-label="Price changes"' in text
        assert str(Money(80_000, "KES")) in text
        assert f"/admin/catalog/pricechange/?listing={bike.pk}" in text
