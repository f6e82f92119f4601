"""A buyer's bank has taken money back: it is gone from the gateway, and the sale that it came of is taken back in proportion.

What no sale has any more is the market's own loss.
"""

from pydantic import InstanceOf

from core.actions import action
from core.rules import Actor
from marketplace.ledger import queries, waiting
from marketplace.ledger.actions.posting import Cause, Entry, post
from marketplace.ledger.actions.recovering import book_recovered
from marketplace.ledger.actions.reversing import Back, reverse
from marketplace.ledger.actions.selling import book_sale
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Journal
from marketplace.ledger.sums import over_what_is_left
from marketplace.orders.models import Dispute, VendorOrder
from marketplace.payments.models import Chargeback
from marketplace.payments.queries import standing


@action(label="Book chargeback")
def charge_back(share: VendorOrder, *, by: Actor, case: InstanceOf[Dispute]) -> VendorOrder:
    """Post that a bank took what a case was about, once, over what is left of each line and of the shipping, and is not on its way
    back by us. With the last of what was paid, what the market paid of all else is the market's again. What nothing is left of is
    borne by the market. Does nothing unless the bank decided for its client.
    """
    case = Dispute.objects.get(pk=case.pk)  # as it is now that its share is held: the bank may have given it back
    if case.vendor_order_id != share.pk or case.state != "lost" or not case.gateway_dispute_id:
        return share
    book_sale(share)  # its own event may not have been heard yet
    book_recovered(share)  # nor that of what a bank gave back before it took this
    taken, subject = case.amount.amount, share.order.reference
    told = Chargeback.objects.filter(payment__subject=subject, gateway_id=case.gateway_dispute_id).first()
    paid = told or standing(subject).live
    journal = post(
        JournalKind.CHARGEBACK,
        Cause.of(case),
        (
            Entry(AccountKind.CLEARING, taken),
            Entry(AccountKind.GATEWAY, -taken, part=paid.gateway if paid else ""),
        ),
        currency=case.amount.currency,
        at=case.state_since,
        subject=subject,
        note=case.decision,
    )
    sold = queries.splits_of(share.order).get(share.pk, {})
    if journal is not None and sold:  # what was called off before it was booked as sold has nothing to take back
        promised = queries.promised_of(share)
        left = {line: max(was.paid - back.paid - promised.get(line, 0), 0) for line, (was, back) in sold.items()}
        covered = min(taken, sum(left.values()))
        amounts = over_what_is_left(covered, list(left.values())) if covered else [0] * len(left)
        wanted = {line: Back(amount) for line, amount in zip(left, amounts, strict=True)}
        if covered == sum(was.paid - back.paid for was, back in sold.values()):
            # With the last of what was paid goes what was not. What is on its way back may fail to get there.
            wanted |= {
                line: Back(0, was.quantity - back.quantity) for line, (was, back) in sold.items() if not was.paid
            }
        reverse(
            share, sold, wanted, cause=Cause.of(case), note=case.decision, at=case.state_since,
            beyond=taken - covered, borne_as=AccountKind.DISPUTES,
        )  # fmt: skip
    return share


@action(label="Book the market's loss", audited=False)
def bear(chargeback_id: int, /, *, by: Actor) -> Journal | None:
    """Post what of a dispute a bank took and no case has, once: it is gone from the gateway, and the market's own loss. Where the
    bank took more or less in the end, or gave it back, what that makes of a difference.
    """
    row = waiting.to_bear().select_related("payment").filter(pk=chargeback_id).first()
    if row is None:
        return None
    step = row.due - row.booked
    return post(
        JournalKind.CHARGEBACK,
        Cause(waiting.CHARGEBACK, f"{row.pk}/{row.steps + 1}"),
        (Entry(AccountKind.DISPUTES, step), Entry(AccountKind.GATEWAY, -step, part=row.gateway)),
        currency=row.amount.currency,
        at=row.status_since,
        subject=row.payment.subject,
        note=f"{row.gateway_id}: {row.reason}",
    )
