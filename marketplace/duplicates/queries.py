"""What is compared of listings, and which of them may be alike: found by bands, never by comparing all with all."""

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from core.rules import Actor, scope
from marketplace.catalog.models import Image, Listing
from marketplace.duplicates.models import Band, Duplicate
from marketplace.duplicates.sketches import Traits, picture_bands, shingles, telling, text_bands
from marketplace.search.text import words_of

#: A draft may become anything, and what was archived is gone. What was rejected is compared: it is sent again under a new name.
COMPARED = ("pending", "changes_requested", "approved", "paused", "expired", "rejected")
#: So many that share most bands are looked at.
MOST_CANDIDATES = 40
#: Pairs that a moderator is to know of.
TELLING = ("open", "same")


def threshold() -> int:
    """From how many hundredths on two listings are shown as possible duplicates."""
    return int(settings.DUPLICATE_PERCENT)


def traits_of(keys: Iterable[int]) -> dict[int, Traits]:
    """What is compared of these listings; what is not compared at all is left out. Two queries, however many."""
    rows = Listing.objects.filter(pk__in=list(keys), status__in=COMPARED)
    rows = rows.only("title", "description", "price_minor", "price_currency", "vendor_id")
    found = {row.pk: row for row in rows}
    prints: dict[int, list[str]] = {}
    images = Image.objects.filter(listing__in=found, state="live", progress="ready").order_by("position", "pk")
    for key, said in images.values_list("listing_id", "fingerprint"):
        prints.setdefault(key, []).append(said)
    return {
        key: Traits(
            words=(*words_of(row.title), *words_of(row.description)),
            numbers=tuple(sorted({each for each in words_of(row.title) if any(map(str.isdigit, each))})),
            pictures=telling(prints.get(key, ())),
            price=(row.price_minor, row.price_currency) if row.price_minor and row.price_currency else None,
            vendor_id=row.vendor_id,
        )
        for key, row in found.items()
    }


def bands_of(traits: Traits) -> list[int]:
    """The numbers by which a listing is found by those like it."""
    return sorted({*text_bands(shingles(traits.words)), *picture_bands(traits.pictures)})


def candidates(listing_id: int, bands: Collection[int]) -> list[int]:
    """The listings that share most bands with this one."""
    rows = Band.objects.filter(value__in=list(bands)).exclude(listing=listing_id)
    shared = rows.values("listing_id").annotate(shared=Count("value")).order_by("-shared", "-listing_id")
    return list(shared.values_list("listing_id", flat=True)[:MOST_CANDIDATES])


def pairs_of(keys: Collection[int]) -> QuerySet[Duplicate]:
    """The pairs in which one of these listings stands, the likest first."""
    among = Q(listing__in=keys) | Q(original__in=keys)
    return Duplicate.objects.filter(among).order_by("-score", "-pk")


def waiting(actor: Actor) -> QuerySet[Duplicate]:
    """Pairs that nobody has judged, for the badge in the sidebar."""
    return scope(actor, Duplicate).filter(status="open")
