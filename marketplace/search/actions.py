"""Keeping the entries: written anew for the listings that changed, by the batch; and rebuilt, all of them or some, as a job. And
what staff do about searches without hits, which are counted here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from django.db import connection
from django.db.models import Q, QuerySet
from pydantic import StringConstraints

from core import context
from core.actions import action, locked
from core.buffers import Batch
from core.errors import FieldError, Invalid
from core.inputs import TEXT_PATTERN, Ask
from core.jobs.models import Job
from core.jobs.running import resume, start
from core.resources.operations import plain_create
from core.resources.registry import resource_of
from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.catalog.models.shelves import shelves
from marketplace.search import entries, queries, unmet
from marketplace.search.backends import backend, opensearch
from marketplace.search.models import Entry, KnownWord, PinnedResult, Synonym, UnmetFlush, UnmetSearch
from marketplace.search.text import LONGEST_WORD
from marketplace.search.tuning import bump, category_of

BATCH = 500
REBUILD = "search"
#: One statement for a word that is new and for one that is known; both databases speak it.
ADD_WORD = (
    "INSERT INTO search_index_knownword (word, cached_listings) VALUES (%s, %s) "
    "ON CONFLICT (word) DO UPDATE SET cached_listings = search_index_knownword.cached_listings + excluded.cached_listings"
)


@action(label="Index listings", audited=False)
def index(keys: Iterable[int], /, *, by: Actor) -> int:
    """Write the entries of these listings as the listings are now; drop those of listings that are gone. Returns how many changed.

    Each entry is locked before its listing is read, so that of two at once the later one has the later text. Doing it
    again changes nothing.
    """
    wanted = sorted(set(keys))
    present = set(Listing.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    known = set(Entry.objects.filter(listing__in=wanted).values_list("listing_id", flat=True))
    Entry.objects.bulk_create([Entry(listing_id=key) for key in sorted(present - known)], ignore_conflicts=True)
    locked = {each.listing_id: each for each in _locked(wanted)}
    said = entries.of_listings(wanted)
    change, written, gone, same = Counter[str](), [], [], []
    for key, entry in locked.items():
        before = entry.words()
        if key not in said:
            gone.append(entry.pk)
            change.subtract(before)
        elif not said[key].is_said_by(entry):
            for name in entries.FIELDS:
                setattr(entry, name, getattr(said[key], name))
            entry.indexed_at = context.now()
            written.append(entry)
            change.update(entry.words())
            change.subtract(before)
        else:
            same.append(entry.pk)
    revision = next_revision(locked.values())
    for entry in written:
        entry.revision = revision
    _write(written)
    if revision:  # its document says more than its entry does: price, place, the vendor's state
        Entry.objects.filter(pk__in=same).update(revision=revision)
        left = {"title": "", "facts": "", "body": "", "is_shown": False, "is_gone": True, "revision": revision}
        Entry.objects.filter(pk__in=gone).update(**left)
    else:
        Entry.objects.filter(pk__in=gone).delete()
    _count(change)
    return len(written) + len(gone)


def next_revision(locked: Iterable[Entry]) -> int:
    """What these entries are to be sent as: later than anything that was sent of them, and telling when. 0 where there is no
    OpenSearch.
    """
    if not opensearch.is_on():
        return 0
    now = (context.now() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return max(now, *(each.revision + 1 for each in locked), 0)


def _locked(keys: Sequence[int]) -> QuerySet[Entry]:
    return Entry.objects.select_for_update().filter(listing__in=keys).order_by("listing_id")


def _write(written: Sequence[Entry]) -> None:
    Entry.objects.bulk_create(
        written,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*entries.FIELDS, "indexed_at", "revision"],
    )


def _count(change: Mapping[str, int]) -> None:
    """Words are counted last, in their order: two batches that share some wait for each other and never in a circle."""
    rows = [(word, count) for word, count in sorted(change.items()) if count and len(word) <= LONGEST_WORD]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(ADD_WORD, rows)


@action(label="Recount words", audited=False)
def recount_words(*, by: Actor) -> int:
    """Count the known words anew from the entries, drop those that nobody has any more, and mend the index. Returns how many differed."""
    told = queries.counted_words()
    kept = dict(KnownWord.objects.values_list("word", "cached_listings"))
    change = {word: told[word] - kept.get(word, 0) for word in told.keys() | kept.keys()}
    _count(change)
    KnownWord.objects.filter(cached_listings=0).delete()
    backend().repair()
    return sum(count != 0 for count in change.values())


def follow(listings: QuerySet[Listing], *, by: Actor, why: str, only: Mapping[str, Any]) -> None:
    """Write the entries of these listings anew: at once where they are few, as a job where they are many.

    `only` names them for the job: `{"vendor": 7}`, `{"categories": [1, 2]}` or `{"tokens": [5]}`.
    """
    keys = list(listings.order_by("pk").values_list("pk", flat=True)[: BATCH + 1])
    if len(keys) > BATCH:
        rebuild(by=by, why=why, only=only)
    elif keys:
        index(keys, by=by)


@action(label="Rebuild the search index", audited=False)
def rebuild(*, by: Actor, why: str = "Rebuild the search index", only: Mapping[str, Any] | None = None) -> Job:
    """Queue a job that writes the entries anew: of all listings, or of some.

    Of all there is one at a time: one that waits or runs is answered instead, one that was paused goes on.
    """
    said = dict(only or {})
    if not said:
        running = Job.objects.filter(kind=REBUILD, params={}, status__in=("waiting", "running", "paused")).first()
        if running is not None:
            resume(running)
            return running
    return start(REBUILD, by=by, title=why, params=said)


# --- Searches without hits -----------------------------------------------------------------------------------------------

#: So many are kept: the rest are asked too seldom to be work.
MOST_UNMET = 5_000
Phrases = Annotated[
    str,
    StringConstraints(min_length=1, max_length=300, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Means", "What people find who ask for it, with commas between: sofa, settee."),
]
BothWays = Annotated[bool, Ask("Both ways", "Who asks for one of those also finds this.")]
OnlyHere = Annotated[bool, Ask("Only in its category", "Where it was asked in one.")]
Key = Annotated[int, Ask("Listing", "The number of the listing: it stands in the address of its page.")]


@action(label="Count searches without hits", audited=False)
def count_unmet(batch: Batch, /, *, by: Actor) -> int:
    """Add a batch of searches without hits to their rows. Returns how many searches; a batch that was counted before counts for none.

    What was asked in a category that is closed or not there says nothing of search, and is left out. What was dealt with and still
    finds nothing is open again. Beyond 5,000 rows the seldom asked ones go.
    """
    marks = unmet.read(batch.counts)
    _flush, is_new = UnmetFlush.objects.get_or_create(batch=batch.id)
    tree = shelves()
    places = {mark.place: category_of(mark.place or None) for mark in marks}
    gone = {place for place, key in places.items() if place and (key is None or not tree.shelves[key].is_open)}
    marks = {mark: count for mark, count in marks.items() if mark.place not in gone}
    if not is_new or not marks:
        return 0
    asked, meant = Counter[tuple[str, int | None]](), dict[tuple[str, int | None], str]()
    for mark, count in marks.items():
        place = (mark.query, places[mark.place])
        asked[place] += count
        meant[place] = mark.meant
    known = {(row.query, row.category_id): row for row in _unmet_rows({query for query, _category in asked})}
    now = context.now()
    fresh: list[UnmetSearch] = []
    held: list[UnmetSearch] = []
    for place, count in sorted(asked.items(), key=lambda each: (each[0][0], each[0][1] or 0)):
        row = known.get(place) or UnmetSearch(query=place[0], category_id=place[1], first_at=now)
        row.count, row.did_you_mean, row.last_at = row.count + count, meant[place], now
        (held if row.pk else fresh).append(row)
    UnmetSearch.objects.bulk_create(fresh, batch_size=BATCH, ignore_conflicts=True)
    UnmetSearch.objects.bulk_update(held, ["count", "did_you_mean", "last_at"], batch_size=BATCH)
    for row in held:
        if row.outcome == UnmetSearch.Outcome.ANSWERED:
            watch(row.pk, by=by)
    _forget(UnmetSearch.objects.order_by("-count", "-last_at", "-pk")[MOST_UNMET:])
    return sum(asked.values())


def _unmet_rows(wanted: Iterable[str]) -> QuerySet[UnmetSearch]:
    return locked(UnmetSearch).filter(query__in=list(wanted)).order_by("pk")


def _forget(rows: QuerySet[UnmetSearch]) -> int:
    """Remove rows that people only looked at: without a history of them."""
    keys = list(rows.values_list("pk", flat=True))
    UnmetSearch.objects.filter(pk__in=keys)._raw_delete("default")  # type: ignore[attr-defined]
    return len(keys)


@action(label="Forget old searches without hits", audited=False)
def forget_unmet(before: datetime, /, *, by: Actor, flushed_before: datetime) -> int:
    """Remove what nobody has asked since then, and what is known of old flushes. Returns how many searches."""
    UnmetFlush.objects.filter(at__lt=flushed_before).delete()
    return _forget(UnmetSearch.objects.filter(last_at__lt=before))


@action(label="Make a synonym…", icon="sync_alt", when=lambda row: row.outcome != UnmetSearch.Outcome.ANSWERED)
def make_synonym(
    row: UnmetSearch, *, by: Actor, means: Phrases, both_ways: BothWays = True, only_here: OnlyHere = False
) -> UnmetSearch:
    """Say what this query means, from now on. Refuses with 422 what is no synonym, with 409 `duplicate` one that is there."""
    words = {"words": f"{row.query}, {means}", "means": ""} if both_ways else {"words": row.query, "means": means}
    values = {**words, "category": row.category_id if only_here else None}
    try:
        plain_create(_resource(Synonym), values, by=by)
    except Invalid as refusal:
        raise Invalid(errors=[FieldError("/means", each.code, each.message) for each in refusal.errors]) from None
    row.outcome = UnmetSearch.Outcome.ANSWERED
    return row


@action(label="Pin a listing…", icon="push_pin", when=lambda row: row.outcome != UnmetSearch.Outcome.ANSWERED)
def pin_listing(row: UnmetSearch, *, by: Actor, listing: Key, only_here: OnlyHere = False) -> UnmetSearch:
    """Let a listing stand first for this query. Refuses with 422 a listing that is not there, with 409 `duplicate` a second time."""
    if not scope(by, Listing).filter(pk=listing).exists():
        raise Invalid(errors=[FieldError("/listing", "unknown_listing", "There is no listing of that number.")])
    values = {"query": row.query, "listing": listing, "category": row.category_id if only_here else None}
    plain_create(_resource(PinnedResult), values, by=by)
    row.outcome = UnmetSearch.Outcome.ANSWERED
    return row


@action(label="Ignore", icon="visibility_off", simple=True, when=lambda row: row.outcome == UnmetSearch.Outcome.OPEN)
def ignore(row: UnmetSearch, *, by: Actor) -> UnmetSearch:
    """Take it off the list: nothing is to be done about it. It is counted on."""
    row.outcome = UnmetSearch.Outcome.IGNORED
    return row


@action(label="Watch again", icon="visibility", simple=True, when=lambda row: row.outcome != UnmetSearch.Outcome.OPEN)
def watch(row: UnmetSearch, *, by: Actor) -> UnmetSearch:
    """Put it back on the list."""
    row.outcome = UnmetSearch.Outcome.OPEN
    return row


@action(label="Turn pins", audited=False)
def turn_pins(since: datetime, /, *, by: Actor, until: datetime) -> int:
    """Say that search is tuned otherwise where a pin has begun or ended in between. Returns how many have."""
    begun, ended = Q(starts_at__gt=since, starts_at__lte=until), Q(ends_at__gt=since, ends_at__lte=until)
    turned = PinnedResult.objects.filter(begun | ended).count()
    if turned:
        bump()
    return turned


def _resource(model: type[Any]) -> Any:
    found = resource_of(model)
    assert found is not None
    return found
