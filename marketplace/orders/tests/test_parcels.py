"""A share goes in as many parcels as its vendor likes: no piece twice, and each parcel arrives by itself."""

from typing import Any

import pytest

from core.errors import Invalid, Missing, WrongState
from core.models import Audit
from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.orders import actions, queries
from marketplace.orders.actions.shipping import Pieces
from marketplace.orders.errors import MoreThanLeft
from marketplace.orders.models import Order, OrderLine, Shipment, ShipmentLine, VendorOrder
from marketplace.orders.tests.factories import paid, shares_of
from marketplace.orders.tests.holding import broken

pytestmark = pytest.mark.django_db
SHARES = "/admin/orders/vendororder/"


def accepted(customer: Person, wanted: dict[Any, int]) -> VendorOrder:
    share = shares_of(paid(customer.user, wanted))[0]
    return actions.accept(share.pk, by=Actor.system("test"))


def line_of(share: VendorOrder, title: str) -> OrderLine:
    return OrderLine.objects.get(vendor_order=share, title=title)


def pieces(share: VendorOrder, **wanted: int) -> list[Pieces]:
    """`pieces(share, Mug=2)`: so many of the line with that title."""
    return [Pieces(line_id=line_of(share, title).pk, quantity=number) for title, number in wanted.items()]


def words(share: VendorOrder) -> tuple[str, str]:
    return (
        VendorOrder.objects.values_list("state", flat=True).get(pk=share.pk),
        Order.objects.values_list("cached_state", flat=True).get(pk=share.order_id),
    )


def told(share: VendorOrder, by: Actor) -> list[tuple[str, str]]:
    share = VendorOrder.objects.get(pk=share.pk)
    return [(each.event, each.parcel) for each in queries.timeline_of_share(share, by)]


def test_what_is_left_follows_in_another_parcel_and_the_share_has_arrived_with_the_last(
    customer: Person, owner: Person, goods: Goods
) -> None:
    share, by = accepted(customer, {goods.mug: 3, goods.rug: 1}), owner.actor("vendor")
    seen = [words(share)]
    actions.ship(share.pk, by=by, carrier="G4S", tracking_number="G-1", lines=pieces(share, Mug=2))
    seen.append(words(share))
    first = Shipment.objects.get()
    actions.deliver_parcel(first.pk, by=by)
    seen.append(words(share))
    actions.ship(share.pk, by=by, carrier="DHL", lines=pieces(share, Rug=1))
    seen.append(words(share))
    assert broken() == {}
    actions.ship(share.pk, by=by, carrier="Sendy")
    seen.append(words(share))
    _first, second, third = Shipment.objects.order_by("pk")
    actions.deliver_parcel(third.pk, by=by)
    seen.append(words(share))
    actions.deliver_parcel(second.pk, by=by)
    seen.append(words(share))
    assert seen == [
        ("to_ship", "processing"), ("part_shipped", "part_shipped"), ("part_shipped", "part_shipped"),
        ("part_shipped", "part_shipped"), ("shipped", "shipped"), ("shipped", "shipped"), ("delivered", "delivered"),
    ]  # fmt: skip
    held = ShipmentLine.objects.order_by("pk").values_list("shipment__carrier", "line__title", "quantity")
    assert list(held) == [("G4S", "Mug", 2), ("DHL", "Rug", 1), ("Sendy", "Mug", 1)]
    assert told(share, by)[3:] == [
        ("part_shipped", first.reference), ("parcel_delivered", first.reference), ("part_shipped", second.reference),
        ("shipped", third.reference), ("parcel_delivered", third.reference), ("delivered", second.reference),
    ]  # fmt: skip
    assert broken() == {}


def test_a_parcel_with_all_of_it_is_the_whole_share(customer: Person, owner: Person, goods: Goods) -> None:
    share, by = accepted(customer, {goods.mug: 2}), owner.actor("vendor")
    actions.ship(share.pk, by=by, carrier="G4S", lines=pieces(share, Mug=2))
    assert words(share) == ("shipped", "shipped")
    actions.deliver(share.pk, by=by)
    assert (Shipment.objects.get().state, words(share)) == ("delivered", ("delivered", "delivered"))
    assert [event for event, _parcel in told(share, by)][-2:] == ["shipped", "delivered"]


def test_more_than_is_left_another_line_and_a_line_twice_are_refused_and_nothing_is_sent(
    customer: Person, owner: Person, rival: Person, goods: Goods
) -> None:
    share, by = accepted(customer, {goods.mug: 3, goods.lamp: 1}), owner.actor("vendor")
    lamp = OrderLine.objects.get(title="Lamp")
    actions.ship(share.pk, by=by, carrier="G4S", lines=pieces(share, Mug=2))
    before = Audit.objects.count()
    with pytest.raises(MoreThanLeft) as refusal:
        actions.ship(share.pk, by=by, carrier="G4S", lines=pieces(share, Mug=2))
    assert refusal.value.detail == "Of Mug only 1 can still be sent."
    for lines, code in (
        ([Pieces(line_id=lamp.pk, quantity=1)], "unknown_line"),
        (pieces(share, Mug=1) * 2, "duplicate_line"),
    ):
        with pytest.raises(Invalid) as fault:
            actions.ship(share.pk, by=by, carrier="G4S", lines=lines)
        assert [each.code for each in fault.value.errors] == [code]
    assert (Shipment.objects.count(), Audit.objects.count(), words(share)[0]) == (1, before, "part_shipped")


