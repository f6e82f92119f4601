"""Where a vendor is paid: said by its owners, verified by staff."""

from core import deeds, writing
from core.actions import action, locked
from core.inputs import Reason
from core.rules import Actor
from marketplace.payouts import states
from marketplace.payouts.models import PayoutAccount


def where_to(account: PayoutAccount) -> str:
    """What whoever verifies it vouches for."""
    return f"{account.vendor} is paid to {account.holder}, {account.number} at {account.bank} from now on."


@action(label="Verify", icon="verified", effect=where_to)
def verify(account: PayoutAccount, *, by: Actor) -> PayoutAccount:
    """Say that it is the vendor's own: payouts go there from now on, and no longer to the one before."""
    before = locked(PayoutAccount).filter(vendor=account.vendor_id, currency=account.currency, status="verified")
    for old in before.exclude(pk=account.pk):
        snapshot = writing.snapshot(old)
        states.ACCOUNT.move(old, "retire")
        writing.settle(deeds.require(old), old, snapshot)
    states.ACCOUNT.move(account, "verify")
    return account


@action(label="Reject", icon="block", danger=True)
def reject(account: PayoutAccount, *, by: Actor, reason: Reason) -> PayoutAccount:
    """Refuse it: the vendor reads the reason. Refuses with 409 `wrong_state` one that is judged."""
    states.ACCOUNT.move(account, "reject")
    account.judgement = reason
    return account


@action(label="Retire", icon="do_not_disturb_on", danger=True)
def retire(account: PayoutAccount, *, by: Actor) -> PayoutAccount:
    """Pay there no longer; what is on its way stays on its way."""
    states.ACCOUNT.move(account, "retire")
    return account
