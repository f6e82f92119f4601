"""Reads of the books: balances, what a share's money is, what still has to be posted. Every figure is a sum of postings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from core.money import Money
from marketplace.catalog.models import Category
from marketplace.ledger.commission import Sold, fees_of, winning
from marketplace.ledger.kinds import OF_VENDOR, AccountKind, JournalKind, shown
from marketplace.ledger.models import Account, CommissionRule, Journal, LineSplit, Posting
from marketplace.ledger.sums import NOTHING, Split
from marketplace.orders import states
from marketplace.orders.models import Dispute, LineReduction, Order, RefundPart, RefundRequestLine, VendorOrder
from marketplace.payments.models import Payment, Refund
from marketplace.payments.states import HELD

PAYMENT, REFUND = Payment._meta.label_lower, Refund._meta.label_lower
SHARE = VendorOrder._meta.label_lower


@dataclass(frozen=True)
class Standing:
    """What a vendor has of one currency. `available` is below zero where more was taken back than there was: it is carried over."""

    pending: Money
    available: Money
    reserved: Money
    paying: Money

    @property
    def total(self) -> Money:
        """All of it, wherever it stands."""
        return self.pending + self.available + self.reserved + self.paying


def standing_of(vendor_id: int, currency: str) -> Standing:
    """A vendor's money as the books have it now."""
    return _standing(_sums(Posting.objects.filter(account__vendor=vendor_id, amount_currency=currency)), currency)


def standings(vendor_ids: frozenset[int] | None = None) -> dict[tuple[int, str], Standing]:
    """The same of all vendors, or of these, by vendor and currency: one aggregation."""
    rows = Posting.objects.filter(account__kind__in=OF_VENDOR)
    if vendor_ids is not None:
        rows = rows.filter(account__vendor__in=vendor_ids)
    found: dict[tuple[int, str], dict[str, int]] = {}
    keys = ("account__vendor", "amount_currency", "account__kind")
    for vendor, currency, kind, total in rows.order_by().values_list(*keys).annotate(Sum("amount_minor")):
        found.setdefault((vendor, currency), {})[kind] = total
    return {key: _standing(sums, key[1]) for key, sums in found.items()}


def in_debt() -> QuerySet[Posting, int]:
    """The keys of vendors of whom more was taken back than they had, in some currency."""
    rows = Posting.objects.filter(account__kind=AccountKind.AVAILABLE).order_by()
    owed = rows.values("account__vendor", "amount_currency").annotate(owed=Sum("amount_minor")).filter(owed__gt=0)
    return owed.values_list("account__vendor", flat=True)


def vendors_with_money(after: int, *, most: int, only: int | None = None) -> list[int]:
    """The keys of vendors that have accounts, in their order, at most so many of those that follow a key; or this one, if it has."""
    rows = Account.objects.filter(kind__in=OF_VENDOR, vendor__gt=after)
    rows = rows if only is None else rows.filter(vendor=only)
    return list(rows.order_by("vendor").values_list("vendor", flat=True).distinct()[:most])


def standing_of_share(share: VendorOrder) -> Standing:
    """What of a vendor's money came of one share and stands where."""
    rows = Posting.objects.filter(journal__share=share, account__vendor=share.vendor_id)
    return _standing(_sums(rows), share.total.currency)


def _sums(rows: QuerySet[Posting]) -> dict[str, int]:
    return dict(rows.order_by().values_list("account__kind").annotate(Sum("amount_minor")))


def _standing(sums: Mapping[str, int], currency: str) -> Standing:
    return Standing(*(Money(shown(kind, sums.get(kind, 0)), currency) for kind in OF_VENDOR))


@dataclass(frozen=True)
class Statement:
    """A vendor's money in one currency over a span: what there was before, what each kind of event changed, what there is after."""

    vendor_id: int
    opening: Money
    changes: Mapping[str, Money]
    closing: Money


