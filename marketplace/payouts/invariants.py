"""What always holds of payouts: once a period, of what was set aside, to a verified account, and back exactly once."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from core.invariants import WARNING, invariant
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Journal, Posting, SettlementTerms
from marketplace.payouts import states
from marketplace.payouts.models import Payout

MODEL = Payout._meta.label_lower
LATE = timedelta(hours=1)


def posted(kind: str) -> Exists:
    """Whether there is a journal of this kind for the payout."""
    return Exists(Journal.objects.filter(kind=kind, cause_model=MODEL, cause_reference=OuterRef("reference")))


@invariant("I-Y1", owner="payouts")
def payouts_of_other_sums() -> Iterator[str]:
    """A payout is exactly what was set aside for it, once for each vendor, period and currency."""
    aside = Posting.objects.filter(
        journal__kind=JournalKind.PAYOUT, journal__cause_model=MODEL, journal__cause_reference=OuterRef("reference"),
        account__kind=AccountKind.AVAILABLE, account__vendor=OuterRef("vendor"), amount_currency=OuterRef("amount_currency"),
    )  # fmt: skip
    rows = Payout.objects.annotate(aside=Subquery(aside.values("amount_minor")[:1]))
    odd = rows.filter(Q(aside=None) | ~Q(aside=F("amount_minor")))
    yield from (f"payout {pk}" for pk in odd.order_by("pk").values_list("pk", flat=True))
    keys = ("vendor", "period", "amount_currency")
    live = Payout.objects.exclude(status__in=states.BACK).order_by().values(*keys)
    for each in live.annotate(times=Count("pk")).filter(times__gt=1).order_by(*keys):
        yield f"vendor {each['vendor']}, {each['period']}"
    least = SettlementTerms.objects.filter(vendor=OuterRef("vendor"), updated_at__lt=OuterRef("prepared_at"))
    small = Payout.objects.annotate(least=Subquery(least.values("minimum_minor")[:1])).filter(
        amount_minor__lt=F("least")
    )
    yield from (f"payout {pk}" for pk in small.order_by("pk").values_list("pk", flat=True))


@invariant("I-Y2", owner="payouts")
def payouts_that_the_books_tell_otherwise() -> QuerySet:
    """A paid payout has its proof and is posted as paid; what failed or came back is the vendor's again, exactly once."""
    proof = ~Q(gateway_id="") | ~Q(proof="")
    fits = (
        Q(status="paid", paid_posted=True, back=False) & proof
        | Q(status="returned", paid_posted=True, back=True)
        | Q(status__in=("failed", "cancelled"), paid_posted=False, back=True)
        | Q(status__in=states.OPEN, paid_posted=False, back=False)
    )
    rows = Payout.objects.annotate(
        paid_posted=posted(JournalKind.PAYOUT_PAID), back=posted(JournalKind.PAYOUT_RETURNED)
    )
    return rows.exclude(fits).order_by("pk").values_list("pk", flat=True)


@invariant("I-Y2b", owner="payouts")
def payouts_to_somebody_else() -> QuerySet:
    """A payout goes to an account of its own vendor, in its currency, that was verified."""
    odd = Payout.objects.exclude(account__vendor=F("vendor"), account__currency=F("amount_currency"))
    unverified = Payout.objects.filter(account__status__in=("waiting", "rejected"))
    return (odd | unverified).order_by("pk").values_list("pk", flat=True)


@invariant("I-Y3", owner="payouts")
def money_on_its_way_that_no_payout_explains() -> Iterator[str]:
    """What vendors have on its way is what their open payouts are of."""
    way: dict[tuple[int, str], int] = {}
    posted_to = Posting.objects.filter(account__kind=AccountKind.PAYING).order_by()
    under_way = Payout.objects.filter(status__in=states.OPEN).order_by()
    for rows, keys in ((posted_to, ("account__vendor", "amount_currency")), (under_way, ("vendor", "amount_currency"))):
        for vendor, currency, minor in rows.values_list(*keys).annotate(Sum("amount_minor")):
            way[vendor, currency] = way.get((vendor, currency), 0) + minor
    yield from (f"vendor {vendor}, {currency}" for (vendor, currency), left in sorted(way.items()) if left)


@invariant("I-Y3b", owner="payouts", severity=WARNING)
def payouts_that_never_end() -> QuerySet:
    """No payout is unclear for longer than an hour."""
    stuck = Payout.objects.filter(status__in=states.ASKED, status_since__lt=timezone.now() - LATE)
    return stuck.order_by("pk").values_list("pk", flat=True)
