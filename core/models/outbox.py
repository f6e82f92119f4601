"""The transactional outbox: events wait here, written with the change they tell of, until they are relayed."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core.models.bases import Tally
from core.rules import Policy, Rows, granted

PLATFORM = Policy(operations=Rows(view=granted("view_platform")))


class OutboxEvent(Tally):
    """One published event. Relayed at least once to each listener; `relayed_at` is set when all have their delivery."""

    deed = models.UUIDField(null=True)
    name = models.CharField(max_length=80)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    relayed_at = models.DateTimeField(null=True)

    policy = PLATFORM

    class Meta:
        indexes = [
            models.Index(fields=("id",), condition=models.Q(relayed_at=None), name="outbox_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class OutboxDelivery(Tally):
    """One event for one listener: how often it was tried, and whether it is done. Unique, so a repeat is a no-op."""

    event = models.ForeignKey(OutboxEvent, models.CASCADE, related_name="deliveries")
    listener = models.CharField(max_length=160)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(db_index=True)
    fault = models.TextField()

    policy = PLATFORM

    class Meta:
        verbose_name_plural = "outbox deliveries"
        constraints = [models.UniqueConstraint(fields=("event", "listener"), name="one_delivery_per_listener")]

    def __str__(self) -> str:
        return f"{self.listener} of {self.event_id}"
