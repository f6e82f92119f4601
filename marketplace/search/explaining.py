"""Why a listing stands where it does for a query, or is not found: in sentences, from the very tiers that buyers are answered by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from core.resources import searching
from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.catalog.models.shelves import shelves
from marketplace.search.models import Entry
from marketplace.search.queries import ListingIndex
from marketplace.search.tuning import NONE, Heard, Tuning, Unit, category_of, hear, tuning, understood

MOST_COUNTED = 10_000
TRIED = 10
PUT_FIRST = "Pinned for this query."
TIERS = (
    "Its title is the query.",
    "Every word is in its title.",
    "Every word is in its title, place, categories, vendor or public attributes.",
    "Every word is in it, not all outside of the description.",
    "It has the words as they were probably meant.",
)
FIELDS = {
    "title": "in the title",
    "facts": "in place, categories, vendor or attributes",
    "body": "in the description",
    "": "nowhere",
}


@dataclass(frozen=True)
class Standing:
    """Where a phrase of a query stands in a listing: `found` is the phrase itself or what means the same; `field` is empty where
    nothing of it is there.
    """

    phrase: str
    found: str
    field: str

    @property
    def words(self) -> str:
        """The same as a sentence."""
        by = f" as “{self.found}”" if self.field and self.found != self.phrase else ""
        return f"“{self.phrase}” stands{by} {FIELDS[self.field]}."


@dataclass(frozen=True)
class Explanation:
    """Why a listing stands where it does. `place` is its number in the order of relevance, for buyers, among `of`; both count no
    further than 10,000. `tier` is 0 for a pinned one and 1 to 5 for others.
    """

    reading: tuple[str, ...]
    standings: tuple[Standing, ...]
    hidden: tuple[str, ...]
    verdict: str
    tier: int | None = None
    place: int | None = None
    of: int = 0

    @property
    def is_found(self) -> bool:
        return self.place is not None

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it, the verdict first."""
        return (self.verdict, *self.hidden, *self.reading, *(each.words for each in self.standings))


def explain(text: str, listing: Listing, place: Any = None) -> Explanation | None:
    """Why a listing is found by a query where it is, or why not, for buyers who look through this place; None without a word."""
    heard = hear(text, place)
    found = ListingIndex().find(text, buyers_rows(place), place)
    if found is None:
        return None
    entry = Entry.objects.filter(listing=listing.pk).first()
    units = corrected(found, heard, place) if found.meant else heard.units
    standings = tuple(standing(each, entry, begun=_begun(heard, each)) for each in heard.units)
    reading, hidden = tuple(read_aloud(heard, found)), tuple(_hidden(listing, entry, place))
    rows = buyers_rows(place)
    number = _tier_of(listing, found, rows)
    if number is None:
        lacking = [each.phrase for each in standings if not each.field]
        verdict = "It is not found."
        if not hidden and lacking:
            verdict = f"It is not found: it lacks {', '.join(f'“{each}”' for each in lacking)}."
        return Explanation(reading, standings, hidden, verdict, of=_count(rows.filter(found.whole)))
    if number == len(TIERS) - 1:
        standings = tuple(standing(each, entry, begun=False) for each in units)
    at, of = _place_of(listing, found, rows, number), _count(rows.filter(found.whole))
    why = PUT_FIRST if number == searching.PINNED else TIERS[number]
    verdict = f"It stands at place {at:,} of {of:,}. {why}"
    return Explanation(reading, standings, hidden, verdict, number + 1, at, of)


def buyers_rows(place: Any = None) -> QuerySet[Listing]:
    """What buyers see, in a place."""
    rows, key = scope(Actor.anonymous, Listing), category_of(place)
    return rows.filter(category__in=shelves().below(key)) if key is not None else rows


def read_aloud(heard: Heard, found: searching.Found | None) -> list[str]:
    """How a query was read: its words, what was passed over, what means the same, what was corrected and what is pinned."""
    begun = f" The last may be only begun: “{heard.asked.words[-1]}…”." if heard.asked.begun else ""
    said = [f"It looks for: {', '.join(heard.asked.words)}.{begun}"]
    if heard.passed_over:
        said.append(f"Passed over as stop words: {', '.join(heard.passed_over)}.")
    for unit in heard.units:
        for meaning in unit.meanings:
            also = ", ".join(" ".join(each) for each in meaning.finds)
            said.append(f"“{' '.join(unit.phrase)}” also finds {also}, by the synonym “{meaning.said}”.")
    if heard.is_cut:
        said.append(f"Its synonyms give more ways to ask than are asked: the first {len(heard.variants)} are.")
    if heard.pinned:
        said.append(f"Listings pinned for it: {len(heard.pinned)}, as far as they are on show.")
    if found is not None and found.meant:
        said.append(f"Fewer than three have it so, and it was probably meant: {found.meant}.")
    return said


def corrected(found: searching.Found, heard: Heard, place: Any) -> tuple[Unit, ...]:
    """The phrases of a query as they were probably meant."""
    return understood(found.meant.split(), begun=heard.asked.begun, tuned=tuning(), place=place).units


