"""A buyer's bank gives back what it had taken: it is at the gateway again, and the sale stands as it did before."""

from core.actions import action
from core.rules import Actor
from marketplace.ledger import queries, waiting
from marketplace.ledger.actions.posting import Cause, Entry, post
from marketplace.ledger.actions.reversing import Back, reverse
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.orders.models import Dispute, VendorOrder


@action(label="Book what a bank gave back")
def recover(share: VendorOrder, *, by: Actor) -> VendorOrder:
    """Post what banks have given back of a share, once for each case. Does nothing where they have what they took, nor of what was
    never booked as taken."""
    book_recovered(share)
    return share


def book_recovered(share: VendorOrder) -> None:
    """The same for a share whose order is held: what is booked after it counts with what the vendor has again."""
    for case in waiting.to_recover().filter(vendor_order=share):
        _undo(share, case)


def _undo(share: VendorOrder, case: Dispute) -> None:
    """Undo the two journals of a case that was lost, each by one of the same kind whose cause is the case's with a number."""
    first, again = Cause.of(case), Cause(waiting.DISPUTE, f"{case.reference}/2")
    taken = queries.journal_of(JournalKind.CHARGEBACK, first.model, first.reference)
    if taken is None:
        return
    told = {"currency": case.amount.currency, "at": case.state_since, "note": case.decision}
    entries = [
        Entry(AccountKind(each.account.kind), -each.amount_minor, part=each.account.part)
        for each in taken.postings.select_related("account").order_by("pk")
    ]
    journal = post(JournalKind.CHARGEBACK, again, entries, subject=taken.subject, reverses=taken, **told)
    gone = queries.journal_of(JournalKind.REVERSAL, first.model, first.reference)
    if journal is None or gone is None:
        return
    sold = queries.splits_of(share.order).get(share.pk, {})
    returned = {each.line_id: Back(each.paid_minor, each.quantity) for each in gone.splits.order_by("pk")}
    given = queries.given_up_of(share)
    pieces = given.pieces if given is not None else {}
    for unit, (
        was,
        back,
    ) in sold.items():  # with something that was paid stands again what was not, and was not given up
        if not was.paid:
            returned[unit] = Back(0, min(pieces.get(unit, 0) - back.quantity, 0))
    reverse(
        share, sold, returned, cause=again, note=case.decision, at=case.state_since,
        beyond=-queries.debit_of(gone, AccountKind.DISPUTES), borne_as=AccountKind.DISPUTES, undoes=gone,
    )  # fmt: skip
