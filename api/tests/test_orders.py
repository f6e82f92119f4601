"""Orders over HTTP: the buyer's whole, the vendor's share, operations' everything; and nobody else's anything."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audiences import AUDIENCES
from marketplace.carts.models import CartLine
from marketplace.carts.tests.factories import filled
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Stock
from marketplace.orders import actions
from marketplace.orders.models import Order, OrderLine, VendorOrder
from marketplace.orders.tests.factories import ADDRESS, SYSTEM, money_comes, paid, place, shares_of
from marketplace.vendors.tests.factories import make_member

pytestmark = pytest.mark.django_db
KEY = "an-order-of-mine-0001"


def ordered(person: Person, goods: Goods, *, key: str = KEY, **said: Any) -> Any:
    return person.api().post("/orders", ADDRESS | said, Idempotency_Key=key)


def test_an_order_is_placed_and_read(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2, goods.lamp: 1})
    answer = ordered(customer, goods, expected_total={"amount": 4_000, "currency": "KES"})
    assert answer.status_code == 201
    order = answer.json()
    assert re.fullmatch(r"SK(-[0-9A-HJKMNP-TV-Z]{4}){3}", order["id"])
    assert answer["Location"] == f"/api/v1/orders/{order['id']}"
    assert (order["state"], order["payment_state"], order["total"]["amount"], order["count"]) == (
        "pending",
        "pending",
        4_000,
        3,
    )
    assert [(share["id"], share["vendor_name"], share["state"]) for share in order["shares"]] == [
        (f"{order['id']}-A", "Omar's Shop", "waiting"),
        (f"{order['id']}-B", "Rita's Rival Shop", "waiting"),
    ]
    assert order["shares"][0]["lines"] == [
        {
            "id": OrderLine.objects.get(title="Mug").pk,
            "listing_id": goods.mug.listing_id, "variant_id": goods.mug.pk, "title": "Mug", "variant": goods.mug.title,
            "sku": goods.mug.sku, "attributes": {}, "image": "", "unit_price": {"amount": 500, "currency": "KES"},
            "quantity": 2, "total": {"amount": 1_000, "currency": "KES"},
        }
    ]  # fmt: skip
    assert [(each["event"], each["who"]) for each in order["timeline"]] == [("ordered", "You")]
    read = customer.api().get(f"/orders/{order['id']}")
    assert read.json() == order
    assert read["ETag"] == answer["ETag"]


def test_a_reference_in_small_letters_is_the_same_order(customer: Person, owner: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2})
    typed, api = order.reference.lower(), customer.api()
    answer = api.get(f"/orders/{typed}")
    assert (answer.status_code, answer.json()["id"]) == (200, order.reference)
    assert answer.content == api.get(f"/orders/{order.reference}").content
    share = owner.api("vendor").post(f"/vendor-orders/{typed}-a/accept")
    assert (share.status_code, share.json()["id"], share.json()["state"]) == (200, f"{order.reference}-A", "to_ship")
    again = api.post("/payments", {"order": typed, "source": "tok_ok"}, Idempotency_Key=KEY)
    assert (again.status_code, again.json()["code"]) == (409, "already_paid")
    assert api.get("/orders/sk-0000-0000-000u").status_code == 422


def test_the_share_of_a_ninth_vendor_is_found_by_its_letter(customer: Person, owner: Person, goods: Goods) -> None:
    share = shares_of(paid(customer.user, {goods.mug: 2}))[0]
    VendorOrder.objects.filter(pk=share.pk).update(reference=share.reference[:-1] + "I")
    answer = owner.api("vendor").get(f"/vendor-orders/{share.reference[:-1]}I")
    assert (answer.status_code, answer.json()["id"]) == (200, share.reference[:-1] + "I")


def test_no_answer_says_a_key_of_ours(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 1})
    body = customer.api().get(f"/orders/{order.reference}").json()
    assert {"customer_id", "customer", "cached_state", "reference"} & set(body) == set()
    assert customer.api().get(f"/orders/{order.pk}").status_code in (404, 422)


def test_ordering_needs_a_key_and_the_same_key_gets_the_same_order(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2})
    without = customer.api().post("/orders", ADDRESS)
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_missing")
    first = ordered(customer, goods)
    again = ordered(customer, goods)
    assert (again.status_code, again.json()["id"], again["Idempotent-Replayed"]) == (201, first.json()["id"], "true")
    other = ordered(customer, goods, town="Mombasa")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"phone": "12345"}, "/phone"),
        ({"country": "Kenya"}, "/country"),
        ({"recipient": ""}, "/recipient"),
        ({"town": None}, "/town"),
        ({"expected_total": {"amount": -1, "currency": "KES"}}, "/expected_total/amount"),
        ({"total": 1}, "/total"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(
    customer: Person, goods: Goods, said: dict[str, Any], pointer: str
) -> None:
    filled(customer.user, {goods.mug: 2})
    answer = ordered(customer, goods, **said)
    assert answer.status_code == 422
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}
    assert (Order.objects.count(), CartLine.objects.count()) == (0, 1)


def test_refusals_of_ordering_have_codes_of_their_own(customer: Person, goods: Goods) -> None:
    assert ordered(customer, goods).json()["code"] == "cart_empty"
    filled(customer.user, {goods.rug: 3})
    Stock.objects.filter(variant=goods.rug).update(on_hand=2)
    short = ordered(customer, goods, key="an-order-of-mine-0002")
    assert (short.status_code, short.json()["code"], short.json()["free"]) == (409, "not_enough_stock", 2)
    Stock.objects.filter(variant=goods.rug).update(on_hand=3)
    other = ordered(customer, goods, key="an-order-of-mine-0003", expected_total={"amount": 1, "currency": "KES"})
    assert (other.status_code, other.json()["code"]) == (409, "cart_changed")


def test_a_buyer_lists_and_filters_their_own_orders(customer: Person, buyer: Person, goods: Goods) -> None:
    waiting, done = place(customer.user, {goods.mug: 1}), paid(customer.user, {goods.mug: 2})
    foreign = place(buyer.user, {goods.mug: 1})
    listed = customer.api().get("/orders").json()["items"]
    assert [(each["id"], each["state"], each["count"]) for each in listed] == [
        (done.reference, "paid", 2),
        (waiting.reference, "pending", 1),
    ]
    assert "shares" not in listed[0]
    assert [each["id"] for each in customer.api().get("/orders", {"payment_state": "paid"}).json()["items"]] == [
        done.reference
    ]
    for asked, found in (("paid", [done]), ("pending", [waiting]), ("pending,paid", [done, waiting]), ("shipped", [])):
        items = customer.api().get("/orders", {"state": asked}).json()["items"]
        assert [each["id"] for each in items] == [order.reference for order in found]
    assert customer.api().get("/orders", {"state": "late"}).status_code == 422
    assert foreign.reference not in customer.api().get("/orders").content.decode()


@pytest.mark.parametrize("role", ["buyer", "owner", "rival", "member", "moderator", "nobody"])
def test_an_order_of_somebody_else_answers_as_a_missing_one(
    role: str, customer: Person, goods: Goods, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(role)
    order = paid(customer.user, {goods.mug: 1})
    for audience in AUDIENCES:
        if audience.word == "vendor" and role in ("owner",):
            continue
        api = person.api(audience)
        for path in ("/orders", "/vendor-orders"):
            told = []
            for key in (order.reference, "SK-0000-0000-0000", f"{order.reference}-A"):
                answer = api.get(f"{path}/{key}")
                assert answer.status_code in (401, 403, 404), (role, audience.word, path)
                told.append(re.sub(rb'"(instance|request_id)":"[^"]*",?', b"", answer.content))
            assert len(set(told)) == 1


def test_a_buyer_cancels_with_a_reason(customer: Person, buyer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2})
    path = f"/orders/{order.reference}/cancel"
    assert buyer.api().post(path, {"reason": "Because I can."}).status_code == 404
    assert customer.api().post(path, {}).status_code == 422
    answer = customer.api().post(path, {"reason": "Ordered by mistake."})
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert answer.json()["shares"][0]["reason"] == "Ordered by mistake."
    assert [each["event"] for each in answer.json()["timeline"]] == ["ordered", "paid", "cancelled"]
    again = customer.api().post(path, {"reason": "Ordered by mistake."})
    assert (again.status_code, again.json()["code"]) == (409, "cannot_cancel")


def test_a_vendor_sees_its_share_and_nothing_of_the_rest(customer: Person, owner: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    api = owner.api("vendor")
    page = api.get("/vendor-orders").json()["items"]
    assert [(each["id"], each["state"], each["total"]["amount"]) for each in page] == [
        (f"{order.reference}-A", "to_accept", 1_000)
    ]
    share = api.get(f"/vendor-orders/{order.reference}-A").json()
    assert [line["title"] for line in share["lines"]] == ["Mug"]
    text = json.dumps(share)
    assert "Lamp" not in text
    assert "Rita" not in text
    assert "4000" not in text
    assert {"order", "order_id", "refunded", "payment_state"} & set(share) == set()
    assert api.get(f"/vendor-orders/{order.reference}-B").status_code == 404
    assert api.get("/orders").status_code == 404
    assert [line["title"] for line in api.get("/order-lines").json()["items"]] == ["Mug"]


def test_where_it_goes_is_told_to_the_vendor_once_it_is_paid(customer: Person, owner: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2}, note="Ring twice.")
    api, path = owner.api("vendor"), f"/vendor-orders/{order.reference}-A"
    before = api.get(path)
    assert before.json()["destination"] is None
    assert not {"Amina", "+254712345678", "Moi Avenue"} & set(before.content.decode().split('"'))
    money_comes(order)
    actions.complete(order.pk, by=SYSTEM)
    assert api.get(path).json()["destination"] == {
        "recipient": "Amina Odhiambo", "phone": "+254712345678", "street": "12 Moi Avenue", "town": "Nairobi",
        "province": "", "postal_code": "", "country": "KE", "note": "Ring twice.",
    }  # fmt: skip


def test_a_vendor_works_its_share_over_http(customer: Person, owner: Person, rival: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    mine = f"/vendor-orders/{order.reference}-A"
    api = owner.api("vendor")
    assert rival.api("vendor").post(f"{mine}/accept").status_code == 404
    early = api.post(f"{mine}/ship", {"carrier": "G4S"})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    assert api.post(f"{mine}/accept").json()["state"] == "to_ship"
    assert api.post(f"{mine}/ship", {}).status_code == 422
    shipped = api.post(f"{mine}/ship", {"carrier": "G4S", "tracking_number": "G-17"}).json()
    assert (shipped["state"], shipped["shipments"][0]["tracking_number"]) == ("shipped", "G-17")
    seen = customer.api().get(f"/orders/{order.reference}").json()
    assert (seen["state"], seen["shares"][0]["shipments"][0]["carrier"]) == ("part_shipped", "G4S")
    assert api.post(f"{mine}/deliver").json()["state"] == "delivered"
    assert [each["event"] for each in customer.api().get(f"/orders/{order.reference}").json()["timeline"]] == [
        "ordered", "paid", "accepted", "shipped", "delivered",
    ]  # fmt: skip
    assert VendorOrder.objects.get(vendor=rival.vendor).state == "to_accept"


def test_a_member_without_the_grant_sees_no_orders(
    customer: Person, owner: Person, member: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2})
    for path in ("/vendor-orders", "/order-lines", "/shipments"):
        assert member.api("vendor").get(path).json()["items"] == []
    assert member.api("vendor").get(f"/vendor-orders/{order.reference}-A").status_code == 404
    worker = Person(make_member(owner.vendor, "work_orders").user, owner.vendor)
    assert len(worker.api("vendor").get("/vendor-orders").json()["items"]) == 1


def test_operations_see_the_whole_and_cancel_or_refund_by_grant(
    customer: Person, support: Person, finance: Person, moderator: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    path = f"/orders/{order.reference}"
    seen = support.api("operations").get(path, {"expand": "customer"}).json()
    assert (seen["cached_state"], seen["customer"]["full_name"], len(seen["shares"])) == ("paid", "Cleo Customer", 2)
    assert moderator.api("operations").get(path).status_code == 404
    assert finance.api("operations").post(f"{path}/cancel", {"reason": "It takes too long."}).status_code == 403
    assert support.api("operations").post(f"{path}/refund", {"reason": "It takes too long."}).status_code == 403
    answer = finance.api("operations").post(f"{path}/refund", {"reason": "It takes too long."})
    assert (answer.status_code, answer.json()["cached_state"]) == (200, "cancelled")
    again = finance.api("operations").post(f"{path}/refund", {"reason": "It takes too long."})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_refund")
    found = (
        support.api("operations")
        .get("/orders", {"cached_state": "cancelled", "q": order.reference[:7]})
        .json()["items"]
    )
    assert [each["id"] for each in found] == [order.reference]


def test_a_list_of_orders_asks_as_often_for_twenty_as_for_one(customer: Person, owner: Person, goods: Goods) -> None:
    for _ in range(4):
        paid(customer.user, {goods.mug: 1})
    for person, audience, path in (
        (customer, "storefront", "/orders"),
        (owner, "vendor", "/vendor-orders"),
        (owner, "vendor", "/order-lines"),
    ):
        api = person.api(audience)
        counts = []
        for limit in (1, 4):
            api.get(path, {"limit": limit})
            with CaptureQueriesContext(connection) as queries:
                assert len(api.get(path, {"limit": limit}).json()["items"]) == limit
            counts.append(len(queries))
        assert counts[0] == counts[1]


def test_one_order_takes_a_fixed_number_of_queries(customer: Person, goods: Goods, owner: Person) -> None:
    small, large = paid(customer.user, {goods.mug: 1}), paid(customer.user, {goods.mug: 1, goods.rug: 1, goods.lamp: 1})
    counts = []
    api = customer.api()
    for order in (small, large):
        api.get(f"/orders/{order.reference}")
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"/orders/{order.reference}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14
    assert len(shares_of(large)) == 2
