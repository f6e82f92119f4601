"""An order that ends unpaid calls its payment off; money that comes all the same is late money."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import DomainError
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Stock
from marketplace.orders import actions, flows, tasks
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import SYSTEM, money_comes, place
from marketplace.payments import tasks as payments
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import Payment, Refund

pytestmark = pytest.mark.django_db


def waiting(customer: Person, goods: Goods) -> tuple[Order, Payment]:
    """An order whose payer was asked to confirm and went away."""
    order = place(customer.user, {goods.mug: 2})
    return order, flows.pay(order, gateway="", source="tok_requires_action", by=customer.actor())


def clock() -> None:
    """A minute later, with no event delivered and no webhook heard."""
    Payment.objects.update(status_since=timezone.now() - timedelta(seconds=6), asked_at=None)
    payments.reconcile_payments()
    tasks.complete_orders()


def end(order: Order, how: str, customer: Person) -> None:
    if how == "expire":
        Order.objects.filter(pk=order.pk).update(expires_at=timezone.now())
        assert tasks.expire_orders() == 1
    else:
        actions.cancel(order.pk, by=customer.actor(), reason="Not any more.")


@pytest.mark.parametrize("how", ["expire", "cancel"])
def test_its_payment_is_ended_at_the_gateway(
    how: str, customer: Person, goods: Goods, mock_gateway: GatewayProcess
) -> None:
    order, payment = waiting(customer, goods)
    end(order, how, customer)
    clock()
    mock_gateway.settle(payment.gateway_id)
    clock()
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.status, payment.failure_code, mock_gateway.statement()) == ("failed", "cancelled", [])
    assert order.payment_state == {"expire": "expired", "cancel": "cancelled"}[how]
    assert (Stock.objects.get(variant=goods.mug).on_hand, Refund.objects.count()) == (10, 0)


@pytest.mark.parametrize(("how", "state", "left", "refunds"), [("expire", "paid", 8, 0), ("cancel", "paid", 10, 1)])
def test_who_confirmed_just_before_that_has_paid_late(
    how: str, state: str, left: int, refunds: int, customer: Person, goods: Goods, mock_gateway: GatewayProcess
) -> None:
    order, payment = waiting(customer, goods)
    end(order, how, customer)
    mock_gateway.settle(payment.gateway_id)
    clock()
    order.refresh_from_db()
    assert (order.payment_state, Refund.objects.count()) == (state, refunds)
    assert Stock.objects.get(variant=goods.mug).on_hand == left


def test_a_payment_that_nobody_sent_ends_with_its_order(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    payment = actions.begin_payment(order.pk, by=customer.actor(), gateway="mock")
    actions.cancel(order.pk, by=customer.actor(), reason="Not any more.")
    payment.refresh_from_db()
    assert (payment.status, payment.failure_code) == ("failed", "called_off")


def test_an_order_whose_money_has_come_does_not_expire(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    money_comes(order)
    with pytest.raises(DomainError) as refusal:
        actions.expire(order.pk, by=SYSTEM)
    order.refresh_from_db()
    assert (refusal.value.code, order.payment_state) == ("already_paid", "pending")
