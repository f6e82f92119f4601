"""Pieces that are worth less than the smallest amount: over all of them a line gives back what it cost, and what the market bore."""

from contextlib import suppress
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.ledger import tasks
from marketplace.ledger.tests.factories import SYSTEM, books, paid_for, rebilled, rule
from marketplace.ledger.tests.test_subsidies import alarms
from marketplace.orders import actions as orders
from marketplace.orders.actions import requesting, returning
from marketplace.orders.models import LineReduction, RefundRequest, Return, VendorOrder
from marketplace.orders.pieces import ReceivedPieces, RefundedPieces, SomePieces
from marketplace.orders.tests.factories import money_goes_back, place, shares_of
from marketplace.orders.tests.test_cancelling_lines import stock_of
from marketplace.orders.tests.test_refund_parts import failed, parts
from marketplace.payments import actions as payments
from marketplace.payments.models import Refund

pytestmark = pytest.mark.django_db
WHY = "It arrived broken."
#: What is left where all of the mugs went back: a lamp of another vendor.
LAMP = {"gateway": 3_000, "revenue:commission": 375, "vendor_pending": 2_625}


def cheap(customer: Person, goods: Goods, pieces: int, paid: int, *, by_market: int | None = None) -> VendorOrder:
    """So many mugs for so much in all, beside a lamp; the rest is off, all of it or so much by the market."""
    rule(1_250)
    share = shares_of(place(customer.user, {goods.mug: pieces, goods.lamp: 1}))[0]
    off = 500 * pieces - paid
    bill = {"discount": off, "market_discount": off if by_market is None else min(by_market, off)}
    return paid_for(rebilled(share, **bill))


def settled(share: VendorOrder) -> None:
    """What was asked back has gone back, and the books know."""
    money_goes_back(share.order)
    tasks.catch_up()


def called_off(share: VendorOrder, goods: Goods, count: int = 1) -> None:
    lines = [SomePieces(variant_id=goods.mug.pk, quantity=count)]
    orders.cancel_lines(share.pk, by=SYSTEM, lines=lines, reason=WHY)


def sent(share: VendorOrder) -> None:
    for verb, said in ((orders.accept, {}), (orders.ship, {"carrier": "G4S"}), (orders.deliver, {})):
        verb(share.pk, by=SYSTEM, **said)


def refunded(share: VendorOrder, goods: Goods, count: int = 1, by: Actor = SYSTEM, restock: int = 0) -> RefundRequest:
    lines = [RefundedPieces(variant_id=goods.mug.pk, quantity=count, restock=restock)]
    orders.refund_lines(share.pk, by=by, lines=lines, reason=WHY)
    return RefundRequest.objects.latest("pk")


def returned(share: VendorOrder, customer: Person, goods: Goods, count: int = 1, restock: int = 0) -> Return:
    lines = [SomePieces(variant_id=goods.mug.pk, quantity=count)]
    asked = orders.ask_return(share.order_id, by=customer.actor(), lines=lines, why="broken")
    returning.approve(asked.pk, by=SYSTEM)
    came = [ReceivedPieces(variant_id=goods.mug.pk, quantity=count, restock=restock)]
    return returning.receive(asked.pk, by=SYSTEM, lines=came)


def test_one_cent_over_three_pieces_goes_back_with_one_of_them(customer: Person, goods: Goods) -> None:
    share = cheap(customer, goods, 3, 1)
    seen = []
    for _piece in range(3):
        called_off(share, goods)
        settled(share)
        seen.append((Refund.objects.count(), books().get("coupons", 0)))
    assert seen == [(0, 1_499), (1, 0), (1, 0)], "of the subsidy goes back what belongs to the money"
    assert parts() == [("Mug", 1, 1, 0)]
    assert (books(), alarms()) == (LAMP, set())


