"""What payments refuse."""

from core.errors import Busy, Conflict, Invalid, Unavailable


class AlreadyPaid(Conflict):
    code = "already_paid"
    sentence = "This is paid."


class PaymentUnderWay(Busy):
    """It passes, so it is not kept as the answer to an idempotency key."""

    code = "payment_under_way"
    sentence = "A payment for this is under way; wait a few seconds, then look at it again."


class RefundExceedsCapture(Conflict):
    code = "refund_exceeds_capture"
    sentence = "Only {left} of this payment can still be given back."


class Disputed(Conflict):
    code = "disputed"
    sentence = "The buyer's bank disputes this payment: nothing of it is given back here until that is decided."


class GatewayDisagrees(Conflict):
    code = "gateway_disagrees"
    sentence = "The gateway says something else: {what}."


class GatewayUnavailable(Unavailable):
    code = "gateway_unavailable"
    sentence = "Payments cannot be taken at the moment; nothing was charged. Try again in {retry_after} seconds."


class NothingToSend(Conflict):
    code, sentence = "nothing_to_send", "The gateway has what was said, or nothing was."


class TooLateForEvidence(Conflict):
    code = "too_late_for_evidence"
    sentence = "The gateway takes no evidence for this any more."


class CurrencyNotTaken(Invalid):
    code = "currency_not_taken"
    sentence = "That gateway takes no {currency}. It takes: {taken}."


class SourceNeeded(Invalid):
    code = "source_needed"
    sentence = "That gateway needs a source to pay from: what it gave your page for the card."
