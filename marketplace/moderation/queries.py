"""What waits to be judged, with what a moderator should know of it, in a number of queries that does not grow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import Lower, RowNumber
from django.utils import timezone

from core import context
from core.money import Money
from core.rules import Actor, scope
from marketplace.catalog.models import Listing, Revision
from marketplace.catalog.queries import listings_waiting, revisions_waiting, vendor_records
from marketplace.moderation.models import Decision
from marketplace.moderation.risk import Hint, Standing, Usual, duplicate_hint, picture_hint, price_hint, standing_hint
from marketplace.moderation.signals import told_of

LISTING, REVISION = "listing", "revision"


@dataclass(frozen=True)
class Waiting:
    """One line of the queue: a listing, or proposed changes to one (`changed` names the fields), and since when it waits."""

    kind: str
    key: int
    listing: Listing
    since: datetime
    version: int
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a page of the queue begins: after this line."""

    since: datetime
    kind: str
    key: int


def queue(actor: Actor, *, after: Place | None = None, limit: int = 24) -> list[Waiting]:
    """What waits for this moderator, the longest waiting first: listings and proposed changes in one line."""
    listings = _after(listings_waiting(actor), LISTING, after)[:limit]
    revisions = _after(revisions_waiting(actor), REVISION, after)[:limit]
    found = [Waiting(LISTING, row.pk, row, row.status_since, row.version) for row in listings]
    found += [of_revision(row) for row in revisions]
    return sorted(found, key=lambda each: (each.since, each.kind, each.key))[:limit]


def of_revision(row: Revision) -> Waiting:
    return Waiting(REVISION, row.pk, row.listing, row.status_since, row.version, tuple(row.proposed))


def _after(rows: QuerySet, kind: str, place: Place | None) -> QuerySet:
    if place is None:
        return rows
    beyond = Q(status_since__gt=place.since)
    if kind == place.kind:
        beyond |= Q(status_since=place.since, pk__gt=place.key)
    elif kind > place.kind:
        beyond |= Q(status_since=place.since)
    return rows.filter(beyond)


@dataclass(frozen=True)
class Facts:
    """What is known of a listing beside itself."""

    standing: Standing
    usual: Usual | None
    hints: tuple[Hint, ...]


def facts_of(listings: Iterable[Listing]) -> dict[int, Facts]:
    """The facts of each listing (with its vendor read already), in four queries however many there are."""
    rows = list(listings)
    records = vendor_records(row.vendor_id for row in rows)
    usual = usual_prices({row.category_id for row in rows})
    twins = _twins(rows)
    told = told_of(rows)
    found = {}
    for row in rows:
        record = records.get(row.vendor_id)
        days = (context.now() - row.vendor.created_at).days
        standing = Standing(record.approved, record.rejected, days) if record else Standing(days=days)
        price = usual.get((row.category_id, row.price_currency or ""))
        own, others = twins.get(row.pk, (0, 0))
        hints = (
            price_hint(row.price, price),
            standing_hint(standing),
            None if row.pk in told else duplicate_hint(own=own, others=others),
            picture_hint(len(row.cached_gallery)),
            *told.get(row.pk, ()),
        )
        found[row.pk] = Facts(standing, price, tuple(each for each in hints if each))
    return found


def usual_prices(categories: Iterable[int]) -> dict[tuple[int, str], Usual]:
    """What most approved listings of each category cost, by category and currency: the middle four fifths."""
    by_kind = (F("category_id"), F("price_currency"))
    ends = (
        Listing.objects.filter(category__in=set(categories), status="approved", price_minor__isnull=False)
        .annotate(
            among=Window(Count("pk"), partition_by=by_kind),
            place=Window(RowNumber(), partition_by=by_kind, order_by=("price_minor", "pk")),
        )
        .filter(Q(place=F("among") / 10 + 1) | Q(place=F("among") - F("among") / 10))
        .order_by("place")
        .values_list("category_id", "price_currency", "price_minor", "among")
    )
    found: dict[tuple[int, str], Usual] = {}
    for category, currency, amount, among in ends:
        if amount is None or currency is None:
            continue
        price = Money(amount, currency)
        known = found.get((category, currency))
        found[category, currency] = Usual(known.low if known else price, price, among)
    return found


def _twins(rows: Sequence[Listing]) -> dict[int, tuple[int, int]]:
    """How many others of the same category have the same title: of the same vendor, and of others."""
    titles = {row.title.lower() for row in rows}
    alike = (
        Listing.objects.filter(category__in={row.category_id for row in rows}, status__in=("approved", "pending"))
        .annotate(words=Lower("title"))
        .filter(words__in=titles)
        .values_list("category_id", "words", "vendor_id")
        .annotate(among=Count("pk"))
        .order_by()
    )
    counted: dict[tuple[int, str], dict[int, int]] = {}
    for category, words, vendor, among in alike:
        counted.setdefault((category, words), {})[vendor] = among
    found = {}
    for row in rows:
        by_vendor = counted.get((row.category_id, row.title.lower()), {})
        itself = 1 if row.status in ("approved", "pending") else 0
        own = max(0, by_vendor.get(row.vendor_id, 0) - itself)
        found[row.pk] = (own, sum(by_vendor.values()) - by_vendor.get(row.vendor_id, 0))
    return found


def my_decisions(actor: Actor) -> QuerySet[Decision]:
    """What this moderator decided, the latest first."""
    return scope(actor, Decision).filter(by_id=actor.user_id).select_related("listing", "vendor").order_by("-at", "-id")


@dataclass(frozen=True)
class Statistics:
    """How the queue stands: how many wait, since when the oldest does, how fast it moves."""

    waiting: int
    oldest: datetime | None
    decided_last_hour: int
    decided_by_me_today: int


def statistics(actor: Actor) -> Statistics:
    """The queue's figures for this moderator, now."""
    now = context.now()
    listings, revisions = listings_waiting(actor), revisions_waiting(actor)
    oldest = [each.status_since for each in (listings.first(), revisions.first()) if each is not None]
    judged = scope(actor, Decision).exclude(subject=Decision.Subject.VENDOR)
    return Statistics(
        waiting=listings.order_by().count() + revisions.order_by().count(),
        oldest=min(oldest, default=None),
        decided_last_hour=judged.filter(at__gte=now - timedelta(hours=1)).count(),
        decided_by_me_today=judged.filter(by_id=actor.user_id, at__date=timezone.localdate(now)).count(),
    )
