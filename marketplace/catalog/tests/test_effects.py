"""What suspending a vendor hides is told in numbers."""

import pytest

from marketplace.catalog.tests.factories import category, listing
from marketplace.contacts.tests.factories import shop
from marketplace.vendors.effects import of_suspending

pytestmark = pytest.mark.django_db


def test_suspending_tells_how_many_listings_it_hides() -> None:
    vendor, shelf = shop(), category()
    assert of_suspending(vendor) == f"Suspending {vendor} takes it off the storefront."
    listing(vendor=vendor, category=shelf, status="approved")
    listing(vendor=vendor, category=shelf, status="draft")
    assert of_suspending(vendor) == f"Suspending {vendor} hides 1 listing."
    listing(vendor=vendor, category=shelf, status="approved")
    assert of_suspending(vendor) == f"Suspending {vendor} hides 2 listings."
