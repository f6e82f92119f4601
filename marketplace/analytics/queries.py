"""The figures of the market and of a vendor: each a count of rows that the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from core.rules import Actor, scope
from marketplace.analytics.spans import Span, last_days
from marketplace.analytics.trading import Trade, sees_trade, trade_in
from marketplace.catalog import states
from marketplace.catalog.models import Listing
from marketplace.contacts.channels import Channel
from marketplace.contacts.classes import Klass
from marketplace.contacts.models import ContactClick
from marketplace.contacts.queries import Contacted, clicks_per_listing
from marketplace.vendors.models import Vendor
from marketplace.vendors.states import VENDOR

SEES_CONTACTS = "view_contacts"


@dataclass(frozen=True)
class Compared:
    """A figure of a span, and of the span before."""

    count: int
    before: int


@dataclass(frozen=True)
class Contacts:
    """Valid contacts of a span by channel, and all of them in the span before."""

    calls: int
    whatsapps: int
    before: int

    @property
    def total(self) -> int:
        return self.calls + self.whatsapps


@dataclass(frozen=True)
class Day:
    """One day's figures."""

    day: date
    calls: int
    whatsapps: int
    approved: int = 0
    new_vendors: int = 0


@dataclass(frozen=True)
class VendorFigures:
    """What a vendor's members read of it: in which states its listings are, how they are contacted, what they bring.

    `trade` is None for those who may not see money.
    """

    span: Span
    listings: dict[str, int]
    contacts: Contacts
    by_day: Sequence[Day]
    by_listing: Sequence[Contacted]
    trade: Trade | None


@dataclass(frozen=True)
class Summary:
    """What staff read of the market. `contacts` and `trade` are None for those who may not see contacts, or money."""

    span: Span
    listings: dict[str, int]
    vendors: dict[str, int]
    approved: Compared
    new_vendors: Compared
    contacts: Contacts | None
    trade: Trade | None
    by_day: Sequence[Day]


def by_state(rows: QuerySet, known: Sequence[str]) -> dict[str, int]:
    """How many rows are in each state, those without any too."""
    found = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    return {state: found.get(state, 0) for state in known}


def valid_contacts(actor: Actor) -> QuerySet[ContactClick]:
    """The contacts that count, of those the actor may see."""
    return scope(actor, ContactClick).filter(klass=Klass.VALID)


def contacts_in(actor: Actor, span: Span) -> Contacts:
    """The contacts of a span, compared with the one before."""
    rows = valid_contacts(actor)
    counted = dict(span.within(rows, "at").order_by().values_list("channel").annotate(Count("pk")))
    before = span.before.within(rows, "at").count()
    return Contacts(counted.get(Channel.CALL, 0), counted.get(Channel.WHATSAPP, 0), before)


def compared(rows: QuerySet, column: str, span: Span) -> Compared:
    """How many rows of the span, and of the one before."""
    return Compared(span.within(rows, column).count(), span.before.within(rows, column).count())


def vendor_figures(actor: Actor, *, days: int) -> VendorFigures:
    """The figures of the actor's own vendors."""
    span, rows = last_days(days), valid_contacts(actor)
    calls = span.per_day(rows.filter(channel=Channel.CALL), "at")
    whatsapps = span.per_day(rows.filter(channel=Channel.WHATSAPP), "at")
    return VendorFigures(
        span=span,
        listings=by_state(scope(actor, Listing), states.LISTING.states),
        contacts=contacts_in(actor, span),
        by_day=[Day(day, calls.get(day, 0), whatsapps.get(day, 0)) for day in span.days],
        by_listing=clicks_per_listing(actor, days=days),
        trade=trade_in(actor, span) if sees_trade(actor) else None,
    )


def summary(actor: Actor, *, days: int) -> Summary:
    """The figures of the market."""
    span, rows = last_days(days), valid_contacts(actor)
    listings, vendors = scope(actor, Listing), scope(actor, Vendor)
    calls = span.per_day(rows.filter(channel=Channel.CALL), "at")
    whatsapps = span.per_day(rows.filter(channel=Channel.WHATSAPP), "at")
    approved, new = span.per_day(listings, "approved_at"), span.per_day(vendors, "created_at")
    return Summary(
        span=span,
        listings=by_state(listings, states.LISTING.states),
        vendors=by_state(vendors, VENDOR.states),
        approved=compared(listings, "approved_at", span),
        new_vendors=compared(vendors, "created_at", span),
        contacts=contacts_in(actor, span) if actor.has(SEES_CONTACTS) else None,
        trade=trade_in(actor, span) if sees_trade(actor) else None,
        by_day=[
            Day(day, calls.get(day, 0), whatsapps.get(day, 0), approved.get(day, 0), new.get(day, 0))
            for day in span.days
        ],
    )
