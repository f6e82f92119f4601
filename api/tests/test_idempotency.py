"""Idempotency-Key on generated operations: a repeat creates nothing."""

from marketplace.cast import Person
from marketplace.catalog.models import Listing
from marketplace.catalog.tests.factories import category

KEY = "a-key-of-sixteen-or-more"


def test_creating_twice_with_one_key_creates_once(owner: Person) -> None:
    body = {"title": "Bicycle", "category_id": category().pk, "modes": ["contact"], "vendor_id": owner.vendor.pk}
    api = owner.api("vendor")
    first = api.post("/listings", body, idempotency_key=KEY)
    again = api.post("/listings", body, idempotency_key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Listing.objects.count() == 1


def test_a_key_used_for_something_else_is_refused_and_nothing_is_created(owner: Person) -> None:
    body = {"title": "Bicycle", "category_id": category().pk, "modes": ["contact"], "vendor_id": owner.vendor.pk}
    api = owner.api("vendor")
    api.post("/listings", body, idempotency_key=KEY)
    other = api.post("/listings", body | {"title": "Tricycle"}, idempotency_key=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Listing.objects.count() == 1


def test_two_people_may_use_the_same_key(owner: Person, rival: Person) -> None:
    shelf = category()
    for person in (owner, rival):
        body = {"title": "Bicycle", "category_id": shelf.pk, "modes": ["contact"], "vendor_id": person.vendor.pk}
        assert person.api("vendor").post("/listings", body, idempotency_key=KEY).status_code == 201
    assert Listing.objects.count() == 2
