"""Reads of the catalogue that join or count."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from core import compiled
from core.money import Money
from core.rules import Actor, policy_of, scope
from marketplace.catalog.models import Category, Image, Listing, Revision, Variant
from marketplace.catalog.models.shelves import Shelf, shelves
from marketplace.catalog.modes import BUY
from marketplace.catalog.terms import longest_notice, notice


def listings_waiting(actor: Actor) -> QuerySet[Listing]:
    """Listings that wait for a moderator, the longest waiting first."""
    rows = scope(actor, Listing).filter(status="pending")
    return rows.select_related("vendor", "category").order_by("status_since", "pk")


def revisions_waiting(actor: Actor) -> QuerySet[Revision]:
    """Proposed changes that wait for a moderator, the longest waiting first; not those of archived listings."""
    rows = scope(actor, Revision).filter(status="pending").exclude(listing__status="archived")
    return rows.select_related("listing__vendor", "listing__category").order_by("status_since", "pk")


@dataclass(frozen=True)
class VendorRecord:
    """How a vendor's listings have been judged so far."""

    approved: int
    rejected: int
    pending: int


def ending_soon(at: datetime) -> dict[int, list[int]]:
    """By vendor, the listings on show whose end is nearer than the notice of their category, and of which nobody was told yet."""
    untold = Q(reminded_for=None) | ~Q(reminded_for=F("expires_at"))
    rows = Listing.objects.filter(untold, status="approved", expires_at__gt=at, expires_at__lte=at + longest_notice())
    found: dict[int, list[int]] = {}
    for key, vendor, category, ends in rows.order_by("expires_at", "pk").values_list(
        "pk", "vendor_id", "category_id", "expires_at"
    ):
        if ends is not None and ends <= at + notice(category):
            found.setdefault(vendor, []).append(key)
    return found


def ends_of(listing_ids: Iterable[int]) -> list[tuple[str, datetime]]:
    """Title and end of those of these listings that are on show, the next to end first."""
    rows = Listing.objects.filter(pk__in=list(listing_ids), status="approved", expires_at__isnull=False)
    return [(row.title, row.expires_at) for row in rows.order_by("expires_at", "pk") if row.expires_at is not None]


def vendor_records(vendor_ids: Iterable[int]) -> dict[int, VendorRecord]:
    """The record of each vendor, in one query."""
    rows = (
        Listing.objects.filter(vendor__in=set(vendor_ids))
        .values("vendor_id")
        .annotate(
            approved=Count("pk", filter=Q(published_at__isnull=False)),
            rejected=Count("pk", filter=Q(status="rejected")),
            pending=Count("pk", filter=Q(status="pending")),
        )
    )
    return {each["vendor_id"]: VendorRecord(each["approved"], each["rejected"], each["pending"]) for each in rows}


def counts_by_state(actor: Actor) -> dict[str, int]:
    """How many listings the actor sees in each state; states without any are left out."""
    return dict(scope(actor, Listing).order_by().values_list("status").annotate(Count("pk")))


@dataclass(frozen=True)
class PriceRange:
    """What things usually cost in a category: the middle four fifths of its approved prices."""

    low: Money
    high: Money
    count: int

    def holds(self, price: Money) -> bool:
        return self.low <= price <= self.high


def price_range(category_id: int, currency: str, *, least_count: int = 5) -> PriceRange | None:
    """The usual prices of a category and everything below it, or None where there are too few to tell."""
    rows = Listing.objects.filter(category__in=shelves().below(category_id), status="approved", price_currency=currency)
    prices: Any = rows.order_by("price_minor").values_list("price_minor", flat=True)
    count = prices.count()
    if count < least_count:
        return None
    low, high = prices[count // 10], prices[count - 1 - count // 10]
    return PriceRange(Money(low, currency), Money(high, currency), count)


def category_tree(actor: Actor) -> list[tuple[Shelf, int]]:
    """The categories the actor may see, depth first in manual order, each with its depth."""
    seen = set(scope(actor, Category).values_list("pk", flat=True))
    return [(shelf, depth) for shelf, depth in shelves().walk() if shelf.key in seen]


def listing_counts(actor: Actor) -> dict[int, int]:
    """How many listings the actor sees in each category and everything below it; those without any are left out."""
    tree, found = shelves(), Counter[int]()
    for category_id, count in scope(actor, Listing).order_by().values_list("category_id").annotate(Count("pk")):
        for key in tree.path(category_id):
            found[key] += count
    return dict(found)


def change_waiting(listing: Listing) -> Revision | None:
    """The proposed change of a listing that a moderator has still to judge."""
    return Revision.objects.filter(listing=listing, status="pending").first()


def gallery_of(listing: Listing) -> list[Image]:
    """The images as their vendor left them, drawn or not, in order: those proposed, or else those live."""
    change = change_waiting(listing)
    if change is None or "images" not in change.proposed:
        return list(Image.objects.filter(listing=listing, state="live").order_by("position", "pk"))
    keys = change.proposed["images"]
    found = Image.objects.in_bulk(keys)
    return [found[key] for key in keys if key in found]


def words_of(listing: Listing, images: Iterable[Image]) -> dict[int, str]:
    """What images of a listing are described as, by key: as proposed, or else as buyers read it."""
    change = change_waiting(listing)
    proposed = (change.proposed if change else {}).get("alt_texts", {})
    return {each.pk: proposed.get(str(each.pk), each.alt_text) for each in images}


@dataclass(frozen=True)
class Offer:
    """A variant as buyers find it now, on show or not: what it costs, how many are free, whether it can be bought online."""

    variant: Variant
    price: Money | None
    free: int
    is_shown: bool
    is_for_sale: bool

    @property
    def listing(self) -> Listing:
        return self.variant.listing


_OFFERED = (
    *(
        "sku",
        "title",
        "price_minor",
        "price_currency",
        "weight_grams",
        "vendor_id",
        "stock__on_hand",
        "stock__reserved",
    ),
    *("listing__title", "listing__slug", "listing__price_minor", "listing__price_currency", "listing__modes"),
    *("listing__category_id", "listing__attributes", "listing__cached_gallery"),
    *("listing__vendor__name", "listing__vendor__slug", "listing__vendor__currency"),
    *("listing__vendor__city", "listing__vendor__country"),
)


def offers(variant_ids: Iterable[int]) -> dict[int, Offer]:
    """How these variants are offered, in one query. For sale is what buyers see, what has a price and what sells online."""
    keys = sorted(set(variant_ids))
    if not keys:
        return {}
    rows = compiled.models_of(_offered, policy_of(Variant).q(Actor.anonymous, "view"), values=keys)
    return {row.pk: _offer(row) for row in rows}


def _offered(seen: Q, *keys: int) -> QuerySet[Variant]:
    shown = Variant.objects.filter(seen, pk=OuterRef("pk"))
    rows = Variant.objects.filter(pk__in=keys).annotate(is_shown=Exists(shown))
    return rows.select_related("stock", "listing__vendor").only(*_OFFERED)


def _offer(variant: Any) -> Offer:
    price = variant.price or variant.listing.price
    stock = getattr(variant, "stock", None)
    sells = variant.is_shown and price is not None and BUY in variant.listing.modes
    return Offer(variant, price, stock.free if stock is not None else 0, variant.is_shown, sells)
