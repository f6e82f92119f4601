"""What lanes came to: counted from pytest's reports, told in a table with every failed test by name, as an exit code."""

import os
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
#: Of what failed so many are named at the very end, where whoever reads only the end of a log finds them.
MOST_NAMED = 60


@dataclass
class Outcome:
    """What a lane came to."""

    lane: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    missing: str = ""
    notes: list[str] = field(default_factory=list)


def tally(report: Path, outcome: Outcome) -> bool:
    """Add a pytest report to the outcome; False when there is none or it holds no test."""
    if not report.exists():
        return False
    for one in ET.parse(report).getroot().iter("testsuite"):
        tests, failures, errors, skipped = (int(one.get(key, 0)) for key in ("tests", "failures", "errors", "skipped"))
        outcome.passed += tests - failures - errors - skipped
        outcome.failed += failures + errors
        outcome.skipped += skipped
    for case in ET.parse(report).getroot().iter("testcase"):
        broken = case.find("failure") if case.find("failure") is not None else case.find("error")
        if broken is not None and len(outcome.notes) < MOST_NAMED:
            why = (broken.get("message") or "").strip().splitlines()[:1]
            outcome.notes.append(f"failed: {case.get('classname')}.{case.get('name')}: {''.join(why)[:160]}")
        reason = case.find("skipped")
        if reason is not None:
            outcome.notes.append(f"skipped: {case.get('classname')}.{case.get('name')}: {reason.get('message')}")
    return bool(outcome.passed + outcome.failed + outcome.skipped)


def is_good(outcome: Outcome) -> bool:
    """Whether a lane may count as green: nothing failed, and in CI nothing missing or skipped either."""
    return not outcome.failed and not (IN_CI and (outcome.missing or outcome.skipped))


def verdict(outcome: Outcome) -> str:
    if outcome.missing:
        return f"NOT RUN: {outcome.missing}"
    parts = [f"{outcome.passed} passed"]
    parts += [f"{outcome.failed} failed"] if outcome.failed else []
    parts += [f"{outcome.skipped} SKIPPED"] if outcome.skipped else []
    return ", ".join(parts)


def close(outcomes: Sequence[Outcome]) -> int:
    """Print the table and the closing line; answers the exit code."""
    width = max(len(one.lane) for one in outcomes)
    print(f"\n{'=' * (width + 40)}")
    for one in outcomes:
        print(f"{'  ' if is_good(one) else '! '}{one.lane:<{width}}  {one.seconds:>6.0f} s  {verdict(one)}")
        for note in one.notes:
            print(f"    {note}")
    absent = [one for one in outcomes if one.missing]
    if absent:
        consequence = "; in CI that is a failure" if IN_CI else ""
        print(f"\n!!! {len(absent)} of {len(outcomes)} lanes DID NOT RUN{consequence} !!!")
    passed = sum(one.passed for one in outcomes)
    failed = sum(one.failed for one in outcomes) + sum(1 for one in outcomes if not one.failed and not is_good(one))
    skipped = sum(one.skipped for one in outcomes)
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return int(failed > 0)
