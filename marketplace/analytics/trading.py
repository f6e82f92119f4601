"""What is bought and what it brings: counted and summed by the database, in each currency for itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from core.money import Money
from core.rules import Actor, scope
from marketplace.analytics.spans import Span, last_days
from marketplace.orders import states
from marketplace.orders.models import VendorOrder

SEES_ORDERS = "view_orders"
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


def sold(actor: Actor) -> QuerySet[VendorOrder]:
    """The sold shares that the actor may see."""
    return scope(actor, VendorOrder).filter(state__in=SOLD)


def trade_in(actor: Actor, span: Span) -> Trade:
    """The sales of a span, compared with the one before."""
    rows = span.within(sold(actor), "placed_at").order_by()
    sums = rows.values_list("total_currency").annotate(Sum("total_minor")).order_by("total_currency")
    return Trade(
        orders=rows.count(),
        before=span.before.within(sold(actor), "placed_at").count(),
        revenue=[Money(amount, currency) for currency, amount in sums],
    )


def trade_by_vendor(actor: Actor, *, days: int) -> list[VendorTrade]:
    """The vendors that sold most orders, at most a hundred; a vendor who sold in two currencies stands there twice."""
    rows = last_days(days).within(sold(actor), "placed_at").order_by()
    found = (
        rows.values("vendor_id", "vendor__name", "total_currency")
        .annotate(orders=Count("pk"), revenue=Sum("total_minor"))
        .order_by("-orders", "vendor_id", "total_currency")[:MOST_VENDORS]
    )
    return [
        VendorTrade(
            each["vendor_id"], each["vendor__name"], each["orders"], Money(each["revenue"], each["total_currency"])
        )
        for each in found
    ]