def statements(vendor_ids: frozenset[int], *, begins: datetime, ends: datetime) -> list[Statement]:
    """Of each of these vendors and currencies: summed by the database, all that is owed to the vendor wherever it stands."""
    rows = Posting.objects.filter(account__vendor__in=vendor_ids, account__kind__in=OF_VENDOR, at__lt=ends).order_by()
    keys = ("account__vendor", "amount_currency")
    before = {
        (vendor, currency): -total
        for vendor, currency, total in rows.filter(at__lt=begins).values_list(*keys).annotate(Sum("amount_minor"))
    }
    within: dict[tuple[int, str], dict[str, Money]] = {key: {} for key in before}
    counted = rows.filter(at__gte=begins).values_list(*keys, "journal__kind").annotate(Sum("amount_minor"))
    for vendor, currency, kind, total in counted:
        changes = within.setdefault((vendor, currency), {})
        if total:
            changes[kind] = Money(-total, currency)
    found = []
    for key, changes in sorted(within.items()):
        opening = Money(before.get(key, 0), key[1])
        closing = Money(opening.amount + sum(each.amount for each in changes.values()), key[1])
        found.append(Statement(key[0], opening, dict(sorted(changes.items())), closing))
    return found


@dataclass(frozen=True)
class Balance:
    """What one account holds: above zero where there is some, whatever its side. `debit` is as the books have it."""

    account: Account
    debit: int

    @property
    def amount(self) -> Money:
        return Money(shown(self.account.kind, self.debit), self.account.currency)


def trial_balance() -> list[Balance]:
    """Every account with its balance. In each currency their debits and credits are the same."""
    sums = dict(Posting.objects.order_by().values_list("account").annotate(Sum("amount_minor")))
    rows = Account.objects.select_related("vendor").order_by("currency", "kind", "part", "vendor__name", "pk")
    return [Balance(each, sums.get(each.pk, 0)) for each in rows]


def sums_of_kinds() -> list[tuple[str, str, str, int]]:
    """(currency, kind, part, debit less credit) of the market's accounts one by one, and of vendors' by their kind."""
    rows = Posting.objects.order_by().values_list("amount_currency", "account__kind", "account__part")
    return sorted(rows.annotate(Sum("amount_minor")))


def splits_of(order: Order) -> dict[int, dict[int | None, tuple[Split, Split]]]:
    """Of each share of an order that is sold, by line (None for the shipping): what was sold, and what is taken back of it."""
    found: dict[int, dict[int | None, tuple[Split, Split]]] = {}
    rows = LineSplit.objects.filter(share__order=order).select_related("journal").order_by("pk")
    for row in rows:
        lines = found.setdefault(row.share_id, {})
        sold, back = lines.get(row.line_id, (NOTHING, NOTHING))
        as_sum = Split(
            row.paid_minor, row.borne_minor, row.tax_minor, dict(row.fees), row.vendor_minor, row.quantity
        )  # fmt: skip
        lines[row.line_id] = (as_sum, back) if row.journal.kind == JournalKind.SALE else (sold, back - as_sum)
    return found


def promised_of(share: VendorOrder) -> dict[int | None, int]:
    """What of each line of a share, and of its shipping (None), is on its way back, or has gone back and is not in the books yet."""
    booked = Journal.objects.filter(
        kind=JournalKind.REFUND, cause_model=REFUND, cause_reference=OuterRef("refund__reference")
    )
    parts = RefundPart.objects.filter(~Exists(booked), vendor_order=share, refund__status__in=HELD).order_by()
    return dict(parts.values_list("line").annotate(Sum("amount_minor")))


@dataclass(frozen=True)
class GivenUp:
    """What of a share is not sold any more: so many pieces of each line, its shipping (None) being one; why, and since when."""

    pieces: Mapping[int | None, int]
    note: str
    at: datetime


def given_up_of(share: VendorOrder) -> GivenUp | None:
    """What of a share was called off, came back or was paid back by the piece; None where nothing was."""
    pieces: dict[int | None, int] = {}
    note, at = share.reason, share.state_since
    for each in LineReduction.objects.filter(vendor_order=share).order_by("pk"):
        pieces[each.line_id] = pieces.get(each.line_id, 0) + each.quantity
        note, at = each.reason, each.at
    named = RefundPart.objects.filter(vendor_order=share, line=None, refund__status="succeeded")
    if share.state == "cancelled" or named.exists() or named_for_nothing(share.pk).exists():
        pieces[None] = 1
    return GivenUp(pieces, note, at) if pieces else None


