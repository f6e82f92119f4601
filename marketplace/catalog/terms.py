"""The terms on which listings stand in a category: for how many days, with how much notice, and how many of one vendor's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings

from core import deeds, memo
from core.actions import lock
from marketplace.catalog.errors import FreeListingsUsed
from marketplace.catalog.models import Allowance, Listing
from marketplace.catalog.models.shelves import Shelf, shelves
from marketplace.vendors.models import Vendor

#: Listings in these states take a place: buyers see them, or may soon.
TAKING = ("pending", "approved", "paused")


def time_on_show(category_id: int) -> timedelta:
    """For how long a listing stands in a category: as the nearest one says that says anything, else as the market does."""
    said = (shelf.listing_days for shelf in upwards(category_id))
    return timedelta(days=next((days for days in said if days is not None), settings.LISTING_DAYS))


def notice(category_id: int) -> timedelta:
    """How long before its end a vendor is reminded; nothing for never."""
    said = (shelf.remind_days for shelf in upwards(category_id))
    return timedelta(days=next((days for days in said if days is not None), settings.REMIND_DAYS))


def longest_notice() -> timedelta:
    """The longest that any category gives."""
    said = [shelf.remind_days for shelf in shelves().shelves.values() if shelf.remind_days is not None]
    return timedelta(days=max([settings.REMIND_DAYS, *said]))


def upwards(category_id: int) -> Iterable[Shelf]:
    """The category and those above it, the nearest first."""
    tree = shelves()
    return (tree.shelves[key] for key in tree.path(category_id))


@dataclass
class Places:
    """How many listings a vendor may have where a limit is said, and how many it has."""

    category_id: int
    free: int
    used: int = 0


def allowed(vendor_id: int) -> dict[int, int | None]:
    """A vendor's own allowances, by category."""
    rows = Allowance.objects.filter(vendor_id=vendor_id)
    return memo.once(("allowances", vendor_id), lambda: dict(rows.values_list("category_id", "free_listings")))


def limit_of(vendor_id: int, category_id: int) -> Places | None:
    """The limit that holds for a vendor in a category: the nearest that is said, the vendor's own before the category's. None
    where there is none, or where the vendor's own is that there is none."""
    own = allowed(vendor_id)
    for shelf in upwards(category_id):
        if shelf.key in own:
            free = own[shelf.key]
            return None if free is None else Places(shelf.key, free)
        if shelf.free_listings is not None:
            return Places(shelf.key, shelf.free_listings)
    return None


def take_place(listing: Listing) -> None:
    """Refuse with 409 `free_listings_used` a listing for which its vendor has no place left where it stands.

    Holds the vendor until the transaction ends, where there is a limit, so that the last place is taken once; a bulk run counts
    what it has let through itself.
    """
    limit = limit_of(listing.vendor_id, listing.category_id)
    if limit is not None:
        _take(listing, limit)


def move_place(listing: Listing, former: int) -> None:
    """Refuse with 409 `free_listings_used` a listing that moves from another category to where its vendor has no place left.

    Asked in the deed that moves it, before it is written; nothing is asked where both take their number from the same category,
    nor of a listing that takes no place yet. Locks as `take_place` does.
    """
    if listing.status not in TAKING:
        return
    limit = limit_of(listing.vendor_id, listing.category_id)
    if limit is not None and not _same(limit_of(listing.vendor_id, former), limit):
        _take(listing, limit)


def refuse_moved(listing: Listing, former: int, *, is_written: bool) -> None:
    """As `move_place`, outside of a deed: of a listing that is written in its new category already, or of one that may come."""
    limit = limit_of(listing.vendor_id, listing.category_id)
    if listing.status not in TAKING or limit is None or _same(limit_of(listing.vendor_id, former), limit):
        return
    places = _counted(listing.vendor_id, limit)
    used = places.used - is_written
    if used >= places.free:
        raise _full(places, used)


def _take(listing: Listing, limit: Places) -> None:
    deed = deeds.require(listing)
    key = ("places", deed.id, listing.vendor_id, limit.category_id)
    places = memo.once(key, partial(_counted, listing.vendor_id, limit))
    if places.used >= places.free:
        raise _full(places, places.used)
    places.used += 1


def _full(places: Places, used: int) -> FreeListingsUsed:
    return FreeListingsUsed(free=places.free, used=used, category=shelves().shelves[places.category_id].name)


def _counted(vendor_id: int, limit: Places) -> Places:
    """With what the vendor has in the categories that take their limit from the same one."""
    lock(Vendor, vendor_id)
    inside = [key for key in shelves().below(limit.category_id) if _same(limit_of(vendor_id, key), limit)]
    rows = Listing.objects.filter(vendor_id=vendor_id, status__in=TAKING, category__in=inside)
    return Places(limit.category_id, limit.free, rows.count())


def _same(one: Places | None, other: Places) -> bool:
    return one is not None and one.category_id == other.category_id
