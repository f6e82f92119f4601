"""Alerts on their way out: one mail to somebody for all searches that found something."""

from collections.abc import Iterable, Sequence

from django.conf import settings

from core import mail
from core.rules import Actor, scope
from marketplace.accounts.queries import addresses_of
from marketplace.catalog.models import Listing
from marketplace.engagement import links
from marketplace.engagement.models import Frequency, SavedSearch


def mail_matches(user_id: int, matches: Iterable[Sequence]) -> int:
    """Write to somebody what is new in their searches: what is still on show, of searches that are still to be told of.

    Returns how many mails: none for somebody without an address, or without anything left to tell. May come twice where the mail
    server fails in between.
    """
    found = {search: list(listings) for search, listings in matches}
    searches = (
        SavedSearch.objects.filter(pk__in=found, user_id=user_id)
        .exclude(frequency=Frequency.OFF)
        .order_by("name", "pk")
    )
    shown = scope(Actor.anonymous, Listing).in_bulk({key for keys in found.values() for key in keys})
    told = {
        search.name: part
        for search in searches
        if (part := _part(search, [shown[key] for key in found[search.pk] if key in shown]))
    }
    address = next(iter(addresses_of([user_id])), None)
    if not told or address is None:
        return 0
    these = "this search" if len(told) == 1 else "these searches"
    end = f"You saved {these}. To end all alerts: {links.address(user_id)}"
    subject = f"New in {len(told)} of your searches" if len(told) > 1 else f"New in {next(iter(told))}"
    body = "\n\n".join([*told.values(), end])
    return mail.send(address, subject=subject, body=body, headers=links.headers(user_id))


def _part(search: SavedSearch, listings: Sequence[Listing]) -> str:
    """What a mail says of one search; nothing where nothing is left."""
    if not listings:
        return ""
    lines = [
        f"  {listing.title}{f', {listing.price}' if listing.price is not None else ''}\n"
        f"    {settings.ADDRESS}/api/v1/listings/{listing.slug}"
        for listing in listings
    ]
    return "\n".join([search.name, *lines, f"  To end this alert: {links.address(search.user_id, search.pk)}"])
