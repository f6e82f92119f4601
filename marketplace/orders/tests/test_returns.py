"""Buyers send things back: asked, allowed, received, paid back, and on the shelf as far as the vendor chose."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import DomainError, Missing
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Variant
from marketplace.orders import actions, reactions
from marketplace.orders.actions import returning
from marketplace.orders.models import LineReduction, Order, Return, VendorOrder
from marketplace.orders.pieces import ReceivedPieces
from marketplace.orders.tests.factories import SYSTEM, paid, refund_succeeds, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.orders.tests.test_cancelling_lines import now, refused, some, stock_of
from marketplace.orders.tests.test_refund_parts import failed, parts
from marketplace.payments import actions as payments
from marketplace.payments.events import RefundSucceeded
from marketplace.payments.models import Refund

pytestmark = pytest.mark.django_db
ASK: dict[str, Any] = {"why": "broken", "note": "The handle is off."}


def delivered(order: Order) -> Order:
    """Every share has been accepted, sent and has arrived."""
    for share in shares_of(order):
        actions.accept(share.pk, by=SYSTEM)
        actions.ship(share.pk, by=SYSTEM, carrier="G4S")
        actions.deliver(share.pk, by=SYSTEM)
    return Order.objects.get(pk=order.pk)


def came(variant: Variant, quantity: int, restock: int = 0) -> list[ReceivedPieces]:
    return [ReceivedPieces(variant_id=variant.pk, quantity=quantity, restock=restock)]


@pytest.fixture
def order(customer: Person, goods: Goods) -> Order:
    return delivered(paid(customer.user, {goods.mug: 3, goods.lamp: 1}))


@pytest.fixture
def asked(order: Order, customer: Person, goods: Goods) -> Return:
    return actions.ask_return(order.pk, by=customer.actor(), lines=some(goods.mug, 2), **ASK)


def test_a_return_is_asked_allowed_received_and_paid_back(asked: Return, owner: Person, goods: Goods) -> None:
    vendor = owner.actor("vendor")
    assert (asked.state, [(each.line.title, each.quantity) for each in asked.lines.all()]) == (
        "requested",
        [("Mug", 2)],
    )
    returning.approve(asked.pk, by=vendor, answer="Bring it to our shop.")
    returning.receive(asked.pk, by=vendor, lines=came(goods.mug, 2, restock=1))
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.refund) == ("received", "Bring it to our shop.", Refund.objects.get())
    assert parts() == [("Mug", 2, 1_000, 0)]
    fact = LineReduction.objects.get()
    assert (fact.kind, fact.quantity, fact.restocked, fact.returned_as) == ("returned", 2, 1, asked)
    assert stock_of(goods.mug) == (8, 0)
    assert broken() == {}
    refund = refund_succeeds(Refund.objects.get())
    for _ in range(2):
        reactions.settle_return(RefundSucceeded(refund.pk, refund.payment_id, refund.payment.subject))
    asked.refresh_from_db()
    assert asked.state == "refunded"
    assert broken() == {}


def test_a_return_is_settled_by_the_refund_that_was_tried_again(asked: Return, finance: Person, goods: Goods) -> None:
    returning.approve(asked.pk, by=SYSTEM)
    returning.receive(asked.pk, by=SYSTEM, lines=came(goods.mug, 2))
    payments.try_again(failed(Refund.objects.get()).pk, by=finance.actor("operations"))
    again = refund_succeeds(Refund.objects.get(status="requested"))
    reactions.settle_return(RefundSucceeded(again.pk, again.payment_id, again.payment.subject))
    asked.refresh_from_db()
    assert asked.state == "refunded"
    assert broken() == {}


def test_where_less_came_less_goes_back(asked: Return, goods: Goods, order: Order) -> None:
    returning.approve(asked.pk, by=SYSTEM)
    assert refused(order, returning.receive, asked.pk, SYSTEM, lines=came(goods.mug, 3)) == "too_many_pieces"
    assert refused(order, returning.receive, asked.pk, SYSTEM, lines=came(goods.lamp, 1)) == "invalid"
    returning.receive(asked.pk, by=SYSTEM, lines=came(goods.mug, 1, restock=1))
    assert parts() == [("Mug", 1, 500, 0)]
    assert broken() == {}


def test_what_is_on_its_way_back_is_not_chosen_twice(
    asked: Return, order: Order, customer: Person, finance: Person, goods: Goods
) -> None:
    from marketplace.orders.tests.test_refund_requests import of

    buyer = customer.actor()
    assert refused(order, actions.ask_return, order.pk, buyer, lines=some(goods.mug, 2), **ASK) == "too_many_pieces"
    money, share = finance.actor("operations"), asked.vendor_order_id
    assert (
        refused(order, actions.refund_lines, share, money, lines=of(goods.mug, 2), reason="Broken.")
        == "too_many_pieces"
    )
    returning.refuse(asked.pk, by=SYSTEM, reason="It was used.")
    again = actions.ask_return(order.pk, by=buyer, lines=some(goods.mug, 3), **ASK)
    returning.withdraw(again.pk, by=buyer)
    actions.ask_return(order.pk, by=buyer, lines=some(goods.mug, 3), **ASK)
    assert sorted(Return.objects.values_list("state", flat=True)) == ["refused", "requested", "withdrawn"]


def test_what_has_not_arrived_or_arrived_long_ago_is_not_returned(
    order: Order, customer: Person, goods: Goods, settings: Any
) -> None:
    young = paid(customer.user, {goods.rug: 1})
    say = {"lines": some(goods.rug, 1), **ASK}
    assert refused(young, actions.ask_return, young.pk, customer.actor(), **say) == "not_returnable"
    VendorOrder.objects.update(state_since=timezone.now() - timedelta(days=settings.RETURN_DAYS, minutes=1))
    say = {"lines": some(goods.mug, 1), **ASK}
    assert refused(order, actions.ask_return, order.pk, customer.actor(), **say) == "not_returnable"
    assert Return.objects.count() == 0


def test_each_vendor_is_asked_on_its_own(order: Order, customer: Person, goods: Goods) -> None:
    both = {"lines": some(goods.mug, 1) + some(goods.lamp, 1), **ASK}
    assert refused(order, actions.ask_return, order.pk, customer.actor(), **both) == "invalid"


def test_where_all_was_paid_back_meanwhile_what_comes_back_is_only_received(
    asked: Return, order: Order, finance: Person, goods: Goods
) -> None:
    returning.approve(asked.pk, by=SYSTEM)
    actions.refund(order.pk, by=finance.actor("operations"), reason="It broke on the way.")
    returning.receive(asked.pk, by=SYSTEM, lines=came(goods.mug, 2, restock=2))
    asked.refresh_from_db()
    assert (asked.state, asked.refund, Refund.objects.count()) == ("closed", None, 1)
    assert stock_of(goods.mug) == (9, 0)
    assert broken() == {}


@pytest.mark.parametrize("role", ["rival", "member", "buyer", "nobody"])
def test_the_return_of_somebody_else_is_not_there(
    role: str, asked: Return, order: Order, goods: Goods, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(role)
    before = now(order)
    for audience in ("storefront", "vendor", "operations"):
        by = person.actor(audience)
        for verb, said in (
            (returning.approve, {}), (returning.refuse, {"reason": "It was used."}), (returning.withdraw, {}),
            (returning.receive, {"lines": came(goods.mug, 1)}), (returning.close, {"reason": "Done."}),
        ):  # fmt: skip
            with pytest.raises(Missing):
                verb(asked.pk, by=by, **said)
        with pytest.raises(Missing):
            actions.ask_return(order.pk, by=by, lines=some(goods.mug, 1), **ASK)
    assert (now(order), Return.objects.get().state) == (before, "requested")


def test_a_buyer_allows_and_receives_nothing_and_a_vendor_asks_for_nothing(
    asked: Return, order: Order, customer: Person, owner: Person, goods: Goods
) -> None:
    for verb, said in ((returning.approve, {}), (returning.receive, {"lines": came(goods.mug, 1)})):
        with pytest.raises(DomainError) as refusal:
            verb(asked.pk, by=customer.actor(), **said)
        assert refusal.value.code == "denied"
    with pytest.raises(Missing):
        actions.ask_return(order.pk, by=owner.actor("vendor"), lines=some(goods.mug, 1), **ASK)
    assert Return.objects.get().state == "requested"
