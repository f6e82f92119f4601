"""`manage.py search check|rebuild`: say what is wrong with the search index, or write it anew."""

import sys
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.jobs import running
from core.rules import Actor
from marketplace.search import actions, flows, queries
from marketplace.search.backends import opensearch

TOLD = 50


class Command(BaseCommand):
    """`check` ends with status 1 where something differs; `--repair` mends what differs in OpenSearch. `rebuild` runs here, in
    resumable batches; `--queue` leaves it to the worker.
    """

    help = "Check the search index against the listings, or rebuild it from them."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        check = what.add_parser("check", help="Compare every entry with its listing, and OpenSearch with both.")
        check.add_argument("--repair", action="store_true", help="Write to OpenSearch anew what differs there.")
        rebuild = what.add_parser("rebuild", help="Write all entries anew; goes on where an earlier run stopped.")
        rebuild.add_argument("--queue", action="store_true", help="Leave it to the worker.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "check":
            self.check_index(repair=options["repair"])
        else:
            self.rebuild(queue=options["queue"])

    def check_index(self, *, repair: bool) -> None:
        differing: list[int] = []
        differences = chain(queries.differences(), self.of_opensearch(differing))
        told = list(islice(differences, TOLD))
        for each in told:
            self.stdout.write(each)
        more = sum(1 for _each in differences)
        if more:
            self.stdout.write(f"and {more:,} more.")
        found = len(told) + more
        if repair and differing:
            refused = flows.repair(differing, by=Actor.system("manage.py search check --repair"))
            self.stdout.write(f"{len(differing) - refused:,} listings were written to OpenSearch anew.")
            found -= len(differing) - refused
        self.stdout.write(f"{found:,} differences. Run: manage.py search rebuild" if found else "The index is right.")
        if found:
            sys.exit(1)

    def of_opensearch(self, differing: list[int]) -> Iterator[str]:
        """What differs there, where there is one."""
        if not opensearch.is_on():
            return
        try:
            for key, words in flows.differences():
                differing.append(key)
                yield f"listing {key}: {words}"
        except opensearch.NoAnswer as fault:
            yield str(fault)

    def rebuild(self, *, queue: bool) -> None:
        job = actions.rebuild(by=Actor.system("manage.py search rebuild"))
        if queue:
            self.stdout.write(f"Job {job.pk} is queued.")
            return
        running.run(job.pk)
        job.refresh_from_db()
        if job.status in ("waiting", "running"):
            self.stdout.write(f"Job {job.pk} is under way in another process.")
            return
        self.stdout.write(f"Job {job.pk}: {job.status}, {job.done_count:,} batches. {job.fault}".rstrip())
        if job.status != "done":
            sys.exit(1)
