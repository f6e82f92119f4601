"""The bill of a cart over HTTP: methods and prices by vendor, tax and total; what is quoted is what is ordered."""

from typing import Any

import pytest

from marketplace.carts.tests.factories import filled
from marketplace.cast import Goods, Person
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import ADDRESS
from marketplace.shipping.models import ShippingMethod
from marketplace.shipping.tests.factories import method, zone
from marketplace.taxes.tests.factories import tax_country, tax_rate
from marketplace.vendors.tests.factories import make_member

pytestmark = pytest.mark.django_db
THERE = {"town": "Nairobi"}


def kes(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "KES"}


def test_the_whole_bill_is_quoted_by_vendor(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2, goods.lamp: 1})
    courier = method(500, note="Until eight in the evening.")
    tax_rate(), tax_country("KE", prices_include_tax=False)
    said = customer.api().post("/cart/quote", THERE).json()
    assert {name: said[name] for name in ("goods", "discount", "shipping", "tax", "total", "tax_is_included")} == {
        "goods": kes(4_000), "discount": kes(0), "shipping": kes(1_000), "tax": kes(800), "total": kes(5_800),
        "tax_is_included": False,
    }  # fmt: skip
    assert [(each["vendor_name"], each["count"], each["total"]) for each in said["shares"]] == [
        ("Omar's Shop", 2, kes(1_740)),
        ("Rita's Rival Shop", 1, kes(4_060)),
    ]
    assert said["shares"][0]["methods"] == [
        {
            "id": courier.pk, "name": "Courier", "kind": "flat", "price": kes(500), "days_min": 1, "days_max": 3,
            "note": "Until eight in the evening.", "is_chosen": True,
        }
    ]  # fmt: skip


def test_an_empty_cart_costs_nothing_at_all(customer: Person) -> None:
    said = customer.api().post("/cart/quote", THERE).json()
    assert (said["shares"], said["total"], said["has_notices"]) == ([], None, False)


