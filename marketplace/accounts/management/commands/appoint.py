"""manage.py appoint: let somebody who has registered hold a role, such as the first super admin."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from core.rules import Actor
from marketplace.accounts import actions
from marketplace.accounts.queries import user_known_as
from marketplace.accounts.roles import SUPER_ADMIN


class Command(BaseCommand):
    help = "Give a role to an account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login", help="e-mail address or phone number")
        parser.add_argument("role", nargs="?", default=SUPER_ADMIN)

    def handle(self, *_args: Any, login: str, role: str, **_options: Any) -> None:
        user = user_known_as(login)
        if user is None:
            raise CommandError("Nobody has registered with that.")
        try:
            actions.give_role(user, by=Actor.system("command line"), role=role)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"{user} is now {role.replace('_', ' ')}.")
