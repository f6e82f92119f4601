"""Running the invariants: in one read-only snapshot, so that all of them judge the same moment."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from core.invariants.registry import ERROR, Invariant, all_invariants

SAMPLE = 10
STATEMENT_SECONDS = 60

log = structlog.get_logger("audit")


@dataclass(frozen=True)
class Finding:
    """What became of one invariant: how many rows break it, ten of them at most, and how long the query took.

    `fault` is set when the query itself failed: what could not be judged does not hold.
    """

    invariant: Invariant
    violations: int
    sample: Sequence[Any] = ()
    seconds: float = 0.0
    fault: str = ""

    @property
    def holds(self) -> bool:
        return self.violations == 0 and not self.fault

    @property
    def fails(self) -> bool:
        """Broken, and of severity error."""
        return not self.holds and self.invariant.severity == ERROR

    def document(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.invariant.name, "sentence": self.invariant.sentence, "severity": self.invariant.severity,
            "owner": self.invariant.owner, "holds": self.holds, "violations": self.violations,
            "sample": [each if isinstance(each, int) else str(each) for each in self.sample],
            "seconds": self.seconds, "fault": self.fault,
        }  # fmt: skip


_told: list[Callable[[Finding], None]] = []


def on_finding(tell: Callable[[Finding], None]) -> Callable[[Finding], None]:
    """Call this with each finding, broken or not: the door for metrics (`marketplace_invariant_violations{name}`)."""
    _told.append(tell)
    return tell


def run(only: Sequence[str] = ()) -> list[Finding]:
    """Judge every invariant (or those named) in one snapshot. KeyError for a name that there is not."""
    known = {each.name: each for each in all_invariants()}
    chosen = [known[name] for name in only] or list(known.values())
    with snapshot():
        findings = [_judge(each) for each in chosen]
    for finding in findings:
        if not finding.holds:
            name, fault = finding.invariant.name, finding.fault
            log.warning("invariant_broken", name=name, violations=finding.violations, fault=fault)
        for tell in _told:
            tell(finding)
    return findings


def _judge(each: Invariant) -> Finding:
    began = time.perf_counter()
    try:
        with _savepoint():
            violations, sample = _counted(each.query())
        fault = ""
    except (DatabaseError, OSError) as broken:
        violations, sample, fault = 0, [], f"{type(broken).__name__}: {broken}"[:300]
    return Finding(each, violations, tuple(sample), time.perf_counter() - began, fault)


def _counted(found: Any) -> tuple[int, list[Any]]:
    if isinstance(found, QuerySet):
        sample = list(found[:SAMPLE])
        return (len(sample) if len(sample) < SAMPLE else found.count()), sample
    rest = iter(found)
    sample = list(islice(rest, SAMPLE))
    return len(sample) + sum(1 for _each in rest), sample


@contextmanager
def snapshot() -> Iterator[None]:
    """One read-only view of the database for the block: nothing written meanwhile is seen, and nothing can be written.

    Inside of a transaction (a test) that transaction's view is used as it is.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
            # Deferred: a reader of the log, so that a long audit keeps no writer waiting.
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
                cursor.execute("PRAGMA query_only = OFF")


@contextmanager
def _savepoint() -> Iterator[None]:
    """On PostgreSQL a failed query would end the snapshot for those after it."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            yield
    else:
        yield
