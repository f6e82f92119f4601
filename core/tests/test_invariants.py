"""The audit finds what is planted, says it, and ends with a status that a pipeline can act on."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from core import invariants
from core.invariants import ERROR, WARNING, Finding, Invariant, registry, run, running
from core.models import OutboxDelivery, OutboxEvent, ScheduledJob

pytestmark = pytest.mark.django_db


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Invariant]:
    """A register of its own."""
    known: dict[str, Invariant] = {}
    monkeypatch.setattr(registry, "_declared", known)
    monkeypatch.setattr(running, "all_invariants", lambda: [known[name] for name in sorted(known)])
    return known


def audit(*words: str) -> tuple[int, str]:
    """The command's exit status and what it said."""
    said = StringIO()
    try:
        call_command("audit", *words, stdout=said)
    except SystemExit as end:
        return int(end.code or 0), said.getvalue()
    return 0, said.getvalue()


def test_an_empty_market_breaks_nothing() -> None:
    status, said = audit("--json", "--fail-on", "warning")
    document = json.loads(said)
    assert (status, document["broken"]) == (0, 0)
    names = {each["name"] for each in document["findings"]}
    assert {
        "I-M1",
        "I-M2",
        "I-M3",
        "I-M4",
        "I-S1",
        "I-S2",
        "I-U1",
        "I-U2",
        "I-U3",
        "I-R3",
        "I-T1",
        "I-T2",
        "I-H1",
    } <= names
    assert all(each["sentence"].endswith(".") for each in document["findings"])


def test_what_breaks_is_counted_sampled_and_fails(planted: dict[str, Invariant]) -> None:
    @invariants.invariant("X-1", owner="test")
    def broken() -> list[int]:
        """Nothing is above zero."""
        return list(range(1, 26))

    @invariants.invariant("X-2", severity=WARNING, owner="test")
    def odd() -> list[int]:
        """Nothing is odd."""
        return []

    first, second = run()
    assert (first.violations, list(first.sample), first.holds, first.fails) == (25, list(range(1, 11)), False, True)
    assert (second.violations, second.holds) == (0, True)
    status, said = audit()
    assert status == 1
    assert "BROKEN  X-1     Nothing is above zero. [error, test] 25 break it: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10" in said
    assert "2 invariants, 1 broken." in said
    assert audit("--fail-on", "never")[0] == 0
    assert audit("--only", "X-2")[0] == 0


def test_a_warning_fails_only_where_warnings_are_to_fail(planted: dict[str, Invariant]) -> None:
    @invariants.invariant("X-1", severity=WARNING, owner="test")
    def odd() -> list[int]:
        """Nothing is odd."""
        return [1]

    assert audit()[0] == 0
    assert audit("--fail-on", "warning")[0] == 1


def test_a_query_that_fails_does_not_hold_and_the_others_are_still_judged(planted: dict[str, Invariant]) -> None:
    @invariants.invariant("X-1", owner="test")
    def impossible() -> Iterator[int]:
        """This table is there."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM no_such_table")
            yield from ()

    @invariants.invariant("X-2", owner="test")
    def fine() -> list[int]:
        """All is well."""
        return []

    first, second = run()
    assert (first.violations, first.holds, first.fails) == (0, False, True)
    assert "no_such_table" in first.fault
    assert second.holds


def test_every_finding_is_told_to_whoever_keeps_the_metrics(
    planted: dict[str, Invariant], monkeypatch: pytest.MonkeyPatch
) -> None:
    @invariants.invariant("X-1", owner="test")
    def broken() -> list[int]:
        """Nothing is there."""
        return [7]

    told: list[Finding] = []
    monkeypatch.setattr(running, "_told", [])
    invariants.on_finding(told.append)
    run()
    assert [(each.invariant.name, each.invariant.severity, each.violations) for each in told] == [("X-1", ERROR, 1)]


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(CommandError, match="There is no invariant X-9"):
        audit("--only", "X-9")


def test_two_of_one_name_and_one_that_says_nothing_are_refused(planted: dict[str, Invariant]) -> None:
    @invariants.invariant("X-1", owner="test")
    def first() -> list[int]:
        """One."""
        return []

    def second() -> list[int]:
        """Two."""
        return []

    def silent() -> list[int]:
        return []

    with pytest.raises(RuntimeError, match="declared twice"):
        invariants.invariant("X-1")(second)
    with pytest.raises(RuntimeError, match="says nothing"):
        invariants.invariant("X-2")(silent)


@pytest.mark.django_db(transaction=True)
def test_the_snapshot_cannot_be_written() -> None:
    with pytest.raises(DatabaseError), running.snapshot():
        OutboxEvent.objects.create(name="x", payload={}, request_id="")
    assert OutboxEvent.objects.count() == 0
    OutboxEvent.objects.create(name="x", payload={}, request_id="")
    assert OutboxEvent.objects.count() == 1


def found(name: str) -> list:
    return list(run([name])[0].sample)


def test_an_event_that_waits_too_long_is_found() -> None:
    event = OutboxEvent.objects.create(name="x", payload={}, request_id="")
    assert found("I-T1") == []
    OutboxEvent.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    assert found("I-T1") == [event.pk]
    OutboxEvent.objects.update(relayed_at=timezone.now())
    assert found("I-T1") == []


def test_a_delivery_that_is_overdue_or_given_up_is_found() -> None:
    event = OutboxEvent.objects.create(name="x", payload={}, request_id="", relayed_at=timezone.now())
    long_ago = timezone.now() - timedelta(minutes=6)
    late = OutboxDelivery.objects.create(event=event, listener="a", next_try_at=long_ago)
    lost = OutboxDelivery.objects.create(event=event, listener="b", next_try_at=long_ago, failed_at=long_ago)
    OutboxDelivery.objects.create(event=event, listener="c", next_try_at=long_ago, done_at=long_ago)
    OutboxDelivery.objects.create(event=event, listener="d", next_try_at=timezone.now())
    assert found("I-T1b") == [late.pk]
    assert found("I-T1c") == [lost.pk]


def test_a_schedule_that_was_missed_or_failed_is_found() -> None:
    now = timezone.now()
    for name, minutes, fault in (("late", -11, ""), ("just due", -1, ""), ("failed", 3, "OSError: gone")):
        moment = now + timedelta(minutes=minutes)
        ScheduledJob.objects.create(name=name, cron="*/5 * * * *", next_run_at=moment, last_fault=fault)
    ScheduledJob.objects.create(name="off", cron="* * * * *", next_run_at=now - timedelta(days=1), is_on=False)
    assert found("I-T2") == ["late"]
    assert found("I-T2b") == ["failed"]
