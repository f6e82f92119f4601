"""The cart over HTTP: the whole cart in every answer, one's own and nobody else's."""

import pytest

from core.money import Money
from core.testing import writing_as_system
from marketplace.carts.models import CartLine
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Stock

pytestmark = pytest.mark.django_db


def test_a_cart_is_filled_changed_and_emptied(customer: Person, goods: Goods) -> None:
    api = customer.api()
    empty = api.get("/cart").json()
    assert empty == {"lines": [], "notices": [], "shares": [], "count": 0, "total": None}
    api.post("/cart/lines", {"variant_id": goods.mug.pk, "quantity": 2})
    answer = api.post("/cart/lines", {"variant_id": goods.lamp.pk})
    assert answer.status_code == 201
    cart = answer.json()
    assert (cart["count"], cart["total"]) == (3, {"amount": 4_000, "currency": "KES"})
    assert [(each["vendor_name"], each["count"], each["total"]["amount"]) for each in cart["shares"]] == [
        ("Omar's Shop", 2, 1_000),
        ("Rita's Rival Shop", 1, 3_000),
    ]
    line = cart["lines"][0]
    assert line == {
        "id": line["id"], "variant_id": goods.mug.pk, "listing_id": goods.mug.listing_id, "listing_slug": goods.mug.listing.slug,
        "vendor_id": goods.mug.vendor_id, "title": "Mug", "variant": goods.mug.title, "image": None,
        "unit_price": {"amount": 500, "currency": "KES"}, "seen_price": {"amount": 500, "currency": "KES"}, "quantity": 2,
        "free": 10, "total": {"amount": 1_000, "currency": "KES"}, "counts": True, "problems": [],
    }  # fmt: skip
    assert api.patch(f"/cart/lines/{line['id']}", {"quantity": 5}).json()["count"] == 6
    assert api.get("/cart/summary").json() == {
        "count": 6,
        "total": {"amount": 5_500, "currency": "KES"},
        "has_notices": False,
    }
    assert [each["title"] for each in api.delete(f"/cart/lines/{line['id']}").json()["lines"]] == ["Lamp"]
    assert api.delete("/cart").json() == empty
    assert Stock.objects.filter(reserved__gt=0).count() == 0


def test_what_changed_is_said_and_accepted(customer: Person, goods: Goods) -> None:
    api = customer.api()
    api.post("/cart/lines", {"variant_id": goods.mug.pk, "quantity": 2})
    with writing_as_system():
        goods.mug.listing.price = Money(600, "KES")
        goods.mug.listing.save()
    cart = api.get("/cart").json()
    line = cart["lines"][0]
    said = {
        "code": "price_changed",
        "sentence": f"Mug, {goods.mug.title} costs KES 6.00 now; it was KES 5.00.",
        "line": line["id"],
    }
    assert (cart["notices"], line["problems"], line["seen_price"]["amount"]) == ([said], [said], 500)
    assert api.get("/cart/summary").json()["has_notices"] is True
    accepted = api.post("/cart/accept").json()
    assert (accepted["notices"], accepted["total"]["amount"]) == ([], 1_200)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"quantity": 2}, 422, "invalid"),
        ({"variant_id": 0}, 422, "invalid"),
        ({"variant_id": "mug"}, 422, "invalid"),
        ({"variant_id": 2_147_483_600}, 404, "not_found"),
        ({"variant_id": "MUG", "quantity": 1}, 422, "invalid"),
        ({"variant_id": 1, "quantity": -5}, 422, "invalid"),
        ({"variant_id": 1, "quantity": 1_000}, 422, "invalid"),
        ({"variant_id": 1, "quantity": True}, 422, "invalid"),
        ({"variant_id": 1, "price": 1}, 422, "invalid"),
    ],
)
def test_what_does_not_fit_is_refused(customer: Person, body: dict, status: int, code: str) -> None:
    answer = customer.api().post("/cart/lines", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert CartLine.objects.count() == 0


def test_too_few_are_told_with_what_is_left(customer: Person, goods: Goods) -> None:
    answer = customer.api().post("/cart/lines", {"variant_id": goods.rug.pk, "quantity": 4})
    assert (answer.status_code, answer.json()["code"], answer.json()["free"]) == (409, "not_enough_stock", 3)


def test_a_line_of_somebody_else_answers_as_a_missing_one(customer: Person, buyer: Person, goods: Goods) -> None:
    line = customer.api().post("/cart/lines", {"variant_id": goods.mug.pk}).json()["lines"][0]
    api = buyer.api()
    told = []
    for key in (line["id"], 2_147_483_600):
        for answer in (api.patch(f"/cart/lines/{key}", {"quantity": 9}), api.delete(f"/cart/lines/{key}")):
            body = answer.json()
            told.append({name: body[name] for name in body if name not in ("instance", "request_id")})
    assert told[0]["status"] == 404
    assert all(each == told[0] for each in told)
    assert CartLine.objects.get().quantity == 1


def test_a_visitor_has_no_cart(nobody: Person, goods: Goods) -> None:
    api = nobody.api()
    answers = [api.get("/cart"), api.get("/cart/summary"), api.post("/cart/lines", {"variant_id": goods.mug.pk})]
    assert [each.status_code for each in answers] == [401, 401, 401]


def test_operations_look_into_carts_and_change_none(
    customer: Person, support: Person, moderator: Person, goods: Goods
) -> None:
    customer.api().post("/cart/lines", {"variant_id": goods.mug.pk, "quantity": 2})
    page = support.api("operations").get("/carts", {"expand": "user"}).json()["items"]
    assert [(each["count"], each["user"]["full_name"]) for each in page] == [(2, "Cleo Customer")]
    lines = support.api("operations").get("/cart-lines", {"cart": page[0]["id"]}).json()["items"]
    assert [(each["variant_id"], each["quantity"]) for each in lines] == [(goods.mug.pk, 2)]
    assert moderator.api("operations").get("/carts").json()["items"] == []
    for name in ("storefront", "vendor"):
        assert customer.api(name).get("/carts").status_code == 404
