"""`manage.py audit`: judge every invariant in one snapshot and say what breaks which."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.invariants import Finding, run
from core.invariants.registry import ERROR, WARNING

NEVER = "never"


class Command(BaseCommand):
    """Exit status 1 when something of the named severity is broken."""

    help = "Judge the invariants: what must always hold of the data."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Answer one JSON document.")
        parser.add_argument("--fail-on", choices=(ERROR, WARNING, NEVER), default=ERROR, help="What ends with 1.")
        parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="Judge only these, such as I-S2.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            findings = run(options["only"])
        except KeyError as unknown:
            raise CommandError(f"There is no invariant {unknown.args[0]}.") from None
        broken = [each for each in findings if not each.holds]
        if options["json"]:
            self.stdout.write(json.dumps(self.document(findings), indent=2))
        else:
            for each in findings:
                self.stdout.write(line(each))
            self.stdout.write(f"{len(findings)} invariants, {len(broken)} broken.")
        limit = options["fail_on"]
        if limit != NEVER and any(each.fails or limit == WARNING for each in broken):
            sys.exit(1)

    def document(self, findings: list[Finding]) -> dict[str, Any]:
        return {
            "at": timezone.now().isoformat(),
            "invariants": len(findings),
            "broken": sum(not each.holds for each in findings),
            "findings": [each.document() for each in findings],
        }


def line(each: Finding) -> str:
    """One finding for people."""
    said = each.invariant
    if each.holds:
        return f"holds   {said.name:7} {said.sentence} ({each.seconds * 1000:.0f} ms)"
    what = each.fault or f"{each.violations} break it: {', '.join(map(str, each.sample))}"
    return f"BROKEN  {said.name:7} {said.sentence} [{said.severity}, {said.owner}] {what}"