def test_a_piece_that_is_worth_nothing_comes_back_and_is_sold_again_without_a_refund(
    customer: Person, goods: Goods
) -> None:
    share = cheap(customer, goods, 3, 1)
    sent(share)
    before = stock_of(goods.mug)[0]
    row = returned(share, customer, goods, restock=1)
    assert (row.state, row.refund, Refund.objects.count()) == ("closed", None, 0)
    asked = refunded(share, goods, restock=1)
    assert (asked.state, asked.amount.amount, asked.refund is not None) == ("approved", 1, True)
    asked = refunded(share, goods, restock=1)
    assert (asked.state, asked.amount.amount, asked.refund) == ("approved", 0, None)
    assert stock_of(goods.mug)[0] == before + 3
    assert list(LineReduction.objects.order_by("pk").values_list("kind", "quantity")) == [
        ("returned", 1), ("refunded", 1), ("refunded", 1),
    ]  # fmt: skip
    settled(share)
    assert (books(), alarms()) == (LAMP, set())


def test_pieces_of_a_gift_are_refunded_though_no_money_is(customer: Person, goods: Goods) -> None:
    share = cheap(customer, goods, 2, 0)
    sent(share)
    assert refunded(share, goods).refund is None
    tasks.catch_up()
    assert books() == LAMP | {"coupons": 500, "revenue:commission": 437, "vendor_pending": 3_063}
    refunded(share, goods)
    tasks.catch_up()
    assert (books(), Refund.objects.count(), alarms()) == (LAMP, 0, set())


def test_requests_that_wait_together_bring_all_of_a_line_in_any_order(
    customer: Person, finance: Person, goods: Goods
) -> None:
    money = finance.actor("operations")
    clerk = replace(money, user_id=1_000_000, grants=money.grants - {"approve_refund"})
    share = cheap(customer, goods, 3, 1_000)
    sent(share)
    waiting = [refunded(share, goods, by=clerk) for _piece in range(3)]
    assert [each.amount.amount for each in waiting] == [333, 334, 333]
    for each in (waiting[2], waiting[0], waiting[1]):
        requesting.approve(each.pk, by=money)
    settled(share)
    assert (books(), alarms()) == (LAMP, set())


def test_a_failed_refund_keeps_its_pieces_price_while_others_go_back(customer: Person, goods: Goods) -> None:
    """What was worth nothing is told from what has not gone back yet: that one's money is still its own."""
    share = cheap(customer, goods, 3, 1_000)
    called_off(share, goods)
    first = failed(Refund.objects.get())
    called_off(share, goods)
    settled(share)
    assert parts() == [("Mug", 1, 333, 0), ("Mug", 1, 333, 0)]
    payments.try_again(first.pk, by=SYSTEM)
    called_off(share, goods)
    settled(share)
    assert [each[2] for each in parts()] == [333, 333, 333, 334]
    assert (books(), alarms()) == (LAMP, set())


class Undone(Exception):
    """So that the next example finds the market as this one did."""


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.integers(1, 6),
    paid=st.one_of(st.integers(0, 8), st.integers(0, 3_000)),
    by_market=st.integers(0, 3_000),
    unsent=st.integers(0, 6),
    steps=st.lists(st.tuples(st.integers(1, 3), st.sampled_from(("return", "refund")), st.booleans()), max_size=6),
)
@example(pieces=3, paid=1, by_market=1_000, unsent=0, steps=[(1, "return", True), (1, "refund", False)])
@example(pieces=5, paid=2, by_market=3_000, unsent=2, steps=[(1, "refund", True)])
def test_pieces_in_any_steps_and_ways_bring_exactly_what_their_line_cost(
    customer: Person, goods: Goods, pieces: int, paid: int, by_market: int, unsent: int,
    steps: list[tuple[int, str, bool]],
) -> None:  # fmt: skip
    """Some are called off one by one, the others sent and given back, until none is left; money goes back now or at the end."""
    with suppress(Undone), transaction.atomic():
        share = cheap(customer, goods, pieces, min(paid, 500 * pieces), by_market=by_market)
        left = pieces
        for _piece in range(min(unsent, pieces - 1)):
            called_off(share, goods)
            left -= 1
        sent(share)
        for count, way, is_prompt in [*steps, *[(1, "refund", True)] * pieces]:
            count = min(count, left)
            if not count:
                break
            returned(share, customer, goods, count) if way == "return" else refunded(share, goods, count)
            left -= count
            if is_prompt:
                settled(share)
            assert alarms() == set()
        settled(share)
        assert (books(), tasks.catch_up(), alarms()) == (LAMP, 0, set())
        back = sum(each.amount_minor for each in Refund.objects.filter(status="succeeded"))
        assert back == min(paid, 500 * pieces)
        raise Undone
