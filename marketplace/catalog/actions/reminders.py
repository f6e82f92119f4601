"""Vendors are told of listings whose time is nearly over: all of a vendor's at once, and of each end once."""

from collections.abc import Sequence

from django.db.models import F

from core.actions import action, locked
from core.events import publish
from core.rules import Actor
from marketplace.catalog.events import ListingsExpiring
from marketplace.catalog.models import Listing


@action(label="Remind", audited=False)
def remind(listing_ids: Sequence[int], /, *, by: Actor, vendor_id: int) -> int:
    """Tell a vendor which of these listings end soon. Those that it was told of, or that ended meanwhile, are left out.

    Returns how many are told of.
    """
    rows = locked(Listing).filter(pk__in=listing_ids, vendor_id=vendor_id, status="approved").order_by("pk")
    fresh = [row.pk for row in rows if row.reminded_for != row.expires_at]
    if fresh:
        Listing.objects.filter(pk__in=fresh).update(reminded_for=F("expires_at"))
        publish(ListingsExpiring(vendor_id=vendor_id, listing_ids=tuple(fresh)))
    return len(fresh)
