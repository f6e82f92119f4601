"""Engagement in the admin: on a listing's page, how many people looked at it and keep it."""

from typing import Any

from core.rules import Actor
from marketplace.catalog.beside import beside_listing
from marketplace.catalog.models import Listing
from marketplace.engagement.queries import interest_in

DAYS = 30


@beside_listing
def interest(listing: Listing, _actor: Actor) -> list[tuple[str, Any]]:
    """What people did with it in the last days."""
    found = interest_in([listing.pk], days=DAYS)[listing.pk]
    return [(f"Views in {DAYS} days", f"{found.views:,}"), ("Kept by", f"{found.favourites:,}")]
