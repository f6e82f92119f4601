"""Many who give the same money back, or the same pieces up, at the same moment: each is given once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from core.testing.races import at_once
from marketplace.cast import Goods, Person
from marketplace.orders import actions, unreturned
from marketplace.orders.actions import giving_back, requesting, returning
from marketplace.orders.models import LineReduction, Order, OrderLine, RefundPart, Return, VendorOrder
from marketplace.orders.tests.factories import SYSTEM, paid, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.orders.tests.test_cancelling_lines import some
from marketplace.orders.tests.test_refund_requests import of
from marketplace.orders.tests.test_returns import came, delivered
from marketplace.payments import actions as payments
from marketplace.payments.models import Payment, Refund
from marketplace.payments.states import HELD

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
WHY = "It arrived broken."


def sent(customer: Person, wanted: dict[Any, int]) -> VendorOrder:
    """A share on its way."""
    share = shares_of(paid(customer.user, wanted))[0]
    actions.accept(share.pk, by=SYSTEM)
    actions.ship(share.pk, by=SYSTEM, carrier="G4S")
    return share


def given() -> int:
    return RefundPart.objects.filter(refund__status__in=HELD).aggregate(sum=Sum("amount_minor"))["sum"] or 0


def test_of_twenty_refunds_of_sixty_percent_one_is_given(customer: Person, finance: Person, goods: Goods) -> None:
    share, by = sent(customer, {goods.mug: 4, goods.rug: 2}), finance.actor("operations")
    total = share.total.amount
    mugs, rugs = (line.total.amount for line in OrderLine.objects.filter(vendor_order=share).order_by("pk"))
    sixty = {
        "lines": of(goods.mug, amount_minor=mugs * 6 // 10) + of(goods.rug, amount_minor=rugs * 6 // 10),
        "reason": WHY,
    }
    answers = at_once([lambda: actions.refund_lines(share.pk, by=by, **sixty)] * 20)
    assert answers == {"done": 1, "refund_exceeds_line": 19}
    assert (Refund.objects.count(), given()) == (1, total * 6 // 10)
    assert broken() == {}


def test_of_twenty_straight_at_the_payment_one_is_given_too(customer: Person, goods: Goods) -> None:
    share = sent(customer, {goods.mug: 4})
    payment = Payment.objects.get()
    sixty = payment.amount.share(6_000)
    answers = at_once([lambda: payments.request_refund(payment.pk, by=SYSTEM, amount=sixty, reason=WHY)] * 20)
    assert answers == {"done": 1, "refund_exceeds_capture": 19}
    assert Payment.objects.get().held_minor == sixty.amount <= share.total.amount


def slow_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """As shops have it that refund twice: a look first, a write later, and nothing held meanwhile."""

    def looked_first(order: Order, shares: Any) -> Any:
        found = unreturned.refundable_of(shares)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        return found

    for module in (giving_back, requesting):
        monkeypatch.setattr(module, "hold_refundable", looked_first)


def test_without_the_locks_a_line_gives_back_more_than_it_cost(
    customer: Person, finance: Person, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: other lines' money covers it, so only the line's own cap stands between."""
    slow_rests(monkeypatch)
    monkeypatch.setattr("core.actions.lock", _unlocked)
    share, by = sent(customer, {goods.mug: 2, goods.rug: 2}), finance.actor("operations")
    sixty = {"lines": of(goods.mug, amount_minor=600), "reason": WHY}
    answers = at_once([lambda: actions.refund_lines(share.pk, by=by, **sixty)] * 3)
    assert answers["done"] > 1
    assert "I-P2b" in broken()


def _unlocked(model: Any, subject: Any) -> Any:
    return subject if isinstance(subject, model) else model._default_manager.get(pk=subject)


