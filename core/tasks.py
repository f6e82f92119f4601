"""Scheduled work of the platform itself."""

from datetime import timedelta

from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core import idempotency, invariants, relay
from core.schedule import scheduled


@scheduled("17 3 * * *")
def forget_idempotency_keys() -> None:
    """Prune keys older than seven days."""
    idempotency.prune()


@scheduled("23 3 * * *")
def forget_relayed_events() -> None:
    """Prune outbox rows whose every delivery is done and a month old."""
    relay.prune()


@scheduled("29 3 * * *")
def forget_finished_tasks() -> None:
    """Prune what became of queued tasks, a week later; deliveries, jobs and schedules keep their own word on it."""
    ended = (TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED)
    DBTaskResult.objects.filter(status__in=ended, finished_at__lt=timezone.now() - timedelta(days=7)).delete()


@scheduled("*/15 * * * *")
def judge_invariants() -> None:
    """Judge what must always hold; what is broken is logged, and told to whoever keeps the metrics."""
    invariants.run()
