"""Placing an order over HTTP: answered from what was written, with few questions to the database, the stock taken last."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.tests.test_orders import KEY, ordered
from marketplace.carts.models import CartLine
from marketplace.carts.tests.factories import filled, on_sale
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Stock, StockMove
from marketplace.catalog.tests.factories import cars
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.tests.factories import ADDRESS

pytestmark = pytest.mark.django_db


def test_the_answer_is_what_reading_it_anew_gives(customer: Person, owner: Person, rival: Person, goods: Goods) -> None:
    """It is made from what was just written: to the byte, with several vendors, attributes and a picture."""
    car = on_sale(
        owner.vendor, category=cars(), price=900, title="Toy car", attributes={"year": 1999, "make": "ford", "automatic": True},
        cached_gallery=[{"id": 1, "renditions": [{"width": 10, "height": 10, "webp": "listings/a.webp", "jpeg": "a.jpg"}]}],
    )  # fmt: skip
    filled(customer.user, {goods.lamp: 1, car: 3, goods.mug: 2})
    placed = ordered(customer, goods, note="Ring twice. ☎", phone="0712 345 678")
    read = customer.api().get(placed["Location"].removeprefix("/api/v1"))
    assert (placed.status_code, read.status_code) == (201, 200)
    assert (read.content, read["ETag"]) == (placed.content, placed["ETag"])


def test_what_costs_nothing_is_answered_as_it_is_in_the_end(customer: Person, owner: Person, goods: Goods) -> None:
    filled(customer.user, {on_sale(owner.vendor, price=0): 1})
    placed = ordered(customer, goods)
    assert (placed.status_code, placed.json()["state"], placed.json()["shares"][0]["state"]) == (
        201,
        "paid",
        "to_accept",
    )
    assert customer.api().get(f"/orders/{placed.json()['id']}").content == placed.content


@pytest.mark.parametrize("lines", [1, 6])
def test_ordering_asks_the_database_as_often_for_many_lines_as_for_one(
    customer: Person, owner: Person, goods: Goods, lines: int
) -> None:
    """But for the stock itself, a row a line: those are the last statements, so that hot goods are held but briefly."""
    filled(customer.user, {on_sale(owner.vendor): 1 for _ in range(lines)})
    api = customer.api()
    with CaptureQueriesContext(connection) as queries:
        answer = api.post("/orders", ADDRESS, Idempotency_Key=KEY)
    assert answer.status_code == 201
    asked = [each["sql"] for each in queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert [sql.startswith('UPDATE "catalog_stock"') for sql in asked[-lines:]] == [True] * lines
    assert len(asked) == 19 + lines  # among them: shipping methods, tax rates and rules of commission, each once


def test_goods_gone_at_the_last_moment_are_refused_and_nothing_stays(
    customer: Person, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cart was read before somebody else's order was committed; the refusal is kept under its key."""
    filled(customer.user, {goods.mug: 1, goods.lamp: 1})
    Stock.objects.filter(variant=goods.lamp).update(on_hand=0)
    monkeypatch.setattr("marketplace.carts.queries._said", lambda *_seen: [])
    for is_replay in (False, True):
        answer = ordered(customer, goods)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_enough_stock")
        assert ("Idempotent-Replayed" in answer) is is_replay
    assert (Order.objects.count(), VendorOrder.objects.count(), CartLine.objects.count()) == (0, 0, 2)
    assert StockMove.objects.exclude(reference="").count() == 0
    assert Stock.objects.get(variant=goods.mug).reserved == 0
