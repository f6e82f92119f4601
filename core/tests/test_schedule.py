"""Scheduled functions run when they are due, once for each due time."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import schedule
from core.models import ScheduledJob

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def bell(settings: object) -> Iterator[list[str]]:
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}  # type: ignore[attr-defined]
    rung: list[str] = []
    kept = dict(schedule._functions)
    schedule._functions.clear()

    @schedule.scheduled("*/5 * * * *")
    def ring() -> None:
        rung.append("ding")

    yield rung
    schedule._functions.clear()
    schedule._functions.update(kept)


def scheduled(function: Callable[[], None], **said: Any) -> str:
    """Have it run every five minutes, by a name that is short enough for the table. Gives the name."""
    function.__qualname__ = function.__name__
    schedule.scheduled("*/5 * * * *", **said)(function)
    return f"{function.__module__}.{function.__name__}"


def test_it_runs_when_due_and_once_however_many_tick(bell: list[str]) -> None:
    assert schedule.tick(NOON) == 0
    later = NOON + timedelta(minutes=5)
    assert [schedule.tick(later), schedule.tick(later)] == [1, 0]
    assert bell == ["ding"]
    row = ScheduledJob.objects.exclude(name=schedule.CLOCK).get()
    assert row.last_run_at is not None
    assert row.next_run_at == datetime(2026, 11, 21, 12, 10, tzinfo=UTC)


def test_each_look_at_the_schedule_leaves_its_moment(bell: list[str]) -> None:
    for moment in (NOON, NOON + timedelta(seconds=15)):
        schedule.tick(moment)
        clock = ScheduledJob.objects.get(name=schedule.CLOCK)
        assert (clock.last_run_at, clock.next_run_at) == (moment, moment + timedelta(minutes=1))


def test_one_that_is_switched_off_does_not_run(bell: list[str]) -> None:
    schedule.tick(NOON)
    ScheduledJob.objects.update(is_on=False)
    assert schedule.tick(NOON + timedelta(hours=1)) == 0
    assert bell == []


def test_what_is_no_crontab_line_is_refused() -> None:
    with pytest.raises(ValueError, match="no crontab line"):
        schedule.scheduled("every day")


def test_one_that_still_runs_is_not_started_again_and_nothing_piles_up(
    bell: list[str],
) -> None:
    """The function itself looks at the schedule while it runs, as another process would."""
    inside: list[object] = []

    def slow() -> None:
        moment = timezone.now()
        ScheduledJob.objects.filter(name=name).update(next_run_at=moment)
        inside.append(schedule.tick(moment))
        schedule.run_scheduled.call(name=name)
        inside.append(ScheduledJob.objects.get(name=name).next_run_at > moment)

    name = scheduled(slow)
    schedule.tick()
    schedule.run_scheduled.call(name=name)
    assert inside == [0, True]
    assert ScheduledJob.objects.get(name=name).leased_until is None
    schedule.run_scheduled.call(name=name)
    assert len(inside) == 4


def test_whoever_was_killed_keeps_others_out_until_its_lease_ends(bell: list[str]) -> None:
    schedule.tick(NOON)
    (name,) = schedule._functions
    row = ScheduledJob.objects.filter(name=name)
    row.update(leased_until=timezone.now() + timedelta(seconds=30))
    schedule.run_scheduled.call(name=name)
    assert bell == []
    row.update(leased_until=timezone.now() - timedelta(seconds=1))
    schedule.run_scheduled.call(name=name)
    assert (bell, row.get().leased_until) == (["ding"], None)


def test_a_run_that_took_longer_than_its_lease_leaves_the_next_ones_alone(bell: list[str]) -> None:
    theirs = timezone.now() + timedelta(minutes=9)

    def endless() -> None:
        row.update(leased_until=theirs)

    name = scheduled(endless, lease=timedelta(0))
    row = ScheduledJob.objects.filter(name=name)
    schedule.tick(NOON)
    schedule.run_scheduled.call(name=name)
    assert row.get().leased_until == theirs


def test_one_that_fails_lets_the_next_run_begin(bell: list[str]) -> None:
    def broken() -> None:
        raise RuntimeError("Out of paper.")

    name = scheduled(broken)
    schedule.tick(NOON)
    with pytest.raises(RuntimeError):
        schedule.run_scheduled.call(name=name)
    row = ScheduledJob.objects.get(name=name)
    assert (row.last_fault, row.leased_until) == ("RuntimeError: Out of paper.", None)
