"""Listings are compared when they are sent to be judged, and whenever their words, price or pictures change."""

from core.events import RecordsChanged, later, on_changes
from core.rules import Actor
from marketplace.catalog.events import ImageDrawn
from marketplace.duplicates import actions

BY = Actor.system("duplicates")


@on_changes("catalog.listing")
def compare_listings(event: RecordsChanged) -> None:
    """The listings that changed, each with those like it."""
    if event.verb != "delete":
        actions.compare(event.pks, by=BY)


@later(ImageDrawn)
def compare_pictures(event: ImageDrawn) -> None:
    """A listing with a new picture."""
    actions.compare([event.listing_id], by=BY)
