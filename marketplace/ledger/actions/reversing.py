"""A sale is taken back in proportion to what went back of it, and stands again as far as that comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from marketplace.ledger import queries
from marketplace.ledger.actions.posting import Cause, Entry, post
from marketplace.ledger.actions.selling import entries_of, row_of, sale_of
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Journal
from marketplace.ledger.sums import NOTHING, Split, taken_back
from marketplace.orders.models import OrderLine, VendorOrder


@dataclass(frozen=True)
class Back:
    """What of one unit goes back: so much of what was paid, and so many pieces."""

    amount: int = 0
    quantity: int = 0


def reverse(
    share: VendorOrder,
    sold: Mapping[int | None, tuple[Split, Split]],
    wanted: Mapping[int | None, Back],
    *,
    cause: Cause,
    note: str,
    at: datetime,
    beyond: int = 0,
    borne_as: AccountKind = AccountKind.REFUNDS,
    undoes: Journal | None = None,
) -> None:
    """Post what a share's sale loses: so much of each line that what is taken back in all is in proportion to what went back
    in all. What goes back beyond what was paid is borne by the market, `beyond` and whatever is found to be.

    Amounts below zero came back, by a journal that `undoes` another: so much of the sale stands again.
    """
    whole, rows, currency = NOTHING, [], share.total.currency
    lines = {each.pk: each for each in OrderLine.objects.filter(pk__in=[line for line in wanted if line])}
    for line, back in wanted.items():
        if line not in sold:
            beyond += back.amount
            continue
        was, before = sold[line]
        now = taken_back(was, paid=before.paid + back.amount, quantity=before.quantity + back.quantity)
        step = now - before
        beyond += back.amount - step.paid
        whole += step
        rows.append(row_of(share, lines[line] if line else None, -step, currency))
    gone = -whole
    post(
        JournalKind.REVERSAL,
        cause,
        [
            *entries_of(gone, _to_vendor(share, gone.vendor, undoes) if undoes else _from_vendor(share, whole.vendor)),
            Entry(AccountKind.CLEARING, -beyond),
            Entry(borne_as, beyond),
        ],
        currency=currency,
        at=at,
        subject=share.order.reference,
        share=share,
        reverses=undoes or sale_of(share),
        note=note,
        splits=rows,
    )


def _from_vendor(share: VendorOrder, amount: int) -> list[Entry]:
    """Whence a vendor gives so much of a share back: from what of it is pending, then from what is held back of it, then from
    what is available, which may fall below zero."""
    stands = queries.standing_of_share(share)
    pending = min(amount, max(stands.pending.amount, 0))
    reserved = min(amount - pending, max(stands.reserved.amount, 0))
    return [
        Entry(AccountKind.PENDING, pending, vendor_id=share.vendor_id),
        Entry(AccountKind.RESERVED, reserved, vendor_id=share.vendor_id),
        Entry(AccountKind.AVAILABLE, amount - pending - reserved, vendor_id=share.vendor_id),
    ]


def _to_vendor(share: VendorOrder, amount: int, undone: Journal) -> list[Entry]:
    """Where a vendor has what comes back: held back, as far as it was taken from what is held for the case and not let go yet; else
    where it would be by now, available once the share's money is."""
    held_for = (undone.cause_model, undone.cause_reference)
    is_held = queries.journal_of(JournalKind.HOLD, *held_for) and not queries.journal_of(
        JournalKind.HOLD_RELEASE, *held_for
    )
    reserved = min(amount, queries.debit_of(undone, AccountKind.RESERVED)) if is_held else 0
    is_released = queries.journal_of(JournalKind.RELEASE, queries.SHARE, share.reference) is not None
    to = AccountKind.AVAILABLE if is_released else AccountKind.PENDING
    return [
        Entry(AccountKind.RESERVED, -reserved, vendor_id=share.vendor_id),
        Entry(to, reserved - amount, vendor_id=share.vendor_id),
    ]
