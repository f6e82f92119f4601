"""What always holds of listings, categories, stock and images."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import batched

from django.core.files.storage import default_storage
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.invariants import invariant
from core.resources.tokens import Space, places, unpack
from core.rules import Actor, scope
from marketplace.catalog.models import Category, Image, Listing, PriceChange, Stock, Variant, VariantValue
from marketplace.catalog.models.categories import RESERVED
from marketplace.catalog.prices import SPAN, lowest_before, lowest_before_of
from marketplace.catalog.showing import addresses_of

LATE = timedelta(days=1)
FOLDER = "listings"


@invariant("I-M1", owner="catalog")
def seen_and_should_not_be() -> QuerySet:
    """Buyers see a listing exactly if it is approved and not expired, its vendor verified, its category open."""
    shown = scope(Actor.anonymous, Listing).order_by().values("pk")
    fit = (
        Q(status="approved", vendor__status="verified", category__is_open=True)
        & Q(approved_at__isnull=False, published_at__isnull=False)
        & (Q(expires_at=None) | Q(expires_at__gt=timezone.now() - LATE))
    )
    fitting = Listing.objects.filter(fit).order_by().values("pk")
    odd = (Q(pk__in=shown) & ~Q(pk__in=fitting)) | (~Q(pk__in=shown) & Q(pk__in=fitting))
    return Listing.objects.filter(odd).order_by("pk").values_list("pk", flat=True)


@invariant("I-M1b", owner="catalog")
def open_below_a_closed_one() -> QuerySet:
    """A category is open only where the one above it is."""
    return (
        Category.objects.without_tree_fields()
        .filter(is_open=True, parent__is_open=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I-M2", owner="catalog")
def slugs_that_do_not_resolve() -> Iterator[str]:
    """Every slug has a letter, is no reserved word, and of listings ends with the handle by which old slugs are found."""
    broken = Listing.objects.exclude(slug__endswith=F("handle")) | Listing.objects.filter(handle="")
    yield from (f"listing {pk}" for pk in broken.order_by("pk").values_list("pk", flat=True))
    bad = Q(slug="") | Q(slug__in=RESERVED) | ~Q(slug__regex=r"[a-z]")
    yield from (
        f"category {pk}"
        for pk in Category.objects.without_tree_fields().filter(bad).order_by("pk").values_list("pk", flat=True)
    )


@invariant("I-M3", owner="catalog")
def categories_that_reach_no_root() -> Iterator[str]:
    """The category tree has no ring, and every listing knows the categories it stands in."""
    parents = dict(Category.objects.without_tree_fields().values_list("pk", "parent_id"))
    paths = {key: path_of(key, parents) for key in parents}
    yield from (f"category {key}" for key, path in sorted(paths.items()) if path is None)
    expected = {key: set(places(path)) for key, path in paths.items() if path is not None}
    rows = Listing.objects.order_by("pk").values_list("pk", "category_id", "tokens")
    for pk, category, tokens in rows.iterator(2_000):
        stands = {each for each in tokens if unpack(each)[0] is Space.PLACE}
        if stands != expected.get(category):
            yield f"listing {pk}"


def path_of(key: int, parents: dict[int, int | None]) -> list[int] | None:
    """The category and those above it; None where they run in a ring or into nothing."""
    path: list[int] = []
    above: int | None = key
    while above is not None:
        if above in path or above not in parents:
            return None
        path.append(above)
        above = parents[above]
    return path


@invariant("I-M4", owner="catalog")
def images_without_files_and_files_without_images() -> Iterator[str]:
    """Every image that is drawn and not removed has all its files, and every folder of files a day old has its image."""
    kept = files_by_folder()
    known: set[str] = set()
    for image in Image.objects.order_by("pk").iterator(2_000):
        known.add(folder_of(image.file.name or ""))
        names = set(addresses_of(image)) - {image.original}
        if (
            image.is_ready
            and image.state != "removed"
            and any(name not in kept.get(folder_of(name), ()) for name in names)
        ):
            yield f"image {image.pk}"
    for folder in sorted(kept.keys() - known):
        if any(timezone.now() - default_storage.get_modified_time(name) > LATE for name in kept[folder]):
            yield f"folder {folder}"


def folder_of(name: str) -> str:
    return name.rpartition("/")[0]


def files_by_folder() -> dict[str, set[str]]:
    """What the media store has of listings: folder -> names."""
    try:
        folders, _files = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return {}
    found = {}
    for folder in (f"{FOLDER}/{each}" for each in folders):
        found[folder] = {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]}
    return found


@invariant("I-PR1", owner="catalog")
def prices_without_history() -> QuerySet:
    """Every listing costs what the last change of its price says."""
    latest = PriceChange.objects.filter(listing=OuterRef("pk"), variant=None).order_by("-at", "-pk")
    told = Listing.objects.annotate(
        told_minor=Subquery(latest.values("price_minor")[:1]),
        told_currency=Subquery(latest.values("price_currency")[:1]),
    )
    as_told = Q(price_minor=None, told_minor=None) | Q(price_minor=F("told_minor"), price_currency=F("told_currency"))
    return told.exclude(pk__in=told.filter(as_told).order_by().values("pk")).order_by("pk").values_list("pk", flat=True)


@invariant("I-PR2", owner="catalog")
def was_prices_that_never_were() -> Iterator[int]:
    """What a listing says that it cost is the lowest price of the thirty days before it was reduced."""
    for listing in Listing.objects.filter(cached_was_until__gt=timezone.now()).order_by("pk").iterator(500):
        reduced_at = (listing.cached_was_until or timezone.now()) - SPAN
        if listing.cached_was_minor != lowest_before(listing, at=reduced_at):
            yield listing.pk


@invariant("I-PR3", owner="catalog")
def was_prices_of_variants_that_never_were() -> Iterator[int]:
    """What a variant says that it cost is the lowest of its own prices in the thirty days before it was reduced."""
    rows = Variant.objects.filter(cached_was_until__gt=timezone.now()).select_related("listing").order_by("pk")
    for variant in rows.iterator(500):
        reduced_at = (variant.cached_was_until or timezone.now()) - SPAN
        if variant.cached_was_minor != lowest_before_of(variant, at=reduced_at):
            yield variant.pk


@invariant("I-S1", owner="catalog")
def impossible_stock() -> QuerySet:
    """Stock and what of it is promised are never below zero, and no more is promised than there is."""
    impossible = Q(on_hand__lt=0) | Q(reserved__lt=0) | Q(reserved__gt=F("on_hand"))
    return Stock.objects.filter(impossible).order_by("pk").values_list("pk", flat=True)


@invariant("I-S2", owner="catalog")
def unexplained_stock() -> QuerySet:
    """The stock of every variant, and what of it is promised, is the sum of its movements."""
    moved = Stock.objects.annotate(
        came=Coalesce(Sum("variant__stock_moves__on_hand_change"), Value(0)),
        promised=Coalesce(Sum("variant__stock_moves__reserved_change"), Value(0)),
    )
    return moved.exclude(came=F("on_hand"), promised=F("reserved")).order_by("pk").values_list("pk", flat=True)


@invariant("I-S7", owner="catalog")
def variants_of_strange_values() -> Iterator[str]:
    """A variant stands for values of its own listing, one of each option that it stands for at all."""
    standing = Variant.objects.exclude(combination="").order_by("pk").values_list("pk", "listing_id", "combination")
    for some in batched(standing.iterator(2_000), 2_000):
        wanted = {int(each) for _pk, _listing, said in some for each in said.split(".") if each}
        rows = VariantValue.objects.filter(pk__in=wanted).values_list("pk", "option_id", "option__listing_id")
        known = {key: (option, listing) for key, option, listing in rows}
        for pk, listing, said in some:
            held = [known.get(int(each), (0, 0)) for each in said.split(".") if each]
            if any(of != listing for _option, of in held) or len({option for option, _of in held}) != len(held):
                yield f"variant {pk}"
