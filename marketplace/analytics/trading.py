"""What is bought and what it brings: counted and summed by the database, in each currency for itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet, Sum

from core.audiences import OPERATIONS
from core.money import Money
from core.rules import Actor, policy_of, scope
from marketplace.analytics.spans import Span, last_days
from marketplace.orders import states
from marketplace.orders.models import OrderLine, VendorOrder

SEES_MONEY = "view_money"
#: A share is sold when its money has come and it was not called off.
SOLD = (*states.OPEN, *states.SENT)
MOST_VENDORS = 100


@dataclass(frozen=True)
class Trade:
    """The shares of orders that were sold in a span, how many in the one before, and what those of the span cost."""

    orders: int
    before: int
    revenue: Sequence[Money]


@dataclass(frozen=True)
class VendorTrade:
    """What one vendor sold in a span."""

    vendor_id: int
    name: str
    orders: int
    revenue: Money


@dataclass(frozen=True)
class ListingTrade:
    """What was sold of one listing in a span, under a title that its buyers saw."""

    listing_id: int
    title: str
    units: int
    revenue: Money


def sees_trade(actor: Actor) -> bool:
    """May the actor read what is sold and what it brings? Vendors those of the orders they work; of staff those who may see
    both orders and money.
    """
    may = policy_of(VendorOrder).may_ever(actor, "view")
    return may and (actor.audience is not OPERATIONS or actor.has(SEES_MONEY))


def sold(actor: Actor) -> QuerySet[VendorOrder]:
    """The sold shares whose figures the actor may read."""
    rows = scope(actor, VendorOrder).filter(state__in=SOLD)
    return rows if sees_trade(actor) else rows.none()


def trade_in(actor: Actor, span: Span) -> Trade:
    """The sales of a span, compared with the one before."""
    rows = span.within(sold(actor), "placed_at").order_by()
    sums = rows.values_list("total_currency").annotate(Sum("total_minor")).order_by("total_currency")
    return Trade(
        orders=rows.count(),
        before=span.before.within(sold(actor), "placed_at").count(),
        revenue=[Money(amount, currency) for currency, amount in sums],
    )


def trade_by_vendor(actor: Actor, *, days: int, most: int = MOST_VENDORS) -> list[VendorTrade]:
    """The vendors that sold most orders, at most so many; a vendor who sold in two currencies stands there twice."""
    rows = last_days(days).within(sold(actor), "placed_at").order_by()
    found = (
        rows.values("vendor_id", "vendor__name", "total_currency")
        .annotate(orders=Count("pk"), revenue=Sum("total_minor"))
        .order_by("-orders", "vendor_id", "total_currency")[:most]
    )
    return [
        VendorTrade(
            each["vendor_id"], each["vendor__name"], each["orders"], Money(each["revenue"], each["total_currency"])
        )
        for each in found
    ]


def trade_by_listing(actor: Actor, *, days: int, most: int) -> list[ListingTrade]:
    """The listings of which most was sold, in pieces; one that was sold in two currencies stands there twice."""
    if not sees_trade(actor):
        return []
    lines = last_days(days).within(
        scope(actor, OrderLine).filter(vendor_order__state__in=SOLD), "vendor_order__placed_at"
    )
    found = (
        lines.order_by()
        .values("listing_id", "total_currency")
        .annotate(title=Max("title"), units=Sum("quantity"), revenue=Sum("total_minor"))
        .order_by("-units", "listing_id", "total_currency")[:most]
    )
    return [
        ListingTrade(each["listing_id"], each["title"], each["units"], Money(each["revenue"], each["total_currency"]))
        for each in found
    ]
