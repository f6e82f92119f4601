"""Figures of contact: per day, per listing, and the listings that people contact most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from core import context
from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.contacts.channels import Channel
from marketplace.contacts.classes import Klass
from marketplace.contacts.models import ContactClick, ContactCount, PersonalContact


def first_day(days: int) -> date:
    """The first of the last so many days, today being the last of them."""
    return timezone.localdate(context.now()) - timedelta(days=days - 1)


def clicks(actor: Actor, *, days: int) -> QuerySet[ContactClick]:
    """The valid clicks of the last days that the actor may see."""
    return scope(actor, ContactClick).filter(klass=Klass.VALID, at__date__gte=first_day(days))


def clicks_per_day(actor: Actor, *, days: int) -> dict[tuple[date, str], int]:
    """How many valid clicks by day and channel; days without any are left out."""
    rows = clicks(actor, days=days).annotate(day=TruncDate("at")).order_by()
    return {(day, channel): n for day, channel, n in rows.values_list("day", "channel").annotate(n=Count("pk"))}


def per_day_by_channel(actor: Actor, *, days: int) -> tuple[list[date], dict[str, list[int]]]:
    """The last days, and for each channel the valid clicks of each of them, zeros included."""
    found, first = clicks_per_day(actor, days=days), first_day(days)
    span = [first + timedelta(days=step) for step in range(days)]
    return span, {channel: [found.get((day, channel), 0) for day in span] for channel in Channel.values}


@dataclass(frozen=True)
class Contacted:
    """A listing and how often it was contacted, by channel."""

    listing_id: int
    title: str
    slug: str
    calls: int
    whatsapps: int

    @property
    def total(self) -> int:
        return self.calls + self.whatsapps


def clicks_per_listing(actor: Actor, *, days: int, limit: int = 100) -> list[Contacted]:
    """The listings with the most valid clicks among those the actor may see, the most contacted first."""
    rows = clicks(actor, days=days).order_by().values("listing_id", "listing__title", "listing__slug")
    counted = rows.annotate(
        calls=Count("pk", filter=_by(Channel.CALL)), whatsapps=Count("pk", filter=_by(Channel.WHATSAPP)), n=Count("pk")
    ).order_by("-n", "listing_id")[:limit]
    return [
        Contacted(each["listing_id"], each["listing__title"], each["listing__slug"], each["calls"], each["whatsapps"])
        for each in counted
    ]


def most_contacted(actor: Actor, *, days: int, limit: int) -> Sequence[int]:
    """The keys of the listings on show that people contacted most, the first being the most contacted."""
    seen = scope(actor, Listing).order_by().values("pk")
    rows = ContactCount.objects.filter(day__gte=first_day(days), cached_valid__gt=0, listing__in=seen)
    ranked = rows.order_by().values("listing_id").annotate(n=Sum("cached_valid")).order_by("-n", "listing_id")
    return list(ranked.values_list("listing_id", flat=True)[:limit])


def between(customer_id: int, vendor_id: int, *, most: int) -> list[PersonalContact]:
    """When a customer asked for a vendor's number while signed in, oldest first; the latest where they are many."""
    rows = PersonalContact.objects.filter(customer=customer_id, vendor=vendor_id).select_related("listing")
    return list(rows.order_by("-at", "-pk")[:most])[::-1]


def _by(channel: Channel) -> Q:
    return Q(channel=channel)
