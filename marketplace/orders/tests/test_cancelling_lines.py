"""Some pieces of what was ordered are called off: their money goes back to the cent, the rest goes on."""

from typing import Any

import pytest

from core.errors import DomainError, Missing
from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Stock, StockMove, Variant
from marketplace.orders import actions
from marketplace.orders.actions.shipping import Pieces
from marketplace.orders.models import LineReduction, Order, RefundPart, VendorOrder
from marketplace.orders.pieces import SomePieces
from marketplace.orders.tests.factories import SYSTEM, money_goes_back, paid, place, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.orders.tests.test_refund_parts import billed, paid_later, parts
from marketplace.payments.models import Refund

pytestmark = pytest.mark.django_db
WHY = "This is no longer in stock."


def some(variant: Variant, quantity: int) -> list[SomePieces]:
    return [SomePieces(variant_id=variant.pk, quantity=quantity)]


def stock_of(variant: Variant) -> tuple[int, int]:
    found = Stock.objects.get(variant=variant)
    return found.on_hand, found.reserved


def now(order: Order) -> tuple[Any, ...]:
    """All that a refusal must leave as it was."""
    row = Order.objects.get(pk=order.pk)
    return (
        row.cached_state, [(each.state, each.version) for each in shares_of(row)], Refund.objects.count(),
        RefundPart.objects.count(), LineReduction.objects.count(), StockMove.objects.count(),
        list(Stock.objects.order_by("pk").values_list("on_hand", "reserved")),
    )  # fmt: skip


def refused(order: Order, verb: Any, subject: Any, by: Actor, **said: Any) -> str:
    before = now(order)
    with pytest.raises(DomainError) as refusal:
        verb(subject, by=by, **said)
    assert now(order) == before
    return refusal.value.code


def test_a_vendor_calls_off_one_of_two_and_its_money_goes_back(customer: Person, owner: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    share = shares_of(order)[0]
    actions.cancel_lines(share.pk, by=owner.actor("vendor"), lines=some(goods.mug, 1), reason=WHY)
    assert parts() == [("Mug", 1, 500, 0)]
    assert (Refund.objects.get().amount.amount, Refund.objects.get().about) == (500, share.reference)
    fact = LineReduction.objects.get()
    assert (fact.kind, fact.quantity, fact.restocked, fact.reason) == ("cancelled", 1, 1, WHY)
    assert stock_of(goods.mug) == (9, 0)
    assert [each.state for each in shares_of(order)] == ["to_accept", "to_accept"]
    assert broken() == {}


def test_what_is_broken_does_not_go_back_on_the_shelf(customer: Person, owner: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2})
    share = shares_of(order)[0]
    actions.cancel_lines(share.pk, by=owner.actor("vendor"), lines=some(goods.mug, 1), reason=WHY, restock=False)
    assert (LineReduction.objects.get().restocked, stock_of(goods.mug)) == (0, (8, 0))
    assert StockMove.objects.filter(kind="returned").count() == 0
    assert broken() == {}


def test_with_its_last_piece_the_share_is_cancelled_and_its_shipping_goes_back(
    customer: Person, owner: Person, goods: Goods
) -> None:
    order = paid_later(
        billed(place(customer.user, {goods.mug: 3, goods.lamp: 1}), shipping=300, tax=70, included=False)
    )
    share = shares_of(order)[0]
    actions.accept(share.pk, by=owner.actor("vendor"))
    for _ in range(3):
        actions.cancel_lines(share.pk, by=owner.actor("vendor"), lines=some(goods.mug, 1), reason=WHY)
    assert parts() == [("Mug", 1, 523, 23), ("Mug", 1, 524, 24), ("Mug", 1, 523, 23), ("A", 0, 370, 70)]
    assert sum(each.amount.amount for each in Refund.objects.all()) == VendorOrder.objects.get(pk=share.pk).total.amount
    assert [each.state for each in shares_of(order)] == ["cancelled", "to_accept"]
    assert VendorOrder.objects.get(pk=share.pk).reason == WHY
    assert stock_of(goods.mug) == (10, 0)
    assert money_goes_back(order) == 3
    assert Order.objects.get(pk=order.pk).payment_state == "part_refunded"
    assert broken() == {}


def test_what_is_left_is_sent_or_called_off_as_a_whole(
    customer: Person, owner: Person, support: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 3, goods.lamp: 1})
    share = shares_of(order)[0]
    actions.cancel_lines(share.pk, by=owner.actor("vendor"), lines=some(goods.mug, 2), reason=WHY, restock=False)
    actions.cancel(order.pk, by=support.actor("operations"), reason="The buyer asked us to.")
    assert parts() == [("Mug", 2, 1_000, 0), ("Mug", 1, 500, 0), ("Lamp", 1, 3_000, 0)]
    assert (stock_of(goods.mug), stock_of(goods.lamp)) == ((8, 0), (1, 0))
    assert broken() == {}


