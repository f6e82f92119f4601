"""Paying for an order over HTTP, with the mock gateway behind it: charged once, whatever is repeated or lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.models import IdempotencyKey
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Stock
from marketplace.orders import actions, tasks
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import SYSTEM, place
from marketplace.payments import flows, queries
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import Payment

pytestmark = pytest.mark.django_db
KEY = "a-payment-of-mine-0001"


def paid(person: Person, order: Order | str, *, key: str = KEY, source: str = "tok_ok", **said: Any) -> Any:
    name = order if isinstance(order, str) else order.reference
    return person.api().post("/payments", {"order": name, "source": source, **said}, Idempotency_Key=key)


def settle() -> None:
    """What the clock does within a minute, with no event delivered and no webhook heard."""
    for refund in queries.open_refunds(quiet_for=timedelta(0)):
        flows.reconcile_refund(refund)
    tasks.complete_orders()


def test_a_payment_completes_its_order(customer: Person, goods: Goods, mock_gateway: GatewayProcess) -> None:
    order = place(customer.user, {goods.mug: 2, goods.lamp: 1})
    answer = paid(customer, order)
    assert answer.status_code == 201, answer.content
    payment = answer.json()
    assert (payment["status"], payment["subject"], payment["amount"]["amount"]) == ("succeeded", order.reference, 4_000)
    assert answer["Location"] == f"/api/v1/payments/{payment['id']}"
    assert customer.api().get(f"/payments/{payment['id']}").json() == payment
    assert customer.api().get(f"/orders/{order.reference}").json()["state"] == "paid"
    assert Stock.objects.get(variant=goods.mug).on_hand == 8
    again = paid(customer, order)
    assert (again.json(), again["Idempotent-Replayed"]) == (payment, "true")
    other = paid(customer, order, key="a-payment-of-mine-0002")
    assert (other.status_code, other.json()["code"]) == (409, "already_paid")
    assert Payment.objects.count() == 1


def test_a_payment_needs_a_key(customer: Person, goods: Goods, mock_gateway: GatewayProcess) -> None:
    order = place(customer.user, {goods.mug: 2})
    answer = customer.api().post("/payments", {"order": order.reference, "source": "tok_ok"})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert Payment.objects.count() == 0


def test_after_a_decline_one_pays_again_with_another_key(
    customer: Person, goods: Goods, mock_gateway: GatewayProcess
) -> None:
    order = place(customer.user, {goods.mug: 2})
    declined = paid(customer, order, source="tok_declined")
    assert (declined.status_code, declined.json()["status"]) == (201, "failed")
    assert declined.json()["failure_sentence"]
    assert Order.objects.get().payment_state == "pending"
    assert paid(customer, order, key="a-payment-of-mine-0002").json()["status"] == "succeeded"
    assert Order.objects.get().payment_state == "paid"


def test_what_the_gateway_left_open_is_202_and_ended_by_the_clock(
    customer: Person, goods: Goods, mock_gateway: GatewayProcess
) -> None:
    order = place(customer.user, {goods.mug: 2})
    answer = paid(customer, order, source="tok_drop_reply")
    assert (answer.status_code, answer.json()["status"]) == (202, "unknown")
    assert Order.objects.get().payment_state == "pending"
    again = paid(customer, order, key="a-payment-of-mine-0002")
    assert (again.status_code, again.json()["status"], again.json()["id"]) == (201, "succeeded", answer.json()["id"])
    assert Order.objects.get().payment_state == "paid"


class PowerCut(BaseException):
    """Nothing that catches exceptions sees the end of a process."""


def test_after_a_crash_the_same_request_pays_as_soon_as_the_first_is_known_to_be_gone(
    customer: Person, goods: Goods, mock_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = place(customer.user, {goods.mug: 2})
    left: list[IdempotencyKey] = []

    def die(name: str) -> None:
        left.extend(IdempotencyKey.objects.all())
        raise PowerCut(name)

    with monkeypatch.context() as patch:
        patch.setattr(flows, "here", die)
        with pytest.raises(PowerCut, match=r"payment\.after_claim"):
            paid(customer, order)
    IdempotencyKey.objects.bulk_create(left)  # what was committed, a process that dies takes back no more
    assert paid(customer, order).json()["code"] == "idempotency_key_in_progress"
    half_a_minute_ago = timezone.now() - timedelta(seconds=30)
    IdempotencyKey.objects.update(created_at=half_a_minute_ago)
    Payment.objects.update(status_since=half_a_minute_ago)
    answer = paid(customer, order)
    assert (answer.status_code, answer.json()["status"]) == (201, "succeeded")
    assert [(line["key"], line["amount"]) for line in mock_gateway.statement()] == [(Payment.objects.get().key, 1_000)]
    assert paid(customer, order)["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("role", ["buyer", "owner", "rival", "support"])
def test_nobody_pays_for_an_order_of_somebody_else(
    role: str, customer: Person, goods: Goods, mock_gateway: GatewayProcess, request: pytest.FixtureRequest
) -> None:
    order = place(customer.user, {goods.mug: 2})
    answer = paid(request.getfixturevalue(role), order)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert paid(customer, "SK-0000-0000-0000").status_code == 404
    assert Payment.objects.count() == 0


def test_what_has_ended_is_not_paid(customer: Person, goods: Goods, mock_gateway: GatewayProcess) -> None:
    late, dropped = place(customer.user, {goods.mug: 1}), place(customer.user, {goods.mug: 1})
    actions.expire(late.pk, by=SYSTEM)
    actions.cancel(dropped.pk, by=customer.actor(), reason="Not any more.")
    codes = [paid(customer, order, key=f"a-payment-of-mine-{order.pk:04}").json()["code"] for order in (late, dropped)]
    assert codes == ["order_expired", "wrong_state"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"gateway": "bank"}, "unknown_gateway"),
        ({"source": ""}, "source_needed"),
        ({"source": "tok ok"}, "invalid"),
        ({"source": "t" * 121}, "invalid"),
        ({"order": 7}, "invalid"),
        ({"amount": 1}, "invalid"),
    ],
)
def test_what_does_not_fit_is_refused(
    customer: Person, goods: Goods, mock_gateway: GatewayProcess, said: dict[str, Any], code: str
) -> None:
    order = place(customer.user, {goods.mug: 2})
    answer = customer.api().post(
        "/payments", {"order": order.reference, "source": "tok_ok", **said}, Idempotency_Key=KEY
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert Payment.objects.count() == 0


def test_an_order_goes_all_the_way_and_its_money_back(
    customer: Person, owner: Person, rival: Person, finance: Person, goods: Goods, mock_gateway: GatewayProcess
) -> None:
    """Cart, order, payment, two parcels, delivery, refund: over HTTP, with nothing but the clock behind it."""
    api = customer.api()
    api.post("/cart/lines", {"variant_id": goods.mug.pk, "quantity": 2})
    api.post("/cart/lines", {"variant_id": goods.lamp.pk})
    where = {"recipient": "Amina Odhiambo", "phone": "0712345678", "street": "12 Moi Avenue", "town": "Nairobi"}
    order = api.post("/orders", where, Idempotency_Key="an-order-of-mine-0001").json()
    assert paid(customer, order["id"]).status_code == 201
    for person, letter in ((owner, "A"), (rival, "B")):
        share = f"/vendor-orders/{order['id']}-{letter}"
        assert person.api("vendor").post(f"{share}/accept").status_code == 200
        assert person.api("vendor").post(f"{share}/ship", {"carrier": "G4S"}).status_code == 200
    assert owner.api("vendor").post(f"/vendor-orders/{order['id']}-A/deliver").json()["state"] == "delivered"
    assert api.get(f"/orders/{order['id']}").json()["state"] == "shipped"
    back = finance.api("operations").post(f"/orders/{order['id']}/refund", {"reason": "It broke on the way."})
    assert back.status_code == 200
    settle()
    seen = api.get(f"/orders/{order['id']}").json()
    assert (seen["state"], seen["payment_state"], seen["refunded"]) == ("refunded", "refunded", seen["total"])
    assert [each["event"] for each in seen["timeline"]] == [
        "ordered", "paid", "accepted", "shipped", "accepted", "shipped", "delivered", "refund_asked", "refunded",
    ]  # fmt: skip
