"""What vendors do with their shares, and how the order follows."""

import pytest

from core.errors import DomainError, Missing, WrongState
from core.models import Audit
from core.money import Money
from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Stock, StockMove
from marketplace.orders import actions
from marketplace.orders.models import Order, Shipment, VendorOrder
from marketplace.orders.tests.factories import money_goes_back, paid, place, shares_of
from marketplace.payments.models import Refund
from marketplace.vendors.tests.factories import make_member

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def word(order: Order) -> str:
    return Order.objects.values_list("cached_state", flat=True).get(pk=order.pk)


def test_each_vendor_accepts_ships_and_delivers_its_own_share(
    customer: Person, owner: Person, rival: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    mine, theirs = shares_of(order)
    words = [word(order)]
    for verb, share, person, said in (
        (actions.accept, mine, owner, {}),
        (actions.ship, mine, owner, {"carrier": "G4S", "tracking_number": "G-17"}),
        (actions.accept, theirs, rival, {}),
        (actions.deliver, mine, owner, {}),
        (actions.ship, theirs, rival, {"carrier": "Our own rider"}),
        (actions.deliver, theirs, rival, {}),
    ):
        verb(share.pk, by=person.actor("vendor"), **said)
        words.append(word(order))
    assert words == ["paid", "processing", "part_shipped", "part_shipped", "part_shipped", "shipped", "delivered"]
    sent = Shipment.objects.order_by("pk").values_list("vendor_order", "carrier", "tracking_number", "state")
    assert list(sent) == [(mine.pk, "G4S", "G-17", "delivered"), (theirs.pk, "Our own rider", "", "delivered")]
    assert all(each.delivered_at >= each.shipped_at for each in Shipment.objects.all())


def test_a_share_that_is_not_paid_is_not_worked_on(customer: Person, owner: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    share = shares_of(order)[0]
    for verb, said in (
        (actions.accept, {}),
        (actions.ship, {"carrier": "G4S"}),
        (actions.deliver, {}),
        (actions.cancel_share, {"reason": "This is no longer in stock."}),
    ):
        with pytest.raises(WrongState):
            verb(share.pk, by=owner.actor("vendor"), **said)
    assert (VendorOrder.objects.get().state, Shipment.objects.count(), Refund.objects.count()) == ("waiting", 0, 0)


def test_no_step_is_left_out_or_done_twice(customer: Person, owner: Person, goods: Goods) -> None:
    share = shares_of(paid(customer.user, {goods.mug: 2}))[0]
    by = owner.actor("vendor")
    steps = [(actions.accept, {}), (actions.ship, {"carrier": "G4S"}), (actions.deliver, {})]
    for number, (verb, said) in enumerate(steps):
        for other, others in steps[number + 1 :]:
            with pytest.raises(WrongState):
                other(share.pk, by=by, **others)
        verb(share.pk, by=by, **said)
        with pytest.raises(WrongState):
            verb(share.pk, by=by, **said)
    with pytest.raises(WrongState):
        actions.cancel_share(share.pk, by=by, reason="This is no longer in stock.")
    assert Shipment.objects.count() == 1


def test_a_vendor_calls_its_own_share_off_and_the_rest_goes_on(
    customer: Person, owner: Person, rival: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.rug: 1, goods.lamp: 1})
    mine, theirs = shares_of(order)
    actions.accept(mine.pk, by=owner.actor("vendor"))
    actions.cancel_share(mine.pk, by=owner.actor("vendor"), reason="This is no longer in stock.")
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason) == (Money(13_000, "KES"), "This is no longer in stock.")
    assert list(Stock.objects.order_by("pk").values_list("on_hand", "reserved")) == [(10, 0), (3, 0), (0, 0)]
    back = StockMove.objects.filter(kind="returned").values_list("on_hand_change", "reason", "reference", "actor_name")
    assert list(back) == [
        (2, "This is no longer in stock.", order.reference, "Omar Owner"),
        (1, "This is no longer in stock.", order.reference, "Omar Owner"),
    ]
    assert [share.state for share in shares_of(order)] == ["cancelled", "to_accept"]
    assert (shares_of(order)[0].reason, word(order)) == ("This is no longer in stock.", "paid")
    money_goes_back(order)
    now = Order.objects.get()
    assert (now.payment_state, now.refunded, now.cached_state) == ("part_refunded", Money(13_000, "KES"), "paid")
    with pytest.raises(WrongState):
        actions.cancel_share(mine.pk, by=owner.actor("vendor"), reason="This is no longer in stock.")
    assert (Refund.objects.count(), StockMove.objects.filter(kind="returned").count()) == (1, 2)
    actions.accept(theirs.pk, by=rival.actor("vendor"))
    assert word(order) == "processing"


def test_when_every_vendor_calls_off_all_the_money_goes_back(
    customer: Person, owner: Person, rival: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    mine, theirs = shares_of(order)
    actions.cancel_share(mine.pk, by=owner.actor("vendor"), reason="This is no longer in stock.")
    actions.cancel_share(theirs.pk, by=rival.actor("vendor"), reason="This is no longer in stock.")
    assert word(order) == "cancelled"
    assert money_goes_back(order) == 2
    now = Order.objects.get()
    assert (now.payment_state, now.refunded, now.cached_state) == ("refunded", now.total, "refunded")


VERBS = [
    (actions.accept, {}),
    (actions.ship, {"carrier": "G4S"}),
    (actions.deliver, {}),
    (actions.cancel_share, {"reason": "Because I can."}),
]


@pytest.mark.parametrize("role", ["rival", "customer", "buyer", "member", "moderator", "courier", "nobody"])
def test_nobody_else_works_on_a_share(
    role: str, customer: Person, goods: Goods, request: pytest.FixtureRequest
) -> None:
    """A rival, the buyer, and a member of the very vendor who was not given orders: for all of them it is not there."""
    person: Person = request.getfixturevalue(role)
    share = shares_of(paid(customer.user, {goods.mug: 2}))[0]
    before = Audit.objects.count()
    for audience in ("storefront", "vendor", "operations"):
        for verb, said in VERBS:
            with pytest.raises(Missing):
                verb(share.pk, by=person.actor(audience), **said)
    assert (VendorOrder.objects.get().state, Audit.objects.count()) == ("to_accept", before)


def test_a_member_who_was_given_orders_works_on_them(customer: Person, owner: Person, goods: Goods) -> None:
    member = make_member(owner.vendor, "work_orders")
    share = shares_of(paid(customer.user, {goods.mug: 2}))[0]
    actions.accept(share.pk, by=Person(member.user, owner.vendor).actor("vendor"))
    assert VendorOrder.objects.get().state == "to_ship"


def test_support_acts_for_a_vendor_and_finance_only_looks(
    customer: Person, support: Person, finance: Person, goods: Goods
) -> None:
    share = shares_of(paid(customer.user, {goods.mug: 2}))[0]
    for verb, said in VERBS:
        with pytest.raises(DomainError) as refusal:
            verb(share.pk, by=finance.actor("operations"), **said)
        assert refusal.value.code == "denied"
    actions.accept(share.pk, by=support.actor("operations"))
    actions.ship(share.pk, by=support.actor("operations"), carrier="G4S")
    assert VendorOrder.objects.get().state == "shipped"
