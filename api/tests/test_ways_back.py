"""Over the API and in the admin's dialogs: items are called off, sent back, paid back and disputed, each by whom it concerns."""

from typing import Any

import pytest

from marketplace.cast import Goods, Person
from marketplace.orders.models import Dispute, LineReduction, Order, RefundRequest, Return
from marketplace.orders.tests.factories import paid, shares_of
from marketplace.orders.tests.test_returns import delivered
from marketplace.payments.models import Refund

pytestmark = pytest.mark.django_db
SHARES, RETURNS, DISPUTES = "/admin/orders/vendororder/", "/admin/orders/return/", "/admin/orders/dispute/"


@pytest.fixture
def order(customer: Person, goods: Goods) -> Order:
    return delivered(paid(customer.user, {goods.mug: 3, goods.lamp: 1}))


def piece(goods: Goods, quantity: int = 1) -> dict[str, Any]:
    return {"variant_id": goods.mug.pk, "quantity": quantity}


def test_a_buyer_asks_for_a_return_and_the_vendor_answers_and_receives_it(
    order: Order, customer: Person, owner: Person, buyer: Person, rival: Person, goods: Goods
) -> None:
    body = {"lines": [piece(goods, 2)], "why": "broken", "note": "The handle is off."}
    path, mine = f"/orders/{order.reference}/returns", customer.api()
    first = mine.post(path, body, Idempotency_Key="return-one-please")
    assert first.status_code == 201, first.content
    asked = first.json()
    assert mine.post(path, body, Idempotency_Key="return-one-please").json() == asked
    assert (Return.objects.count(), asked["state"], asked["lines"][0]["quantity"]) == (1, "requested", 2)
    assert (asked["order"], asked["share"]) == (order.reference, shares_of(order)[0].reference)
    assert mine.post(path, body).status_code == 400
    assert buyer.api().post(path, body, Idempotency_Key="return-of-another").status_code == 404
    where = f"/returns/{asked['id']}"
    assert (mine.get(where).json()["note"], buyer.api().get(where).status_code) == ("The handle is off.", 404)
    for person in (rival, buyer):
        assert person.api("vendor").post(f"{where}/approve", {}).status_code == 404
    vendor = owner.api("vendor")
    assert vendor.post(f"{where}/approve", {"answer": "Bring it."}).json()["state"] == "approved"
    came = {"lines": [{**piece(goods), "restock": 1}]}
    assert vendor.post(f"{where}/receive", {"lines": [{**piece(goods), "restock": 2}]}).status_code == 422
    assert vendor.post(f"{where}/receive", {"lines": [piece(goods, 3)]}).json()["code"] == "too_many_pieces"
    done = vendor.post(f"{where}/receive", came)
    assert (done.status_code, done.json()["state"], done.json()["lines"][0]["received"]) == (200, "received", 1)
    assert Refund.objects.get().amount.amount == 500
    assert mine.get(where).json()["answer"] == "Bring it."


