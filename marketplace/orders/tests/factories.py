"""Orders in any state, for tests and the demo market: made by the same verbs that people press."""

from typing import Any

from core.audiences import STOREFRONT
from core.rules import Actor
from marketplace.accounts.models import User
from marketplace.carts.tests.factories import filled
from marketplace.catalog.models import Variant
from marketplace.orders import actions
from marketplace.orders.models import Order, VendorOrder
from marketplace.payments import actions as payments
from marketplace.payments.models import Payment, Refund
from marketplace.payments.tests.factories import said, said_of_refund

ADDRESS = {
    "recipient": "Amina Odhiambo", "phone": "0712345678", "street": "12 Moi Avenue", "town": "Nairobi", "country": "KE",
}  # fmt: skip
SYSTEM = Actor.system("factory")


def buyer_of(user: User) -> Actor:
    return Actor(user_id=user.pk, name=str(user), audience=STOREFRONT)


def place(user: User, wanted: dict[Variant, int], **said: Any) -> Order:
    """Put these into the cart and order it."""
    filled(user, wanted)
    return actions.place_order(by=buyer_of(user), **(ADDRESS | said))


def payment_succeeds(payment: Payment) -> Payment:
    """As if the gateway had said so."""
    if payment.status == "started":
        payments.claim(payment.pk, by=SYSTEM)
    return payments.record(payment.pk, by=SYSTEM, answer=said(payment))


def being_paid(order: Order) -> Payment:
    """Somebody asks the gateway for the money of an order at this very moment."""
    payment = actions.begin_payment(order.pk, by=buyer_of(order.customer), gateway="mock")
    return payments.claim(payment.pk, by=SYSTEM)


def refund_succeeds(refund: Refund) -> Refund:
    """As if the gateway had said so."""
    payments.claim_refund(refund.pk, by=SYSTEM)
    return payments.record_refund(refund.pk, by=SYSTEM, answer=said_of_refund(refund))


def money_comes(order: Order) -> Payment:
    """The gateway has the money, and the payment knows it; the order does not yet."""
    return payment_succeeds(actions.begin_payment(order.pk, by=buyer_of(order.customer), gateway="mock"))


def paid(user: User, wanted: dict[Variant, int], **said: Any) -> Order:
    """An order whose money has come."""
    order = place(user, wanted, **said)
    money_comes(order)
    return actions.complete(order.pk, by=SYSTEM)


def shares_of(order: Order) -> list[VendorOrder]:
    return list(VendorOrder.objects.filter(order=order).order_by("pk"))


def money_goes_back(order: Order) -> int:
    """The gateway gave back what was asked for; the order says so. Answers how many refunds there were."""
    waiting = Refund.objects.filter(payment__subject=order.reference, status="requested")
    done = [refund_succeeds(refund) for refund in waiting]
    actions.book_refund(order.pk, by=SYSTEM)
    return len(done)
