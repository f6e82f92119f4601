"""`manage.py duplicates`: compare all listings with those like them, as a job that can be stopped and resumed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.jobs import running
from core.rules import Actor
from marketplace.duplicates import actions
from marketplace.duplicates.models import Duplicate


class Command(BaseCommand):
    help = "Look for possible duplicates among all listings: once, where there were listings before Soko compared them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--queue", action="store_true", help="Leave it to the worker.")

    def handle(self, *args: Any, **options: Any) -> None:
        job = actions.compare_all(by=Actor.system("manage.py duplicates"))
        if options["queue"]:
            self.stdout.write(f"Job {job.pk} waits for the worker.")
            return
        running.run(job.pk)
        job.refresh_from_db()
        count = Duplicate.objects.filter(status="open").count()
        self.stdout.write(f"{job.done_count:,} listings compared; {count:,} pairs wait to be judged.")
