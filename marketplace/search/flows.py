"""Telling OpenSearch what the entries say: what waits is sent by the batch; what could not be sent goes on waiting, and is not lost.

What OpenSearch refuses is set aside with its words until the listing changes or is repaired: the others do not wait for it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import structlog
from django.db.models import QuerySet

from core.rules import Actor
from marketplace.catalog.models import Listing
from marketplace.search import actions
from marketplace.search.backends import opensearch
from marketplace.search.backends.opensearch_documents import of_entries
from marketplace.search.models import SET_ASIDE, TO_BE_SENT, Entry

log = structlog.get_logger("search")
BATCH = 500


def index(keys: Iterable[int], /, *, by: Actor) -> None:
    """Write the entries of these listings, and tell OpenSearch."""
    wanted = list(keys)
    actions.index(wanted, by=by)
    send_or_leave(wanted)


def follow(listings: QuerySet[Listing], *, by: Actor, why: str, only: Mapping[str, Any]) -> None:
    """Write the entries of these listings anew, at once or as a job, and tell OpenSearch."""
    actions.follow(listings, by=by, why=why, only=only)
    send_or_leave()


def send(keys: Iterable[int] | None = None) -> int:
    """Send what waits of these listings, or the next batch of all that waits. Returns how many were sent; raises NoAnswer."""
    waiting = Entry.objects.filter(TO_BE_SENT)
    if keys is not None:
        waiting = waiting.filter(listing__in=list(keys))
    return _send(waiting.order_by("revision", "pk")[:BATCH])


def send_after(key: int) -> tuple[int, int]:
    """Send the next batch of entries behind a key, whatever was sent of them: to an index that has just been made. Returns how
    many, and the last key; raises NoAnswer.
    """
    batch = list(Entry.objects.filter(listing__gt=key).order_by("listing_id")[:BATCH])
    sent = _send(batch)
    return sent, batch[-1].listing_id if batch else key


def send_or_leave(keys: Iterable[int] | None = None) -> bool:
    """Send what waits; leave it waiting where OpenSearch does not take it. Does nothing where there is none."""
    if not opensearch.is_on():
        return True
    wanted = list(keys) if keys is not None else None
    try:
        while send(wanted):
            pass
    except opensearch.NoAnswer as fault:
        log.warning("search_not_sent", why=fault.why, said=str(fault))
        return False
    return True


def _send(chosen: Iterable[Entry]) -> int:
    """No row is locked and no transaction open for it: the revision, read before the listing, decides which of two writings stays."""
    batch = list(chosen)
    if not batch:
        return 0
    documents = of_entries(batch)
    refused = opensearch.write([(each.listing_id, each.revision, documents[each.listing_id]) for each in batch])
    for key, said in refused.items():
        log.warning("search_document_refused", listing=key, said=said)
    left = []
    for each in batch:
        each.refusal = refused.get(each.listing_id)
        if each.is_gone and documents[each.listing_id] is None and each.refusal is None:
            Entry.objects.filter(pk=each.pk, is_gone=True, revision=each.revision).delete()
        else:
            each.sent = each.revision
            left.append(each)
    Entry.objects.bulk_update(left, ["sent", "refusal"])
    return len(batch)


def repair(keys: Iterable[int], *, by: Actor) -> int:
    """Have these listings written to OpenSearch as they are now, and deleted there if they are gone. Returns how many it refuses;
    raises NoAnswer.
    """
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), BATCH):
        chunk = wanted[start : start + BATCH]
        actions.index(chunk, by=by)
        send(chunk)
        known = set(Entry.objects.filter(listing__in=chunk).values_list("listing_id", flat=True))
        gone: list[opensearch.Document] = [(key, actions.next_revision(()), None) for key in chunk if key not in known]
        if gone:
            opensearch.write(gone)
    return set_aside().filter(listing__in=wanted).count()


# --- Comparing -----------------------------------------------------------------------------------------------------------------


def differences() -> Iterator[tuple[int, str]]:
    """Where OpenSearch differs from the entries: the key of the listing, and how. What waits to be sent is no difference.

    Both sides are read in the order of their keys, a batch at a time. Raises NoAnswer.
    """
    held = _held()
    other = next(held, None)
    for entry, document in _wanted():
        while other is not None and other["id"] < entry.listing_id:
            yield other["id"], "OpenSearch has a listing that is gone"
            other = next(held, None)
        theirs = None
        if other is not None and other["id"] == entry.listing_id:
            theirs, other = other, next(held, None)
        if theirs != document and entry.sent == entry.revision:
            if entry.refusal is not None:
                yield entry.listing_id, f"OpenSearch refuses it: {entry.refusal}"
            elif theirs is None or document is None:
                yield (
                    entry.listing_id,
                    "OpenSearch lacks it" if theirs is None else "OpenSearch has a listing that is gone",
                )
            else:
                wrong = sorted(
                    name for name in theirs.keys() | document.keys() if theirs.get(name) != document.get(name)
                )
                yield entry.listing_id, f"OpenSearch differs: {', '.join(wrong)}"
    while other is not None:
        yield other["id"], "OpenSearch has a listing that is gone"
        other = next(held, None)


def _held() -> Iterator[dict[str, Any]]:
    after = 0
    while found := opensearch.stored(after, BATCH):
        yield from found
        after = found[-1]["id"]


def _wanted() -> Iterator[tuple[Entry, dict[str, Any] | None]]:
    after = 0
    while batch := list(Entry.objects.filter(listing__gt=after).order_by("listing_id")[:BATCH]):
        documents = of_entries(batch)
        yield from ((each, documents[each.listing_id]) for each in batch)
        after = batch[-1].listing_id


def waiting() -> QuerySet[Entry]:
    """Entries that OpenSearch is to be told of."""
    return Entry.objects.filter(TO_BE_SENT)


def set_aside() -> QuerySet[Entry]:
    """Entries that OpenSearch refuses as they are."""
    return Entry.objects.filter(SET_ASIDE)
