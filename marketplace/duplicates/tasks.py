"""The job that compares every listing with those like it, batch by batch, and goes on where it stopped."""

from collections.abc import Iterator

from core.jobs.running import JobRun, job
from core.rules import Actor
from marketplace.catalog.models import Listing
from marketplace.duplicates import actions, queries

BATCH = 200


@job(actions.COMPARING)
def run_comparison(run: JobRun) -> Iterator[int]:
    """Listings in the order of their keys; those that have not changed since cost next to nothing."""
    rows = Listing.objects.filter(status__in=queries.COMPARED)
    run.expect(rows.count())
    after, number = run.checkpoint or 0, run.job.done_count
    while keys := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        actions.compare(keys, by=Actor.system("duplicates"))
        for place, key in enumerate(keys, start=1):
            run.row(number + place, object_id=key)
        number += len(keys)
        after = keys[-1]
        yield after
