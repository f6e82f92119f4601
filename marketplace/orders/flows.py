"""Paying for an order: the payment is written down, the gateway is asked, the order is completed."""

from contextlib import suppress

from core.errors import Busy
from core.rules import Actor
from marketplace.orders import actions
from marketplace.orders.models import Order
from marketplace.payments import flows as payments
from marketplace.payments.models import Payment


def pay(order: Order, *, gateway: str, source: str, by: Actor) -> Payment:
    """Charge what an order costs. Refuses as `begin_payment` and the gateway do; what the gateway left open stays open.

    Each step is a transaction of its own and goes on with what it finds begun, so that a repeat after a crash charges once.
    """
    payment = actions.begin_payment(order, by=by, gateway=gateway)
    payment = payments.charge(payment, source=source, by=by)
    if payment.status == "succeeded":
        with suppress(Busy):  # then its event completes it in a moment
            actions.complete(order.pk, by=Actor.system("payment"))
    return payment
