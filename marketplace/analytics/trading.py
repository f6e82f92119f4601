"""What is sold and what it brings, by the books: summed by the database from the journals of sales, each currency for itself.

This is the only place where these figures are made: the API, the panels and the charts all read them here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from core.money import Money
from core.rules import Actor, scope
from marketplace.analytics.spans import Span
from marketplace.ledger.kinds import OF_VENDOR, AccountKind, Fee, JournalKind
from marketplace.ledger.models import Journal, LineSplit
from marketplace.ledger.sales import journals_of_sales, sees_sales

MOST_VENDORS = 100
SALE, BACK = Q(kind=JournalKind.SALE), Q(kind=JournalKind.REVERSAL)
BORNE = (AccountKind.COUPONS, AccountKind.REFUNDS, AccountKind.DISPUTES)
CURRENCY, VENDOR = "postings__amount_currency", "share__vendor"


@dataclass(frozen=True)
class Figures:
    """A span in one currency. Always: revenue - refunds + borne = fees + tax + to_vendors.

    `orders` are vendor orders that were sold, whatever became of them; `revenue` is what their buyers paid. `refunds` is what went
    back in the span, by us or by a buyer's bank, whenever it was sold. `fees` are what the market took less what it gave back, and
    `commission` is the largest of them. `borne` is what the market paid itself: its discounts, and what nobody else bore of refunds.
    """

    orders: int
    revenue: Money
    refunds: Money
    borne: Money
    commission: Money
    fees: Money
    tax: Money
    to_vendors: Money

    @property
    def to_market(self) -> Money:
        """What the market keeps: its fees, less what it bore."""
        return self.fees - self.borne

    @property
    def currency(self) -> str:
        return self.revenue.currency


@dataclass(frozen=True)
class Trade:
    """The vendor orders sold in a span, how many in the one before, and the figures of the span in each currency."""

    orders: int
    before: int
    figures: Sequence[Figures]


@dataclass(frozen=True)
class VendorTrade:
    """What one vendor sold in a span, in one currency."""

    vendor_id: int
    name: str
    figures: Figures


@dataclass(frozen=True)
class ListingTrade:
    """What was sold of one listing in a span, under a title that its buyers saw, and what went back of it."""

    listing_id: int
    title: str
    units: int
    revenue: Money
    refunds: Money


@dataclass(frozen=True)
class DayTrade:
    """What buyers paid, what went back to them and what the market took, on one day, in one currency."""

    revenue: int = 0
    refunds: int = 0
    fees: int = 0


def sees_trade(actor: Actor) -> bool:
    """May the actor read these figures? A vendor's members those of the vendors whose money they may see, of staff those who may."""
    return sees_sales(actor)


def trade_in(actor: Actor, span: Span) -> Trade:
    """The sales of a span, compared with the one before."""
    journals = journals_of_sales(actor)
    orders = _orders(span.within(journals, "at"), "share__total_currency")
    found = _sums(span.within(journals, "at"), CURRENCY).order_by(CURRENCY)
    return Trade(
        orders=sum(orders.values()),
        before=span.before.within(journals.filter(SALE), "at").count(),
        figures=[_figures(each, orders.get((each[CURRENCY],), 0)) for each in found],
    )


def trade_by_vendor(actor: Actor, span: Span, *, most: int = MOST_VENDORS) -> list[VendorTrade]:
    """The same by vendor, at most so many, those that sold most orders first; one who sold in two currencies stands there twice."""
    rows = span.within(journals_of_sales(actor), "at")
    orders = _orders(rows, VENDOR, "share__total_currency")
    found = [
        VendorTrade(each[VENDOR], each["name"], _figures(each, orders.get((each[VENDOR], each[CURRENCY]), 0)))
        for each in _sums(rows, VENDOR, CURRENCY).annotate(name=Max("share__vendor__name"))
    ]
    return sorted(found, key=lambda each: (-each.figures.orders, each.vendor_id, each.figures.currency))[:most]


def trade_by_listing(actor: Actor, span: Span, *, most: int) -> list[ListingTrade]:
    """The listings of which most was sold, in pieces; one that was sold in two currencies stands there twice. Without shipping."""
    sold, back = Q(journal__kind=JournalKind.SALE), Q(journal__kind=JournalKind.REVERSAL)
    lines = span.within(scope(actor, LineSplit).filter(sold | back, line__isnull=False), "journal__at")
    found = (
        lines.order_by()
        .values("line__listing", "currency")
        .annotate(
            title=Max("line__title"),
            units=Sum("quantity", filter=sold, default=0),
            revenue=Sum("paid_minor", filter=sold, default=0),
            refunds=Sum("paid_minor", filter=back, default=0),
        )
        .order_by("-units", "line__listing", "currency")[:most]
    )
    return [
        ListingTrade(
            each["line__listing"], each["title"], each["units"], Money(each["revenue"], each["currency"]),
            Money(-each["refunds"], each["currency"]),
        )
        for each in found
    ]  # fmt: skip


def trade_by_day(actor: Actor, span: Span) -> Mapping[str, Mapping[date, DayTrade]]:
    """What buyers paid, what went back and what the market took, by currency and day; days without any are left out."""
    rows = span.within(journals_of_sales(actor), "at").values(CURRENCY, day=TruncDate("at"))
    rows = rows.annotate(
        paid=_sum(AccountKind.CLEARING, within=SALE),
        back=_sum(AccountKind.CLEARING, within=BACK),
        fees=_sum(AccountKind.REVENUE),
    )
    found: dict[str, dict[date, DayTrade]] = {}
    for each in rows.order_by(CURRENCY, "day"):
        found.setdefault(each[CURRENCY], {})[each["day"]] = DayTrade(each["paid"], -each["back"], -each["fees"])
    return found


def _orders(rows: QuerySet[Journal], *keys: str) -> dict[tuple[Any, ...], int]:
    """How many vendor orders were sold, by these columns: each has one journal of its sale."""
    counted = rows.filter(SALE).values_list(*keys).annotate(orders=Count("pk"))
    return {tuple(key): orders for *key, orders in counted}


def _sums(rows: QuerySet[Journal], *keys: str) -> QuerySet[Journal, dict[str, Any]]:
    """What was posted to each kind of account, debits above zero, by these columns."""
    return rows.values(*keys).annotate(
        paid=_sum(AccountKind.CLEARING, within=SALE),
        back=_sum(AccountKind.CLEARING, within=BACK),
        borne=_sum(*BORNE),
        commission=_sum(AccountKind.REVENUE, within=Q(postings__account__part=Fee.COMMISSION)),
        fees=_sum(AccountKind.REVENUE),
        tax=_sum(AccountKind.TAX),
        vendors=_sum(*OF_VENDOR),
    )


def _sum(*kinds: str, within: Q = Q()) -> Sum:  # noqa: B008
    return Sum("postings__amount_minor", filter=Q(postings__account__kind__in=kinds) & within, default=0)


def _figures(row: Mapping[str, Any], orders: int) -> Figures:
    def money(debit: int) -> Money:
        return Money(debit, row[CURRENCY])

    return Figures(
        orders=orders, revenue=money(row["paid"]), refunds=money(-row["back"]), borne=money(row["borne"]),
        commission=money(-row["commission"]), fees=money(-row["fees"]), tax=money(-row["tax"]), to_vendors=money(-row["vendors"]),
    )  # fmt: skip
