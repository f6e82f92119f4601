"""What payouts refuse."""

from core.errors import Busy, Conflict


class SamePerson(Conflict):
    code = "same_person"
    sentence = "You prepared this, so a colleague has to approve it."


class NothingToPayOut(Conflict):
    code = "nothing_to_pay_out"
    sentence = "There is nothing to pay out: {why}"


class PayoutUnderWay(Busy):
    code = "payout_under_way"
    sentence = "This is being sent; wait a few seconds, then look at it again."


class SentByGateway(Conflict):
    code = "sent_by_gateway"
    sentence = "This goes through a gateway, which says what became of it."
