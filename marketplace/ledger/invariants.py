"""What always holds of the books: every journal adds up, every event is posted once, and vendors have what is theirs."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from core.invariants import WARNING, invariant
from marketplace.ledger import (
    invariants_of_disputes,  # noqa: F401  found where this module is
    invariants_of_subsidies,  # noqa: F401
    waiting,
)
from marketplace.ledger.kinds import OF_VENDOR, AccountKind, JournalKind
from marketplace.ledger.models import Account, Journal, LineCommission, LineSplit, Posting, Wallet

#: So long the books may lag behind what happened: the sweep runs every five minutes.
LATE = timedelta(minutes=30)
#: So long money of a subject may stand in clearing.
UNCLEARED = timedelta(days=7)


@invariant("I-L1", owner="ledger")
def journals_that_do_not_add_up() -> Iterator[str]:
    """Every journal has at least two postings, which add up to zero in each currency, and each is in that of its account."""
    lone = Journal.objects.annotate(lines=Count("postings")).filter(lines__lt=2)
    yield from (f"journal {pk}" for pk in lone.order_by("pk").values_list("pk", flat=True))
    sums = Posting.objects.order_by().values("journal", "amount_currency").annotate(sum=Sum("amount_minor"))
    yield from (f"journal {each['journal']}" for each in sums.exclude(sum=0).order_by("journal"))
    odd = Posting.objects.exclude(amount_currency=F("account__currency"))
    yield from (f"posting {pk}" for pk in odd.order_by("pk").values_list("pk", flat=True))


@invariant("I-L2", owner="ledger")
def books_that_do_not_add_up() -> QuerySet:
    """All accounts together hold nothing, in each currency."""
    sums = Posting.objects.order_by().values("amount_currency").annotate(sum=Sum("amount_minor")).exclude(sum=0)
    return sums.order_by("amount_currency").values_list("amount_currency", flat=True)


@invariant("I-L3", owner="ledger")
def events_without_a_journal() -> Iterator[str]:
    """What happened half an hour ago is posted: money that came or went back, shares that were sold, labels. Once each."""
    late = timezone.now() - LATE
    came = waiting.to_capture().filter(status_since__lt=late)
    yield from (f"payment {pk}" for pk in came.values_list("pk", flat=True))
    back = waiting.to_refund().filter(status_since__lt=late)
    yield from (f"refund {pk}" for pk in back.values_list("pk", flat=True))
    sold = waiting.to_sell().filter(order__paid_at__lt=late)
    yield from (f"vendor order {pk}" for pk in sold.values_list("pk", flat=True))
    bought = waiting.to_charge_label().filter(bought_at__lt=late)
    yield from (f"label {pk}" for pk in bought.values_list("pk", flat=True))
    keys = ("kind", "cause_model", "cause_reference")
    twice = Journal.objects.order_by().values(*keys).annotate(times=Count("pk")).filter(times__gt=1)
    yield from (f"{each['kind']} of {each['cause_reference']}" for each in twice.order_by(*keys))


@invariant("I-L4", owner="ledger", severity=WARNING)
def money_that_does_not_clear() -> QuerySet:
    """What came for an order is booked as sold or given back within seven days."""
    return waiting.uncleared(timezone.now() - UNCLEARED).values_list("subject", flat=True)


@invariant("I-L5", owner="ledger")
def vendors_who_owe_what_they_never_had() -> Iterator[str]:
    """No vendor has less than nothing pending, reserved or on its way; available is below zero only after a late refund, hold or label."""
    sums = Posting.objects.filter(account__kind__in=OF_VENDOR).order_by().values("account", "account__kind")
    owing = sums.annotate(sum=Sum("amount_minor")).filter(sum__gt=0)
    yield from (
        f"account {each['account']}" for each in owing.exclude(account__kind=AccountKind.AVAILABLE).order_by("account")
    )
    taken = Posting.objects.filter(
        account=OuterRef("pk"),
        amount_minor__gt=0,
        journal__kind__in=(JournalKind.REVERSAL, JournalKind.HOLD, JournalKind.LABEL),
    )
    below = owing.filter(account__kind=AccountKind.AVAILABLE).values("account")
    odd = Account.objects.filter(pk__in=below).exclude(Exists(taken))
    yield from (f"account {pk}" for pk in odd.order_by("pk").values_list("pk", flat=True))


@invariant("I-L6", owner="ledger")
def sales_that_are_not_split_whole() -> Iterator[str]:
    """Of every line the fees are those frozen, vendor and market get all of it, and no more is taken back than was sold."""
    odd = LineSplit.objects.exclude(vendor_minor=F("paid_minor") + F("borne_minor") - F("tax_minor") - F("fees_minor"))
    yield from (f"split {pk}" for pk in odd.order_by("pk").values_list("pk", flat=True))
    columns = ("paid_minor", "borne_minor", "tax_minor", "fees_minor", "vendor_minor", "quantity")
    sums = LineSplit.objects.order_by().values("share", "line").annotate(**{f"s_{name}": Sum(name) for name in columns})
    beyond = Q()
    for name in columns:
        beyond |= Q(**{f"s_{name}__lt": 0})
    yield from (
        f"vendor order {each['share']}, line {each['line']}" for each in sums.filter(beyond).order_by("share", "line")
    )
    frozen = (
        LineCommission.objects.filter(line=OuterRef("line")).order_by().values("line").annotate(sum=Sum("amount_minor"))
    )
    sold = LineSplit.objects.filter(journal__kind=JournalKind.SALE, line__isnull=False)
    more = sold.annotate(frozen=frozen.values("sum")).filter(
        Q(fees_minor__gt=F("frozen")) | Q(frozen=None, fees_minor__gt=0)
    )
    yield from (f"fees of split {pk}" for pk in more.order_by("pk").values_list("pk", flat=True))
    yield from _unlike_their_postings()


def _unlike_their_postings() -> Iterator[str]:
    """What the lines of a journal say together is what was posted to its vendor."""
    said = LineSplit.objects.order_by().values("journal").annotate(sum=Sum("vendor_minor"))
    posted = dict(
        Posting.objects.filter(journal__kind__in=(JournalKind.SALE, JournalKind.REVERSAL), account__kind__in=OF_VENDOR)
        .order_by().values_list("journal").annotate(Sum("amount_minor"))
    )  # fmt: skip
    yield from (f"journal {each['journal']}" for each in said if each["sum"] != -posted.get(each["journal"], 0))


@invariant("I-L7", owner="ledger")
def wallets_unlike_their_accounts() -> Iterator[str]:
    """What a wallet says is what stands on its account, and never less than nothing."""
    stands = {
        (vendor, currency): -total
        for vendor, currency, total in Posting.objects.filter(account__kind=AccountKind.BOOSTS)
        .order_by().values_list("account__vendor", "amount_currency").annotate(Sum("amount_minor"))
    }  # fmt: skip
    said = {
        (vendor, currency): balance
        for vendor, currency, balance in Wallet.objects.values_list("vendor", "currency", "cached_balance_minor")
    }
    yield from (
        f"wallet of vendor {key[0]} in {key[1]}"
        for key in sorted({*stands, *said})
        if stands.get(key, 0) != said.get(key, 0) or stands.get(key, 0) < 0
    )
