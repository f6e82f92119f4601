"""Money comes, comes late, or does not come: what becomes of the order, its shares and the goods."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Denied, DomainError, Missing
from core.models import Audit, OutboxEvent
from core.money import Money
from core.rules import Actor
from marketplace.carts.tests.factories import on_sale
from marketplace.cast import Goods, Person
from marketplace.catalog import actions as catalog
from marketplace.catalog.models import Stock, StockMove, Variant
from marketplace.orders import actions, queries, reactions, tasks
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import (
    being_paid,
    buyer_of,
    money_comes,
    money_goes_back,
    paid,
    payment_succeeds,
    place,
    refund_succeeds,
    shares_of,
)
from marketplace.payments.events import PaymentSucceeded, RefundSucceeded
from marketplace.payments.models import Payment, Refund

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def stock_of(variant: Variant) -> tuple[int, int]:
    found = Stock.objects.get(variant=variant)
    return found.on_hand, found.reserved


def told(order: Order) -> tuple[str, str, list[str]]:
    """How an order stands: its payment, its word, its shares."""
    row = Order.objects.get(pk=order.pk)
    return row.payment_state, row.cached_state, [share.state for share in shares_of(row)]


def kinds(order: Order) -> list[str]:
    return list(StockMove.objects.filter(reference=order.reference).order_by("pk").values_list("kind", flat=True))


def test_a_paid_order_sells_its_goods_and_lets_its_vendors_begin(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    assert told(order) == ("paid", "paid", ["to_accept", "to_accept"])
    assert (stock_of(goods.mug), stock_of(goods.lamp)) == ((8, 0), (0, 0))
    assert kinds(order) == ["reserved", "reserved", "sold", "sold"]
    assert abs(timezone.now() - order.paid_at) < timedelta(minutes=1)
    released = OutboxEvent.objects.filter(name="orders.OrderPaid")
    assert released.count() <= 1


def test_completing_again_changes_nothing(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2})
    before = Order.objects.values().get(), kinds(order)
    for _ in range(3):
        actions.complete(order.pk, by=SYSTEM)
    assert (Order.objects.values().get(), kinds(order)) == before


def test_an_order_without_money_is_not_completed(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    actions.complete(order.pk, by=SYSTEM)
    actions.begin_payment(order.pk, by=customer.actor(), gateway="mock")
    actions.complete(order.pk, by=SYSTEM)
    assert told(order) == ("pending", "pending", ["waiting"])
    assert stock_of(goods.mug) == (10, 2)


@pytest.mark.parametrize("role", ["customer", "buyer", "owner", "support", "admin"])
def test_nobody_completes_an_order_by_hand(role: str, customer: Person, goods: Goods, request: Any) -> None:
    person: Person = request.getfixturevalue(role)
    order = place(customer.user, {goods.mug: 2})
    money_comes(order)
    for audience in ("storefront", "vendor", "operations"):
        with pytest.raises((Denied, Missing)):
            actions.complete(order.pk, by=person.actor(audience))
    assert told(order)[0] == "pending"


def test_only_who_ordered_begins_to_pay(customer: Person, buyer: Person, support: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    with pytest.raises(Missing):
        actions.begin_payment(order.pk, by=buyer.actor(), gateway="mock")
    with pytest.raises(Denied):
        actions.begin_payment(order.pk, by=support.actor("operations"), gateway="mock")
    assert Payment.objects.count() == 0


def test_a_payment_that_is_under_way_is_gone_on_with(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    first = actions.begin_payment(order.pk, by=customer.actor(), gateway="mock")
    assert actions.begin_payment(order.pk, by=customer.actor(), gateway="mock").pk == first.pk
    assert (first.amount, first.subject, first.payer_id) == (Money(1_000, "KES"), order.reference, customer.user.pk)


def test_what_is_paid_expired_or_cancelled_is_not_paid_again(customer: Person, goods: Goods) -> None:
    done, late, dropped = (place(customer.user, {goods.mug: 1}) for _ in range(3))
    money_comes(done)
    actions.complete(done.pk, by=SYSTEM)
    actions.expire(late.pk, by=SYSTEM)
    actions.cancel(dropped.pk, by=customer.actor(), reason="Not any more.")
    codes = []
    for order in (done, late, dropped):
        with pytest.raises(DomainError) as refusal:
            actions.begin_payment(order.pk, by=customer.actor(), gateway="mock")
        codes.append(refusal.value.code)
    assert codes == ["already_paid", "order_expired", "wrong_state"]


def test_an_order_that_is_not_paid_in_time_gives_its_goods_back(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2, goods.lamp: 1})
    actions.expire(order.pk, by=SYSTEM)
    assert told(order) == ("expired", "expired", ["expired", "expired"])
    assert (stock_of(goods.mug), stock_of(goods.lamp)) == ((10, 0), (1, 0))
    assert kinds(order) == ["reserved", "reserved", "released", "released"]
    with pytest.raises(DomainError) as refusal:
        actions.expire(order.pk, by=SYSTEM)
    assert refusal.value.code == "wrong_state"
    assert kinds(order) == ["reserved", "reserved", "released", "released"]


def test_the_clock_ends_only_what_is_over(customer: Person, goods: Goods) -> None:
    over, waiting = place(customer.user, {goods.mug: 1}), place(customer.user, {goods.mug: 2})
    Order.objects.filter(pk=over.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert (tasks.expire_orders(), tasks.expire_orders()) == (1, 0)
    assert (told(over)[0], told(waiting)[0]) == ("expired", "pending")
    assert stock_of(goods.mug) == (10, 2)


def test_an_order_whose_money_has_come_does_not_expire_but_is_completed(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    money_comes(order)
    Order.objects.update(expires_at=timezone.now() - timedelta(minutes=5))
    with pytest.raises(DomainError) as refusal:
        actions.expire(order.pk, by=SYSTEM)
    assert (refusal.value.code, told(order)[0]) == ("already_paid", "pending")
    assert (tasks.expire_orders(), tasks.complete_orders(), tasks.complete_orders()) == (0, 1, 0)
    assert told(order) == ("paid", "paid", ["to_accept"])


def test_money_that_comes_late_takes_the_goods_anew(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2, goods.lamp: 1})
    being_paid(order)
    actions.expire(order.pk, by=SYSTEM)
    money_arrives(order)
    actions.complete(order.pk, by=SYSTEM)
    assert told(order) == ("paid", "paid", ["to_accept", "to_accept"])
    assert (stock_of(goods.mug), stock_of(goods.lamp)) == ((8, 0), (0, 0))
    assert Refund.objects.count() == 0


def money_arrives(order: Order) -> None:
    """The payment that was under way succeeds after all."""
    payment_succeeds(Payment.objects.get(subject=order.reference))


def test_money_that_comes_when_the_goods_are_gone_goes_back(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2, goods.lamp: 1})
    being_paid(order)
    actions.expire(order.pk, by=SYSTEM)
    catalog.adjust_stock(goods.lamp.pk, by=SYSTEM, quantity=-1, reason="Sold in the shop")
    money_arrives(order)
    actions.complete(order.pk, by=SYSTEM)
    assert told(order) == ("paid", "cancelled", ["expired", "expired"])
    assert (stock_of(goods.mug), stock_of(goods.lamp)) == ((10, 0), (0, 0))
    assert "sold" not in kinds(order)
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason) == (
        order.total,
        "The payment came after the order had ended, so the money goes back.",
    )
    actions.complete(order.pk, by=SYSTEM)
    assert (tasks.complete_orders(), Refund.objects.count()) == (0, 1)
    assert money_goes_back(order) == 1
    assert told(order)[:2] == ("refunded", "refunded")


def test_money_that_comes_for_a_cancelled_order_goes_back(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    being_paid(order)
    actions.cancel(order.pk, by=customer.actor(), reason="Not any more.")
    money_arrives(order)
    assert tasks.complete_orders() == 1
    assert told(order) == ("paid", "cancelled", ["cancelled"])
    assert (stock_of(goods.mug), Refund.objects.get().amount) == ((10, 0), Money(1_000, "KES"))
    assert money_goes_back(order) == 1
    assert told(order)[0] == "refunded"


def test_the_events_of_payments_complete_and_book_once_however_often_they_come(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    payment = money_comes(order)
    for _ in range(2):
        reactions.complete_order(PaymentSucceeded(payment_id=payment.pk, subject=order.reference))
    assert told(order)[0] == "paid"
    assert kinds(order) == ["reserved", "sold"]
    actions.cancel(order.pk, by=customer.actor(), reason="Not any more.")
    refund = Refund.objects.get()
    refund_succeeds(refund)
    for _ in range(2):
        reactions.book_refund(RefundSucceeded(refund_id=refund.pk, payment_id=payment.pk, subject=order.reference))
    assert told(order)[0] == "refunded"
    assert Order.objects.get().refunded == order.total
    assert Audit.objects.filter(verb="book_refund", model="orders.order").count() == 1


def test_payments_of_something_else_are_nothing_to_orders() -> None:
    reactions.complete_order(PaymentSucceeded(payment_id=1, subject="BO-0000-0000-0000"))
    reactions.book_refund(RefundSucceeded(refund_id=1, payment_id=1, subject="BO-0000-0000-0000"))
    assert Order.objects.count() == 0


def test_an_order_that_costs_nothing_needs_no_payment(customer: Person, owner: Person) -> None:
    gift = on_sale(owner.vendor, price=0, stock=2)
    order = place(customer.user, {gift: 1})
    assert told(order) == ("paid", "paid", ["to_accept"])
    assert (stock_of(gift), Payment.objects.count()) == ((1, 0), 0)
    actions.cancel(order.pk, by=customer.actor(), reason="Not any more.")
    assert told(order) == ("paid", "cancelled", ["cancelled"])
    assert (stock_of(gift), Refund.objects.count()) == ((2, 0), 0)


def test_what_was_paid_and_given_back_is_read_from_the_payments(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    assert queries.money_of(order).covers(order.total) is False
    assert queries.money_of(order).payment is None
    money_comes(order)
    found = queries.money_of(order)
    assert (found.captured, found.refunded, found.unreturned) == (order.total, Money(0, "KES"), order.total)
    assert buyer_of(customer.user).user_id == order.customer_id
