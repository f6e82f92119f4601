"""Scheduled functions: declared where they live, kept in one table, run by whoever ticks first."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from croniter import croniter
from django.tasks import task
from django.utils import timezone

from core.models import ScheduledJob

log = structlog.get_logger("schedule")
CLOCK = "core.schedule.tick"  # the row that says when the schedule was last looked at; nothing runs by it
_functions: dict[str, tuple[str, Callable[[], object]]] = {}


def scheduled(cron: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Run the function by this crontab line (UTC). It must be idempotent: a run may be repeated."""
    if not croniter.is_valid(cron):
        raise ValueError(f"{cron!r} is no crontab line.")

    def register(function: Callable[[], object]) -> Callable[[], object]:
        _functions[f"{function.__module__}.{function.__qualname__}"] = (cron, function)
        return function

    return register


def tick(now: datetime | None = None) -> int:
    """Hand every due function to the queue; each due time is claimed once. Returns how many were handed."""
    moment = now or timezone.now()
    ScheduledJob.objects.update_or_create(
        name=CLOCK,
        defaults={"cron": "* * * * *", "last_run_at": moment, "next_run_at": moment + timedelta(minutes=1)},
    )
    known = set(ScheduledJob.objects.values_list("name", flat=True))
    ScheduledJob.objects.bulk_create(
        [
            ScheduledJob(name=name, cron=cron, next_run_at=croniter(cron, moment).get_next(datetime))
            for name, (cron, _function) in _functions.items()
            if name not in known
        ],
        ignore_conflicts=True,
    )
    handed = 0
    for job in ScheduledJob.objects.filter(is_on=True, next_run_at__lte=moment, name__in=_functions):
        following = croniter(job.cron, moment).get_next(datetime)
        if ScheduledJob.objects.filter(pk=job.pk, next_run_at=job.next_run_at).update(next_run_at=following):
            run_scheduled.enqueue(name=job.name)
            handed += 1
    return handed


@task
def run_scheduled(name: str) -> None:
    """The queue's door to one scheduled function; keeps how it went."""
    row = ScheduledJob.objects.filter(name=name)
    try:
        _functions[name][1]()
    except Exception as fault:
        log.exception("scheduled_failed", name=name)
        row.update(last_run_at=timezone.now(), last_fault=f"{type(fault).__name__}: {fault}"[:2000])
        raise
    row.update(last_run_at=timezone.now(), last_fault="")
