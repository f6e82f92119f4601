"""What a query finds: listings by tiers of relevance, corrected where too little is found; and what a begun query may become."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.resources import searching
from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.search import entries
from marketplace.search.backends import Clause, Matches, Part, Zone, backend, opensearch
from marketplace.search.models import SET_ASIDE, TO_BE_SENT, Entry, KnownWord
from marketplace.search.text import Asked, asked_of, distance, folded_title, may_differ_by
from marketplace.search.tuning import Tuning, hear, tuning, understood

#: Fewer hits than these are too few: then the words are looked at for what else they may have meant.
FEW = 3
#: A word that is known is taken for misspelt only where another, like it, is so many times as frequent.
TIMES = 10
LOOKALIKES = 60
MOST = 8
BATCH = 500


class ListingIndex:
    """Listings by their entries. Each word must be there, or what staff say means the same; the last may be only begun. The best
    first: what staff pinned; the title as it is written; every word in the title; in title, place, category, vendor and attributes;
    anywhere; and, where fewer than three have them so, the corrected words anywhere. Alike, the newest first.
    """

    words = (
        "Words to find, all of them, the last perhaps only begun: in title, place, category, vendor, public attributes and "
        "description. Accents and case do not matter. Without `order`, the best come first."
    )

    def exactly(self, text: str) -> Q:
        heard = hear(text)
        return anywhere(heard.variants) if heard.asked else Q()

    def find(self, text: str, rows: QuerySet, place: Any = None, tuned: Tuning | None = None) -> searching.Found | None:
        """As TextIndex says; `tuned` is another tuning than the one of now, to try what it does."""
        said = tuning() if tuned is None else tuned
        heard = hear(text, place, said)
        if not heard.asked:
            return None
        tiers, whole, meant = tiers_of(heard.variants, folded_title(text)), anywhere(heard.variants), ""
        count = searching.count(rows.filter(whole).order_by("-pk"), FEW)
        if count < FEW:
            corrected = correction(heard.asked, but=heard.spoken_for)
            if corrected is not None:
                again = understood(corrected.words, begun=corrected.begun, tuned=said, place=place)
                more = apart(again.variants, Zone.ALL, heard.variants, Zone.ALL)
                # Read, not counted: what is offered must be there to be seen now.
                if searching.first(rows.filter(more).only("pk"), rows.only("pk"), 1):
                    tiers, meant = (*tiers, more), str(corrected)
                    whole = anywhere((*heard.variants, *again.variants))
        if heard.pinned:
            put_first = Q(pk__in=heard.pinned)
            tiers, whole = tuple(each & ~put_first for each in tiers), whole | put_first
            count = count or rows.filter(put_first).exists()
        return searching.Found(tiers, whole, meant, heard.pinned, is_unmet=not count)


def anywhere(variants: Sequence[Asked]) -> Q:
    """What has all words of any of these ways to ask, anywhere."""
    return Q(Matches(*(Clause(Part(each)) for each in variants)))


def apart(variants: Sequence[Asked], zone: Zone, others: Sequence[Asked], wider: Zone) -> Q:
    """What has any of these in their zone, and none of the others in theirs."""
    if len(variants) == len(others) == 1:
        return Q(Matches(Clause(Part(variants[0], zone), lacks=Part(others[0], wider))))
    has = Matches(*(Clause(Part(each, zone)) for each in variants))
    return Q(has) & ~Q(Matches(*(Clause(Part(each, wider)) for each in others)))


def tiers_of(variants: Sequence[Asked], title: str) -> tuple[Q, ...]:
    """The tiers of hits that have the words as they are written or as synonyms have them, from the best; no listing is in two of
    them.
    """
    same = Q(pk__in=Entry.objects.filter(title=title).values("listing_id"))
    in_title = [Clause(Part(each, Zone.TITLE)) for each in variants]
    return (
        same & Q(Matches(*in_title)),
        Q(Matches(*in_title, but_titled=title)),
        apart(variants, Zone.FACTS, variants, Zone.TITLE),
        apart(variants, Zone.ALL, variants, Zone.FACTS),
    )


def correction(asked: Asked, *, but: Collection[str] = ()) -> Asked | None:
    """The words with those replaced that look misspelt: unknown ones, and rare ones beside a frequent likeness. None, if none does.

    Those in `but` are right as they are.
    """
    begun = asked.words[-1] if asked.begun else ""
    known = _frequencies(asked.words, begun)
    found = [
        _meant(word, known.get(word, 0)) if may_differ_by(word) and word not in but else word for word in asked.words
    ]
    if tuple(found) == asked.words:
        return None
    return Asked(tuple(dict.fromkeys(found)), begun=asked.begun and found[-1] == begun)


def _frequencies(words: tuple[str, ...], begun: str) -> dict[str, int]:
    """How many listings on show have each word; of a begun one, those that have the most frequent word it may become."""
    wanted = Q(word__in=words) | (Q(word__startswith=begun) if begun else Q())
    found: dict[str, int] = {}
    for word, count in KnownWord.objects.filter(wanted, cached_listings__gt=0).values_list("word", "cached_listings"):
        if word in words:
            found[word] = max(found.get(word, 0), count)
        if begun and word.startswith(begun):
            found[begun] = max(found.get(begun, 0), count)
    return found


def _meant(word: str, frequency: int) -> str:
    most = may_differ_by(word)
    likely = [
        (how_far, -count, other)
        for other, count in backend().near(word, LOOKALIKES)
        if other != word and count >= max(1, frequency * TIMES) and (how_far := distance(word, other, most)) <= most
    ]
    return min(likely)[2] if likely else word


# --- Suggestions ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Suggested:
    """What a begun query may become, and listings whose titles have it."""

    queries: tuple[str, ...]
    listings: tuple[Any, ...]


def suggestions(actor: Actor, text: str) -> Suggested:
    """Up to eight completed queries that find something the actor may see, frequent words first; and the eight newest listings
    with the words in their titles. Three queries, whatever the text.
    """
    asked = asked_of(text)
    if not asked or not asked.begun:
        return Suggested((), ())
    rows = scope(actor, Listing)
    titled = rows.filter(Matches(Clause(Part(asked, Zone.TITLE)))).order_by("-pk")
    return Suggested(_completed(rows, asked), tuple(titled.only("title", "slug")[:MOST]))


def _completed(rows: QuerySet[Listing], asked: Asked) -> tuple[str, ...]:
    begun = KnownWord.objects.filter(word__startswith=asked.words[-1], cached_listings__gt=0)
    frequent = begun.order_by("-cached_listings", "word").values_list("word", flat=True)[: MOST + 4]
    whole = [Asked((*asked.words[:-1], word), begun=False) for word in frequent if word not in asked.words[:-1]]
    if not whole:
        return ()
    # The words were kept by earlier events: that each finds something on show now is asked of the listings, all at once.
    seen = {
        f"seen_{place}": Exists(rows.filter(Matches(Clause(Part(each, Zone.FACTS)))))
        for place, each in enumerate(whole)
    }
    answer: Any = KnownWord.objects.order_by().values(**seen)[:1].get()  # type: ignore[literal-required]
    return tuple(str(each) for place, each in enumerate(whole) if answer[f"seen_{place}"])[:MOST]


# --- The state of the index ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """How the index stands."""

    listings: int
    entries: int
    behind: int
    words: int
    waiting: int | None
    refused: int


def state() -> State:
    """How many listings there are, how many entries, how many of those tell of an earlier version; how many words are known; and
    how many entries OpenSearch is still to be told of, where there is one, and how many it refuses."""
    return State(
        listings=Listing.objects.count(),
        entries=Entry.objects.count(),
        behind=behind(Listing.objects.all()).count(),
        words=KnownWord.objects.filter(cached_listings__gt=0).count(),
        waiting=Entry.objects.filter(TO_BE_SENT).count() if opensearch.is_on() else None,
        refused=Entry.objects.filter(SET_ASIDE).count() if opensearch.is_on() else 0,
    )


def behind(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    """Those of the listings that have no entry of their version."""
    return listings.exclude(Exists(Entry.objects.filter(listing=OuterRef("pk"), listing_version=OuterRef("version"))))


def orphans() -> QuerySet[Entry]:
    """Entries whose listing is gone, less those of which OpenSearch has not been told yet."""
    return Entry.objects.filter(is_gone=False).exclude(Exists(Listing.objects.filter(pk=OuterRef("listing_id"))))


def register_index() -> None:
    """Let the index answer `q` wherever listings are listed."""
    searching.register(Listing, ListingIndex())


def chosen(only: Mapping[str, Any]) -> QuerySet[Listing]:
    """The listings that a rebuild is for: a vendor's, those in categories, those with tokens of an attribute, or all."""
    rows = Listing.objects.all()
    if "vendor" in only:
        rows = rows.filter(vendor=only["vendor"])
    if "categories" in only:
        rows = rows.filter(category__in=only["categories"])
    if "tokens" in only:
        rows = rows.filter(tokens__overlaps=only["tokens"])
    return rows


