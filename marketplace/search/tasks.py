"""The job that writes the entries anew, batch by batch, and goes on where it stopped; and what the clock does in search."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from core.buffers import buffer
from core.jobs.running import JobRun, job
from core.rules import Actor
from core.schedule import scheduled
from marketplace.search import actions, flows, queries
from marketplace.search.backends import opensearch
from marketplace.search.models import Entry
from marketplace.search.unmet import UNMET

BY = Actor.system("search index")
#: A search without hits is forgotten when nobody has asked it for so long; a batch is known for so long.
UNMET_KEPT, FLUSHES_KNOWN = timedelta(days=90), timedelta(days=7)
#: Pins that begin or end are looked for so far back: runs may be late, and twice does no harm.
LOOKED_BACK = timedelta(minutes=5)


@scheduled("* * * * *")
def send_what_waits() -> None:
    """OpenSearch was away, or a process died before it had told it: now it is told."""
    flows.send_or_leave()


@job(actions.REBUILD)
def run_rebuild(run: JobRun) -> Iterator[dict[str, Any]]:
    """Listings in the order of their keys, a batch at a time; after all of them, entries that are left over go and words are counted.

    Then, where there is OpenSearch, a new index is filled and takes the place of the one before. Events write to both meanwhile.
    """
    place: Any = run.checkpoint or {"after": 0, "batch": 0}
    rows = queries.chosen(run.params)
    batches = -(-rows.count() // actions.BATCH)
    run.expect(batches + (0 if run.params else 1 + (batches if opensearch.is_on() else 0)))
    while "sending" not in place:
        keys = list(rows.filter(pk__gt=place["after"]).order_by("pk").values_list("pk", flat=True)[: actions.BATCH])
        if not keys:
            break
        changed = actions.index(keys, by=BY)
        flows.send_or_leave(keys)
        place = {"after": keys[-1], "batch": place["batch"] + 1}
        run.row(place["batch"], message=f"{len(keys):,} listings up to {keys[-1]}, {changed:,} changed")
        yield place
    if run.params:
        return
    if "sending" not in place:
        left = list(queries.orphans().values_list("listing_id", flat=True))
        actions.index(left, by=BY)
        words = actions.recount_words(by=BY)
        run.row(place["batch"] + 1, message=f"{len(left):,} left over, {words:,} words counted anew")
        run.conclude(left_over=len(left), words=words)
        place = {**place, "batch": place["batch"] + 1, "sending": 0}
        yield place
    if opensearch.is_on():
        yield from _fill(run, place)
    else:
        Entry.objects.filter(is_gone=True).delete()


def _fill(run: JobRun, place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A new index of OpenSearch. It is made anew if it went away; where OpenSearch does, the job fails, and goes on when resumed."""
    if opensearch.begin(run.job.pk):
        place = {**place, "sending": 0}
    while True:
        sent, last = flows.send_after(place["sending"])
        if not sent:
            break
        place = {**place, "batch": place["batch"] + 1, "sending": last}
        run.row(place["batch"], message=f"{sent:,} listings up to {last} sent to OpenSearch")
        yield place
    while flows.send():
        yield place
    opensearch.finish(run.job.pk)
    run.conclude(index=f"{opensearch.alias()}-{run.job.pk}", refused=flows.set_aside().count())


@scheduled("*/2 * * * *")
def flush_unmet_searches() -> int:
    """Count the searches without hits that wait. Returns how many; one whose counting was cut off is counted now, and none twice."""
    counted = 0
    for batch in buffer(UNMET).taken():
        counted += actions.count_unmet(batch, by=Actor.system("searches without hits are counted"))
        buffer(UNMET).done(batch)
    return counted


@scheduled("41 1 * * *")
def forget_unmet_searches() -> int:
    """Forget searches without hits that nobody asks any more. Returns how many."""
    now = timezone.now()
    by = Actor.system("searches without hits are kept for so long")
    return actions.forget_unmet(now - UNMET_KEPT, by=by, flushed_before=now - FLUSHES_KNOWN)


@scheduled("* * * * *")
def turn_pins() -> int:
    """Let answers that were kept go where a pin has begun or ended since they were made. Returns how many pins."""
    now = timezone.now()
    return actions.turn_pins(now - LOOKED_BACK, by=Actor.system("pins begin and end"), until=now)
