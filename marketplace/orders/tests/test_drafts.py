"""Orders that staff compose for a customer: priced as they are written down, placed by the way of all orders."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.models import Audit
from core.money import Money
from core.testing import writing_as_system
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Stock
from marketplace.coupons.models import CouponTally
from marketplace.coupons.tests.factories import coupon
from marketplace.orders.models import DraftOrder, DraftOrderLine, Order
from marketplace.orders.tests.factories import money_comes
from marketplace.orders.tests.holding import broken

pytestmark = pytest.mark.django_db
PLACE = {"recipient": "Cleo Customer", "phone": "0712345678", "street": "12 Moi Avenue", "town": "Nairobi"}


def composed(support: Person, customer: Person, wanted: dict[Any, int], **said: Any) -> str:
    """A draft with these lines; its id."""
    api = support.api("operations")
    made = api.post("/draft-orders", {"customer_id": customer.user.pk, **PLACE, **said})  # type: ignore[union-attr]
    assert made.status_code == 201, made.content
    key = made.json()["id"]
    for variant, quantity in wanted.items():
        line = api.post("/draft-order-lines", {"draft_id": key, "variant_id": variant.pk, "quantity": quantity})
        assert line.status_code == 201, line.content
    return key


def test_staff_place_an_order_for_a_customer_who_pays_it(support: Person, customer: Person, goods: Goods) -> None:
    ten = coupon("ten", basis_points=1_000, limit=1)
    key = composed(support, customer, {goods.mug: 2, goods.lamp: 1}, coupon_id=ten.pk, staff_note="Rang at noon.")
    api = support.api("operations")
    told = api.get(f"/draft-orders/{key}").json()["offer"]
    assert (told["notices"], told["discount"]["amount"], told["total"]["amount"]) == ([], 400, 3_600)
    assert Stock.objects.filter(reserved__gt=0).count() == 0
    placed = api.post(f"/draft-orders/{key}/place")
    assert placed.status_code == 200, placed.content
    order = Order.objects.get()
    assert (placed.json()["state"], placed.json()["order_id"], placed.json()["offer"]) == (
        "placed",
        order.reference,
        None,
    )
    assert (order.customer, order.total, order.phone) == (customer.user, Money(3_600, "KES"), "+254712345678")
    assert timedelta(hours=47) < order.expires_at - timezone.now() <= timedelta(hours=48)
    assert (Stock.objects.get(variant=goods.mug).reserved, CouponTally.objects.get().used) == (2, 1)
    entry = Audit.objects.get(model="orders.order")
    assert (entry.actor_id, entry.on_behalf_of, entry.audience) == (support.user.pk, customer.user.pk, "operations")  # type: ignore[union-attr]
    timeline = customer.api().get(f"/orders/{order.reference}").json()["timeline"]
    assert [(each["event"], each["who"]) for each in timeline] == [("ordered", "Soko")]
    money_comes(order)
    again = api.post(f"/draft-orders/{key}/place")
    assert (again.status_code, again.json()["code"], Order.objects.count()) == (409, "wrong_state", 1)
    assert broken() == {}


def test_a_draft_that_is_not_what_was_seen_is_placed_once_it_is_accepted(
    support: Person, customer: Person, goods: Goods
) -> None:
    key, api = composed(support, customer, {goods.mug: 1, goods.lamp: 1}), support.api("operations")
    with writing_as_system():
        goods.mug.listing.price = Money(600, "KES")
        goods.mug.listing.save()
        goods.lamp.listing.status = "paused"
        goods.lamp.listing.save()
    refused = api.post(f"/draft-orders/{key}/place")
    assert (refused.status_code, refused.json()["code"], Order.objects.count()) == (409, "cart_changed", 0)
    assert DraftOrder.objects.get().state == "draft"
    accepted = api.post(f"/draft-orders/{key}/accept_changes").json()
    assert (accepted["offer"]["notices"], accepted["offer"]["total"]["amount"]) == ([], 600)
    assert api.post(f"/draft-orders/{key}/place").status_code == 200
    assert Order.objects.get().total == Money(600, "KES")


def test_a_draft_without_a_place_or_things_is_refused_and_stays(
    support: Person, customer: Person, goods: Goods
) -> None:
    api = support.api("operations")
    key = composed(support, customer, {goods.mug: 1}, street="", phone="")
    refused = api.post(f"/draft-orders/{key}/place")
    assert refused.status_code == 422
    assert {each["pointer"] for each in refused.json()["errors"]} == {"/street", "/phone"}
    empty = composed(support, customer, {})
    assert api.post(f"/draft-orders/{empty}/place").json()["code"] == "cart_empty"
    assert (Order.objects.count(), set(DraftOrder.objects.values_list("state", flat=True))) == (0, {"draft"})
    assert api.post(f"/draft-orders/{empty}/drop").json()["state"] == "dropped"
    late = api.post("/draft-order-lines", {"draft_id": empty, "variant_id": goods.mug.pk})
    assert (late.status_code, DraftOrderLine.objects.count()) == (403, 1)


def test_nobody_else_composes_orders(
    support: Person, customer: Person, owner: Person, moderator: Person, finance: Person, goods: Goods
) -> None:
    key = composed(support, customer, {goods.mug: 1})
    assert moderator.api("operations").get(f"/draft-orders/{key}").status_code == 404
    assert finance.api("operations").post(f"/draft-orders/{key}/place").status_code == 403
    for person, audience in ((customer, "storefront"), (owner, "vendor")):
        assert person.api(audience).get(f"/draft-orders/{key}").status_code == 404
    assert Order.objects.count() == 0


def test_nobody_is_sold_goods_of_the_vendor_they_work_for(support: Person, owner: Person, goods: Goods) -> None:
    key = composed(support, owner, {goods.mug: 1})
    refused = support.api("operations").post(f"/draft-orders/{key}/place")
    assert (refused.status_code, refused.json()["code"], Order.objects.count()) == (409, "own_goods", 0)


def closed(person: Person) -> None:
    """Their account is deactivated."""
    with writing_as_system():
        person.user.is_active = False  # type: ignore[union-attr]
        person.user.save()  # type: ignore[union-attr]


def test_nothing_is_composed_for_a_deactivated_customer(support: Person, customer: Person) -> None:
    closed(customer)
    refused = support.api("operations").post("/draft-orders", {"customer_id": customer.user.pk, **PLACE})  # type: ignore[union-attr]
    assert (refused.status_code, DraftOrder.objects.count()) == (422, 0)
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [("/customer_id", "deactivated")]
    page = support.admin.post(
        "/admin/orders/draftorder/add/",
        {
            "customer": customer.user.pk, **PLACE, "country": "KE",  # type: ignore[union-attr]
            "lines-TOTAL_FORMS": 0, "lines-INITIAL_FORMS": 0,
        },
    )  # fmt: skip
    assert (page.status_code, DraftOrder.objects.count()) == (200, 0)
    assert "This account is deactivated: nobody could pay the order." in page.content.decode()
    assert list(page.context["adminform"].form.errors) == ["customer"]


def test_a_draft_of_a_customer_deactivated_since_is_not_placed(support: Person, customer: Person, goods: Goods) -> None:
    key = composed(support, customer, {goods.mug: 1})
    closed(customer)
    refused = support.api("operations").post(f"/draft-orders/{key}/place")
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_deactivated")
    assert "Cleo Customer is deactivated" in refused.json()["detail"]
    draft = DraftOrder.objects.get()
    pressed = support.admin.post(f"/admin/orders/draftorder/{draft.pk}/verb/place/", {"_asked": "on"})
    assert "Cleo Customer is deactivated" in pressed.content.decode()
    assert (Order.objects.count(), DraftOrder.objects.get().state) == (0, "draft")
    assert Stock.objects.filter(reserved__gt=0).count() == 0
