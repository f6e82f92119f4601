"""Figures of engagement: how often listings were looked at, how many people keep them, and the two beside contacts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, QuerySet, Sum

from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.contacts.models import ContactCount
from marketplace.contacts.queries import first_day
from marketplace.engagement.models import Favourite, SavedSearch, ViewCount


def favourites_of(user_id: int) -> QuerySet[Favourite]:
    """What somebody keeps, whether it is still offered or not."""
    return Favourite.objects.filter(user_id=user_id)


def waiting_for_news(frequency: str, until: datetime) -> list[int]:
    """Whose searches of this rhythm have not been looked through up to a moment, where anything was published since."""
    rows = SavedSearch.objects.filter(frequency=frequency, seen_until__lt=until, user__is_active=True)
    earliest = rows.aggregate(at=Min("seen_until"))["at"]
    if earliest is None:
        return []
    news = Listing.objects.filter(status="approved", approved_at__gt=earliest, published_at__gt=earliest)
    if not news.filter(published_at__lte=until).exists():
        return []
    return list(rows.order_by("user_id").values_list("user_id", flat=True).distinct())


@dataclass(frozen=True)
class Interest:
    """What people did with a listing in some days: looked, called or wrote; and how many keep it now."""

    views: int = 0
    contacts: int = 0
    favourites: int = 0


@dataclass(frozen=True)
class Watched:
    """A listing with the interest in it."""

    listing_id: int
    title: str
    slug: str
    views: int
    contacts: int
    favourites: int


def interest_in(listing_ids: Iterable[int], *, days: int) -> dict[int, Interest]:
    """The interest in each of these listings, in three queries. Whoever asks must be allowed to see the listings."""
    keys, first = set(listing_ids), first_day(days)
    views = _sums(ViewCount.objects.filter(listing__in=keys, day__gte=first), "valid_count")
    contacts = _sums(ContactCount.objects.filter(listing__in=keys, day__gte=first), "cached_valid")
    kept = Favourite.objects.filter(listing__in=keys).order_by().values_list("listing_id").annotate(Count("pk"))
    favourites = dict(kept)
    return {key: Interest(views.get(key, 0), contacts.get(key, 0), favourites.get(key, 0)) for key in keys}


def _sums(rows: QuerySet, column: str) -> dict[int, int]:
    return dict(rows.order_by().values_list("listing_id").annotate(Sum(column)))


def most_viewed(actor: Actor, *, days: int, limit: int = 100) -> list[Watched]:
    """The listings that people looked at most, of those the actor may see, the most viewed first."""
    seen = scope(actor, Listing).order_by().values("pk")
    rows = ViewCount.objects.filter(day__gte=first_day(days), valid_count__gt=0, listing__in=seen).order_by()
    ranked = rows.values("listing_id", "listing__title", "listing__slug").annotate(n=Sum("valid_count"))
    top = list(ranked.order_by("-n", "listing_id")[:limit])
    interest = interest_in([each["listing_id"] for each in top], days=days)
    return [
        Watched(
            each["listing_id"], each["listing__title"], each["listing__slug"], each["n"],
            interest[each["listing_id"]].contacts, interest[each["listing_id"]].favourites,
        )
        for each in top
    ]  # fmt: skip
