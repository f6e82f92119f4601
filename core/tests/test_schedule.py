"""Scheduled functions run when they are due, once for each due time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

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
