"""manage.py doctor: names what is missing or wrong in this installation, and what to do about it."""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core import doctor


class Command(BaseCommand):
    help = "Examine settings, database, cache, queue, schedule, storage, mail and clocks. Exits with 1 when something is wrong."
    requires_system_checks = ()  # they are the first thing it examines

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs: {is_well, findings}")

    def handle(self, *_args: Any, **options: Any) -> None:
        findings = doctor.examine()
        is_well = all(each.is_well for each in findings)
        if options["json"]:
            told = {"is_well": is_well, "findings": [dataclasses.asdict(each) for each in findings]}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            for each in findings:
                self._say(each)
            ill = sum(not each.is_well for each in findings)
            self.stdout.write(
                "\nAll is well." if is_well else f"\n{ill} {'thing is' if ill == 1 else 'things are'} wrong."
            )
        if not is_well:
            raise SystemExit(1)

    def _say(self, finding: doctor.Finding) -> None:
        mark = self.style.SUCCESS("ok ") if finding.is_well else self.style.ERROR("BAD")
        self.stdout.write(f"{mark}  {finding.name:<10}  {finding.sentence}")
        if finding.remedy:
            self.stdout.write(f"{'':<17}{finding.remedy}")
