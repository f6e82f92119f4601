"""The statement of a payout: every change of a vendor's available money since the payout before, as CSV and as PDF."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Sum
from django.http import HttpResponse
from django.utils import timezone

from core.money import Money
from core.paper import begun
from core.resources.transfer_columns import guarded
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Journal, Posting
from marketplace.payouts.models import Payout

KINDS = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
HEADERS = ("When", "What", "Order", "Journal", "Amount", "Currency")


@dataclass(frozen=True)
class Line:
    """One change of what was available."""

    at: datetime
    what: str
    share: str
    journal: str
    amount: Money


@dataclass(frozen=True)
class Statement:
    """What was carried over from the payout before, what changed since, and the payout that follows from both."""

    payout: Payout
    opening: Money
    lines: tuple[Line, ...]

    @property
    def closing(self) -> Money:
        return Money(self.opening.amount + sum(each.amount.amount for each in self.lines), self.opening.currency)


def statement_of(payout: Payout) -> Statement:
    """The lines that make a payout up: by the books, in the order in which they were posted."""
    currency = payout.amount.currency
    own = Journal.objects.get(
        kind=JournalKind.PAYOUT, cause_model=Payout._meta.label_lower, cause_reference=payout.reference
    )
    rows = Posting.objects.filter(
        account__vendor=payout.vendor_id,
        account__kind=AccountKind.AVAILABLE,
        amount_currency=currency,
        journal__lt=own.pk,
    )
    before = (
        rows.filter(journal__kind=JournalKind.PAYOUT).order_by("-journal").values_list("journal", flat=True).first()
    )
    opening = -(rows.filter(journal__lte=before or 0).aggregate(sum=Sum("amount_minor"))["sum"] or 0)
    since = rows.filter(journal__gt=before or 0).select_related("journal__share").order_by("journal")
    found = Statement(payout, Money(opening, currency), tuple(_line(each) for each in since))
    beyond = payout.amount - found.closing
    if not beyond.amount:
        return found
    # Posted while the payouts were prepared: the next statement begins with it.
    carried = Line(own.at, "Carried over to the next payout", "", own.reference, beyond)
    return replace(found, lines=(*found.lines, carried))


def _line(posting: Posting) -> Line:
    journal = posting.journal
    share = journal.share.reference if journal.share is not None else ""
    return Line(posting.at, journal.get_kind_display(), share, journal.reference, -posting.amount)


def answer(payout: Payout, kind: str) -> HttpResponse:
    """The statement as a file to keep."""
    found = statement_of(payout)
    content = as_csv(found) if kind == "csv" else as_pdf(found)
    shown = HttpResponse(content, content_type=KINDS[kind])
    shown["Content-Disposition"] = f'attachment; filename="{payout.reference}.{kind}"'
    shown["Cache-Control"] = "private, no-store"
    return shown


def _rows(found: Statement) -> Iterator[tuple[str, ...]]:
    currency = found.opening.currency
    yield ("", "Carried over", "", "", found.opening.major(), currency)
    for each in found.lines:
        when = f"{timezone.localtime(each.at):%Y-%m-%d %H:%M}"
        yield (when, each.what, each.share, each.journal, each.amount.major(), currency)
    yield ("", "Payout", "", found.payout.reference, found.payout.amount.major(), currency)


def as_csv(found: Statement) -> bytes:
    """One line for each change, the payout last. What a spreadsheet would take for a formula is made harmless."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADERS)
    for row in _rows(found):
        writer.writerow([cell if place == 4 else guarded(cell) for place, cell in enumerate(row)])
    return text.getvalue().encode()


def as_pdf(found: Statement) -> bytes:
    """The same to print, with whom it is for and where it went."""
    payout = found.payout
    paper = begun(title=f"Payout {payout.reference}", at=payout.prepared_at, foot=f"Payout {payout.reference}")
    paper.gap(4)
    paper.beside(
        ("For", (payout.vendor.name, payout.period)),
        ("To", (payout.account.bank, payout.account.masked)),
        ("Payout", (str(payout.amount), payout.get_status_display())),
    )
    paper.gap(8)
    paper.rows(HEADERS, list(_rows(found)), widths=(28, 32, 42, 40, 26, 18), numbers=2)
    return paper.bytes()
