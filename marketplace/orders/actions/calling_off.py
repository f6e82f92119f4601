"""How an order ends before it is sent: not paid in time, called off by the buyer or the market, refunded by finance."""

from collections.abc import Callable, Sequence

from core import deeds, writing
from core.actions import action
from core.audiences import STOREFRONT
from core.errors import WrongState
from core.events import publish
from core.inputs import Reason, asking
from core.money import Money
from core.rules import Actor
from marketplace.coupons import actions as coupons
from marketplace.orders import states
from marketplace.orders.actions.cancelling_lines import send_no_more
from marketplace.orders.actions.giving_back import ask_back, hold_refundable, hold_rests
from marketplace.orders.actions.giving_up import cancel_goods, keep_goods
from marketplace.orders.actions.paying import call_off_payment
from marketplace.orders.actions.shelf import goods_of, move_goods
from marketplace.orders.actions.whole import move_shares, name_state, shares_of
from marketplace.orders.approvals import needs_second, said_of
from marketplace.orders.errors import CannotCancel, NeedsApproval, NothingToRefund
from marketplace.orders.events import OrderCancelled, OrderExpired, VendorOrderCancelled
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.queries import money_of
from marketplace.orders.unreturned import Rest, everything, rests_of, sum_of
from marketplace.payments.errors import AlreadyPaid

WhyCancel = asking(
    ("I have changed my mind.", "I ordered this by mistake.", "It takes too long."),
    help="The vendors read this sentence.",
)


@action(label="Expire")
def expire(order: Order, *, by: Actor) -> Order:
    """End an order that was not paid in time: done by the clock. Its goods are free again.

    Refuses with 409 `wrong_state` unless pending, and with `already_paid` where the money has come: that is completed.
    """
    payment = call_off_payment(order, by=by)  # held from here on: nobody books its money meanwhile
    if payment is not None and payment.status == "succeeded":
        raise AlreadyPaid()
    states.ORDER.move(order, "expire")
    shares = shares_of(order)
    move_shares(shares, "expire")
    name_state(order, shares)
    publish(OrderExpired(order_id=order.pk, customer_id=order.customer_id))
    coupons.give_back(order.reference)
    move_goods(goods_of(order), "release", order=order, by=by, reason="Not paid in time.")
    return order


def may_be_cancelled(order: Order) -> bool:
    """Is the button worth showing? The action asks again, and more exactly."""
    return order.cached_state in ("pending", "paid", "processing")


def called_off(order: Order) -> str:
    """What calling it off does, in numbers."""
    if order.payment_state == "pending":
        return "It ends unpaid, and its goods are free again."
    return _given_back(order, sum_of(rests_of(list(order.shares.all())), order.total_currency))


def _given_back(order: Order, left: Money) -> str:
    """What goes back to the buyer, and how many shares are cancelled."""
    shares = [each for each in order.shares.all() if each.state in states.TO_DO]
    if not shares:
        return f"{left} goes back to the buyer. What was sent stays sent."
    many = "1 vendor order is" if len(shares) == 1 else f"{len(shares)} vendor orders are"
    return f"{left} goes back to the buyer; {many} cancelled, and the goods are free again."


@action(label="Cancel order", icon="cancel", danger=True, when=may_be_cancelled, effect=called_off)
def cancel(order: Order, *, by: Actor, reason: WhyCancel) -> Order:  # type: ignore[valid-type]
    """Call an order off as a whole: its goods are free again, and what was paid is asked back.

    Refuses with 409 `cannot_cancel`: the buyer's once a vendor has accepted, anybody's once something was sent, and any
    that has ended.
    """
    shares = shares_of(order)
    if order.payment_state == "pending":
        states.ORDER.move(order, "call_off")
        move_shares(shares, "cancel", reason=reason)
        name_state(order, shares)
        _tell(order, shares, reason)
        call_off_payment(order, by=by)
        coupons.give_back(order.reference)
        move_goods(goods_of(order), "release", order=order, by=by, reason=reason)
        return order
    live = [share for share in shares if share.state not in states.DEAD]
    settled = {share.state for share in live} - ({"to_accept"} if by.audience is STOREFRONT else set(states.OPEN))
    if order.payment_state not in ("paid", "part_refunded") or settled or not live:
        remedy = ": ask the vendor" if settled and by.audience is STOREFRONT else ""
        raise CannotCancel(state=order.get_cached_state_display().lower(), remedy=remedy)
    _take_back(order, shares, live, hold=hold_rests, by=by, reason=reason)
    _tell(order, live, reason)
    return order


def may_be_refunded(order: Order) -> bool:
    """Is the button worth showing?"""
    return order.payment_state in ("paid", "part_refunded")


def what_is_given_back(order: Order) -> str:
    """What goes back of all that did not yet, and whether one person may do it."""
    return f"{_given_back(order, money_of(order).unreturned)} {said_of(order)}".strip()


@action(label="Refund", icon="undo", danger=True, when=may_be_refunded, effect=what_is_given_back)
def refund(order: Order, *, by: Actor, reason: Reason) -> Order:
    """Give everything back that has not been given back yet. What was not sent is cancelled and goes back on the shelf.

    Refuses with 409 `wrong_state` where nothing was paid, `nothing_to_refund` where all is given or being given back,
    `needs_approval` what a second person has to allow, and `disputed` what the buyer's bank is taking.
    """
    if order.payment_state not in states.PAID:
        raise WrongState(state=order.payment_state, verb="be refunded", allowed_from=["paid", "part_refunded"])
    left = money_of(order).unreturned
    if not left.amount:
        raise NothingToRefund()
    if needs_second(order, left, by):
        raise NeedsApproval(amount=left)
    shares = shares_of(order)
    open_shares = [share for share in shares if share.state in states.OPEN]
    _take_back(order, shares, open_shares, hold=hold_refundable, by=by, reason=reason)
    for share in open_shares:
        publish(_share_cancelled(share, reason))
    return order


def _take_back(
    order: Order,
    shares: Sequence[VendorOrder],
    of: Sequence[VendorOrder],
    *,
    hold: Callable[[Order, Sequence[VendorOrder]], list[Rest]],
    by: Actor,
    reason: str,
) -> None:
    """Cancel these shares, and the rest of those that were sent in part; ask all the money of the order back that `hold` finds, and
    put what was not sent back on the shelf."""
    move_shares(of, "cancel", reason=reason)
    for share in shares:
        if share.state == "part_shipped":
            _send_no_more(share)
    name_state(order, shares)
    ask_back(order, everything(hold(order, shares)), by=by, reason=reason)
    sent = [share for share in shares if share.state in states.UNDERWAY]
    keep_goods(order, sent, by=by, reason=reason)
    cancel_goods(order, [*of, *sent], by=by, reason=reason)


def _send_no_more(share: VendorOrder) -> None:
    before = writing.snapshot(share)
    send_no_more(share)
    writing.settle(deeds.require(share), share, before)


def _tell(order: Order, shares: Sequence[VendorOrder], reason: str) -> None:
    publish(OrderCancelled(order_id=order.pk, customer_id=order.customer_id, reason=reason))
    for share in shares:
        publish(_share_cancelled(share, reason))


def _share_cancelled(share: VendorOrder, reason: str) -> VendorOrderCancelled:
    return VendorOrderCancelled(
        vendor_order_id=share.pk, order_id=share.order_id, vendor_id=share.vendor_id, reason=reason
    )
