"""The job that writes the entries anew, batch by batch, and goes on where it stopped."""

from collections.abc import Iterator
from typing import Any

from core.jobs.running import JobRun, job
from core.rules import Actor
from marketplace.search import actions, queries

BY = Actor.system("search index")


@job(actions.REBUILD)
def run_rebuild(run: JobRun) -> Iterator[dict[str, int]]:
    """Listings in the order of their keys, a batch at a time; after all of them, entries that are left over go and words are counted."""
    place: Any = run.checkpoint or {"after": 0, "batch": 0}
    rows = queries.chosen(run.params)
    run.expect(-(-rows.count() // actions.BATCH) + (0 if run.params else 1))
    while True:
        keys = list(rows.filter(pk__gt=place["after"]).order_by("pk").values_list("pk", flat=True)[: actions.BATCH])
        if not keys:
            break
        changed = actions.index(keys, by=BY)
        place = {"after": keys[-1], "batch": place["batch"] + 1}
        run.row(place["batch"], message=f"{len(keys):,} listings up to {keys[-1]}, {changed:,} changed")
        yield place
    if not run.params:
        left = list(queries.orphans().values_list("listing_id", flat=True))
        actions.index(left, by=BY)
        words = actions.recount_words(by=BY)
        run.row(place["batch"] + 1, message=f"{len(left):,} left over, {words:,} words counted anew")
        run.conclude(left_over=len(left), words=words)
