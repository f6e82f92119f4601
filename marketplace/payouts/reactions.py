"""What payouts do after a commit: send what was approved."""

from core.events import later
from marketplace.payouts import flows
from marketplace.payouts.events import PayoutApproved
from marketplace.payouts.models import Payout


@later(PayoutApproved)
def send(event: PayoutApproved) -> None:
    """It may go: the gateway is asked. What somebody has sent meanwhile is left alone."""
    for payout in Payout.objects.filter(pk=event.payout_id):
        flows.send(payout)
