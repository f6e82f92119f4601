"""The platform's own tables and the three kinds of model."""

from core.models.audit import Audit
from core.models.bases import Fact, FactQuerySet, Moment, Record, Tally
from core.models.outbox import OutboxDelivery, OutboxEvent
from core.models.plumbing import IdempotencyKey, ScheduledJob
from core.models.stamps import DocumentStamp

__all__ = [
    "Audit",
    "DocumentStamp",
    "Fact",
    "FactQuerySet",
    "IdempotencyKey",
    "Moment",
    "OutboxDelivery",
    "OutboxEvent",
    "Record",
    "ScheduledJob",
    "Tally",
]
