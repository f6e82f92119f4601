"""What moderators are told of possible duplicates: in the queue, and on a listing's page."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join

from core.rules import Actor, scope
from marketplace.catalog.beside import beside_listing
from marketplace.catalog.models import Listing
from marketplace.duplicates import queries
from marketplace.duplicates.models import Duplicate
from marketplace.moderation.risk import Hint
from marketplace.moderation.signals import tells

MOST_BESIDE = 5


@tells
def duplicate_hints(listings: Collection[Listing]) -> dict[int, list[Hint]]:
    """For each listing the likest one that nobody has called different, in one query for all; nothing of one whose pairs all were."""
    keys = {row.pk for row in listings}
    found: dict[int, list[Duplicate]] = defaultdict(list)
    judged: set[int] = set()
    pairs = queries.pairs_of(keys)
    for pair in pairs.select_related("listing__vendor", "original__vendor"):
        for key in keys & {pair.listing_id, pair.original_id}:
            judged.add(key)
            if pair.status in queries.TELLING:
                found[key].append(pair)
    return {key: [hint(key, found[key])] if key in found else [] for key in judged}


def hint(key: int, pairs: list[Duplicate]) -> Hint:
    """What a chip and its sentence say of the likest of a listing's pairs."""
    pair = next((each for each in pairs if each.status == "same"), pairs[0])
    other = pair.other(key)
    more = f" And {len(pairs) - 1} more." if len(pairs) > 1 else ""
    if pair.status == "same":
        return Hint(
            "duplicate_said",
            "Duplicate",
            f"{pair.judged_by} said that it is the same as “{other.title}” of {other.vendor}.{more}"[:300],
        )
    return Hint(
        "duplicate_likely", f"{pair.score} % alike", f"Like “{other.title}” of {other.vendor}: {pair.why()}{more}"[:300]
    )


@beside_listing
def possible_duplicates(listing: Listing, actor: Actor) -> list[tuple[str, Any]]:
    """The ways to the pairs of a listing, each side by side."""
    seen = scope(actor, Duplicate).filter(pk__in=queries.pairs_of([listing.pk]), status__in=queries.TELLING)
    pairs = list(seen.select_related("listing", "original").order_by("-score", "-pk")[:MOST_BESIDE])
    if not pairs:
        return []
    lines = (
        (
            reverse("admin:duplicates_duplicate_change", args=[each.pk]),
            each.score,
            each.other(listing.pk).title,
            each.get_status_display(),
        )
        for each in pairs
    )
    links = format_html_join(", ", '<a class="soko-link" href="{}">{} % like {} ({})</a>', lines)
    return [("Possible duplicates", format_html("{}", links))]
