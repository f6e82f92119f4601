"""Keeping the entries: written anew for the listings that changed, by the batch; and rebuilt, all of them or some, as a job."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from core import context
from core.actions import action
from core.jobs.models import Job
from core.jobs.running import resume, start
from core.rules import Actor
from marketplace.catalog.models import Listing
from marketplace.search import entries, queries
from marketplace.search.backends import backend, opensearch
from marketplace.search.models import Entry, KnownWord
from marketplace.search.text import LONGEST_WORD

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
