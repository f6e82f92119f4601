"""Payments that a payer disputes at their bank: what the gateway says of each, and what we answered."""

from django.db import models
from django.db.models import Q

from core import references
from core.models import Moment, Record
from core.money import Money, MoneyField
from marketplace.payments import rules, states
from marketplace.payments.models.money import GATEWAY, GATEWAY_ID, Payment


class Chargeback(Record):
    """A payer asked their bank for money of a payment back. The bank decides; until then the gateway keeps the money.

    `evidence` is what we say for ourselves, `key` what it is sent under, `trouble` why the gateway does not have it; `due_at` is
    until when the gateway takes it. Its amount is what is disputed, in the currency in which it came; it may be more than came,
    `beyond` it. `borne_minor` is what of a lost one no case of a vendor has: the market's own loss. None until orders have said so.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="chargebacks", editable=False)
    gateway = models.CharField(max_length=GATEWAY, editable=False)
    gateway_id = models.CharField(max_length=GATEWAY_ID, editable=False)
    amount = MoneyField(least=1)
    reason = models.CharField(max_length=100, blank=True, editable=False)
    status = states.CHARGEBACK.field()
    status_since = Moment(auto_now_add=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    opened_at = Moment(auto_now_add=True, editable=False)
    evidence = models.TextField(max_length=20_000, blank=True, editable=False)
    key = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    sent_at = models.DateTimeField("evidence sent", null=True, editable=False)
    trouble = models.CharField(
        max_length=300, blank=True, editable=False, help_text="Why the gateway does not have what we say."
    )
    borne_minor = models.BigIntegerField("borne by the market", null=True, editable=False)

    policy = rules.CHARGEBACK
    moves = states.CHARGEBACK

    class Meta:
        constraints = [
            states.CHARGEBACK.constraint("chargeback_status_known"),
            models.UniqueConstraint(fields=("gateway", "gateway_id"), name="chargeback_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=1), name="chargeback_of_something"),
            models.CheckConstraint(
                condition=Q(borne_minor=None)
                | Q(status="lost", borne_minor__gte=0, borne_minor__lte=models.F("amount_minor")),
                name="chargeback_borne_within",
            ),
        ]
        indexes = [
            models.Index(fields=("-opened_at", "-id"), name="chargeback_newest"),
            models.Index(fields=("status", "due_at"), name="chargeback_by_status"),
        ]

    @property
    def borne(self) -> Money | None:
        """What of it the market bears; None until that is known."""
        return None if self.borne_minor is None else Money(self.borne_minor, self.amount.currency)

    @property
    def beyond(self) -> Money | None:
        """What of it is more than ever came: no vendor's to lose. None where it is not."""
        beyond = self.amount.amount - self.payment.captured_minor
        return Money(beyond, self.amount.currency) if beyond > 0 else None

    def __str__(self) -> str:
        return self.gateway_id