def named_for_nothing(share: int | OuterRef) -> QuerySet[RefundRequestLine]:
    """What says that the shipping of a share goes back, too, beside goods that were worth nothing: there is no refund to say it."""
    rows = RefundRequestLine.objects.filter(line=None, request__state="approved", request__refund=None)
    return rows.filter(request__vendor_order=share)


def is_decided_for_buyer(share: VendorOrder) -> bool:
    """Has a dispute about a share been lost, so that we gave its buyer money back, or a bank did?"""
    lost = Dispute.objects.filter(vendor_order=share, state="lost")
    return lost.exclude(refund=None, gateway_dispute_id="").exists()


def journal_of(kind: str, model: str, reference: str) -> Journal | None:
    """The one journal of this kind and cause, if it was posted."""
    return Journal.objects.filter(kind=kind, cause_model=model, cause_reference=reference).first()


def debit_of(journal: Journal, kind: str) -> int:
    """What a journal moved to accounts of a kind; below zero what it moved from them."""
    return journal.postings.filter(account__kind=kind).aggregate(sum=Sum("amount_minor"))["sum"] or 0


# --- What is held back of a share, and for what ------------------------------------------------------------------------------

HOLDS = (JournalKind.HOLD, JournalKind.HOLD_RELEASE)


def held_for(share: VendorOrder, reference: str) -> int:
    """So much was held back of a share for a cause, and not let go again: for the reference itself, and for what followed it."""
    rows = Posting.objects.filter(journal__in=_holds(share, reference).values("pk"), account__kind=AccountKind.RESERVED)
    return -(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def held_for_others(share: VendorOrder, reference: str) -> int:
    """So much of a share is held back for its disputes that are open, apart from this one."""
    cases = Dispute.objects.filter(vendor_order=share, state__in=states.DISPUTED).exclude(reference=reference)
    return sum(held_for(share, each) for each in cases.values_list("reference", flat=True))


def steps_of_hold(share: VendorOrder, reference: str) -> int:
    """How many journals of holding and letting go there are for a cause."""
    return _holds(share, reference).count()


def _holds(share: VendorOrder, reference: str) -> QuerySet[Journal]:
    known = Q(cause_reference=reference) | Q(cause_reference__startswith=f"{reference}/")
    return Journal.objects.filter(known, share=share, kind__in=HOLDS)


def hold_step(case: Dispute) -> int:
    """By how much too little of an open case is held back, of what its vendor still has; below zero: by how much too much.

    What a refund took of it meanwhile is missing only where a bank will have it all the same.
    """
    stands, kept = standing_of_share(case.vendor_order), held_for(case.vendor_order, case.reference)
    if case.gateway_dispute_id:
        kept = min(kept, stands.reserved.amount)
    if case.amount_minor > kept:
        return max(min(case.amount_minor - kept, (stands.pending + stands.available).amount), 0)
    return case.amount_minor - kept


# --- What the market would take ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """One fee of a sale, and the rule that says so."""

    fee: str
    amount: Money
    rule: CommissionRule


def paths_of(category_ids: Iterable[int]) -> dict[int, list[int]]:
    """Of each category itself and all above it, nearest first: one query for each level, however many categories."""
    parents: dict[int, int | None] = {}
    level = set(category_ids)
    while level:
        parents |= dict(Category.objects.filter(pk__in=level).order_by().values_list("pk", "parent_id"))
        level = {above for each in level if (above := parents.get(each)) is not None} - set(parents)
    return {each: _path(each, parents) for each in set(category_ids) if each in parents}


def _path(category_id: int, parents: Mapping[int, int | None]) -> list[int]:
    found, at = [], category_id
    while at is not None and at not in found:
        found.append(at)
        at = parents.get(at)  # type: ignore[assignment]
    return found


def preview(*, vendor_id: int, category_id: int | None, listing_id: int | None, price: Money) -> list[Taken]:
    """What the market would take of a sale now: by the very sums that orders are charged by."""
    rules = {each.pk: each for each in CommissionRule.objects.select_related("vendor", "category", "listing")}
    path = paths_of([category_id]).get(category_id, []) if category_id is not None else []
    sold = Sold(vendor_id, listing_id or 0, path, price.currency)
    won = winning([each.terms for each in rules.values()], sold)
    return [Taken(fee, amount, rules[won[fee].rule_id]) for fee, amount in fees_of(price, won).items()]
