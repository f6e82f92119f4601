"""`manage.py grow_market N`: a market of any size to measure against, made by the engine's own bulk path. Seeded."""

from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.actions import CHUNK
from core.errors import DomainError
from core.money import Money
from core.resources import documents, operations
from core.resources.registry import resource_of
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.catalog.actions import listings as verbs
from marketplace.catalog.models import Category, Listing
from marketplace.vendors.models import Vendor

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven", "inlet", "jade", "kite", "lark")
VENDORS, CATEGORIES = 50, 40
SEED = 20261121


class Command(BaseCommand):
    help = "Fill an empty database with N approved listings, to measure against. Refused outside the demo profile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("count", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("A market is only grown with SOKO_DEMO=1.")
        if Listing.objects.exists():
            raise CommandError("This market has listings already.")
        chance, by = Random(SEED), Actor.system("grow the market")
        with writing_as_system("grow the market"):
            vendors = [self._vendor(number) for number in range(VENDORS)]
            categories = [self._category(number) for number in range(CATEGORIES)]
        documents.bump()
        resource = resource_of(Listing)
        assert resource is not None
        for start in range(0, options["count"], CHUNK):
            rows = [
                {
                    "vendor": chance.choice(vendors).pk,
                    "category": chance.choice(categories).pk,
                    "title": f"{chance.choice(WORDS)} {chance.choice(WORDS)} {number}",
                    "description": " ".join(chance.choices(WORDS, k=40)),
                    "price": Money(chance.randrange(1_000, 10_000_000), "KES"),
                    "modes": ["contact"],
                }
                for number in range(start, min(start + CHUNK, options["count"]))
            ]
            made = operations.create_many(resource, rows, by=by)
            refused = [each for each in made if isinstance(each, DomainError)]
            if refused:
                raise CommandError(str(refused[0].errors or refused[0]))
            keys = [each.pk for each in made if not isinstance(each, DomainError)]
            verbs.submit.many(keys, by=by)
            verbs.approve.many(keys, by=by)
        self.stdout.write(f"{Listing.objects.filter(status='approved').count():,} approved listings.")

    def _vendor(self, number: int) -> Vendor:
        vendor = Vendor(
            name=f"Vendor {number}", slug=f"vendor-{number}", status="verified", phone="+254712345678", city="Nairobi"
        )
        vendor.save(force_insert=True)
        return vendor

    def _category(self, number: int) -> Category:
        category = Category(name=f"Category {number}", slug=f"category-{number}", position=number)
        category.save(force_insert=True)
        return category
