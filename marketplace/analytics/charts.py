"""The series of charts: counts per day of rows that the actor may see, beside those of the span before."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet

from core.admin.landing import Chart, Panel
from core.rules import Actor, scope
from marketplace.analytics.queries import valid_contacts
from marketplace.analytics.spans import Span, last_days
from marketplace.catalog.models import Listing
from marketplace.contacts.channels import Channel
from marketplace.moderation.models import Decision
from marketplace.orders.models import Order
from marketplace.payments.models import MoneyMove
from marketplace.vendors.models import Vendor

DAYS = 30
TEMPLATE = "analytics/chart.html"
Rows = Callable[[Actor], QuerySet]


def below(chart: Chart) -> Panel:
    """The chart as a panel, for pages where the work stands first."""
    return Panel(chart.title, TEMPLATE, lambda actor: {"chart": chart.draw(actor)})


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


APPROVED = Chart("Listings approved per day", compared(lambda actor: scope(actor, Listing), "approved_at"))
DECIDED = Chart("Decisions per day", compared(lambda actor: scope(actor, Decision), "at"), kind="bar")
CONTACTS = Chart("Calls and WhatsApp per day", contacts_by_channel, note="Valid contacts only.")
NEW_VENDORS = Chart("New vendors per day", compared(lambda actor: scope(actor, Vendor), "created_at"), kind="bar")
ORDERS = Chart("Orders per day", compared(lambda actor: scope(actor, Order), "placed_at"))
CAPTURED = Chart(
    "Payments per day", compared(lambda actor: scope(actor, MoneyMove).filter(kind="captured"), "at"), kind="bar"
)
REFUNDED = Chart(
    "Refunds per day", compared(lambda actor: scope(actor, MoneyMove).filter(kind="refunded"), "at"), kind="bar"
)
