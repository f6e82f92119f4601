"""What the market pays of a line is the vendor's for the pieces that it sells; of those that are given up it is taken back, exactly."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db.models import Sum
from django.utils import timezone

from core import invariants
from core.money import Money
from marketplace.carts import actions as carts
from marketplace.carts.tests.factories import filled, on_sale
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Variant
from marketplace.coupons.tests.factories import coupon
from marketplace.ledger import reactions, tasks, waiting
from marketplace.ledger.models import Journal, LineSplit
from marketplace.ledger.tests.factories import SYSTEM, books, delivered, rule
from marketplace.orders import actions as orders
from marketplace.orders.actions import returning
from marketplace.orders.events import ItemsCancelled
from marketplace.orders.models import VendorOrder
from marketplace.orders.pieces import ReceivedPieces, SomePieces
from marketplace.orders.tests.factories import ADDRESS, buyer_of, money_comes, money_goes_back, shares_of
from marketplace.payouts import actions as payouts
from marketplace.payouts.models import Payout
from marketplace.payouts.tests.factories import account

pytestmark = pytest.mark.django_db
WHY = "This is no longer in stock."
AUDITED = ("I-L", "I-O", "I-P", "I-S", "I-C", "I-Y")


@pytest.fixture
def gift(owner: Person) -> Variant:
    """What the market gives away."""
    thing = on_sale(owner.vendor, price=1_000, stock=9, title="Gift")
    coupon("gift", basis_points=10_000, listings=(thing.listing,))
    return thing


@pytest.fixture
def odd(owner: Person) -> Variant:
    """Three of it are 10.02, of which the vendor takes one cent off and the market gives the rest away: it does not go into three."""
    thing = on_sale(owner.vendor, price=334, stock=9, title="Odd")
    coupon("cent", amount=Money(1, "KES"), vendor=owner.vendor, borne_by="vendor", listings=(thing.listing,))
    coupon("odd", basis_points=10_000, listings=(thing.listing,))
    return thing


def bought(customer: Person, wanted: dict[Variant, int], *codes: str) -> VendorOrder:
    """The only share of an order with coupons, paid and booked."""
    filled(customer.user, wanted)
    for code in codes:
        carts.add_coupon(code, by=customer.actor())
    order = orders.place_order(by=buyer_of(customer.user), **ADDRESS)
    money_comes(order)
    orders.complete(order.pk, by=SYSTEM)
    tasks.catch_up()
    return shares_of(order)[0]


def called_off(share: VendorOrder, thing: Variant, count: int = 1) -> None:
    orders.cancel_lines(share.pk, by=SYSTEM, lines=[SomePieces(variant_id=thing.pk, quantity=count)], reason=WHY)
    tasks.catch_up()
    assert tasks.catch_up() == 0


def alarms() -> set[str]:
    names = [each.name for each in invariants.all_invariants() if each.name.startswith(AUDITED)]
    return {each.invariant.name for each in invariants.run(names) if not each.holds}


def test_a_gift_that_is_called_off_alone_brings_its_vendor_nothing(
    customer: Person, goods: Goods, gift: Variant
) -> None:
    rule(1_000)
    share = bought(customer, {gift: 2, goods.mug: 1}, "gift")
    assert books() == {"coupons": 2_000, "gateway": 500, "revenue:commission": 250, "vendor_pending": 2_250}
    called_off(share, gift, 2)
    assert books() == {"gateway": 500, "revenue:commission": 50, "vendor_pending": 450}
    assert alarms() == set()


def test_three_pieces_one_by_one_take_back_what_three_at_once_do(customer: Person, goods: Goods, odd: Variant) -> None:
    rule(1_250)
    share = bought(customer, {odd: 3, goods.mug: 1}, "cent", "odd")
    left = [books()["coupons"]]
    for _piece in range(3):
        called_off(share, odd)
        assert alarms() == set()
        left.append(books().get("coupons", 0))
    assert (left, [before - after for before, after in pairwise(left)]) == ([1_001, 667, 334, 0], [334, 333, 334])
    assert books() == {"gateway": 500, "revenue:commission": 63, "vendor_pending": 437}
    backs = Journal.objects.filter(kind="reversal", reverses__kind="sale").order_by("pk")
    assert [each.cause_reference.rpartition("/")[2] for each in backs] == ["1", "2", "3"]
    kept = LineSplit.objects.filter(line__title="Odd").aggregate(
        Sum("borne_minor"), Sum("vendor_minor"), Sum("fees_minor"), Sum("quantity")
    )
    assert set(kept.values()) == {0}


def test_a_gift_half_called_off_and_then_the_whole_share_leaves_nothing(
    customer: Person, goods: Goods, odd: Variant
) -> None:
    share = bought(customer, {odd: 3, goods.mug: 2}, "cent", "odd")
    assert books() == {"coupons": 1_001, "gateway": 1_000, "vendor_pending": 2_001}
    called_off(share, odd, 2)
    assert books() == {"coupons": 334, "gateway": 1_000, "vendor_pending": 1_334}
    called_off(share, goods.mug)
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert books() == {"coupons": 334, "gateway": 500, "vendor_pending": 834}
    orders.cancel_share(share.pk, by=SYSTEM, reason=WHY)
    tasks.catch_up()
    assert books() == {"gateway": 500, "vendor_pending": 500}, "the last gift is no longer the vendor's"
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert (books(), tasks.catch_up(), alarms()) == ({}, 0, set())


def test_gifts_that_a_refund_carries_are_taken_back_once(customer: Person, goods: Goods, gift: Variant) -> None:
    share = bought(customer, {gift: 3, goods.mug: 2}, "gift")
    both = [SomePieces(variant_id=gift.pk, quantity=2), SomePieces(variant_id=goods.mug.pk, quantity=1)]
    orders.cancel_lines(share.pk, by=SYSTEM, lines=both, reason=WHY)
    tasks.catch_up()
    assert books() == {"coupons": 1_000, "gateway": 1_000, "vendor_pending": 2_000}
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert books() == {"coupons": 1_000, "gateway": 500, "vendor_pending": 1_500}
    called_off(share, gift)
    assert books() == {"gateway": 500, "vendor_pending": 500}
    assert alarms() == set()


def test_a_refund_that_the_books_hear_of_first_takes_the_gift_back_with_it(
    customer: Person, goods: Goods, gift: Variant
) -> None:
    share = bought(customer, {gift: 1, goods.mug: 2}, "gift")
    both = [SomePieces(variant_id=gift.pk, quantity=1), SomePieces(variant_id=goods.mug.pk, quantity=1)]
    orders.cancel_lines(share.pk, by=SYSTEM, lines=both, reason=WHY)
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert books() == {"gateway": 500, "vendor_pending": 500}
    assert Journal.objects.filter(kind="reversal").count() == 1
    assert (tasks.catch_up(), alarms()) == (0, set())


def test_half_a_gift_goes_back_with_what_its_buyer_paid(customer: Person, goods: Goods, owner: Person) -> None:
    thing = on_sale(owner.vendor, price=333, stock=9)
    coupon("half", basis_points=5_000, listings=(thing.listing,))
    share = bought(customer, {thing: 3, goods.mug: 1}, "half")
    for _piece in range(3):
        called_off(share, thing)
        assert money_goes_back(share.order) == 1
        tasks.catch_up()
        assert alarms() == set()
    assert books() == {"gateway": 500, "vendor_pending": 500}


def test_a_gift_that_comes_back_is_taken_back_after_its_money_was_available(
    customer: Person, goods: Goods, gift: Variant
) -> None:
    share = delivered(bought(customer, {gift: 2, goods.mug: 1}, "gift"))
    asked = orders.ask_return(
        share.order_id, by=customer.actor(), lines=[SomePieces(variant_id=gift.pk, quantity=1)], why="broken"
    )
    long_ago = timezone.now() - timedelta(days=400)
    VendorOrder.objects.filter(pk=share.pk).update(state_since=long_ago)
    assert tasks.release_due() == 1
    returning.approve(asked.pk, by=SYSTEM)
    returning.receive(asked.pk, by=SYSTEM, lines=[ReceivedPieces(variant_id=gift.pk, quantity=1, restock=0)])
    assert books() == {"coupons": 2_000, "gateway": 500, "vendor_available": 2_500}
    tasks.catch_up()
    assert books() == {"coupons": 1_000, "gateway": 500, "vendor_available": 1_500}
    assert (tasks.catch_up(), alarms()) == (0, set())


def test_the_event_takes_it_back_and_hearing_it_again_takes_no_more(
    customer: Person, goods: Goods, gift: Variant
) -> None:
    share = bought(customer, {gift: 2, goods.mug: 1}, "gift")
    orders.cancel_lines(share.pk, by=SYSTEM, lines=[SomePieces(variant_id=gift.pk, quantity=1)], reason=WHY)
    for _time in range(3):
        reactions.take_back_what_was_free(ItemsCancelled(share.pk, share.order_id, share.vendor_id, 1, WHY))
        assert books() == {"coupons": 1_000, "gateway": 500, "vendor_pending": 1_500}
    assert tasks.catch_up() == 0


def test_a_gift_called_off_before_the_books_knew_of_its_sale_is_sold_and_taken_back(
    customer: Person, goods: Goods, gift: Variant
) -> None:
    filled(customer.user, {gift: 2, goods.mug: 1})
    carts.add_coupon("gift", by=customer.actor())
    order = orders.place_order(by=buyer_of(customer.user), **ADDRESS)
    money_comes(order)
    orders.complete(order.pk, by=SYSTEM)
    called_off(shares_of(order)[0], gift, 2)
    assert books() == {"gateway": 500, "vendor_pending": 500}
    assert alarms() == set()


def test_a_vendor_is_paid_only_for_what_was_delivered(
    customer: Person, owner: Person, goods: Goods, gift: Variant
) -> None:
    """Through the market: a gift and a mug are ordered, the gift is called off, the mug arrives, and is all that is paid out."""
    rule(1_000)
    account(owner.vendor)
    share = bought(customer, {gift: 2, goods.mug: 2}, "gift")
    called_off(share, gift, 2)
    delivered(share)
    VendorOrder.objects.filter(pk=share.pk).update(state_since=timezone.now() - timedelta(days=400))
    assert tasks.release_due() == 1
    payout = payouts.ask_for(owner.vendor.pk, by=SYSTEM)
    assert payout.amount == Money(900, "KES")
    assert Payout.objects.count() == 1
    assert books() == {"gateway": 1_000, "revenue:commission": 100, "vendor_paying": 900}
    assert alarms() == set()


def test_what_a_vendor_would_have_kept_is_told_by_the_audit(
    customer: Person, goods: Goods, gift: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the books were before they took gifts back: the audit says so half an hour later."""
    share = bought(customer, {gift: 2, goods.mug: 1}, "gift")
    with monkeypatch.context() as planted:
        planted.setattr(waiting, "to_void", VendorOrder.objects.none)
        called_off(share, gift)
    assert "I-L8" not in alarms()
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    (found,) = invariants.run(["I-L8"])
    assert (found.holds, "0 of 2000 is taken back" in str(found.sample)) == (False, True)
    tasks.catch_up()
    assert "I-L8" not in alarms()


def test_what_was_taken_back_of_a_gift_that_is_kept_is_told_by_the_audit(
    customer: Person, goods: Goods, gift: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = bought(customer, {gift: 2, goods.mug: 1}, "gift")
    called_off(share, gift)
    with monkeypatch.context() as planted:
        planted.setattr("marketplace.ledger.invariants_of_subsidies._given_up", lambda _share: {})
        assert "I-L8" in alarms()
    assert "I-L8" not in alarms()
