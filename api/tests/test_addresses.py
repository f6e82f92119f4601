"""Addresses that people keep: their own and nobody else's; one is the default; an order takes a copy."""

from typing import Any

import pytest

from core.resources.declaration import OPERATIONS
from marketplace.accounts.models import Address
from marketplace.carts.tests.factories import filled
from marketplace.cast import Goods, Person
from marketplace.orders.models import Order
from marketplace.shipping.tests.factories import method, zone

pytestmark = pytest.mark.django_db
HOME = {
    "label": "Home",
    "recipient": "Cleo Customer",
    "phone": "0712345678",
    "street": "12 Moi Avenue",
    "town": "Nairobi",
}
PLACE = {name: value for name, value in HOME.items() if name != "label"}
KEY = {"idempotency_key": "a-key-of-sixteen-or-more"}


def test_an_address_is_kept_changed_and_deleted(customer: Person, buyer: Person, support: Person) -> None:
    api = customer.api()
    home = api.post("/addresses", HOME)
    assert home.status_code == 201, home.content
    assert (home.json()["is_default"], home.json()["phone"], home.json()["country"]) == (True, "+254712345678", "KE")
    work = api.post("/addresses", HOME | {"label": "Work", "is_default": True}).json()
    assert defaults() == ["Work"]
    path = f"/addresses/{home.json()['id']}"
    tag = api.get(path)["ETag"]
    assert api.patch(path, {"is_default": True}, if_match=tag).status_code == 200
    assert defaults() == ["Home"]
    assert api.post("/addresses", HOME).status_code == 409
    assert [each["label"] for each in api.get("/addresses").json()["items"]] == ["Work", "Home"]
    rival = buyer.api()
    assert rival.get("/addresses").json()["items"] == []
    assert [rival.get(path).status_code, rival.delete(path, if_match=tag).status_code] == [404, 404]
    assert support.api(OPERATIONS).get("/addresses").json()["items"][0]["label"] == "Work"
    gone = f"/addresses/{work['id']}"
    assert api.delete(gone, if_match=api.get(gone)["ETag"]).status_code == 204
    assert Address.objects.count() == 1


def defaults() -> list[str]:
    return list(Address.objects.filter(is_default=True).values_list("label", flat=True))


def test_a_person_keeps_a_few(customer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.accounts.addresses.MOST_ADDRESSES", 1)
    api = customer.api()
    api.post("/addresses", HOME)
    answer = api.post("/addresses", HOME | {"label": "Work"})
    assert (answer.status_code, answer.json()["code"], Address.objects.count()) == (409, "too_many_addresses", 1)


def test_an_order_goes_to_a_kept_address_and_keeps_a_copy(customer: Person, goods: Goods) -> None:
    api = customer.api()
    home = api.post("/addresses", HOME | {"note": "Ring twice."}).json()
    api.post("/cart/lines", {"variant_id": goods.mug.pk})
    answer = api.post("/orders", {"address_id": home["id"]}, **KEY)
    assert answer.status_code == 201, answer.content
    path = f"/addresses/{home['id']}"
    api.patch(path, {"street": "Elsewhere"}, if_match=api.get(path)["ETag"])
    order = Order.objects.get()
    assert (order.recipient, order.phone, order.street, order.town, order.country, order.note) == (
        "Cleo Customer",
        "+254712345678",
        "12 Moi Avenue",
        "Nairobi",
        "KE",
        "Ring twice.",
    )


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"address_id": 2_147_483_600}, ["/address_id"]),
        ({"recipient": "Cleo"}, ["/phone", "/street", "/town"]),
        ({}, ["/recipient", "/phone", "/street", "/town"]),
        ({"address_id": 1, "street": "12 Moi Avenue"}, ["/street"]),
    ],
)
def test_a_place_that_is_none_is_refused_at_its_field(
    customer: Person, goods: Goods, body: dict[str, Any], pointers: list[str]
) -> None:
    api = customer.api()
    api.post("/cart/lines", {"variant_id": goods.mug.pk})
    answer = api.post("/orders", body, **KEY)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == pointers
    assert Order.objects.count() == 0


def test_an_address_of_somebody_else_is_not_there(customer: Person, buyer: Person, goods: Goods) -> None:
    theirs = customer.api().post("/addresses", HOME).json()
    api = buyer.api()
    api.post("/cart/lines", {"variant_id": goods.mug.pk})
    answer = api.post("/orders", {"address_id": theirs["id"]}, **KEY)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"], Order.objects.count()) == (422, "/address_id", 0)


AUSTIN = HOME | {
    "town": "Austin",
    "country": "US",
    "province": "texas",
    "postal_code": "78701",
    "phone": "+15125550100",
}


def test_a_state_and_a_postal_code_are_kept_judged_and_frozen_on_the_order(
    customer: Person, support: Person, goods: Goods
) -> None:
    api = customer.api()
    refused = api.post("/addresses", AUSTIN | {"province": "Nairobi", "postal_code": "1"})
    assert refused.status_code == 422
    assert {each["pointer"] for each in refused.json()["errors"]} == {"/province", "/postal_code"}
    home = api.post("/addresses", AUSTIN).json()
    assert (home["province"], home["postal_code"]) == ("TX", "78701")
    filled(customer.user, {goods.mug: 1})
    wrong = api.post("/orders", {**PLACE, "country": "US", "postal_code": "x"}, **KEY)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/postal_code")
    made = api.post("/orders", {"address_id": home["id"]}, idempotency_key="another-key-of-sixteen")
    assert made.status_code == 201, made.content
    Address.objects.update(province="CA", postal_code="94103")
    order = Order.objects.get()
    shown = api.get(f"/orders/{order.reference}").json()
    assert (order.province, order.postal_code, shown["province"], shown["postal_code"]) == ("TX", "78701") * 2
    assert order.locality == "Austin, TX 78701, US"
    page = support.admin.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "Austin, TX 78701, US" in page


def test_a_cart_is_quoted_to_the_default_address_unless_another_place_is_said(
    customer: Person, buyer: Person, goods: Goods, nobody: Person
) -> None:
    api = customer.api()
    filled(customer.user, {goods.mug: 1})
    method(500, zone=zone(countries="US"))
    nowhere = api.post("/cart/quote", {})
    assert (nowhere.status_code, nowhere.json()["errors"][0]["pointer"]) == (422, "/town")
    austin = api.post("/addresses", AUSTIN).json()
    assert api.post("/cart/quote", {}).json()["shipping"]["amount"] == 500
    assert api.post("/cart/quote", {"address_id": austin["id"]}).json()["shipping"]["amount"] == 500
    assert api.post("/cart/quote", {"town": "Nairobi"}).json()["code"] == "shipping_unavailable"
    both = api.post("/cart/quote", {"address_id": austin["id"], "town": "Nairobi"})
    assert (both.status_code, both.json()["errors"][0]["pointer"]) == (422, "/town")
    theirs = buyer.api().post("/cart/quote", {"address_id": austin["id"]})
    assert (theirs.status_code, theirs.json()["errors"][0]["pointer"]) == (422, "/address_id")
    wrong = api.post("/cart/quote", {"town": "Austin", "country": "US", "province": "Nairobi"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/province")