def test_what_was_sent_in_part_is_not_called_off_whole_nor_delivered_whole(
    customer: Person, owner: Person, goods: Goods
) -> None:
    share, by = accepted(customer, {goods.mug: 3}), owner.actor("vendor")
    actions.ship(share.pk, by=by, carrier="G4S", lines=pieces(share, Mug=2))
    with pytest.raises(WrongState):
        actions.deliver(share.pk, by=by)
    with pytest.raises(WrongState):
        actions.cancel_share(share.pk, by=by, reason="This is no longer in stock.")
    assert words(share) == ("part_shipped", "part_shipped")


def test_a_parcel_arrives_once(customer: Person, owner: Person, goods: Goods) -> None:
    share, by = accepted(customer, {goods.mug: 3}), owner.actor("vendor")
    actions.ship(share.pk, by=by, carrier="G4S", lines=pieces(share, Mug=2))
    parcel = Shipment.objects.get()
    actions.deliver_parcel(parcel.pk, by=by)
    with pytest.raises(WrongState):
        actions.deliver_parcel(parcel.pk, by=by)


@pytest.mark.parametrize("role", ["rival", "customer", "buyer", "member", "moderator", "courier", "nobody"])
def test_a_parcel_of_others_is_not_there(
    role: str, customer: Person, goods: Goods, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(role)
    share = accepted(customer, {goods.mug: 3})
    actions.ship(share.pk, by=Actor.system("test"), carrier="G4S")
    for audience in ("storefront", "vendor", "operations"):
        with pytest.raises(Missing):
            actions.deliver_parcel(Shipment.objects.get().pk, by=person.actor(audience))
    assert Shipment.objects.get().state == "shipped"


def test_the_dialog_asks_how_many_of_each_and_says_what_does_not_fit(
    customer: Person, owner: Person, goods: Goods
) -> None:
    share = accepted(customer, {goods.mug: 3, goods.rug: 1})
    mug, rug = line_of(share, "Mug"), line_of(share, "Rug")
    url = f"{SHARES}{share.pk}/verb/ship/"
    page = owner.admin.get(url).content.decode()
    pieces_of_mug, pieces_of_rug = (f"lines-{line.pk}-quantity" for line in (mug, rug))
    assert f'name="{pieces_of_mug}" value="3"' in page
    sent = {"_asked": "on", "_version": share.version, "carrier": "G4S", pieces_of_mug: "4", pieces_of_rug: "1"}
    for number, status, sentence in (
        ("4", 409, "Of Mug only 3 can still be sent."),
        ("two", 200, "Write whole numbers."),
        ("-1", 200, "Write whole numbers."),
    ):
        answer = owner.admin.post(url, sent | {pieces_of_mug: number})
        assert (answer.status_code, sentence in answer.content.decode()) == (status, True)
    none = owner.admin.post(url, sent | {pieces_of_mug: "0", pieces_of_rug: ""})
    assert "Say how many of what." in none.content.decode()
    assert Shipment.objects.count() == 0
    answer = owner.admin.post(url, sent | {pieces_of_mug: "2", pieces_of_rug: "0"})
    assert (answer.status_code, words(share)[0]) == (302, "part_shipped")
    assert list(ShipmentLine.objects.values_list("line", "quantity")) == [(mug.pk, 2)]
    again = owner.admin.get(url).content.decode()
    assert f'name="{pieces_of_mug}" value="1"' in again


def test_a_vendor_ships_in_parts_over_the_api(customer: Person, owner: Person, rival: Person, goods: Goods) -> None:
    share, api = accepted(customer, {goods.mug: 3}), owner.api("vendor")
    at = f"/vendor-orders/{share.reference}"
    line = api.get(at).json()["lines"][0]["id"]
    body = {"carrier": "G4S", "lines": [{"line_id": line, "quantity": 2}]}
    assert rival.api("vendor").post(f"{at}/ship", body).status_code == 404
    answer = api.post(f"{at}/ship", body)
    assert (answer.status_code, answer.json()["state"]) == (200, "part_shipped")
    parcel = answer.json()["shipments"][0]
    assert parcel["lines"] == [{"line_id": line, "title": "Mug", "variant": goods.mug.title, "quantity": 2}]
    refused = api.post(f"{at}/ship", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "more_than_left")
    assert api.post(f"{at}/ship", {"carrier": "G4S", "lines": []}).status_code == 422
    assert api.post(f"{at}/ship", {"carrier": "G4S"}).json()["state"] == "shipped"
    assert rival.api("vendor").post(f"/shipments/{parcel['id']}/deliver").status_code == 404
    done = api.post(f"/shipments/{parcel['id']}/deliver")
    assert (done.status_code, done.json()["state"], words(share)[0]) == (200, "delivered", "shipped")
