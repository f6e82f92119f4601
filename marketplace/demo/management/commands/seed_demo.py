"""`manage.py seed_demo`: fill an empty database with the demo market, and print who may sign in."""

from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.catalog.models import Category
from marketplace.demo import market, people
from marketplace.payments.companions import gateway_books


class Command(BaseCommand):
    help = "Fill an empty database with the demo market. Only where SOKO_DEMO says so; never on top of a market."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-sign-ins", dest="sign_ins", action="store_false", help="Do not print who may sign in."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO and settings.EMBEDDED):
            raise CommandError(
                "The demo market has sign-ins that everybody knows: set SOKO_DEMO=1, in the embedded profile only."
            )
        if User.objects.exists() or Category.objects.exists():
            raise CommandError(
                "There is a market here already. Take an empty database: the demo is never put on top of one."
            )
        started = monotonic()
        made = market.seed(
            now=timezone.now(), password=settings.DEMO_PASSWORD, books=gateway_books(), say=self.stdout.write
        )
        self.stdout.write(
            f"{made.listings} listings of {made.vendors} vendors, {made.people} people, {made.pictures} pictures, "
            f"{made.contacts} contacts, {made.orders} orders in {monotonic() - started:.0f} s."
        )
        if options["sign_ins"]:
            self.stdout.write("Sign in as " + ", ".join(f"{role}@soko.example" for role in people.CAST))
            self.stdout.write(f"Password: {settings.DEMO_PASSWORD}")
