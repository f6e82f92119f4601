"""The relay: hands what waits in the outbox to the queue, and runs each listener until it is done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from core import context
from core.events import EVENTS, Event, listener_name, listeners, listeners_of, listeners_of_kind
from core.models import OutboxDelivery, OutboxEvent

log = structlog.get_logger("relay")
RETRIES = (timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
KEPT = timedelta(days=30)
LEASE = timedelta(minutes=5)  # a delivery handed to the queue is offered again after this long without an answer


def relay(limit: int = 200) -> int:
    """Turn waiting outbox events into deliveries, and hand every due delivery to the queue. Returns how many were handed."""
    for event in OutboxEvent.objects.filter(relayed_at=None).order_by("id")[:limit]:
        with transaction.atomic():
            kind = EVENTS.get(event.name)
            functions = _told_of(event) if kind else []
            OutboxDelivery.objects.bulk_create(
                [
                    OutboxDelivery(event=event, listener=listener_name(each), next_try_at=timezone.now())
                    for each in functions
                ],
                ignore_conflicts=True,
            )
            OutboxEvent.objects.filter(pk=event.pk).update(relayed_at=timezone.now())
    due = OutboxDelivery.objects.filter(done_at=None, failed_at=None, next_try_at__lte=timezone.now()).order_by("id")
    handed = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        claimed = OutboxDelivery.objects.filter(pk=pk, done_at=None, next_try_at__lte=timezone.now()).update(
            next_try_at=timezone.now() + LEASE
        )
        if claimed:
            deliver.enqueue(delivery_id=pk)
            handed += 1
    return handed


def _told_of(row: OutboxEvent) -> list[Callable[[Any], None]]:
    """Everyone who is to be told of it. One that another version of Soko wrote otherwise is everybody's of its name: each
    delivery of it fails by itself, is tried again, and is seen; those behind it go on."""
    try:
        return listeners_of(restore(row))
    except TypeError as fault:
        log.error("event_not_restored", event_id=row.pk, name=row.name, why=str(fault))
        return listeners_of_kind(EVENTS[row.name])


def restore(row: OutboxEvent) -> Event:
    """The event that an outbox row holds."""
    kind = EVENTS[row.name]
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in row.payload.items()}
    return kind(**values)


def run_delivery(delivery_id: int) -> None:
    """Run one listener for one event. Done is done; a fault is kept and tried again later, the last one for good."""
    delivery = OutboxDelivery.objects.select_related("event").filter(pk=delivery_id, done_at=None).first()
    if delivery is None:
        return
    token = context.request_id.set(delivery.event.request_id)
    tried = OutboxDelivery.objects.filter(pk=delivery_id)
    try:
        listeners[delivery.listener](restore(delivery.event))
    except Exception as fault:
        attempts = delivery.attempts + 1
        wait = RETRIES[attempts - 1] if attempts <= len(RETRIES) else None
        tried.update(
            attempts=attempts,
            fault=f"{type(fault).__name__}: {fault}"[:2000],
            next_try_at=timezone.now() + (wait or LEASE),
            failed_at=None if wait else timezone.now(),
        )
        if wait is None:
            raise
    else:
        tried.update(attempts=delivery.attempts + 1, done_at=timezone.now(), fault="")
    finally:
        context.request_id.reset(token)


def lag() -> float:
    """Seconds that the oldest waiting event or due delivery has been waiting."""
    now = timezone.now()
    event = OutboxEvent.objects.filter(relayed_at=None).order_by("id").values_list("created_at", flat=True).first()
    due = OutboxDelivery.objects.filter(done_at=None, failed_at=None).order_by("next_try_at")
    delivery = due.values_list("next_try_at", flat=True).first()
    return max([0.0, *((now - each).total_seconds() for each in (event, delivery) if each is not None)])


def prune() -> int:
    """Forget events that are a month old and delivered to everyone."""
    old = OutboxEvent.objects.filter(relayed_at__lt=timezone.now() - KEPT)
    return old.exclude(deliveries__done_at=None, deliveries__isnull=False).delete()[0]


@task
def deliver(delivery_id: int) -> None:
    """The queue's door to run_delivery."""
    run_delivery(delivery_id)
