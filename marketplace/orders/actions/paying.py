"""Money and orders: a payment is begun, an order whose money has come is completed, what was given back is booked."""

from django.db import transaction

from core import context
from core.actions import action
from core.errors import Denied, WrongState
from core.events import publish
from core.rules import Actor
from marketplace.catalog.errors import NotEnoughStock
from marketplace.coupons import actions as coupons
from marketplace.coupons.errors import CouponUsedUp
from marketplace.orders import states
from marketplace.orders.actions.giving_back import ask_back, hold_rests
from marketplace.orders.actions.shelf import goods_of, move_goods
from marketplace.orders.actions.whole import move_shares, name_state, shares_of
from marketplace.orders.errors import NotPaidInTime
from marketplace.orders.events import OrderPaid, OrderRefunded, VendorOrderReleased
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.queries import money_of
from marketplace.orders.unreturned import everything
from marketplace.payments import actions as payments
from marketplace.payments.errors import AlreadyPaid
from marketplace.payments.models import Payment

TOO_LATE = "The payment came after the order had ended, so the money goes back."


@action(label="Pay", rule="view")
def begin_payment(order: Order, *, by: Actor, gateway: str) -> Payment:
    """Write down that an order is to be paid in full, or go on with the payment that is under way.

    Refuses with 409 `already_paid`, `order_expired`, and `wrong_state` for one that was called off.
    """
    if by.user_id != order.customer_id:
        raise Denied()
    if order.payment_state in states.PAID:
        raise AlreadyPaid()
    if order.payment_state == "expired":
        raise NotPaidInTime()
    if order.payment_state != "pending":
        raise WrongState(state=order.payment_state, verb="be paid", allowed_from=["pending"])
    return payments.start(by=by, payer=order.customer, subject=order.reference, amount=order.total, gateway=gateway)


@action(label="Complete")
def complete(order: Order, *, by: Actor) -> Order:
    """Finish an order whose money has come: the only way to be paid, whoever noticed first. Does nothing a second time.

    Its goods are sold and its vendors may begin. Of an order that had expired, the goods and coupons are taken anew; where
    they are gone, or the order was called off, all of the money is asked back.
    """
    money = money_of(order)
    if order.payment_state in states.PAID or not money.covers(order.total):
        return order
    before, shares = order.payment_state, shares_of(order)
    states.ORDER.move(order, "pay")
    order.paid_at = context.now()
    publish(OrderPaid(order_id=order.pk, customer_id=order.customer_id))
    if before == "pending":
        _release(shares, "release")
        move_goods(goods_of(order), "sell", order=order, by=by)
    elif before == "expired" and _taken_anew(order, by):
        _release(shares, "revive")
    else:
        ask_back(order, everything(hold_rests(order, shares)), by=by, reason=TOO_LATE)
    name_state(order, shares)
    return order


def _release(shares: list[VendorOrder], verb: str) -> None:
    move_shares(shares, verb)
    for share in shares:
        publish(VendorOrderReleased(vendor_order_id=share.pk, vendor_id=share.vendor_id))


def _taken_anew(order: Order, by: Actor) -> bool:
    """Are the goods of an expired order still there, and its coupons? Then they are sold, all or none."""
    try:
        with transaction.atomic():
            coupons.take_again(order.reference)
            move_goods(goods_of(order), "sell_unreserved", order=order, by=by)
    except (NotEnoughStock, CouponUsedUp):
        return False
    return True


def call_off_payment(order: Order, *, by: Actor) -> Payment | None:
    """Nobody wants the payment of an order that ends unpaid any more. Gives it as it is now: its money may have come."""
    payment = money_of(order).payment
    if payment is None:
        return None
    return payments.call_off(payment.pk, by=Actor.system(f"order ended by {by.name}"))


@action(label="Book refund")
def book_refund(order: Order, *, by: Actor) -> Order:
    """Note what has been given back by now, as the payments have it. Does nothing a second time."""
    refunded = money_of(order).refunded
    if order.payment_state not in states.PAID or refunded <= order.refunded:
        return order
    whole = order.total <= refunded
    states.ORDER.move(order, "refund" if whole else "refund_part")
    order.refunded = refunded
    name_state(order, shares_of(order))
    publish(
        OrderRefunded(order_id=order.pk, customer_id=order.customer_id, refunded_minor=refunded.amount, is_whole=whole)
    )
    return order
