"""The cart over HTTP: the whole cart in every answer, one's own and nobody else's."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.money import Money
from core.testing import writing_as_system
from marketplace.carts.holders import hash_of
from marketplace.carts.models import Cart, CartLine
from marketplace.carts.tasks import forget_guests
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Stock
from marketplace.coupons.tests.factories import coupon

pytestmark = pytest.mark.django_db


def test_a_cart_is_filled_changed_and_emptied(customer: Person, goods: Goods) -> None:
    api = customer.api()
    empty = api.get("/cart").json()
    nothing = {"lines": [], "notices": [], "shares": [], "coupons": [], "count": 0, "discount": None, "total": None}
    assert empty == nothing | {"token": None}
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
        "discount": {"amount": 0, "currency": "KES"},
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
        "coupon": "",
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


def test_who_is_neither_signed_in_nor_holds_a_token_has_no_cart(nobody: Person, goods: Goods) -> None:
    api = nobody.api()
    answers = [
        api.get("/cart"),
        api.get("/cart/summary"),
        api.delete("/cart"),
        api.post("/cart/coupons", {"code": "X"}),
    ]
    assert [each.status_code for each in answers] == [401] * 4
    for token in ("nonsense", f"{'A' * 32}:{'B' * 43}", "x" * 5_000):
        answer = api.get("/cart", x_cart_token=token)
        assert (answer.status_code, answer.json()["code"]) == (401, "cart_token_unknown")
    refused = api.post("/cart/lines", {"variant_id": 2_147_483_600})
    assert (refused.status_code, Cart.objects.count()) == (404, 0)


def test_a_guest_fills_a_cart_by_its_token_and_orders_nothing(nobody: Person, goods: Goods) -> None:
    api = nobody.api()
    first = api.post("/cart/lines", {"variant_id": goods.mug.pk, "quantity": 2})
    token = first.json()["token"]
    assert (first.status_code, first["Cache-Control"]) == (201, "private, no-store")
    cart = api.post("/cart/lines", {"variant_id": goods.lamp.pk}, x_cart_token=token).json()
    assert (cart["count"], cart["total"]["amount"], cart["token"]) == (3, 4_000, None)
    read = api.get("/cart", x_cart_token=token)
    assert (read.json()["count"], read["Cache-Control"]) == (3, "private, no-store")
    other = api.post("/cart/lines", {"variant_id": goods.rug.pk}).json()
    assert other["token"] != token
    line = cart["lines"][0]["id"]
    assert api.patch(f"/cart/lines/{line}", {"quantity": 9}, x_cart_token=other["token"]).status_code == 404
    assert token not in Cart.objects.values_list("token_hash", flat=True)
    assert api.post("/orders", {}, x_cart_token=token).status_code == 401


def test_what_a_guest_chose_comes_along_and_what_is_less_is_told(
    customer: Person, nobody: Person, goods: Goods
) -> None:
    guest, mine = nobody.api(), customer.api()
    mine.post("/cart/lines", {"variant_id": goods.rug.pk, "quantity": 2})
    token = guest.post("/cart/lines", {"variant_id": goods.rug.pk, "quantity": 2}).json()["token"]
    for variant in (goods.mug, goods.lamp):
        guest.post("/cart/lines", {"variant_id": variant.pk}, x_cart_token=token)
    with writing_as_system():
        goods.lamp.listing.status = "paused"
        goods.lamp.listing.save()
    merged = mine.post("/cart/merge", x_cart_token=token).json()
    assert [(each["title"], each["quantity"]) for each in merged["lines"]] == [("Rug", 3), ("Mug", 1)]
    assert [(each["code"], each["sentence"]) for each in merged["notices"]] == [
        ("merged_less", f"Of Rug, {goods.rug.title} there are 3 in the cart, not 4."),
        ("not_merged", f"Lamp, {goods.lamp.title} did not come along: it is no longer sold."),
    ]
    assert guest.get("/cart", x_cart_token=token).json()["code"] == "cart_token_unknown"
    again = mine.post("/cart/merge", x_cart_token=token)
    assert (again.status_code, again.json()["code"]) == (401, "cart_token_unknown")
    assert mine.get("/cart").json()["count"] == 4


def test_a_guests_cart_comes_along_at_sign_in(nobody: Person, goods: Goods) -> None:
    api = nobody.api()
    account = {"full_name": "Gus Guest", "email": "gus@soko.example", "password": "a long enough sentence"}
    token = api.post("/cart/lines", {"variant_id": goods.mug.pk, "quantity": 2}).json()["token"]
    access = api.post("/auth/register", account, x_cart_token=token).json()["access_token"]
    assert api.get("/cart", authorization=f"Bearer {access}").json()["count"] == 2
    login = {"login": account["email"], "password": account["password"]}
    other = api.post("/cart/lines", {"variant_id": goods.mug.pk}).json()["token"]
    assert api.post("/auth/login", login, x_cart_token=other).status_code == 200
    assert api.get("/cart", authorization=f"Bearer {access}").json()["count"] == 3
    assert api.post("/auth/login", login, x_cart_token="ended").status_code == 200


def test_carts_of_guests_who_never_come_back_are_forgotten(customer: Person, nobody: Person, goods: Goods) -> None:
    customer.api().post("/cart/lines", {"variant_id": goods.mug.pk})
    old, new = (nobody.api().post("/cart/lines", {"variant_id": goods.mug.pk}).json()["token"] for _ in range(2))
    Cart.objects.filter(token_hash=hash_of(old)).update(changed_at=timezone.now() - timedelta(days=31))
    Cart.objects.filter(user=customer.user).update(changed_at=timezone.now() - timedelta(days=400))
    assert (forget_guests(), forget_guests()) == (1, 0)
    assert (nobody.api().get("/cart", x_cart_token=old).status_code, CartLine.objects.count()) == (401, 2)
    assert nobody.api().get("/cart", x_cart_token=new).json()["count"] == 1


def test_a_coupon_is_put_in_and_taken_out(customer: Person, goods: Goods) -> None:
    api = customer.api()
    api.post("/cart/lines", {"variant_id": goods.mug.pk, "quantity": 2})
    coupon("spring", basis_points=1_000)
    answer = api.post("/cart/coupons", {"code": "Spring"})
    assert (answer.status_code, answer.json()["total"]["amount"], answer.json()["discount"]["amount"]) == (
        201,
        900,
        100,
    )
    assert answer.json()["coupons"] == [
        {"code": "SPRING", "kind": "percent", "vendor_id": None, "discount": {"amount": 100, "currency": "KES"}}
    ]
    assert api.get("/cart/summary").json()["total"]["amount"] == 900
    refused = api.post("/cart/coupons", {"code": "nonsense"})
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon_unknown")
    assert api.delete("/cart/coupons/other").status_code == 404
    assert api.delete("/cart/coupons/spring").json()["total"]["amount"] == 1_000


def test_codes_are_not_guessed_in_bulk(customer: Person, goods: Goods, settings: Any) -> None:
    settings.LIMITS_FACTOR = 1
    api = customer.api()
    codes = [api.post("/cart/coupons", {"code": f"TRY-{n}"}).status_code for n in range(21)]
    assert codes == [409] * 20 + [429]


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
