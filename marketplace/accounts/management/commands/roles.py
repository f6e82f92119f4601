"""manage.py roles: give the standard roles of an older market the grants that have come since."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.rules import Actor
from marketplace.accounts.completing import complete_roles
from marketplace.accounts.roles import ROLES


class Command(BaseCommand):
    help = "Complete the standard roles that nobody has edited; name an edited one to complete it as well."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("also", nargs="*", metavar="role", help="edited standard roles to complete all the same")
        parser.add_argument("--look", action="store_true", help="say what lacks, and change nothing")

    def handle(self, *_args: Any, also: list[str], look: bool, **_options: Any) -> None:
        unknown = sorted(set(also) - set(ROLES))
        if unknown:
            raise CommandError(f"There is no standard role called {', '.join(unknown)}.")
        found = complete_roles(by=Actor.system("command line"), also=also, dry=look)
        for each in found:
            lacks = ", ".join(each.lacks)
            if each.is_done:
                self.stdout.write(f"{each.name}: was given {lacks}")
            elif each.is_edited:
                self.stdout.write(
                    f"{each.name}: lacks {lacks}, and people have edited it; `manage.py roles {each.name}` gives them"
                )
            else:
                self.stdout.write(f"{each.name}: lacks {lacks}")
        if not found:
            self.stdout.write("Every standard role has what the role table gives.")