def counted_words() -> Counter[str]:
    """How many entries of listings on show have each word of title and facts."""
    found = Counter[str]()
    for entry in Entry.objects.filter(is_shown=True).only("title", "facts", "is_shown").iterator(chunk_size=2_000):
        found.update(entry.words())
    return found


def differences() -> Iterator[str]:
    """What is wrong with the index, in words: entries that are absent, say something else or are left over; words miscounted; the
    database's own index.
    """
    after = 0
    while keys := list(Listing.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        after = keys[-1]
        said = entries.of_listings(keys)
        held = {each.listing_id: each for each in Entry.objects.filter(listing__in=keys)}
        for key in keys:
            if key in said and key not in held:
                yield f"listing {key} has no entry"
            elif key in said and not said[key].is_said_by(held[key]):
                wrong = [name for name in entries.FIELDS if getattr(held[key], name) != getattr(said[key], name)]
                yield f"the entry of listing {key} differs: {', '.join(wrong)}"
    for key in orphans().order_by("pk").values_list("listing_id", flat=True):
        yield f"an entry of listing {key}, which is gone"
    yield from _miscounted()
    if trouble := backend().trouble():
        yield trouble


def _miscounted() -> Iterator[str]:
    told = counted_words()
    kept = dict(KnownWord.objects.values_list("word", "cached_listings"))
    for word in sorted(told.keys() | kept.keys()):
        if told[word] != kept.get(word, 0):
            yield f"the word {word} is counted {kept.get(word, 0)} times and stands in {told[word]} listings"
