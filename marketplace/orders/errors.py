"""What ordering refuses."""

from core.errors import Conflict


class CartEmpty(Conflict):
    code = "cart_empty"
    sentence = "There is nothing in the cart that could be ordered."


class CartChanged(Conflict):
    code = "cart_changed"
    sentence = "The cart is not what it was when you saw it: {changes}"


class TooManyUnpaid(Conflict):
    code = "too_many_unpaid"
    sentence = "No more than {most} of your orders may wait to be paid: pay or cancel one of them, then order again."


class CannotCancel(Conflict):
    code = "cannot_cancel"
    sentence = "This order is {state}, so you cannot cancel it{remedy}."


class NotPaidInTime(Conflict):
    code = "order_expired"
    sentence = "This order was not paid in time; order again."


class AlreadyPaid(Conflict):
    code = "already_paid"
    sentence = "This order is paid."


class NothingToRefund(Conflict):
    code = "nothing_to_refund"
    sentence = "All that was paid for this order has been given back, or is on its way back."