def test_what_was_quoted_is_ordered_and_shown(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    method(500), (rider := method(900, name="Rider"))
    wish = [{"vendor_id": goods.mug.vendor_id, "method_id": rider.pk}]
    total = customer.api().post("/cart/quote", THERE | {"shipping": wish}).json()["total"]
    body = ADDRESS | {"shipping": wish, "expected_total": total}
    made = customer.api().post("/orders", body, Idempotency_Key="as-it-was-quoted-1")
    assert made.status_code == 201, made.json()
    (share,) = made.json()["shares"]
    assert share["sent_by"] == {"name": "Rider", "kind": "flat", "days_min": 1, "days_max": 3}
    assert (share["bill"]["shipping"], made.json()["total"]) == (kes(900), kes(1_400))


def test_who_does_not_send_there_is_named_and_nothing_is_ordered(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    method(500, zone=zone(towns="Mombasa"))
    for path, body, key in (("/cart/quote", THERE, ""), ("/orders", ADDRESS, "nobody-goes-there-1")):
        answer = customer.api().post(path, body, **({"Idempotency_Key": key} if key else {}))
        assert (answer.status_code, answer.json()["code"]) == (409, "shipping_unavailable")
        assert answer.json()["vendor"] == "Omar's Shop"
    assert Order.objects.count() == 0


def test_a_method_that_is_not_offered_is_refused_at_its_field(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    method(500)
    wish = {"shipping": [{"vendor_id": goods.mug.vendor_id, "method_id": 999_999}]}
    for path, body, key in (("/cart/quote", THERE, ""), ("/orders", ADDRESS, "no-such-method-001")):
        answer = customer.api().post(path, body | wish, **({"Idempotency_Key": key} if key else {}))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/shipping/0/method_id")
    assert Order.objects.count() == 0


@pytest.mark.parametrize("body", [{}, {"town": ""}, {"town": "x", "country": "Kenya"}, {"town": "x", "more": 1}])
def test_a_place_that_is_none_is_refused(customer: Person, body: dict[str, Any]) -> None:
    assert customer.api().post("/cart/quote", body).status_code == 422


def test_a_visitor_has_no_cart_to_quote(nobody: Person) -> None:
    assert nobody.api().post("/cart/quote", THERE).status_code == 401


def test_a_vendor_edits_its_own_methods_and_nobody_elses(owner: Person, rival: Person) -> None:
    body = {"name": "Our rider", "price": kes(25_000), "days_max": 2}
    made = owner.api("vendor").post("/shipping-methods", body)
    assert (made.status_code, made.json()["vendor_id"], made.json()["prices"]) == (201, owner.vendor.pk, "KES 250.00")  # type: ignore[union-attr]
    path, api = f"/shipping-methods/{made.json()['id']}", rival.api("vendor")
    assert api.get(path).status_code == 404
    assert api.patch(path, {"name": "Mine"}, If_Match='"1"').status_code == 404
    assert api.delete(path, If_Match='"1"').status_code == 404
    step = {"method_id": made.json()["id"], "up_to": 1_000, "price": kes(1)}
    assert api.post("/price-steps", step).status_code == 422
    assert owner.api("vendor").post("/price-steps", step).status_code == 201


def test_the_markets_methods_are_for_operations(owner: Person, finance: Person, support: Person) -> None:
    made = finance.api("operations").post("/shipping-methods", {"name": "Soko courier", "price": kes(30_000)})
    assert (made.status_code, made.json().get("vendor_id")) == (201, None), made.json()
    path = f"/shipping-methods/{made.json()['id']}"
    assert owner.api("vendor").get(path).status_code == 404
    assert support.api("operations").get(path).status_code == 200
    assert support.api("operations").patch(path, {"name": "Ours"}, If_Match='"1"').status_code == 403


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"price": {"amount": 1, "currency": "UGX"}}, "/price"),
        ({"kind": "carrier"}, ""),
        ({"kind": "carrier", "carrier": "pigeon"}, "/carrier"),
        ({"days_min": 3, "days_max": 1}, ""),
        ({"free_from": {"amount": 1, "currency": "UGX"}}, ""),
    ],
)
def test_a_method_that_makes_no_sense_is_refused_in_words(owner: Person, said: dict[str, Any], pointer: str) -> None:
    body = {"name": "Our rider", "price": kes(25_000)} | said
    answer = owner.api("vendor").post("/shipping-methods", body)
    assert answer.status_code == 422, answer.json()
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert owner.api("vendor").get("/shipping-methods").json()["items"] == []


def test_who_works_for_two_vendors_must_say_whose_it_is(owner: Person, rival: Person) -> None:
    make_member(rival.vendor, "edit_vendor", user=owner.user)  # type: ignore[arg-type]
    body = {"name": "Our rider", "price": kes(25_000)}
    refused = owner.api("vendor").post("/shipping-methods", body)
    assert refused.status_code in (403, 422)
    assert ShippingMethod.objects.count() == 0
    assert owner.api("vendor").post("/shipping-methods", body | {"vendor_id": rival.vendor.pk}).status_code == 201  # type: ignore[union-attr]


def test_a_parcel_is_tried_out_with_every_method_that_one_sees(owner: Person, finance: Person, rival: Person) -> None:
    method(60_000, steps={1_000: 20_000}), method(9_000, vendor=rival.vendor, name="Secret rider")
    method(5_000, name="Mombasa only", zone=zone(name="Coast", towns="Mombasa"))
    path, asked = (
        "/admin/shipping/shippingmethod/try/",
        {"grams": "900", "value": "50", "country": "KE", "town": "Nairobi"},
    )
    page = finance.admin.get(path, asked).content.decode()
    for said in ("900 g worth KES 50.00 to Nairobi, KE", "KES 200.00", "Secret rider", "Does not go there: Coast",
                 "up to 1 kg KES 200.00; above KES 600.00"):  # fmt: skip
        assert said in page
    assert "Secret rider" not in owner.admin.get(path, asked).content.decode()
    assert "Write an amount" in finance.admin.get(path, asked | {"value": "much"}).content.decode()
