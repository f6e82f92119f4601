"""Shipping that the market paid for with a coupon: it is the vendor's once it is earned, and taken back where it goes back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.cast import Goods, Person
from marketplace.coupons.tests.factories import coupon
from marketplace.ledger import tasks
from marketplace.ledger.actions import refunding
from marketplace.ledger.models import Journal
from marketplace.ledger.tests.factories import SYSTEM, books, delivered, given_back, paid_for, rebilled
from marketplace.ledger.tests.test_subsidies import alarms, bought
from marketplace.orders import actions as orders
from marketplace.orders.actions import returning
from marketplace.orders.models import RefundPart, RefundRequest, VendorOrder
from marketplace.orders.pieces import ReceivedPieces, RefundedPieces, SomePieces
from marketplace.orders.tests.factories import buyer_of, money_goes_back, place, refund_succeeds, shares_of
from marketplace.orders.tests.test_refund_parts import failed
from marketplace.payments import actions as payments
from marketplace.payments.models import Refund
from marketplace.shipping.tests.factories import method

pytestmark = pytest.mark.django_db
WHY = "It arrived broken."
#: What stands where of two mugs of 5.00 whose shipping, 3.33, the market paid.
SOLD = {"coupons": 333, "gateway": 1_000, "vendor_pending": 1_333}


@pytest.fixture
def share(customer: Person, goods: Goods) -> VendorOrder:
    """Two mugs, sent for nothing."""
    method(333)
    coupon("free", kind="free_shipping")
    found = delivered(bought(customer, {goods.mug: 2}, "free"))
    assert books() == SOLD
    return found


def refunded(share: VendorOrder, pieces: int, *, shipping: bool = False) -> None:
    """So many mugs are paid back, with the shipping or without it."""
    lines = [RefundedPieces(variant_id=share.lines.get().variant_id, quantity=pieces)]
    orders.refund_lines(share.pk, by=SYSTEM, lines=lines, reason=WHY, shipping=shipping)
    assert money_goes_back(share.order) == 1
    tasks.catch_up()


def test_it_is_taken_back_with_a_share_that_is_called_off(customer: Person, goods: Goods) -> None:
    method(333)
    coupon("free", kind="free_shipping")
    share = bought(customer, {goods.mug: 1}, "free")
    assert books() == {"coupons": 333, "gateway": 500, "vendor_pending": 833}
    orders.cancel(share.order_id, by=buyer_of(customer.user), reason="I have changed my mind.")
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert (books(), tasks.catch_up(), alarms()) == ({}, 0, set())


def test_a_refund_of_all_that_was_sent_takes_it_back_once_the_money_has_gone(share: VendorOrder) -> None:
    orders.refund(share.order_id, by=SYSTEM, reason=WHY)
    tasks.catch_up()
    assert books() == SOLD, "as shipping that its buyer had paid: not before the money is back"
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert (books(), tasks.catch_up(), alarms()) == ({}, 0, set())
    assert RefundPart.objects.filter(line=None).values_list("amount_minor", flat=True).get() == 0


@pytest.mark.parametrize(("shipping", "left"), [(True, {}), (False, {"coupons": 333, "vendor_pending": 333})])
def test_a_refund_by_line_takes_it_back_where_it_names_the_shipping(
    share: VendorOrder, shipping: bool, left: dict[str, int]
) -> None:
    refunded(share, 2, shipping=shipping)
    assert (books(), alarms()) == (left, set())


def test_it_is_taken_back_with_the_refund_that_names_it_and_only_once(share: VendorOrder) -> None:
    refunded(share, 1, shipping=True)
    assert (books(), alarms()) == ({"gateway": 500, "vendor_pending": 500}, set())
    refunded(share, 1, shipping=True)
    assert (books(), alarms()) == ({}, set())


def test_it_goes_back_with_the_rest_of_the_order_after_goods_that_went_alone(share: VendorOrder) -> None:
    refunded(share, 1)
    orders.refund(share.order_id, by=SYSTEM, reason=WHY)
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert (books(), alarms()) == ({}, set())


def test_what_comes_back_as_a_return_was_sent_all_the_same(customer: Person, share: VendorOrder) -> None:
    variant = share.lines.get().variant_id
    asked = orders.ask_return(
        share.order_id, by=customer.actor(), lines=[SomePieces(variant_id=variant, quantity=2)], why="broken"
    )
    returning.approve(asked.pk, by=SYSTEM)
    returning.receive(asked.pk, by=SYSTEM, lines=[ReceivedPieces(variant_id=variant, quantity=2, restock=0)])
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert (books(), alarms()) == ({"coupons": 333, "vendor_pending": 333}, set())


def test_a_refund_that_failed_leaves_it_and_the_next_try_takes_it(share: VendorOrder) -> None:
    orders.refund(share.order_id, by=SYSTEM, reason=WHY)
    failed(Refund.objects.get())
    tasks.catch_up()
    assert (books(), alarms()) == (SOLD, set())
    payments.try_again(Refund.objects.get().pk, by=SYSTEM)
    refund_succeeds(Refund.objects.latest("pk"))
    tasks.catch_up()
    assert (books(), alarms()) == ({}, set())


def test_of_shipping_that_its_buyer_paid_in_part_it_goes_back_in_proportion(customer: Person, goods: Goods) -> None:
    share = rebilled(shares_of(place(customer.user, {goods.mug: 1}))[0], shipping=333, shipping_by_market=100)
    paid_for(share)
    assert books() == {"coupons": 100, "gateway": 733, "vendor_pending": 833}
    given_back(share.order, 117, parts={share: 117})
    assert books() == {"coupons": 50, "gateway": 616, "vendor_pending": 666}
    orders.refund_lines(share.pk, by=SYSTEM, shipping=True, reason=WHY)
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert (books(), alarms()) == ({"gateway": 500, "vendor_pending": 500}, set())


def test_goods_that_were_worth_nothing_take_it_back_without_a_refund(customer: Person, goods: Goods) -> None:
    free = shares_of(place(customer.user, {goods.mug: 1, goods.lamp: 1}))[0]
    rebilled(free, discount=500, market_discount=500, shipping=333, shipping_by_market=333)
    delivered(paid_for(free))
    assert books() == {"coupons": 833, "gateway": 3_000, "vendor_pending": 3_833}
    lines = [RefundedPieces(variant_id=goods.mug.pk, quantity=1, restock=1)]
    orders.refund_lines(free.pk, by=SYSTEM, lines=lines, reason=WHY, shipping=True)
    tasks.catch_up()
    assert (RefundRequest.objects.get().state, Refund.objects.count()) == ("approved", 0)
    assert (books(), tasks.catch_up(), alarms()) == ({"gateway": 3_000, "vendor_pending": 3_000}, 0, set())
    assert Journal.objects.filter(kind="reversal").count() == 1


def test_what_a_vendor_would_have_kept_of_it_is_told_by_the_audit(
    share: VendorOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the books were before a refund could name it: the audit says so half an hour later."""
    parts = refunding._parts
    with monkeypatch.context() as planted:
        planted.setattr(refunding, "_free", lambda *_of: {})
        planted.setattr(refunding, "_parts", lambda *of: {key: back for key, back in parts(*of).items() if key[1]})
        refunded(share, 1, shipping=True)
    assert (books(), alarms()) == ({"coupons": 333, "gateway": 500, "vendor_pending": 833}, set())
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert "I-L8" in alarms()


def test_what_was_taken_of_it_though_it_stayed_paid_is_told_by_the_audit(
    share: VendorOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    refunded(share, 1, shipping=True)
    with monkeypatch.context() as planted:
        planted.setattr("marketplace.ledger.invariants_of_subsidies._shipping_back", lambda _share: (0, 0))
        assert "I-L8" in alarms()
    assert alarms() == set()
