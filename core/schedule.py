"""Scheduled functions: declared where they live, kept in one table, run by whoever ticks first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from croniter import croniter
from django.db.models import Q
from django.tasks import task
from django.utils import timezone

from core.models import ScheduledJob

log = structlog.get_logger("schedule")
CLOCK = "core.schedule.tick"  # the row that says when the schedule was last looked at; nothing runs by it
#: So long a run keeps others of its function out. After it, whoever ran is taken for dead.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Scheduled:
    """A function with its times and its lease."""

    cron: str
    run: Callable[[], object]
    lease: timedelta


_functions: dict[str, Scheduled] = {}


def scheduled(cron: str, *, lease: timedelta = LEASE) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Run the function by this crontab line (UTC), never over itself. It must be idempotent: a run may be repeated.

    One that takes longer than its lease may be joined by another, as if it had been killed.
    """
    if not croniter.is_valid(cron):
        raise ValueError(f"{cron!r} is no crontab line.")

    def register(function: Callable[[], object]) -> Callable[[], object]:
        _functions[f"{function.__module__}.{function.__qualname__}"] = Scheduled(cron, function, lease)
        return function

    return register


def tick(now: datetime | None = None) -> int:
    """Hand every due function to the queue; each due time is claimed once. Returns how many were handed.

    The due time of one that still runs passes: nothing is to pile up behind it.
    """
    moment = now or timezone.now()
    ScheduledJob.objects.update_or_create(
        name=CLOCK,
        defaults={"cron": "* * * * *", "last_run_at": moment, "next_run_at": moment + timedelta(minutes=1)},
    )
    known = set(ScheduledJob.objects.values_list("name", flat=True))
    ScheduledJob.objects.bulk_create(
        [
            ScheduledJob(name=name, cron=each.cron, next_run_at=croniter(each.cron, moment).get_next(datetime))
            for name, each in _functions.items()
            if name not in known
        ],
        ignore_conflicts=True,
    )
    handed = 0
    for job in ScheduledJob.objects.filter(is_on=True, next_run_at__lte=moment, name__in=_functions):
        following = croniter(job.cron, moment).get_next(datetime)
        due = ScheduledJob.objects.filter(pk=job.pk, next_run_at=job.next_run_at)
        if due.update(next_run_at=following) and (job.leased_until is None or job.leased_until <= moment):
            run_scheduled.enqueue(name=job.name)
            handed += 1
    return handed


@task
def run_scheduled(name: str) -> None:
    """The queue's door to one scheduled function; keeps how it went. Does nothing while another run of it is alive."""
    row, now = ScheduledJob.objects.filter(name=name), timezone.now()
    until = now + _functions[name].lease
    if not row.filter(Q(leased_until=None) | Q(leased_until__lte=now)).update(leased_until=until):
        log.info("scheduled_still_running", name=name)
        return
    fault = ""
    try:
        _functions[name].run()
    except Exception as raised:
        log.exception("scheduled_failed", name=name)
        fault = f"{type(raised).__name__}: {raised}"[:2000]
        raise
    finally:
        row.filter(leased_until=until).update(leased_until=None)  # unless it took too long and another has it now
        row.update(last_run_at=timezone.now(), last_fault=fault)