def test_a_buyer_opens_a_dispute_and_each_side_reads_and_speaks(
    order: Order, customer: Person, owner: Person, rival: Person, finance: Person
) -> None:
    body = {"share": shares_of(order)[0].reference.lower(), "why": "broken", "text": "It came in two pieces."}
    opened = customer.api().post(f"/orders/{order.reference}/disputes", body, Idempotency_Key="open-a-dispute-please")
    assert opened.status_code == 201, opened.content
    where = f"/disputes/{opened.json()['id']}"
    assert opened["Location"].endswith(where)
    assert rival.api("vendor").get(where).status_code == 404
    assert owner.api("vendor").post(f"{where}/answer", {"text": "It was packed well."}).status_code == 200
    said = customer.api().get(where).json()["said"]
    assert [(each["party"], each["who"]) for each in said][-2:] == [("buyer", "You"), ("vendor", "Omar's Shop")]
    assert owner.api("vendor").post(f"{where}/lose", {"reason": "We are wrong."}).status_code == 404
    decided = finance.api("operations").post(f"{where}/lose", {"reason": "The proof is clear.", "amount_minor": 700})
    assert (decided.status_code, decided.json()["state"]) == (200, "lost")
    assert Refund.objects.get().amount.amount == 700
    assert customer.api().get(where).json()["decision"] == "The proof is clear."


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": []}, 422), ({"lines": [{"variant_id": 10**15, "quantity": 1}]}, 422), ({"why": "bored"}, 422),
        ({"lines": [{"variant_id": 0, "quantity": 1}]}, 422), ({"more": 1}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_returned_is_refused_at_its_field(
    order: Order, customer: Person, goods: Goods, change: dict[str, Any], code: int
) -> None:
    body = {"lines": [piece(goods)], "why": "broken"} | change
    answer = customer.api().post(f"/orders/{order.reference}/returns", body, Idempotency_Key="a-bad-return-key")
    assert (answer.status_code, Return.objects.count()) == (code, 0)
    assert answer["Content-Type"].startswith("application/problem+json")


def test_items_are_called_off_by_buyers_and_vendors(
    customer: Person, owner: Person, rival: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 3})
    said = {"lines": [piece(goods)], "reason": "I ordered too many."}
    assert customer.api().post(f"/orders/{order.reference}/cancel_items", said).status_code == 200
    share = f"/vendor-orders/{shares_of(order)[0].reference}/cancel_lines"
    assert rival.api("vendor").post(share, said).status_code == 404
    assert owner.api("vendor").post(share, said | {"restock": False}).status_code == 200
    assert list(LineReduction.objects.order_by("pk").values_list("quantity", "restocked")) == [(1, 1), (1, 0)]


def test_finance_fills_a_table_in_and_what_it_comes_to_is_known(order: Order, finance: Person, goods: Goods) -> None:
    share = shares_of(order)[0]
    dialog = f"{SHARES}{share.pk}/verb/refund_lines/"
    text = finance.admin.get(dialog).content.decode()
    for words in (
        f'name="lines-{goods.mug.pk}-quantity"',
        'data-minor="1500" data-of="3"',
        "data-soko-sum",
        'max="15.00"',
    ):
        assert words in text, words
    sent = {"_asked": "True", "reason": "It arrived broken.", f"lines-{goods.mug.pk}-quantity": "x"}
    assert "Write whole numbers." in finance.admin.post(dialog, sent).content.decode()
    sent |= {f"lines-{goods.mug.pk}-quantity": "", f"lines-{goods.mug.pk}-amount_minor": "15.01"}
    assert "no more than KES 15.00 can still be given back" in finance.admin.post(dialog, sent).content.decode()
    assert RefundRequest.objects.count() == 0
    sent |= {f"lines-{goods.mug.pk}-amount_minor": "3.33"}
    assert finance.admin.post(dialog, sent).status_code == 302
    assert RefundRequest.objects.get().amount.amount == 333
    shown = finance.admin.get(f"/admin/payments/refund/{Refund.objects.get().pk}/change/").content.decode()
    assert "What it is made up of" in shown


def test_pages_and_queues_of_what_comes_back(
    order: Order, customer: Person, owner: Person, support: Person, rival: Person, goods: Goods
) -> None:
    customer.api().post(
        f"/orders/{order.reference}/returns",
        {"lines": [piece(goods)], "why": "broken"},
        Idempotency_Key="return-one-please",
    )
    body = {"share": shares_of(order)[0].reference, "why": "broken", "text": "It came in two pieces."}
    customer.api().post(f"/orders/{order.reference}/disputes", body, Idempotency_Key="open-a-dispute-please")
    back, case = Return.objects.get(), Dispute.objects.get()
    for person in (owner, support):
        text = person.admin.get(f"{RETURNS}{back.pk}/change/").content.decode()
        assert "Say whether it may come back." in text
        assert "/verb/approve/" in text
        text = person.admin.get(f"{DISPUTES}{case.pk}/change/").content.decode()
        assert "It came in two pieces." in text
        assert "Held until it is decided" in text
    lines = owner.admin.get(RETURNS).context["sidebar_navigation"]
    found = {line["title"]: line.get("badge", "") for each in lines for line in each["items"]}
    assert (found["Returns to answer"], found["Disputes to answer"]) == ("1", "1")
    for path in (f"{RETURNS}{back.pk}/change/", f"{DISPUTES}{case.pk}/change/", f"{RETURNS}{back.pk}/verb/receive/"):
        assert rival.admin.get(path).status_code in (302, 404)