def test_the_buyer_calls_pieces_off_of_two_vendors_until_one_accepts(
    customer: Person, owner: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 3, goods.lamp: 1})
    both = some(goods.mug, 1) + some(goods.lamp, 1)
    actions.cancel_items(order.pk, by=customer.actor(), lines=both, reason="I ordered too many.")
    assert [each.state for each in shares_of(order)] == ["to_accept", "cancelled"]
    assert parts() == [("Mug", 1, 500, 0), ("Lamp", 1, 3_000, 0)]
    assert broken() == {}
    actions.accept(shares_of(order)[0].pk, by=owner.actor("vendor"))
    again = {"lines": some(goods.mug, 1), "reason": "I ordered too many."}
    assert refused(order, actions.cancel_items, order.pk, customer.actor(), **again) == "cannot_cancel"


def test_no_more_than_is_left_is_called_off(customer: Person, owner: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    share, vendor = shares_of(order)[0], owner.actor("vendor")
    for lines, code in (
        (some(goods.mug, 3), "too_many_pieces"),
        (some(goods.lamp, 1), "invalid"),
        (some(goods.mug, 1) * 2, "invalid"),
    ):
        assert refused(order, actions.cancel_lines, share.pk, vendor, lines=lines, reason=WHY) == code
    actions.cancel_lines(share.pk, by=vendor, lines=some(goods.mug, 1), reason=WHY)
    assert (
        refused(order, actions.cancel_lines, share.pk, vendor, lines=some(goods.mug, 2), reason=WHY)
        == "too_many_pieces"
    )


def test_what_was_sent_or_not_paid_is_not_called_off_by_line(customer: Person, owner: Person, goods: Goods) -> None:
    waiting, sent = place(customer.user, {goods.rug: 1}), paid(customer.user, {goods.mug: 2})
    share, vendor = shares_of(sent)[0], owner.actor("vendor")
    actions.accept(share.pk, by=vendor)
    actions.ship(share.pk, by=vendor, carrier="G4S")
    assert refused(sent, actions.cancel_lines, share.pk, vendor, lines=some(goods.mug, 1), reason=WHY) == "wrong_state"
    unpaid = shares_of(waiting)[0].pk
    assert refused(waiting, actions.cancel_lines, unpaid, vendor, lines=some(goods.rug, 1), reason=WHY) == "wrong_state"


@pytest.mark.parametrize("role", ["rival", "member", "buyer", "nobody"])
def test_the_share_of_somebody_else_is_not_there(
    role: str, customer: Person, goods: Goods, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(role)
    order = paid(customer.user, {goods.mug: 2})
    before = now(order)
    for audience in ("storefront", "vendor", "operations"):
        for verb, subject in ((actions.cancel_lines, shares_of(order)[0]), (actions.cancel_items, order)):
            with pytest.raises(Missing):
                verb(subject.pk, by=person.actor(audience), lines=some(goods.mug, 1), reason=WHY)
    assert now(order) == before


def part_shipped(customer: Person, goods: Goods) -> tuple[Order, VendorOrder]:
    """Of three mugs one is on its way, and the lamp of another vendor waits."""
    order = paid(customer.user, {goods.mug: 3, goods.lamp: 1})
    share = shares_of(order)[0]
    actions.accept(share.pk, by=SYSTEM)
    line = share.lines.get()
    actions.ship(share.pk, by=SYSTEM, carrier="G4S", lines=[Pieces(line_id=line.pk, quantity=1)])
    return order, share


def test_what_is_in_no_parcel_yet_is_called_off_and_then_the_share_is_shipped(customer: Person, goods: Goods) -> None:
    order, share = part_shipped(customer, goods)
    assert (
        refused(order, actions.cancel_lines, share.pk, SYSTEM, lines=some(goods.mug, 3), reason=WHY)
        == "too_many_pieces"
    )
    actions.cancel_lines(share.pk, by=SYSTEM, lines=some(goods.mug, 1), reason=WHY)
    assert [each.state for each in shares_of(order)] == ["part_shipped", "to_accept"]
    actions.cancel_lines(share.pk, by=SYSTEM, lines=some(goods.mug, 1), reason=WHY)
    assert [each.state for each in shares_of(order)] == ["shipped", "to_accept"]
    assert parts() == [("Mug", 1, 500, 0)] * 2
    assert broken() == {}
    actions.deliver(share.pk, by=SYSTEM)
    assert broken() == {}


def test_where_all_parcels_have_arrived_the_share_is_delivered_when_the_rest_is_called_off(
    customer: Person, goods: Goods
) -> None:
    order, share = part_shipped(customer, goods)
    actions.deliver_parcel(share.shipments.get().pk, by=SYSTEM)
    actions.cancel_lines(share.pk, by=SYSTEM, lines=some(goods.mug, 2), reason=WHY)
    assert [each.state for each in shares_of(order)] == ["delivered", "to_accept"]
    assert broken() == {}


def test_a_whole_refund_of_what_is_part_shipped_keeps_what_was_sent_and_calls_the_rest_off(
    customer: Person, finance: Person, goods: Goods
) -> None:
    order, _share = part_shipped(customer, goods)
    actions.refund(order.pk, by=finance.actor("operations"), reason="It takes too long.")
    assert [each.state for each in shares_of(order)] == ["shipped", "cancelled"]
    kinds = sorted(LineReduction.objects.values_list("kind", "quantity", "restocked"))
    assert kinds == [("cancelled", 1, 1), ("cancelled", 2, 2), ("refunded", 1, 0)]
    assert stock_of(goods.mug) == (9, 0)
    assert broken() == {}
