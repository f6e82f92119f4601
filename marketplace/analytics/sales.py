"""The panels of sales on the landing pages: what was sold and what it brings, and the rows that it is counted from.

Somebody who may not see that is not told that there is nothing: the panels stay away.
"""

from typing import Any

from core.admin.landing import Panel, changelist_url
from core.rules import Actor
from marketplace.analytics import cards
from marketplace.analytics.spans import last_days
from marketplace.analytics.trading import Figures, Trade, sees_trade, trade_by_listing, trade_by_vendor, trade_in
from marketplace.catalog.models import Listing
from marketplace.ledger.kinds import JournalKind
from marketplace.ledger.models import Journal

MOST = 10
AMOUNTS = {
    "revenue": "Revenue", "refunds": "Refunds", "commission": "Commission", "fees": "Fees in all", "tax": "Tax",
}  # fmt: skip
OF_MARKET = {**AMOUNTS, "borne": "Borne by the market", "to_vendors": "Vendors keep", "to_market": "The market keeps"}
OF_SHOP = {**AMOUNTS, "borne": "Paid by the market", "to_vendors": "You keep"}


def _head(trade: Trade, amounts: dict[str, str]) -> dict[str, Any]:
    """The figures of the span in words: those that are nothing stay away, revenue stands there anyhow."""
    told = [
        {"label": label, "amount": str(getattr(each, name))}
        for each in trade.figures
        for name, label in amounts.items()
        if name == "revenue" or getattr(each, name).amount
    ]
    return {"orders": trade.orders, "before": trade.before, "amounts": told}


def _cells(figures: Figures) -> list[str]:
    return [str(getattr(figures, name)) for name in ("revenue", "refunds", "fees", "to_vendors")]


def by_vendor(actor: Actor) -> dict[str, Any]:
    """The vendors who sold most orders in 30 days, each with its way to the journals of those very sales."""
    span = last_days(cards.MONTH)
    rows = [
        {
            "name": each.name,
            "count": each.figures.orders,
            "cells": _cells(each.figures),
            "link": changelist_url(
                Journal,
                {"vendor": str(each.vendor_id), "kind": JournalKind.SALE.value, "at_min": span.begins.isoformat()},
            ),
        }
        for each in trade_by_vendor(actor, span, most=MOST)
    ]
    columns = ["Vendor", "Orders", "Revenue", "Refunds", "Fees", "Vendor keeps"]
    return {**_head(trade_in(actor, span), OF_MARKET), "rows": rows, "columns": columns}


def by_listing(actor: Actor) -> dict[str, Any]:
    """The listings of a shop that sold most in 30 days, each with its way to its page."""
    span = last_days(cards.MONTH)
    rows = [
        {
            "name": each.title,
            "count": each.units,
            "cells": [str(each.revenue), str(each.refunds)],
            "link": f"{changelist_url(Listing)}{each.listing_id}/change/",
        }
        for each in trade_by_listing(actor, span, most=MOST)
    ]
    return {
        **_head(trade_in(actor, span), OF_SHOP),
        "rows": rows,
        "columns": ["Listing", "Sold", "Revenue", "Refunds"],
    }


BY_VENDOR = Panel("Sales of 30 days by vendor", "analytics/sales.html", by_vendor, shown=sees_trade)
BY_LISTING = Panel("Sales of 30 days by listing", "analytics/sales.html", by_listing, shown=sees_trade)
