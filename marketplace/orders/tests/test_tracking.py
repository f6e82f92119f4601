"""Where parcels are: read by the buyer, the vendor and operations, and by nobody else; and what the clock says of silent ones."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import WrongState
from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.orders import actions, queries, tasks
from marketplace.orders.actions.shipping import Pieces
from marketplace.orders.models import Delivery, Order, OrderLine, Shipment, VendorOrder
from marketplace.orders.tests.factories import paid, shares_of
from marketplace.orders.tests.holding import broken

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture
def order(customer: Person, goods: Goods) -> Order:
    """Three mugs of the owner's in two parcels; a lamp of the rival's in one."""
    found = paid(customer.user, {goods.mug: 3, goods.lamp: 1})
    mine, theirs = shares_of(found)
    for share in (mine, theirs):
        actions.accept(share.pk, by=SYSTEM)
    some = [Pieces(line_id=OrderLine.objects.get(title="Mug").pk, quantity=2)]
    actions.ship(mine.pk, by=SYSTEM, carrier="Our own rider", lines=some)
    actions.ship(mine.pk, by=SYSTEM, carrier="G4S", tracking_number="G-2")
    actions.ship(theirs.pk, by=SYSTEM, carrier="DHL", tracking_number="D-1")
    return Order.objects.get()


def test_the_buyer_follows_every_parcel(
    order: Order, customer: Person, buyer: Person, courier: Person, nobody: Person
) -> None:
    first = Shipment.objects.order_by("pk").first()
    actions.assign(first.pk, by=SYSTEM, courier_id=courier.user.pk)
    task, by = Delivery.objects.get(), courier.actor("operations")
    actions.pick_up(task.pk, by=by)
    actions.fail(task.pk, by=by, reason="Nobody was there.")
    actions.pick_up(task.pk, by=by)
    actions.hand_over(task.pk, by=by, received_by="Amina")
    path = f"/orders/{order.reference}/track"
    answer = customer.api().get(path)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["state"]) == (order.reference, "shipped")
    seen = [
        (each["vendor_name"], each["carrier"], each["tracking_number"], each["state"], each["lines"][0]["quantity"])
        for each in told["parcels"]
    ]
    assert seen == [
        ("Omar's Shop", "Our own rider", "", "delivered", 2), ("Omar's Shop", "G4S", "G-2", "shipped", 1),
        ("Rita's Rival Shop", "DHL", "D-1", "shipped", 1),
    ]  # fmt: skip
    assert [(each["event"], each["note"], each["source"]) for each in told["parcels"][0]["events"]] == [
        ("shipped", "", "soko"), ("given_to_courier", "", "soko"), ("picked_up", "", "soko"),
        ("attempt_failed", "Nobody was there.", "soko"), ("picked_up", "", "soko"), ("delivered", "", "soko"),
    ]  # fmt: skip
    assert told["parcels"][0]["proof"]["received_by"] == "Amina"
    assert [each["proof"] for each in told["parcels"][1:]] == [None, None]
    assert [person.api().get(path).status_code for person in (buyer, nobody)] == [404, 404]
    assert customer.api().get(path, {"x": "1"}).status_code == 422


def test_a_vendor_follows_its_own_parcels_and_operations_all(
    order: Order, owner: Person, rival: Person, support: Person, moderator: Person
) -> None:
    mine, theirs = shares_of(order)
    path = f"/vendor-orders/{mine.reference}/track"
    assert [each["carrier"] for each in owner.api("vendor").get(path).json()["parcels"]] == ["Our own rider", "G4S"]
    assert rival.api("vendor").get(path).status_code == 404
    assert owner.api("vendor").get(f"/vendor-orders/{theirs.reference}/track").status_code == 404
    api = support.api("operations")
    assert len(api.get(f"/orders/{order.reference}/track").json()["parcels"]) == 3
    assert len(api.get(path).json()["parcels"]) == 2
    assert moderator.api("operations").get(f"/orders/{order.reference}/track").status_code == 404


def test_silent_parcels_count_as_delivered_after_so_many_days(
    order: Order, courier: Person, owner: Person, settings: Any
) -> None:
    first, second, third = Shipment.objects.order_by("pk")
    settings.AUTO_DELIVER_DAYS = 14
    actions.assign(first.pk, by=SYSTEM, courier_id=courier.user.pk)
    long_ago = timezone.now() - timedelta(days=14, minutes=1)
    Shipment.objects.filter(pk__in=(first.pk, third.pk)).update(shipped_at=long_ago)
    Shipment.objects.filter(pk=second.pk).update(shipped_at=long_ago + timedelta(minutes=2))
    assert tasks.presume_delivered() == 1
    assert list(Shipment.objects.order_by("pk").values_list("state", flat=True)) == ["shipped", "shipped", "delivered"]
    assert [share.state for share in shares_of(order)] == ["shipped", "delivered"]
    last = queries.timeline_of_share(shares_of(order)[1], owner.actor("vendor"))[-1]
    assert (last.event, last.who, last.reason) == (
        "delivered",
        "Soko",
        "Nobody has said for 14 days whether it arrived, so it counts as delivered.",
    )
    assert tasks.presume_delivered() == 0
    with pytest.raises(WrongState):
        actions.presume(first.pk, by=SYSTEM, reason="Too early.")
    settings.AUTO_DELIVER_DAYS = 0
    Shipment.objects.update(shipped_at=long_ago)
    assert tasks.presume_delivered() == 0
    assert (VendorOrder.objects.filter(state="delivered").count(), broken()) == (1, {})
