"""Each vendor is told of its own share's money whether it went back, also where the refund of another's failed."""

import pytest

from core import invariants
from marketplace.cast import Goods, Person
from marketplace.orders import actions, queries
from marketplace.orders.actions import calling_off
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.pieces import SomePieces
from marketplace.orders.tests.factories import SYSTEM, money_goes_back, paid, shares_of
from marketplace.payments import actions as payments
from marketplace.payments.models import Refund
from marketplace.payments.tests.factories import said_of_refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(customer: Person, goods: Goods) -> Order:
    """Paid, of two vendors: a mug of the owner's, a lamp of the rival's."""
    return paid(customer.user, {goods.mug: 1, goods.lamp: 1})


def cancelled(share: VendorOrder) -> Refund:
    """Its vendor cannot send it. Gives the refund that was asked for."""
    actions.cancel_share(share.pk, by=SYSTEM, reason="Sold out.")
    return Refund.objects.get(about=share.reference)


def fails(refund: Refund) -> Refund:
    if refund.status == "requested":
        payments.claim_refund(refund.pk, by=SYSTEM)
    return payments.record_refund(refund.pk, by=SYSTEM, answer=said_of_refund(refund, "failed", gateway_id=""))


def back(order: Order) -> dict[int, bool]:
    row = Order.objects.get(pk=order.pk)
    return {key: each.is_done for key, each in queries.given_back(row, shares_of(row)).items()}


def warns() -> bool:
    (found,) = [each for each in invariants.run() if each.invariant.name == "I-O5b"]
    return not found.holds


def test_the_money_of_a_later_share_is_not_taken_for_that_of_an_earlier_whose_refund_failed(order: Order) -> None:
    first, second = shares_of(order)
    fails(cancelled(first))
    cancelled(second)
    money_goes_back(order)
    assert back(order) == {first.pk: False, second.pk: True}


def test_one_share_alone_is_asked_back_again_and_then_nobody_is_warned(order: Order, finance: Person) -> None:
    first, second = shares_of(order)
    refund = fails(cancelled(first))
    assert warns()
    payments.try_again(refund.pk, by=finance.actor("operations"))
    assert not warns()
    assert back(order) == {first.pk: False}
    assert money_goes_back(order) == 1
    assert back(order) == {first.pk: True}
    assert VendorOrder.objects.get(pk=second.pk).state == "to_accept"
    assert Order.objects.get(pk=order.pk).refunded == first.total


def test_one_that_is_given_up_warns_nobody_and_may_be_given_back_after_all(order: Order, finance: Person) -> None:
    first, second = shares_of(order)
    refund = fails(cancelled(first))
    payments.give_up_refund(refund.pk, by=finance.actor("operations"), reason="The buyer wants something else")
    assert not warns()
    assert back(order) == {}
    actions.refund(order.pk, by=finance.actor("operations"), reason="It broke on the way.")
    assert money_goes_back(order) == 1
    assert back(order) == {first.pk: True, second.pk: True}


def test_all_the_rest_that_went_back_is_that_of_whose_refund_had_failed_before(order: Order, finance: Person) -> None:
    first, second = shares_of(order)
    fails(cancelled(first))
    actions.refund(order.pk, by=finance.actor("operations"), reason="It broke on the way.")
    assert back(order) == {first.pk: False, second.pk: False}
    money_goes_back(order)
    assert back(order) == {first.pk: True, second.pk: True}


def test_all_the_rest_is_not_that_of_whose_refund_was_still_under_way(order: Order, finance: Person) -> None:
    """The second share is dearer or as dear; its money does not tell the first vendor that the first's went back."""
    first, second = sorted(shares_of(order), key=lambda share: share.total.amount)
    early = cancelled(first)
    payments.claim_refund(early.pk, by=SYSTEM)
    actions.refund(order.pk, by=finance.actor("operations"), reason="It broke on the way.")
    money_goes_back(order)
    early.refresh_from_db()
    fails(early)
    assert back(order) == {first.pk: False, second.pk: True}


def test_what_was_settled_otherwise_does_not_go_back_once_more_with_the_rest(order: Order, finance: Person) -> None:
    """Its vendor cannot send the first share; finance pays the buyer by bank, who then calls the whole order off."""
    first, second = shares_of(order)
    refund = fails(cancelled(first))
    payments.give_up_refund(refund.pk, by=finance.actor("operations"), reason="Paid by bank transfer")
    assert calling_off.called_off(order).startswith(str(second.total))
    actions.cancel(order.pk, by=SYSTEM, reason="Ordered by mistake.")
    assert Refund.objects.latest("pk").amount == second.total
    assert not warns()


def test_nor_does_it_with_the_rest_of_its_share(customer: Person, goods: Goods, finance: Person) -> None:
    (share,) = shares_of(paid(customer.user, {goods.mug: 3}))
    line = share.lines.get()
    one = [SomePieces(variant_id=line.variant_id, quantity=1)]
    actions.cancel_lines(share.pk, by=SYSTEM, lines=one, reason="Sold out.")
    refund = fails(Refund.objects.get())
    payments.give_up_refund(refund.pk, by=finance.actor("operations"), reason="Paid by bank transfer")
    actions.cancel_share(share.pk, by=SYSTEM, reason="Sold out.")
    assert Refund.objects.latest("pk").amount == share.total - refund.amount
