"""What always holds on the platform itself: outbox, deliveries, history and audit."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from croniter import croniter
from django.apps import apps
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from core.invariants.registry import WARNING, invariant
from core.models import OutboxDelivery, OutboxEvent, Record, ScheduledJob

PROMPT = timedelta(minutes=5)


def record_models() -> list[type[Record]]:
    """Every concrete Record of the installed apps."""
    return [model for model in apps.get_models() if issubclass(model, Record)]


@invariant("I-T1", owner="platform")
def unsent_events() -> QuerySet:
    """No event waits in the outbox for more than five minutes."""
    late = timezone.now() - PROMPT
    return OutboxEvent.objects.filter(relayed_at=None, created_at__lt=late).order_by("pk").values_list("pk", flat=True)


@invariant("I-T1b", owner="platform")
def overdue_deliveries() -> QuerySet:
    """No delivery of an event is overdue by more than five minutes."""
    late = timezone.now() - PROMPT
    waiting = OutboxDelivery.objects.filter(done_at=None, failed_at=None, next_try_at__lt=late)
    return waiting.order_by("pk").values_list("pk", flat=True)


@invariant("I-T1c", owner="platform", severity=WARNING)
def given_up_deliveries() -> QuerySet:
    """No listener has given up on an event."""
    failed = OutboxDelivery.objects.filter(done_at=None).exclude(failed_at=None)
    return failed.order_by("pk").values_list("pk", flat=True)


@invariant("I-H1", owner="platform")
def rows_without_their_history() -> Iterator[str]:
    """The newest history row of every record has the record's version; what the machine makes has one once somebody changes it."""
    for model in record_models():
        told = model.history.model._default_manager.filter(**{model._meta.pk.attname: OuterRef("pk")})
        rows = model._default_manager.annotate(_told=Subquery(told.order_by("-history_id").values("version")[:1]))
        untold = Q(_told=None, version__gt=1) if model.made_by_machine else Q(_told=None)
        other = Q(_told__isnull=False) & ~Q(_told=F("version"))
        broken = rows.filter(untold | other).order_by("pk").values_list("pk", flat=True)
        yield from (f"{model._meta.label_lower}:{pk}" for pk in broken)


@invariant("I-H2", owner="platform")
def unsigned_history() -> Iterator[str]:
    """Every history row names the deed that made it."""
    for model in record_models():
        rows = model.history.model._default_manager.filter(deed=None).order_by("history_id")
        yield from (f"{model._meta.label_lower}:{pk}" for pk in rows.values_list("history_id", flat=True))


@invariant("I-T2", owner="platform")
def late_schedules() -> Iterator[str]:
    """Everything scheduled was handed out no later than one period after its time."""
    now = timezone.now()
    for job in ScheduledJob.objects.filter(is_on=True, next_run_at__lt=now).order_by("name"):
        times = croniter(job.cron, job.next_run_at)
        first = times.get_next(datetime)
        if job.next_run_at + (times.get_next(datetime) - first) < now:
            yield job.name


@invariant("I-T2b", owner="platform", severity=WARNING)
def failed_schedules() -> QuerySet:
    """The last run of everything scheduled went well."""
    return (
        ScheduledJob.objects.filter(is_on=True).exclude(last_fault="").order_by("name").values_list("name", flat=True)
    )
