"""`manage.py grow_market N`: a market of any size to measure against, written in bulk. Seeded."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.catalog.models import Listing
from marketplace.demo.growing import grow


class Command(BaseCommand):
    """A database has as many listings as asked for afterwards; run again with a larger number it grows on."""

    help = (
        "Let a database have N listings, to measure against: 100,000 take a minute. Refused outside the demo profile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("count", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("A market is only grown with SOKO_DEMO=1.")
        there = Listing.objects.count()
        if there and not Listing.objects.filter(reference="ref-1").exists():
            raise CommandError("This market has listings that were not grown.")
        if there < options["count"]:
            grow(options["count"] - there)
        self.stdout.write(f"{Listing.objects.count():,} listings.")
