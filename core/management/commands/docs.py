"""`manage.py docs`: regenerates docs/generated from the code's own tables; `--check` fails where a page has drifted."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.generated import pages

PLACE = Path(__file__).resolve().parents[3] / "docs" / "generated"


class Command(BaseCommand):
    help = "Write docs/generated, or with --check fail when a committed page differs from the code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")

    def handle(self, *args: Any, **options: Any) -> None:
        PLACE.mkdir(parents=True, exist_ok=True)
        drifted = []
        for name, text in pages().items():
            place = PLACE / name
            if options["check"]:
                if not place.exists() or place.read_text() != text:
                    drifted.append(name)
            else:
                place.write_text(text)
                self.stdout.write(f"docs/generated/{name}")
        if drifted:
            raise CommandError(f"These pages differ from the code: {', '.join(drifted)}. Run `make docs`.")
