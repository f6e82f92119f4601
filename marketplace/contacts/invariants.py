"""What always holds of contacts."""

from collections.abc import Iterator

from django.db.models import F, QuerySet

from core.invariants import invariant
from marketplace.contacts.actions import tallied
from marketplace.contacts.models import ContactClick, ContactCount


@invariant("I-R3", owner="contacts")
def counts_that_are_not_the_recount() -> Iterator[str]:
    """The contact counts of every listing, day and channel are those of its clicks."""
    counted = {
        (listing, day, channel): (valid, every)
        for listing, day, channel, valid, every in ContactCount.objects.values_list(
            "listing_id", "day", "channel", "cached_valid", "cached_all"
        )
    }
    told = {(listing, day, channel): (valid, every) for listing, day, channel, valid, every in tallied()}
    for place in sorted(counted.keys() | told.keys()):
        if counted.get(place, (0, 0)) != told.get(place, (0, 0)):
            yield f"listing {place[0]} on {place[1]} by {place[2]}"


@invariant("I-R4", owner="contacts")
def clicks_of_another_vendor() -> QuerySet:
    """Every contact is told to the vendor whose listing it is about."""
    return ContactClick.objects.exclude(vendor=F("listing__vendor")).order_by("pk").values_list("pk", flat=True)
