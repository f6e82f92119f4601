"""The series of charts: counts and sums per day of rows that the actor may see, beside those of the span before."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet

from core.admin.landing import Chart, Panel
from core.money import Money, exponent
from core.rules import Actor, scope
from marketplace.analytics.queries import valid_contacts
from marketplace.analytics.spans import Span, last_days
from marketplace.analytics.trading import DayTrade, sees_trade, trade_by_day
from marketplace.catalog.models import Listing
from marketplace.contacts.channels import Channel
from marketplace.moderation.models import Decision
from marketplace.orders.models import Order
from marketplace.vendors.models import Vendor

DAYS = 30
TEMPLATE = "analytics/chart.html"
Rows = Callable[[Actor], QuerySet]
NOTHING = DayTrade()


def below(chart: Chart, *, shown: Callable[[Actor], bool] = lambda _actor: True) -> Panel:
    """The chart as a panel, for pages where the work stands first, or not everybody may see it."""
    return Panel(chart.title, TEMPLATE, lambda actor: {"chart": chart.draw(actor)}, shown=shown)


def labels(span: Span) -> list[str]:
    return [f"{day:%d %b}" for day in span.days]


def counts(rows: QuerySet, column: str, span: Span) -> list[int]:
    """How many rows on each day of the span, zeros included."""
    found = span.per_day(rows, column)
    return [found.get(day, 0) for day in span.days]


def compared(rows: Rows, column: str) -> Callable[[Actor], Mapping[str, Any]]:
    """The rows per day, and those of as many days before, laid over them."""

    def series(actor: Actor) -> Mapping[str, Any]:
        span, found = last_days(DAYS), rows(actor)
        return {
            "labels": labels(span),
            "datasets": [
                {"label": f"Last {DAYS} days", "data": counts(found, column, span)},
                {"label": f"The {DAYS} before", "data": counts(found, column, span.before)},
            ],
        }

    return series


def contacts_by_channel(actor: Actor) -> Mapping[str, Any]:
    """Valid contacts per day by channel, and all of the days before."""
    span, found = last_days(DAYS), valid_contacts(actor)
    datasets = [
        {"label": channel.label, "data": counts(found.filter(channel=channel), "at", span)} for channel in Channel
    ]
    return {
        "labels": labels(span),
        "datasets": [*datasets, {"label": f"The {DAYS} before", "data": counts(found, "at", span.before)}],
    }


def revenue(actor: Actor) -> Mapping[str, Any]:
    """What buyers paid and what went back per day, and what they paid in the days before: of each currency, by the books."""
    span = last_days(DAYS)
    now, before = trade_by_day(actor, span), trade_by_day(actor, span.before)
    datasets = []
    for currency in sorted({*now, *before}):
        last, earlier = now.get(currency, {}), before.get(currency, {})
        datasets += [
            _amounts(f"Revenue, {currency}", [last.get(day, NOTHING).revenue for day in span.days], currency),
            _amounts(f"Refunds, {currency}", [last.get(day, NOTHING).refunds for day in span.days], currency),
            _amounts(f"The {DAYS} before", [earlier.get(day, NOTHING).revenue for day in span.before.days], currency),
        ]
    return {"labels": labels(span), "datasets": datasets}


def _amounts(label: str, minor: list[int], currency: str) -> dict[str, Any]:
    """A line of money: drawn in whole units, its sum told to the cent."""
    return {
        "label": label,
        "data": [amount / 10 ** exponent(currency) for amount in minor],
        "sum": str(Money(sum(minor), currency)),
    }


APPROVED = Chart("Listings approved per day", compared(lambda actor: scope(actor, Listing), "approved_at"))
DECIDED = Chart("Decisions per day", compared(lambda actor: scope(actor, Decision), "at"), kind="bar")
CONTACTS = Chart("Calls and WhatsApp per day", contacts_by_channel, note="Valid contacts only.")
NEW_VENDORS = Chart("New vendors per day", compared(lambda actor: scope(actor, Vendor), "created_at"), kind="bar")
ORDERS = Chart("Orders per day", compared(lambda actor: scope(actor, Order), "placed_at"))
REVENUE = below(
    Chart("Revenue per day", revenue, note="What buyers paid, and what went back to them."), shown=sees_trade
)
