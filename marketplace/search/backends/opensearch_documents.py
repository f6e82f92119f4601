"""What OpenSearch holds of a listing: the words of its entry, and the columns that decide who sees it and what it is filtered by."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from marketplace.catalog.models import Listing
from marketplace.search.models import Entry

LOWEST = datetime(1970, 1, 1, tzinfo=UTC)
PLAIN = (
    "status",
    "city",
    "reference",
    "price_currency",
    "vendor_id",
    "category_id",
    "price_minor",
    "latitude",
    "longitude",
)
MOMENTS = ("approved_at", "published_at", "expires_at", "created_at", "status_since")
COLUMNS = (*PLAIN, *MOMENTS, "tokens", "attributes", "vendor__status", "category__is_open")


def of_entries(entries: Sequence[Entry]) -> dict[int, dict[str, Any] | None]:
    """The documents of these entries by the keys of their listings, from the listings as they are now; None of one that is gone."""
    keys = [each.listing_id for each in entries]
    rows = Listing.objects.filter(pk__in=keys).select_related("vendor", "category").only(*COLUMNS).in_bulk()
    return {
        each.listing_id: _document(each, rows[each.listing_id]) if each.listing_id in rows else None for each in entries
    }


def _document(entry: Entry, row: Listing) -> dict[str, Any]:
    title, facts, body = (text.split() for text in (entry.title, entry.facts, entry.body))
    found = {
        "id": row.pk,
        "whole_title": entry.title,
        "title": _distinct(title),
        "facts": _distinct([*title, *facts]),
        "all": _distinct([*title, *facts, *body]),
        "vendor_status": row.vendor.status,
        "category_is_open": row.category.is_open,
        "tokens": [str(each) for each in sorted(row.tokens)],
        "values": sorted(_values(row.attributes or {})),
        **{name: getattr(row, name) for name in PLAIN},
        **{name: microseconds(moment) for name in MOMENTS if (moment := getattr(row, name)) is not None},
    }
    if row.latitude is not None:
        found["place"] = [row.longitude, row.latitude]
    return {name: value for name, value in found.items() if value is not None}


def _distinct(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(words))


def microseconds(moment: datetime) -> int:
    """A moment as a whole number, exactly."""
    return (moment - LOWEST) // timedelta(microseconds=1)


# --- Values of a typed document: one field for all of them, in an order that is theirs ------------------------------------------


def sortable(number: float) -> str:
    """A number as sixteen letters that sort as numbers do: its bits, the sign turned over, and of a negative one all."""
    (bits,) = struct.unpack(">Q", struct.pack(">d", float(number) + 0.0))  # -0.0 is 0.0
    return f"{bits ^ (0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else 1 << 63):016x}"


def number_of(text: str) -> float:
    """The number that `sortable` made these letters of."""
    bits = int(text, 16)
    (number,) = struct.unpack(">d", struct.pack(">Q", bits ^ (1 << 63 if bits >> 63 else 0xFFFF_FFFF_FFFF_FFFF)))
    return float(number)


def term(path: Sequence[str], value: Any) -> str:
    """How a value at a path of a document is held: `year=n…` of a number, `built=s…` of a text."""
    kind = f"s{value}" if isinstance(value, str) else f"n{sortable(value)}"
    return f"{':'.join(path)}={kind}"


def beginning(path: Sequence[str], *, of_numbers: bool) -> str:
    """How every number, or every text, at a path begins."""
    return f"{':'.join(path)}={'n' if of_numbers else 's'}"


#: Texts longer than this are nobody's bounds: dates and codes are filtered, sentences are searched.
LONGEST = 64


def _values(document: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[str]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _values(value, (*above, name))
        elif (isinstance(value, int | float) and not isinstance(value, bool)) or (
            isinstance(value, str) and len(value) <= LONGEST
        ):
            yield term((*above, name), value)
