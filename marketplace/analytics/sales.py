"""The panels of sales on the landing pages: what was sold and what it brings, and the rows that it is counted from.

Somebody who may not see that is not told that there is nothing: the panels stay away.
"""

from typing import Any

from core.admin.landing import Panel, changelist_url
from core.rules import Actor
from marketplace.analytics import cards
from marketplace.analytics.spans import last_days
from marketplace.analytics.trading import SOLD, Trade, sees_trade, trade_by_listing, trade_by_vendor, trade_in
from marketplace.catalog.models import Listing
from marketplace.orders.models import VendorOrder

MOST = 10


def _head(trade: Trade) -> dict[str, Any]:
    return {"orders": trade.orders, "before": trade.before, "revenue": [str(each) for each in trade.revenue]}


def by_vendor(actor: Actor) -> dict[str, Any]:
    """The vendors who sold most orders in 30 days, each with its way to those very shares."""
    span = last_days(cards.MONTH)
    rows = [
        {
            "name": each.name,
            "count": each.orders,
            "revenue": str(each.revenue),
            "link": changelist_url(
                VendorOrder,
                {"vendor": str(each.vendor_id), "state": ",".join(SOLD), "placed_at_min": span.begins.isoformat()},
            ),
        }
        for each in trade_by_vendor(actor, days=cards.MONTH, most=MOST)
    ]
    return {**_head(trade_in(actor, span)), "rows": rows, "of": "Vendor", "counted": "Orders"}


def by_listing(actor: Actor) -> dict[str, Any]:
    """The listings of a shop that sold most in 30 days, each with its way to its page."""
    rows = [
        {
            "name": each.title,
            "count": each.units,
            "revenue": str(each.revenue),
            "link": f"{changelist_url(Listing)}{each.listing_id}/change/",
        }
        for each in trade_by_listing(actor, days=cards.MONTH, most=MOST)
    ]
    head = _head(trade_in(actor, last_days(cards.MONTH)))
    return {**head, "rows": rows, "of": "Listing", "counted": "Sold"}


BY_VENDOR = Panel("Sales of 30 days by vendor", "analytics/sales.html", by_vendor, shown=sees_trade)
BY_LISTING = Panel("Sales of 30 days by listing", "analytics/sales.html", by_listing, shown=sees_trade)
