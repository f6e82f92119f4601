"""What was published as failing in other markets, each through this whole market: ordered, paid, given back, booked."""

import pytest

from core.errors import DomainError
from core.money import Money
from marketplace.carts import actions as carts
from marketplace.carts.tests.factories import filled, on_sale
from marketplace.cast import Person
from marketplace.coupons.tests.factories import coupon
from marketplace.ledger import tasks as ledger
from marketplace.ledger.tests.factories import books, rule
from marketplace.orders import actions
from marketplace.orders.errors import RefundExceedsLine
from marketplace.orders.models import Order, OrderLine, RefundPart
from marketplace.orders.pieces import RefundedPieces, SomePieces
from marketplace.orders.tests.factories import ADDRESS as WHERE
from marketplace.orders.tests.factories import SYSTEM, buyer_of, money_comes, money_goes_back, paid, place, shares_of
from marketplace.payments import actions as payments
from marketplace.payments.errors import RefundExceedsCapture
from marketplace.payments.models import Payment, Refund

pytestmark = pytest.mark.django_db
WHY = "It arrived broken."


def amounts_back(order: Order, *minors: int) -> None:
    """These amounts of its first line go back, one after the other."""
    share = shares_of(order)[0]
    variant = share.lines.order_by("pk")[0].variant_id
    for minor in minors:
        wanted = [RefundedPieces(variant_id=variant, amount_minor=minor)]
        actions.refund_lines(share.pk, by=SYSTEM, lines=wanted, reason=WHY)
        assert money_goes_back(order) == 1
        ledger.catch_up()


def test_645_at_30_percent_is_194_for_the_market_and_451_for_the_vendor(customer: Person, owner: Person) -> None:
    """In floating point 6.45 x 0.30 is 1.935 and rounds either way; both rounded make 6.44 or 6.46."""
    rule(3_000)
    order = paid(customer.user, {on_sale(owner.vendor, price=645): 1})
    ledger.catch_up()
    assert books() == {"gateway": 645, "revenue:commission": 194, "vendor_pending": 451}
    amounts_back(order, 215, 215, 215)
    assert books() == {}


def test_one_shilling_off_three_lines_is_34_33_33_and_comes_back_whole(customer: Person, owner: Person) -> None:
    """A third of 1.00 is 0.33, and three of them are 0.99: a cent is lost."""
    coupon("one-off", amount=Money(100, "KES"))
    variants = [on_sale(owner.vendor, price=500) for _number in range(3)]
    filled(customer.user, dict.fromkeys(variants, 1))
    carts.add_coupon("one-off", by=customer.actor())
    order = actions.place_order(by=buyer_of(customer.user), **WHERE)
    lines = OrderLine.objects.filter(order=order).order_by("pk")
    assert (order.total, [line.discount_minor for line in lines]) == (Money(1_400, "KES"), [34, 33, 33])
    money_comes(order)
    actions.complete(order.pk, by=SYSTEM)
    ledger.catch_up()
    assert books() == {"coupons": 100, "gateway": 1_400, "vendor_pending": 1_500}
    for variant in variants:
        pieces = [SomePieces(variant_id=variant.pk, quantity=1)]
        actions.cancel_items(order.pk, by=buyer_of(customer.user), lines=pieces, reason=WHY)
        assert money_goes_back(order) == 1
        ledger.catch_up()
    parts = RefundPart.objects.filter(line__order=order).order_by("pk")
    assert [part.amount_minor for part in parts] == [466, 467, 467]
    assert books() == {}


def test_no_more_is_refunded_than_was_captured(customer: Person, owner: Person) -> None:
    """Whichever way it is asked for: of a line, of the order, or of the payment itself."""
    order = paid(customer.user, {on_sale(owner.vendor, price=1_000): 1})
    share, payment = shares_of(order)[0], Payment.objects.get(subject=order.reference)
    variant = share.lines.get().variant_id
    amounts_back(order, 600)
    before = (books(), Refund.objects.count())
    wanted = [RefundedPieces(variant_id=variant, amount_minor=401)]
    with pytest.raises(RefundExceedsLine):
        actions.refund_lines(share.pk, by=SYSTEM, lines=wanted, reason=WHY)
    with pytest.raises(RefundExceedsCapture):
        payments.request_refund(payment.pk, by=SYSTEM, amount=Money(401, "KES"), reason=WHY)
    assert (books(), Refund.objects.count()) == before
    amounts_back(order, 400)
    with pytest.raises(DomainError):
        actions.refund(order.pk, by=SYSTEM, reason=WHY)
    payment.refresh_from_db()
    assert (payment.captured_minor, payment.refunded_minor, books()) == (1_000, 1_000, {})


def test_stacked_partial_refunds_give_the_commission_back_to_the_cent(customer: Person, owner: Person) -> None:
    """Refunds that each round their own commission take a cent too much, or leave one."""
    rule(1_250)
    order = paid(customer.user, {on_sale(owner.vendor, price=1_000): 1})
    ledger.catch_up()
    seen = []
    for minor in (333, 333, 333, 1):
        amounts_back(order, minor)
        found = books()
        seen.append((found.get("gateway", 0), found.get("revenue:commission", 0), found.get("vendor_pending", 0)))
    assert seen == [(667, 83, 584), (334, 42, 292), (1, 0, 1), (0, 0, 0)]


def test_what_was_not_paid_is_not_refunded(customer: Person, owner: Person) -> None:
    """No money came, so none goes back and nothing is written."""
    order = place(customer.user, {on_sale(owner.vendor, price=1_000): 1})
    with pytest.raises(DomainError):
        actions.refund(order.pk, by=SYSTEM, reason=WHY)
    assert (Refund.objects.count(), books()) == (0, {})
