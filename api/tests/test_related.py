"""Related listings: of the category, by others, the likest first, at a fixed number of queries."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests.factories import cars, category
from marketplace.contacts.tests.factories import shop, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(db: None) -> Category:
    return cars()


def car(shelf: Category, price: int | None, *, vendor: Any = None, **values: Any) -> Listing:
    return shown(vendor or shop(), category=shelf, price=price, **values)


def like(client: Client, listing: Listing | int, **query: Any) -> list[int]:
    answer = client.get(f"/api/v1/listings/{getattr(listing, 'slug', listing)}/related", query)
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["items"]]


def test_what_is_nearest_in_price_comes_first(client: Client, shelf: Category) -> None:
    one = car(shelf, 1_000)
    far, near, above, free = car(shelf, 100), car(shelf, 950), car(shelf, 1_100), car(shelf, None)
    car(category(), 1_000)
    assert like(client, one) == [near.pk, above.pk, far.pk]
    assert like(client, one, limit=1) == [near.pk]
    assert like(client, one) == like(client, one.pk)
    assert set(like(client, free)) == {one.pk, far.pk, near.pk, above.pk}


def test_what_shares_attributes_comes_before_what_costs_the_same(client: Client, shelf: Category) -> None:
    toyota = {"make": "toyota", "features": ["abs", "airbag"]}
    one = car(shelf, 1_000, attributes=toyota)
    same_price = car(shelf, 1_000, attributes={"make": "ford"})
    alike = car(shelf, 5_000, attributes=toyota)
    assert like(client, one) == [alike.pk, same_price.pk]


def test_not_its_own_vendor_s_and_two_of_another(client: Client, shelf: Category) -> None:
    one, other = car(shelf, 1_000), shop()
    car(shelf, 1_000, vendor=one.vendor)
    theirs = [car(shelf, 1_000 + step, vendor=other) for step in range(4)]
    assert like(client, one) == [theirs[0].pk, theirs[1].pk]


def test_what_is_hidden_is_neither_asked_nor_named(client: Client, shelf: Category) -> None:
    one, hidden = car(shelf, 1_000), car(shelf, 1_000, vendor=shop(status="suspended"))
    assert like(client, one) == []
    assert client.get(f"/api/v1/listings/{hidden.pk}/related").status_code == 404
    assert client.get(f"/api/v1/listings/{one.pk}/related?offset=3").status_code == 422


def test_it_takes_as_many_queries_for_one_as_for_fifty(client: Client, shelf: Category) -> None:
    one = car(shelf, 1_000)
    car(shelf, 1_000)

    def spent() -> int:
        with CaptureQueriesContext(connection) as queries:
            like(client, one, limit=100)
        return len(queries)

    spent()
    few = spent()
    for step in range(50):
        car(shelf, 1_000 + step)
    assert spent() == few <= 6
    assert len(like(client, one, limit=100)) == 51
