"""How staff tune search, as plain values; and what a query becomes by it: words passed over, words that mean the same, pins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice, product
from typing import Any
from uuid import uuid4

from core import context, memo
from core.resources.types import key_of
from marketplace.catalog.models.shelves import shelves
from marketplace.search.models import (
    LONGEST_PHRASE,
    PinnedResult,
    StopWord,
    Synonym,
    TuningStamp,
    folded_query,
)
from marketplace.search.text import MOST_WORDS, SHORTEST_BEGUN, Asked, phrases_of, words_of

#: A query is asked in so many ways at most, the written one first; what more synonyms would make of it is left out.
MOST_VARIANTS = 16

type Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Meaning:
    """What a phrase also finds, where, and by which synonym."""

    key: int
    said: str
    category: int | None
    finds: tuple[Phrase, ...]


@dataclass(frozen=True)
class Pinned:
    """A listing that stands first for a query: where, and from when until when."""

    listing: int
    category: int | None
    starts_at: datetime | None
    ends_at: datetime | None

    def holds(self, path: Sequence[int], now: datetime) -> bool:
        """Does it hold here and now?"""
        return (
            (self.category is None or self.category in path)
            and (self.starts_at is None or self.starts_at <= now)
            and (self.ends_at is None or now < self.ends_at)
        )


@dataclass(frozen=True)
class Tuning:
    """All that staff have said of how queries are read. Never changed once read."""

    stops: frozenset[str] = frozenset()
    meanings: Mapping[Phrase, tuple[Meaning, ...]] = field(default_factory=dict)
    pins: Mapping[str, tuple[Pinned, ...]] = field(default_factory=dict)


NONE = Tuning()


@dataclass(frozen=True)
class Unit:
    """One phrase of a query, with what else finds it."""

    phrase: Phrase
    meanings: tuple[Meaning, ...] = ()

    @property
    def ways(self) -> tuple[Phrase, ...]:
        """The phrase as it is written, then what means the same."""
        return tuple(dict.fromkeys([self.phrase, *(found for each in self.meanings for found in each.finds)]))


@dataclass(frozen=True)
class Heard:
    """A query as search takes it.

    `asked`: the words looked for. `variants`: those, and what synonyms make of them. `is_cut`: synonyms would make more. `pinned`:
    the listings that stand first, in their order.
    """

    asked: Asked
    units: tuple[Unit, ...] = ()
    passed_over: tuple[str, ...] = ()
    variants: tuple[Asked, ...] = ()
    is_cut: bool = False
    pinned: tuple[int, ...] = ()

    @property
    def spoken_for(self) -> frozenset[str]:
        """Words that a synonym knows: nobody mistyped those."""
        return frozenset(word for unit in self.units if unit.meanings for word in unit.phrase)


def stamp() -> str:
    """How search is tuned now: new after each change, in every process at once. Empty until the first."""
    return memo.once(
        "tuning stamp", lambda: TuningStamp.objects.filter(pk=1).values_list("value", flat=True).first() or ""
    )


def bump() -> None:
    """Say, in the changing transaction itself, that search is tuned otherwise from now on."""
    row = TuningStamp(pk=1, value=uuid4().hex)
    TuningStamp.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["value"])
    memo.forget("tuning stamp")


def tuning() -> Tuning:
    """How search is tuned: one short read, and the rest only after a change."""
    said = stamp()
    return _kept(said) if said else NONE


@lru_cache(maxsize=4)
def _kept(_stamp: str) -> Tuning:
    return _read()


def _read() -> Tuning:
    meanings: dict[Phrase, list[Meaning]] = {}
    for row in Synonym.objects.order_by("pk"):
        words, means = phrases_of(row.words), phrases_of(row.means)
        for phrase in words:
            finds = tuple(means or (each for each in words if each != phrase))
            meanings.setdefault(phrase, []).append(Meaning(row.pk, str(row), row.category_id, finds))
    pins: dict[str, list[Pinned]] = {}
    for pin in PinnedResult.objects.order_by("position", "pk"):
        held = Pinned(pin.listing_id, pin.category_id, pin.starts_at, pin.ends_at)
        pins.setdefault(pin.query, []).append(held)
    return Tuning(
        frozenset(StopWord.objects.values_list("word", flat=True)),
        {phrase: tuple(found) for phrase, found in meanings.items()},
        {query: tuple(found) for query, found in pins.items()},
    )


def category_of(place: Any) -> int | None:
    """The category of a place as a list is asked for it: its key or slug; None for none, for several, and for one that is not there."""
    if place is None or isinstance(place, list | tuple):
        return None
    tree = shelves()
    key = key_of(str(place))
    if key is None:
        return next((each.key for each in tree.shelves.values() if each.slug == str(place)), None)
    return key if key in tree.shelves else None


def hear(text: str, place: Any = None, tuned: Tuning | None = None) -> Heard:
    """A text as a query in a place, by the tuning of now (or the one given)."""
    said = tuning() if tuned is None else tuned
    words = tuple(dict.fromkeys(words_of(text)))
    begun = bool(words) and len(words[-1]) >= SHORTEST_BEGUN
    return understood(words, begun=begun, tuned=said, place=place, pins=said.pins.get(folded_query(text), ()))


def understood(
    words: Sequence[str], *, begun: bool, tuned: Tuning, place: Any = None, pins: Iterable[Pinned] = ()
) -> Heard:
    """What these words ask for: phrases that staff gave a meaning are taken together, the longest first; then stop words go."""
    pins = tuple(pins)
    local = any(each.category for each in pins) or any(
        each.category for found in tuned.meanings.values() for each in found
    )
    path = shelves().path(category_of(place)) if local and place is not None else []
    units = list(_units(tuple(words), tuned, path))
    kept = [each for each in units if each.meanings or each.phrase[0] not in tuned.stops] or units
    passed_over = tuple(each.phrase[0] for each in units if each not in kept)
    last = units[-1] if units else None
    kept = _first_words(kept)
    if kept and last is not None and kept[-1] is not last and passed_over and last.phrase[0] in passed_over:
        begun = False  # the word before a stop word was written to its end
    asked = Asked(tuple(dict.fromkeys(word for each in kept for word in each.phrase)), begun=begun and bool(kept))
    ways = list(islice(product(*(each.ways for each in kept)), MOST_VARIANTS + 1)) if kept else []
    variants = [asked] if asked else []
    for way in ways[:MOST_VARIANTS]:
        whole = way[-1] != kept[-1].phrase  # what stands for the last word is not begun
        found = tuple(dict.fromkeys(word for phrase in way for word in phrase))
        if found != asked.words:
            variants.append(Asked(found, begun=asked.begun and not whole))
    now = context.now()
    pinned = tuple(dict.fromkeys(each.listing for each in pins if each.holds(path, now)))
    return Heard(asked, tuple(kept), passed_over, tuple(dict.fromkeys(variants)), len(ways) > MOST_VARIANTS, pinned)


def _units(words: Phrase, tuned: Tuning, path: Sequence[int]) -> Iterable[Unit]:
    place = 0
    while place < len(words):
        for size in range(min(LONGEST_PHRASE, len(words) - place), 0, -1):
            phrase = words[place : place + size]
            meanings = [
                each for each in tuned.meanings.get(phrase, ()) if each.category is None or each.category in path
            ]
            if meanings or size == 1:
                yield Unit(phrase, tuple(meanings))
                place += size
                break


def _first_words(units: Sequence[Unit]) -> list[Unit]:
    """The units that make up the first eight words; what comes after them is left out."""
    found, count = [], 0
    for each in units:
        count += len(each.phrase)
        if count > MOST_WORDS:
            break
        found.append(each)
    return found
