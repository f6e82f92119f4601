"""Looking at a listing is noted, at no cost to whoever looks."""

from django.http import HttpRequest

from core.audiences import STOREFRONT
from core.limits import address_of
from core.resources import reading
from core.rules import Actor
from marketplace.catalog.models import Listing
from marketplace.engagement import views


@reading.on_get("catalog.listing")
def note_view(request: HttpRequest, listing: Listing) -> None:
    """Note a view on the storefront; what a browser fetches before anybody asks for it is none."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if actor.audience is STOREFRONT and "prefetch" not in purpose.lower():
        agent = request.headers.get("User-Agent", "")
        views.note(listing.pk, by=actor, address=address_of(request), agent=agent)
