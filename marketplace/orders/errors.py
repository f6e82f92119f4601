"""What ordering refuses."""

from core.errors import Conflict, Invalid


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


class RefundExceedsLine(Conflict):
    code = "refund_exceeds_line"
    sentence = "Of {what}, no more than {left} can still be given back."


class TooManyPieces(Conflict):
    code = "too_many_pieces"
    sentence = "Of {sku}, {left} can still be chosen, not {asked}."


class NotSentYet(Conflict):
    code = "not_sent_yet"
    sentence = "This was not sent yet: cancel the pieces instead, then their money goes back."


class TakeUpFirst(Conflict):
    code = "take_up_first"
    sentence = "A second person has to say so, too, and its vendor may still answer: take it up first."


class NeedsApproval(Conflict):
    code = "needs_approval"
    sentence = (
        "A refund of {amount} has to be allowed by a second person: ask for it on each vendor's part of the order."
    )


class OwnRequest(Conflict):
    code = "own_request"
    sentence = "You asked for this yourself: somebody else has to allow it."


class NotReturnable(Conflict):
    code = "not_returnable"
    sentence = "This cannot be sent back: {why}"


class NotDisputable(Conflict):
    code = "not_disputable"
    sentence = "This cannot be disputed: {why}"


class Disputed(Conflict):
    code = "disputed"
    sentence = "The buyer's bank disputes this payment: nothing of it is given back here until that is decided."


class MoreThanLeft(Conflict):
    code = "more_than_left"
    sentence = "Of {title} only {left} can still be sent."


class HasNumber(Conflict):
    code = "has_number"
    sentence = "This parcel goes under {number} already."


class NoLabelHere(Conflict):
    code = "no_label_here"
    sentence = "This parcel goes by nobody of whom the market buys labels. Asked: {asked}."


class LabelUnderWay(Conflict):
    code = "label_under_way"
    sentence = "The carrier is being asked for this label at the moment."


class NoCourier(Invalid):
    code = "no_courier"
    sentence = "Choose somebody whose role lets them deliver."


class EnoughPhotos(Conflict):
    code = "enough_photos"
    sentence = "{most} photos prove it."


class NothingToRefund(Conflict):
    code = "nothing_to_refund"
    sentence = "All that was paid for this order has been given back, or is on its way back."


class CustomerDeactivated(Conflict):
    code = "customer_deactivated"
    sentence = (
        "The account of {customer} is deactivated: nobody could pay this order. Reactivate it, or drop the draft."
    )


class EnoughFiles(Conflict):
    code = "enough_files"
    sentence = "{most} files are enough for a dispute."


class FileRefused(Invalid):
    code = "file_refused"
    sentence = "{why}"
