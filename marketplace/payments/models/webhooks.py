"""What gateways told us: kept as it came, once each, with every try to act on it."""

from django.db import models

from core.models import Fact, Moment, Record
from marketplace.payments import rules, states
from marketplace.payments.models.money import GATEWAY, GATEWAY_ID


class WebhookDelivery(Record):
    """One event of a gateway whose signature was good. It is a hint: what it is about is asked of the gateway."""

    gateway = models.CharField(max_length=GATEWAY, editable=False)
    event_id = models.CharField(max_length=GATEWAY_ID, editable=False)
    kind = models.CharField(max_length=GATEWAY_ID, editable=False)
    gateway_id = models.CharField(max_length=GATEWAY_ID, blank=True, editable=False)
    key = models.CharField(max_length=GATEWAY_ID, blank=True, editable=False)
    about = models.CharField(max_length=10, default="payment", editable=False)
    body = models.TextField(editable=False)
    status = states.DELIVERY.field()
    status_since = Moment(auto_now_add=True, editable=False)
    received_at = Moment(auto_now_add=True, editable=False)

    secret_fields = frozenset({"body"})  # kept once, and not again in history and audit
    policy = rules.WEBHOOK
    moves = states.DELIVERY

    class Meta:
        verbose_name = "webhook"
        constraints = [
            states.DELIVERY.constraint("webhook_status_known"),
            models.UniqueConstraint(fields=("gateway", "event_id"), name="webhook_event_once"),
        ]
        indexes = [
            models.Index(fields=("-received_at", "-id"), name="webhook_newest"),
            models.Index(fields=("status", "received_at"), name="webhook_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class WebhookAttempt(Fact):
    """One try to act on a webhook, and what came of it."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", "Applied"
        WAITING = "waiting", "To be tried again"
        REFUSED = "refused", "Refused"

    delivery = models.ForeignKey(WebhookDelivery, models.PROTECT, related_name="attempts")
    at = models.DateTimeField("when")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    error = models.CharField(max_length=500, blank=True)

    policy = rules.WEBHOOK_ATTEMPT

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.at:%Y-%m-%d %H:%M}"
