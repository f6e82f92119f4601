"""The one way into the books: a journal with its postings, once for each kind and cause."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from core import deeds, references
from core.faults import here
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Account, Journal, LineSplit, Posting
from marketplace.orders.models import VendorOrder


@dataclass(frozen=True)
class Cause:
    """The row that a journal is about, by its model's label and its reference."""

    model: str
    reference: str

    @classmethod
    def of(cls, row: Any) -> "Cause":
        return cls(row._meta.label_lower, row.reference)


@dataclass(frozen=True)
class Entry:
    """So many minor units to an account (a debit) or from it (a credit, below zero)."""

    kind: AccountKind
    amount: int
    vendor_id: int | None = None
    part: str = ""

    @property
    def key(self) -> tuple[str, int | None, str]:
        return (self.kind, self.vendor_id, self.part)


def post(
    kind: JournalKind,
    cause: Cause,
    entries: Iterable[Entry],
    *,
    currency: str,
    at: datetime,
    subject: str = "",
    share: VendorOrder | None = None,
    reverses: Journal | None = None,
    note: str = "",
    splits: Sequence[LineSplit] = (),
) -> Journal | None:
    """Post a journal, inside of an action. None where nothing moves, or where this was posted before: then nothing is added.

    Refuses (ValueError) entries that do not add up to zero. Amounts to the same account become one posting.
    """
    amounts: dict[tuple[str, int | None, str], int] = {}
    for each in entries:
        amounts[each.key] = amounts.get(each.key, 0) + each.amount
    amounts = {key: amount for key, amount in amounts.items() if amount}
    if sum(amounts.values()):
        raise ValueError(f"The entries of {kind} for {cause.reference} add up to {sum(amounts.values())}, not to zero.")
    if not amounts:
        return None
    journal = Journal(
        reference=references.new("JN"), kind=kind, cause_model=cause.model, cause_reference=cause.reference, subject=subject,
        share=share, reverses=reverses, note=note[:300], at=at,
    )  # fmt: skip
    journal.deed = deeds.require(journal).id
    accounts = _accounts(set(amounts), currency)
    try:
        with transaction.atomic():
            journal.save(force_insert=True)
    except IntegrityError:  # its kind and cause are there already
        return None
    Posting.objects.bulk_create(
        [
            Posting(journal=journal, account_id=accounts[key], amount_minor=amount, amount_currency=currency, at=at)
            for key, amount in amounts.items()
        ]
    )
    here("ledger.after_postings")
    for split in splits:
        split.journal = journal
    LineSplit.objects.bulk_create(splits)
    return journal


def _accounts(keys: set[tuple[str, int | None, str]], currency: str) -> dict[tuple[str, int | None, str], int]:
    """The keys of these accounts; those that are not there yet are opened, once however many do so at once."""
    found = _read(keys, currency)
    absent = sorted(keys - set(found), key=str)
    if absent:
        Account.objects.bulk_create(
            [Account(kind=kind, vendor_id=vendor, part=part, currency=currency) for kind, vendor, part in absent],
            ignore_conflicts=True,
        )
        found = _read(keys, currency)
    return found


def _read(keys: set[tuple[str, int | None, str]], currency: str) -> dict[tuple[str, int | None, str], int]:
    rows = Account.objects.filter(currency=currency, kind__in={kind for kind, _vendor, _part in keys})
    vendors = {vendor for _kind, vendor, _part in keys if vendor is not None}
    rows = rows.filter(vendor__in=vendors) | rows.filter(vendor=None)
    known = {(each.kind, each.vendor_id, each.part): each.pk for each in rows}
    return {key: known[key] for key in keys if key in known}
