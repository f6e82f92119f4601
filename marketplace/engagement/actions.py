"""What people keep, and views as they are counted."""

from collections import Counter
from datetime import date, datetime

from core.actions import action, locked
from core.errors import Missing, Unauthenticated
from core.resources.types import key_of
from core.rules import Actor, scope
from marketplace.accounts.models import User
from marketplace.catalog.models import Listing
from marketplace.contacts.classes import Klass
from marketplace.engagement import views
from marketplace.engagement.buffers import Batch
from marketplace.engagement.errors import TooManyFavourites
from marketplace.engagement.models import MOST_FAVOURITES, Favourite, ViewCount, ViewFlush
from marketplace.vendors.models import Member

AT_ONCE = 500


@action(label="Keep in view", audited=False)
def keep(place: str, /, *, by: Actor) -> tuple[Favourite, bool]:
    """Keep a listing (its key or slug) in view: the favourite, and whether it is new. Again changes nothing.

    Refuses with 404 a listing that is not on show, with 409 `too_many_favourites`.
    """
    user_id = _held(by)
    key = key_of(place)
    known = {"handle": place.rpartition("-")[2]} if key is None else {"pk": key}
    listing = scope(by, Listing).filter(**known).only("pk").first()
    if listing is None:
        raise Missing()
    mine = Favourite.objects.filter(user_id=user_id)
    held = mine.filter(listing=listing).first()
    if held is not None:
        return held, False
    if mine.count() >= MOST_FAVOURITES:
        raise TooManyFavourites(most=MOST_FAVOURITES)
    made = Favourite(user_id=user_id, listing=listing)
    made.save(force_insert=True)
    return made, True


@action(label="Keep no longer", audited=False)
def drop(listing_id: int, /, *, by: Actor) -> None:
    """Keep a listing no longer, whether it is still offered or not. Again changes nothing."""
    Favourite.objects.filter(user_id=_held(by), listing_id=listing_id).delete()


def _held(by: Actor) -> int:
    """Whose favourites they are; held until the end, so that two at once are one after the other."""
    if by.user_id is None:
        raise Unauthenticated()
    return locked(User).values_list("pk", flat=True).get(pk=by.user_id)


@action(label="Count views", audited=False)
def count_views(batch: Batch, /, *, by: Actor) -> int:
    """Add a batch of views to the tallies of its days. Returns how many views; one that was counted before counts for none.

    Views by members of the listing's own vendor are no views by people; those of listings that are gone are left out.
    """
    marks = views.read(batch.counts)
    vendors = dict(Listing.objects.filter(pk__in={each.listing_id for each in marks}).values_list("pk", "vendor_id"))
    kept = {mark: count for mark, count in marks.items() if mark.listing_id in vendors}
    users = {each.user_id for each in kept} - {None}
    members = set(Member.objects.filter(user__in=users).values_list("vendor_id", "user_id")) if users else set()
    _flush, is_new = ViewFlush.objects.get_or_create(batch=batch.id, defaults={"count": sum(kept.values())})
    if not is_new:
        return 0
    valid, every = Counter[tuple[int, date]](), Counter[tuple[int, date]]()
    for mark, count in kept.items():
        place = (mark.listing_id, mark.day)
        every[place] += count
        if mark.klass is Klass.VALID and (vendors[mark.listing_id], mark.user_id) not in members:
            valid[place] += count
    places = sorted(every)
    for start in range(0, len(places), AT_ONCE):
        _add(places[start : start + AT_ONCE], valid, every)
    return sum(every.values())


def _add(places: list[tuple[int, date]], valid: Counter, every: Counter) -> None:
    """Add to some rows: made at need, then held in the order of their keys."""
    ViewCount.objects.bulk_create(
        [ViewCount(listing_id=listing, day=day) for listing, day in places], ignore_conflicts=True
    )
    days, listings = {day for _listing, day in places}, {listing for listing, _day in places}
    wanted = set(places)
    held = locked(ViewCount).filter(day__in=days, listing__in=listings).order_by("listing_id", "day")
    rows = [row for row in held if (row.listing_id, row.day) in wanted]
    for row in rows:
        row.valid_count += valid[row.listing_id, row.day]
        row.all_count += every[row.listing_id, row.day]
    ViewCount.objects.bulk_update(rows, ["valid_count", "all_count"])


@action(label="Forget old views", audited=False)
def forget_views(before: date, /, *, by: Actor, flushed_before: datetime) -> int:
    """Remove the tallies of the days before this one, and what is known of old flushes. Returns how many tallies."""
    ViewFlush.objects.filter(at__lt=flushed_before).delete()
    gone, _by_model = ViewCount.objects.filter(day__lt=before).delete()
    return gone
