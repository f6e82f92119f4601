"""What happens to payouts, in the past tense."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class PayoutApproved(Event):
    """A payout may be sent."""

    payout_id: int
    vendor_id: int


@dataclass(frozen=True)
class PayoutPaid(Event):
    """A vendor's money has been sent to it."""

    payout_id: int
    vendor_id: int


@dataclass(frozen=True)
class PayoutFailed(Event):
    """A payout did not work, or came back; its money is available again."""

    payout_id: int
    vendor_id: int