@pytest.mark.parametrize("round_number", range(4))
def test_cancelling_a_line_shipping_and_refunding_at_once_agree(
    customer: Person, owner: Person, support: Person, finance: Person, goods: Goods, round_number: int
) -> None:
    order = paid(customer.user, {goods.mug: 3, goods.lamp: 1})
    mine = shares_of(order)[0]
    actions.accept(mine.pk, by=SYSTEM)
    vendor, staff, money = owner.actor("vendor"), support.actor("operations"), finance.actor("operations")
    tries: list[Callable[[], object]] = [
        lambda: actions.ship(mine.pk, by=vendor, carrier="G4S"),
        lambda: actions.cancel_lines(mine.pk, by=vendor, lines=some(goods.mug, 2), reason=WHY),
        lambda: actions.cancel_lines(mine.pk, by=staff, lines=some(goods.mug, 2), reason=WHY),
        lambda: actions.refund_lines(mine.pk, by=money, lines=of(goods.mug, 2), reason=WHY),
        lambda: actions.refund_lines(mine.pk, by=money, lines=of(goods.mug, amount_minor=900), reason=WHY),
        lambda: actions.cancel_share(mine.pk, by=staff, reason=WHY),
    ]
    answers = at_once(tries)
    allowed = {
        "done",
        "wrong_state",
        "too_many_pieces",
        "refund_exceeds_line",
        "not_sent_yet",
        "invalid",
        "nothing_to_refund",
    }
    assert set(answers) <= allowed, answers
    assert answers["done"] >= 1
    pieces = LineReduction.objects.filter(line__vendor_order=mine).aggregate(sum=Sum("quantity"))["sum"] or 0
    assert pieces <= 3
    assert given() == Payment.objects.get().held_minor <= order.total.amount
    assert broken() == {}


def test_a_return_is_received_once_however_often_the_vendor_presses(
    customer: Person, owner: Person, goods: Goods
) -> None:
    order = delivered(paid(customer.user, {goods.mug: 2}))
    asked = actions.ask_return(order.pk, by=customer.actor(), lines=some(goods.mug, 2), why="broken")
    returning.approve(asked.pk, by=SYSTEM)
    vendor = owner.actor("vendor")
    press = lambda: returning.receive(asked.pk, by=vendor, lines=came(goods.mug, 2, restock=2))  # noqa: E731
    assert at_once([press] * 6) == {"done": 1, "wrong_state": 5}
    assert (Refund.objects.count(), LineReduction.objects.count(), Return.objects.get().state) == (1, 1, "received")
    assert broken() == {}


def test_a_failed_refund_and_a_new_one_of_the_same_line_are_not_both_given(
    customer: Person, finance: Person, goods: Goods
) -> None:
    from marketplace.orders.tests.test_refund_parts import failed

    share, by = sent(customer, {goods.mug: 2, goods.rug: 2}), finance.actor("operations")
    actions.refund_lines(share.pk, by=by, lines=of(goods.mug, amount_minor=1_000), reason=WHY)
    first = failed(Refund.objects.get())
    answers = at_once(
        [
            lambda: payments.try_again(first.pk, by=by),
            lambda: actions.refund_lines(share.pk, by=by, lines=of(goods.mug, amount_minor=1_000), reason=WHY),
        ]
    )
    assert answers["done"] == 1, answers
    assert given() == 1_000
    assert broken() == {}


def test_of_many_small_refunds_at_once_no_more_than_the_limit_goes_by_one_word(
    customer: Person, finance: Person, admin: Person, goods: Goods, settings: Any
) -> None:
    settings.REFUND_APPROVAL = ["KES 2.50"]
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    first, second = finance.actor("operations"), admin.actor("operations")
    mine, theirs = shares_of(order)
    tries = [
        *[lambda: actions.refund_lines(mine.pk, by=first, lines=of(goods.mug, amount_minor=100), reason=WHY)] * 4,
        *[lambda: actions.refund_lines(theirs.pk, by=second, lines=of(goods.lamp, amount_minor=100), reason=WHY)] * 4,
    ]
    assert at_once(tries) == {"done": 8}
    assert (Refund.objects.count(), given()) == (2, 200)
    assert broken() == {}
