"""Views as they are counted, and forgotten."""

from collections import Counter
from datetime import date, datetime

from core.actions import action, locked
from core.buffers import Batch
from core.rules import Actor
from marketplace.catalog.models import Listing
from marketplace.contacts.classes import Klass
from marketplace.engagement import views
from marketplace.engagement.models import ViewCount, ViewFlush
from marketplace.vendors.models import Member

AT_ONCE = 500


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
