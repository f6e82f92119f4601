"""Reads of payouts: who is due and for how much, and why others are not; what waits to be sent."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from core import context
from core.money import Money
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import SettlementTerms
from marketplace.payouts import states
from marketplace.payouts.models import Payout, PayoutAccount
from marketplace.payouts.periods import Schedule, asked_on, period_of
from marketplace.vendors.models import Vendor


@dataclass(frozen=True)
class Line:
    """One vendor of a run: what it would get for which period, or in `why` why it gets nothing."""

    vendor: Vendor
    amount: Money
    account: PayoutAccount | None
    period: str
    why: str = ""

    @property
    def is_due(self) -> bool:
        return not self.why


def plan(at: datetime, *, vendor_ids: Iterable[int] | None = None, asked: bool = False) -> list[Line]:
    """Who would be paid what at a moment: a dry run, which changes nothing. Each with money that is available, and why not.

    `asked`: the vendors ask for it themselves, so that their schedule does not count.
    """
    keys = None if vendor_ids is None else frozenset(vendor_ids)
    stands = {key: each for key, each in ledger.standings(keys).items() if each.available.amount}
    owners = {vendor for vendor, _currency in stands}
    vendors = {each.pk: each for each in Vendor.objects.filter(pk__in=owners)}
    terms = {each.vendor_id: each for each in SettlementTerms.objects.filter(vendor__in=owners)}
    accounts = {
        (each.vendor_id, each.currency): each
        for each in PayoutAccount.objects.filter(vendor__in=owners, status="verified")
    }
    local = timezone.localtime(at)
    found = []
    for (key, currency), standing in sorted(stands.items()):
        own = terms.get(key)
        schedule = own.schedule if own is not None else Schedule.WEEKLY
        period = asked_on(local) if asked else period_of(schedule, local)
        account = accounts.get((key, currency))
        why = _why_not(vendors[key], standing.available, own, account, period)
        found.append(Line(vendors[key], standing.available, account, period, why))
    return _once_a_period(found)


def _why_not(
    vendor: Vendor, available: Money, terms: SettlementTerms | None, account: PayoutAccount | None, period: str
) -> str:
    if available.amount < 0:
        return f"It owes {-available}, which is carried over."
    if vendor.status != "verified":
        return f"The vendor is {vendor.get_status_display().lower()}."
    if account is None:
        return "It has no verified account to pay to."
    if not period:
        return "It is paid when it asks."
    least = terms.minimum_minor if terms is not None else 0
    if available.amount < least:
        return f"Less than its minimum of {Money(least, available.currency)} is carried over."
    return ""


def _once_a_period(lines: list[Line]) -> list[Line]:
    rows = Payout.objects.filter(
        vendor__in=[each.vendor.pk for each in lines], period__in={each.period for each in lines}
    ).exclude(status__in=states.BACK)
    had = {(row.vendor_id, row.period, row.amount.currency): row for row in rows}
    return [_after(line, had.get((line.vendor.pk, line.period, line.amount.currency))) for line in lines]


def _after(line: Line, had: Payout | None) -> Line:
    """A line of a vendor that had a payout for the period, if it had one whose money has not come back: another has to wait."""
    if had is None or line.why:
        return line
    became = had.get_status_display().lower()
    return replace(line, why=f"There is a payout for {line.period} already, {became}; the next one takes what is left.")


def to_send() -> QuerySet[Payout]:
    """Approved payouts that nobody has sent, of gateways that can be asked."""
    return Payout.objects.filter(status="approved").exclude(gateway="offline").order_by("pk")


def unclear(*, quiet_for: timedelta) -> QuerySet[Payout]:
    """Payouts of which a gateway should say what became, those first that were asked about longest ago."""
    quiet = context.now() - quiet_for
    return Payout.objects.filter(status__in=states.ASKED, status_since__lt=quiet).order_by(
        F("asked_at").asc(nulls_first=True), "pk"
    )