def standing(unit: Unit, entry: Entry | None, *, begun: bool) -> Standing:
    """Where a phrase stands in an entry: the way that stands foremost, the written one first."""
    phrase = " ".join(unit.phrase)
    best = ("", len(FIELDS), "")
    for way in unit.ways if entry is not None else ():
        fields = [_field_of(word, entry, begun=begun and way == unit.phrase and word == way[-1]) for word in way]
        if "" not in fields:
            last = max(fields, key=list(FIELDS).index)
            if list(FIELDS).index(last) < best[1]:
                best = (last, list(FIELDS).index(last), " ".join(way))
    return Standing(phrase, best[2] or phrase, best[0])


def _field_of(word: str, entry: Entry | None, *, begun: bool) -> str:
    for name in ("title", "facts", "body"):
        words = getattr(entry, name).split()
        if word in words or (begun and any(each.startswith(word) for each in words)):
            return name
    return ""


def _begun(heard: Heard, unit: Unit) -> bool:
    return heard.asked.begun and unit is heard.units[-1]


def _tier_of(listing: Listing, found: searching.Found, rows: QuerySet[Listing]) -> int | None:
    row = rows.filter(pk=listing.pk)
    if listing.pk in found.first and row.exists():
        return searching.PINNED
    return next((number for number, tier in enumerate(found.tiers) if row.filter(tier).exists()), None)


def _place_of(listing: Listing, found: searching.Found, rows: QuerySet[Listing], number: int) -> int:
    first = set(rows.filter(pk__in=found.first).values_list("pk", flat=True)) if found.first else set()
    order = [key for key in found.first if key in first]
    if number == searching.PINNED:
        return order.index(listing.pk) + 1
    before = len(order) + sum(_count(rows.filter(tier)) for tier in found.tiers[:number])
    return before + _count(rows.filter(found.tiers[number], pk__gt=listing.pk)) + 1


def _count(rows: QuerySet[Listing]) -> int:
    return rows.order_by().values("pk")[:MOST_COUNTED].count()


def _hidden(listing: Listing, entry: Entry | None, place: Any) -> list[str]:
    """Why buyers who look through this place cannot see a listing, or its words; nothing, if they can."""
    said = []
    if listing.status != "approved":
        said.append(f"It is not on show: it is {Listing.moves.label(listing.status).lower()}.")
    if listing.vendor.status != "verified":
        said.append(f"It is not on show: its vendor is {listing.vendor.moves.label(listing.vendor.status).lower()}.")
    if not listing.category.is_open:
        said.append(f"It is not on show: its category, {listing.category}, is closed.")
    key = category_of(place)
    if key is not None and listing.category_id not in shelves().below(key):
        said.append(f"It stands in {listing.category}, which is not in {shelves().shelves[key].name}.")
    if entry is None:
        said.append("It is not in the index yet: entries follow their listings within seconds.")
    elif entry.listing_version != listing.version:
        said.append("The index tells of an earlier version of it: entries follow their listings within seconds.")
    return said


# --- Trying it out -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hit:
    """One of the first hits of a query: why it is one, and whether tuning brought it there (`new`)."""

    listing: Listing
    why: str
    is_pinned: bool = False
    is_new: bool = False


@dataclass(frozen=True)
class Trial:
    """A query as it is answered now, and as it would be without any tuning; `gone` of those stand no longer among the first."""

    reading: tuple[str, ...]
    hits: tuple[Hit, ...]
    count: int
    untuned: tuple[Hit, ...]
    untuned_count: int

    @property
    def is_changed(self) -> bool:
        """Does tuning change what comes first?"""
        return [each.listing.pk for each in self.hits] != [each.listing.pk for each in self.untuned]


def try_out(text: str, place: Any = None) -> Trial | None:
    """The first ten hits of a query for buyers, each with its reason, as search is tuned and as if it were not; None without a word."""
    now = _first(text, place, tuning())
    if now is None:
        return None
    before = _first(text, place, NONE)
    known = {each.listing.pk for each in before[1]} if before else set()
    hits = tuple(Hit(each.listing, each.why, each.is_pinned, each.listing.pk not in known) for each in now[1])
    return Trial(now[0], hits, now[2], before[1] if before else (), before[2] if before else 0)


def _first(text: str, place: Any, tuned: Tuning) -> tuple[tuple[str, ...], tuple[Hit, ...], int] | None:
    rows = buyers_rows(place).select_related("vendor", "category")
    heard = hear(text, place, tuned)
    found = ListingIndex().find(text, rows, place, tuned)
    if found is None:
        return None
    page = searching.turn(rows, found, cursor=None, limit=TRIED, about="trial").rows
    entries = Entry.objects.in_bulk([row.pk for row in page], field_name="listing_id")
    meant = corrected(found, heard, place) if found.meant else ()
    hits = tuple(Hit(row, _why(row, heard, meant, entries), row.tier == searching.PINNED) for row in page)
    return tuple(read_aloud(heard, found)), hits, _count(buyers_rows(place).filter(found.whole))


def _why(row: Any, heard: Heard, meant: Sequence[Unit], entries: Mapping[int, Entry]) -> str:
    if row.tier == searching.PINNED:
        return PUT_FIRST
    units = meant if row.tier == len(TIERS) - 1 else heard.units
    found = [
        standing(each, entries.get(row.pk), begun=_begun(heard, each) if units is heard.units else False)
        for each in units
    ]
    instead = [f"“{each.found}” for “{each.phrase}”" for each in found if each.field and each.found != each.phrase]
    return f"{TIERS[row.tier]}{f' {", ".join(instead)}.' if instead else ''}"
