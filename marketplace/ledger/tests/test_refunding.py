"""Money that goes back: the sale is taken back in proportion, to the last minor unit, and never more than was sold."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db.models import Sum
from django.utils import timezone

from core.errors import Conflict
from core.money import Money
from core.testing import writing_as_system
from marketplace.cast import Goods, Person
from marketplace.ledger import actions, queries, tasks
from marketplace.ledger.actions import Cause, Entry, post
from marketplace.ledger.errors import HoldTooLarge, NothingHeld
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Journal, LineSplit, Posting
from marketplace.ledger.tests.factories import SYSTEM, asked_back, booked, books, delivered, given_back, rebilled, rule
from marketplace.orders import actions as orders
from marketplace.orders.models import Order, OrderLine, VendorOrder
from marketplace.orders.tests.factories import (
    being_paid,
    money_comes,
    money_goes_back,
    paid,
    payment_succeeds,
    place,
    refund_succeeds,
    shares_of,
)
from marketplace.payments import actions as payments
from marketplace.payments.errors import RefundExceedsCapture
from marketplace.payments.models import Payment
from marketplace.payments.tests.factories import kes, said

pytestmark = pytest.mark.django_db
DISPUTE = Cause("orders.dispute", "DS-1")


def line_of(order: Order, title: str) -> OrderLine:
    return OrderLine.objects.select_related("vendor_order__order").get(order=order, title=title)


def available_of(share: VendorOrder) -> VendorOrder:
    """A delivered share whose money is available."""
    delivered(share)
    VendorOrder.objects.filter(pk=share.pk).update(state_since=timezone.now() - timedelta(days=400))
    assert tasks.release_due() == 1
    return share


def test_a_whole_refund_brings_every_account_back_to_nothing(customer: Person, goods: Goods) -> None:
    rule(1250)
    rule(290, fee="transaction", fixed_minor=30, currency="KES")
    order = booked(customer.user, {goods.mug: 3, goods.rug: 1, goods.lamp: 1})
    orders.refund(order.pk, by=SYSTEM, reason="All of it was wrong.")
    assert money_goes_back(order) == 1
    tasks.catch_up()
    assert books() == {}
    assert Journal.objects.filter(kind="reversal", reverses__kind="sale").count() == 2


def test_a_part_names_its_line_and_only_that_is_taken_back(customer: Person, goods: Goods) -> None:
    rule(1000)
    order = booked(customer.user, {goods.mug: 2, goods.rug: 1})
    given_back(order, 500, parts={line_of(order, "Mug"): 500}, pieces=1)
    assert books() == {"gateway": 12_500, "revenue:commission": 1250, "vendor_pending": 11_250}
    back = LineSplit.objects.get(journal__kind="reversal")
    assert (back.line.title, back.paid_minor, back.vendor_minor, back.fees, back.quantity) == (
        "Mug", -500, -450, {"commission": -50}, -1,
    )  # fmt: skip


def test_a_refund_without_parts_is_taken_of_what_is_left(customer: Person, goods: Goods) -> None:
    order = booked(customer.user, {goods.mug: 2, goods.rug: 1})  # 10.00 and 120.00
    given_back(order, 900, parts={line_of(order, "Mug"): 900})
    given_back(order, 1210, about=shares_of(order)[0].reference)
    left = dict(LineSplit.objects.order_by().values_list("line__title").annotate(Sum("paid_minor")))
    # 1.00 and 120.00 were left, so 12.10 are 0.10 and 12.00.
    assert left == {"Mug": 90, "Rug": 10_800}
    assert books() == {"gateway": 10_890, "vendor_pending": 10_890}


def test_refunds_stacked_in_any_order_give_back_what_was_taken_and_no_more(customer: Person, goods: Goods) -> None:
    """A refund sequence of the kind that elsewhere gave back more commission than was taken."""
    rule(1250)
    amounts, seen = (333, 1, 1667, 4999, 5000), set()
    for order_of in list(permutations(amounts))[::40]:
        order = booked(customer.user, {goods.rug: 1})
        before = books()
        for amount in order_of:
            given_back(order, amount, parts={line_of(order, "Rug"): amount})
            kept = LineSplit.objects.filter(share__order=order).aggregate(
                Sum("fees_minor"), Sum("vendor_minor"), Sum("paid_minor")
            )
            assert min(kept.values()) >= 0
            assert kept["fees_minor__sum"] + kept["vendor_minor__sum"] == kept["paid_minor__sum"]
        seen.add(before["revenue:commission"] - books().get("revenue:commission", 0))
        with pytest.raises(RefundExceedsCapture):
            asked_back(order, 1)
        given = Journal.objects.filter(kind="refund", subject=order.reference)
        assert given.count() == len(amounts)
    assert seen == {1500}
    assert books() == {}


def test_more_than_came_cannot_be_asked_back_and_nothing_is_posted(customer: Person, goods: Goods) -> None:
    order = booked(customer.user, {goods.mug: 1})
    before = (books(), Journal.objects.count())
    with pytest.raises(RefundExceedsCapture):
        asked_back(order, 501)
    asked_back(order, 300)
    with pytest.raises(RefundExceedsCapture):
        asked_back(order, 201)
    tasks.catch_up()
    assert (books(), Journal.objects.count()) == before, "what was only asked for has not gone back"


def test_645_at_30_percent_comes_and_goes_without_a_remainder(customer: Person, goods: Goods) -> None:
    rule(3000)
    share = rebilled(shares_of(paid(customer.user, {goods.rug: 1}))[0], discount=12_000 - 645)
    tasks.catch_up()
    given_back(share.order, 215)
    given_back(share.order, 215)
    given_back(share.order, 215)
    assert share.total == Money(645, "KES")
    assert books() == {}


def test_discount_and_shipping_of_the_market_are_taken_back_with_the_sale(customer: Person, goods: Goods) -> None:
    rule(1000)
    share = rebilled(
        shares_of(paid(customer.user, {goods.rug: 1}))[0], discount=3000, market_discount=3000, shipping=600,
        shipping_by_market=200,
    )  # fmt: skip
    tasks.catch_up()
    assert books() == {"coupons": 3200, "gateway": 9400, "revenue:commission": 1200, "vendor_pending": 11_400}
    given_back(share.order, 4500, parts={line_of(share.order, "Rug"): 4500})
    assert books() == {"coupons": 1700, "gateway": 4900, "revenue:commission": 600, "vendor_pending": 6000}
    given_back(share.order, 400, parts={share: 400})
    assert books() == {"coupons": 1500, "gateway": 4500, "revenue:commission": 600, "vendor_pending": 5400}
    given_back(share.order, 4500)
    assert books() == {}


def test_what_goes_back_beyond_a_line_is_borne_by_the_market(customer: Person, goods: Goods) -> None:
    order = booked(customer.user, {goods.mug: 1, goods.lamp: 1})
    given_back(order, 800, parts={line_of(order, "Mug"): 800})
    assert books() == {"gateway": 2700, "refunds": 300, "vendor_pending": 3000}


def test_a_share_that_was_free_to_its_buyer_is_taken_back_when_it_is_called_off(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.rug: 1, goods.lamp: 1})
    free, other = shares_of(order)
    rebilled(free, discount=12_000, market_discount=12_000)
    tasks.catch_up()
    assert books() == {"coupons": 12_000, "gateway": 3000, "vendor_pending": 15_000}
    orders.cancel_share(free.pk, by=SYSTEM, reason="This is no longer in stock.")
    tasks.catch_up()
    assert books() == {"gateway": 3000, "vendor_pending": other.total.amount}
    assert tasks.catch_up() == 0


def test_money_that_came_too_late_goes_back_and_nothing_was_sold(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.lamp: 1})
    late = being_paid(order)
    orders.expire(order.pk, by=SYSTEM)
    paid(customer.user, {goods.lamp: 1})  # the last one
    tasks.catch_up()
    before = books()
    payment_succeeds(late)
    orders.complete(order.pk, by=SYSTEM)
    tasks.catch_up()
    assert books() == {**before, "clearing": 3000, "gateway": before["gateway"] + 3000}
    money_goes_back(order)
    tasks.catch_up()
    assert books() == before
    assert not Journal.objects.filter(subject=order.reference, kind__in=("sale", "reversal")).exists()


def test_money_that_came_twice_goes_back_and_takes_nothing_of_the_sale(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 1})
    given_up = being_paid(order)
    Payment.objects.filter(pk=given_up.pk).update(status="failed")
    money_comes(order)
    orders.complete(order.pk, by=SYSTEM)
    payments.record(given_up.pk, by=SYSTEM, answer=said(Payment.objects.get(pk=given_up.pk)))
    refund = payments.return_extra(given_up.pk, by=SYSTEM)
    assert refund is not None
    tasks.catch_up()
    assert books() == {"clearing": 500, "gateway": 1000, "vendor_pending": 500}
    refund_succeeds(refund)
    tasks.catch_up()
    assert books() == {"gateway": 500, "vendor_pending": 500}


def test_a_refund_that_the_books_hear_of_first_posts_the_sale_before_it(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 1})
    refund = refund_succeeds(asked_back(order, 200))
    actions.book_refund(refund.pk, by=SYSTEM)
    assert books() == {"clearing": -500, "gateway": -200, "vendor_pending": 300}
    tasks.catch_up()
    assert books() == {"gateway": 300, "vendor_pending": 300}


def test_a_share_called_off_before_the_books_knew_it_is_not_sold_and_clears(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 1, goods.lamp: 1})
    gone, stays = shares_of(order)
    orders.cancel_share(gone.pk, by=SYSTEM, reason="This is no longer in stock.")
    assert money_goes_back(order) == 1
    tasks.catch_up()
    assert books() == {"gateway": 3000, "vendor_pending": 3000}
    assert queries.standing_of(stays.vendor_id, "KES").pending.amount == 3000
    given_back(order, 1000)
    assert books() == {"gateway": 2000, "vendor_pending": 2000}


def test_after_the_payout_came_a_refund_is_a_debt_that_is_carried(customer: Person, goods: Goods) -> None:
    order = booked(customer.user, {goods.mug: 1})
    share = available_of(shares_of(order)[0])
    with_payout(share, 500)
    given_back(order, 500)
    stands = queries.standing_of(share.vendor_id, "KES")
    assert (stands.available.amount, stands.paying.amount, stands.total.amount) == (-500, 500, 0)


def with_payout(share: VendorOrder, amount: int) -> None:
    with writing_as_system():
        post(
            JournalKind.PAYOUT, Cause("payouts.payout", "PO-1"),
            [
                Entry(AccountKind.AVAILABLE, amount, vendor_id=share.vendor_id),
                Entry(AccountKind.PAYING, -amount, vendor_id=share.vendor_id),
            ],
            currency="KES", at=timezone.now(),
        )  # fmt: skip


def test_money_on_its_way_back_is_not_released(customer: Person, goods: Goods) -> None:
    order = booked(customer.user, {goods.mug: 1})
    share = delivered(shares_of(order)[0])
    VendorOrder.objects.update(state_since=timezone.now() - timedelta(days=400))
    refund = asked_back(order, 100, about=share.reference)
    assert tasks.release_due() == 0
    refund_succeeds(refund)
    tasks.catch_up()
    assert tasks.release_due() == 1
    assert books() == {"gateway": 400, "vendor_available": 400}


def test_what_is_held_back_is_neither_released_nor_lost(customer: Person, goods: Goods) -> None:
    order = booked(customer.user, {goods.mug: 1})
    share = delivered(shares_of(order)[0])
    actions.hold(share.pk, by=SYSTEM, amount=kes(300), cause=DISPUTE)
    actions.hold(share.pk, by=SYSTEM, amount=kes(300), cause=DISPUTE)
    assert books() == {"gateway": 500, "vendor_pending": 200, "vendor_reserved": 300}
    VendorOrder.objects.update(state_since=timezone.now() - timedelta(days=400))
    assert tasks.release_due() == 0
    actions.release_hold(share.pk, by=SYSTEM, cause=DISPUTE)
    actions.release_hold(share.pk, by=SYSTEM, cause=DISPUTE)
    assert books() == {"gateway": 500, "vendor_pending": 500}
    assert tasks.release_due() == 1
    assert books() == {"gateway": 500, "vendor_available": 500}


def test_a_lost_dispute_is_paid_from_what_was_held_back(customer: Person, goods: Goods) -> None:
    order = booked(customer.user, {goods.mug: 1, goods.lamp: 1})
    share = available_of(shares_of(order)[0])
    actions.hold(share.pk, by=SYSTEM, amount=kes(500), cause=DISPUTE)
    assert queries.standing_of(share.vendor_id, "KES").available.amount == 0
    given_back(order, 400, about=share.reference)
    assert queries.standing_of(share.vendor_id, "KES").reserved.amount == 100
    actions.release_hold(share.pk, by=SYSTEM, cause=DISPUTE)
    stands = queries.standing_of(share.vendor_id, "KES")
    assert (stands.reserved.amount, stands.available.amount, stands.pending.amount) == (0, 100, 0)


def test_no_more_than_a_share_cost_is_held_back_and_only_what_was_is_let_go(customer: Person, goods: Goods) -> None:
    share = shares_of(booked(customer.user, {goods.mug: 1}))[0]
    before = Posting.objects.count()
    for refused, amount in ((HoldTooLarge, 501), (Conflict, 10**6)):
        with pytest.raises(refused):
            actions.hold(share.pk, by=SYSTEM, amount=kes(amount), cause=DISPUTE)
    with pytest.raises(NothingHeld):
        actions.release_hold(share.pk, by=SYSTEM, cause=DISPUTE)
    assert Posting.objects.count() == before
