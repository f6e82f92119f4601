"""`manage.py openapi`: writes the three contracts; `--check` fails where a committed one has drifted."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.instances import instances

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"


class Command(BaseCommand):
    help = "Write api/contracts/*.json, or with --check fail when a committed contract differs from the code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")

    def handle(self, *args: Any, **options: Any) -> None:
        drifted = []
        for audience, api in instances().items():
            made = json.dumps(api.get_openapi_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
            place = CONTRACTS / f"{audience.word}.json"
            if options["check"]:
                if not place.exists() or place.read_text() != made:
                    drifted.append(place.name)
            else:
                place.write_text(made)
                self.stdout.write(f"{place.name}: {len(made):,} bytes")
        if drifted:
            raise CommandError(
                f"These contracts differ from the code: {', '.join(drifted)}. Run `make contract` and review the change."
            )
