"""What the moderators' desk reads."""

from typing import Any

from core.money import Money
from core.rules import Actor
from marketplace.catalog import queries
from marketplace.catalog.models import Category
from marketplace.catalog.tests import factories


def test_the_queue_has_who_waits_longest_first_and_nothing_else(
    cars: Category, acme: Any, moderator: Actor, owner: Actor, rival: Actor
) -> None:
    rows = [factories.listing(vendor=acme, category=cars, status="pending") for _ in range(3)]
    factories.listing(vendor=acme, category=cars, status="approved")
    assert list(queries.listings_waiting(moderator)) == rows
    assert list(queries.listings_waiting(rival)) == []
    assert queries.counts_by_state(moderator) == queries.counts_by_state(owner) == {"pending": 3, "approved": 1}
    assert queries.counts_by_state(rival) == {}


def test_a_vendors_record_counts_what_was_judged(cars: Category, acme: Any, globex: Any) -> None:
    for state in ("approved", "paused", "expired", "rejected", "pending", "draft"):
        factories.listing(vendor=acme, category=cars, status=state)
    assert queries.vendor_records([acme.pk, globex.pk]) == {
        acme.pk: queries.VendorRecord(approved=3, rejected=1, pending=1)
    }


def test_the_usual_price_leaves_out_the_odd_ones_and_needs_enough_to_tell(cars: Category, acme: Any) -> None:
    for price in (1, *range(100, 108), 10_000_000):
        factories.listing(vendor=acme, category=cars, status="approved", price=price)
    factories.listing(vendor=acme, category=cars, status="draft", price=5)
    usual = queries.price_range(cars.parent_id, "KES")  # type: ignore[arg-type]
    assert usual == queries.PriceRange(Money(100, "KES"), Money(107, "KES"), 10)
    assert (usual.holds(Money(107, "KES")), usual.holds(Money(108, "KES"))) == (True, False)
    assert queries.price_range(cars.pk, "USD") is None


def test_counts_of_a_category_include_what_stands_below(cars: Category, acme: Any, moderator: Actor) -> None:
    factories.listing(vendor=acme, category=cars)
    factories.listing(vendor=acme, category=cars.parent)  # type: ignore[arg-type]
    assert queries.listing_counts(moderator) == {cars.pk: 1, cars.parent_id: 2}
