"""Where a gateway's statement and our books say different things: a work list for finance."""

from django.db import models

from core.models import Moment, Record
from core.money import MoneyField
from marketplace.payments import rules, states
from marketplace.payments.models.money import GATEWAY, GATEWAY_ID, MoneyMove, Payment


class StatementDifference(Record):
    """One movement of money that the gateway and we do not tell alike. It ends when both do, or when a person explains it.

    `amount` is the gateway's, or ours where it says nothing; `moved_at` likewise.
    """

    class Fault(models.TextChoices):
        MISSING = "missing", "Missing here"
        EXTRA = "extra", "Unknown to the gateway"
        DIFFERS = "differs", "Told differently"

    gateway = models.CharField(max_length=GATEWAY, editable=False)
    kind = models.CharField(max_length=10, choices=MoneyMove.Kind.choices, editable=False)
    gateway_id = models.CharField(max_length=GATEWAY_ID, editable=False)
    fault = models.CharField(max_length=10, choices=Fault.choices, editable=False)
    sentence = models.CharField(max_length=300, editable=False, help_text="What each of the two says.")
    amount = MoneyField(least=1)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="differences", editable=False)
    moved_at = models.DateTimeField(editable=False)
    found_at = Moment(auto_now_add=True, editable=False)
    status = states.DIFFERENCE.field()
    status_since = Moment(auto_now_add=True, editable=False)
    explanation = models.CharField(max_length=500, blank=True, editable=False)

    policy = rules.DIFFERENCE
    moves = states.DIFFERENCE

    class Meta:
        verbose_name = "statement difference"
        constraints = [
            states.DIFFERENCE.constraint("difference_status_known"),
            models.UniqueConstraint(fields=("gateway", "kind", "gateway_id"), name="difference_once"),
        ]
        indexes = [
            models.Index(fields=("-found_at", "-id"), name="difference_newest"),
            models.Index(fields=("status", "status_since"), name="difference_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.get_fault_display()}: {self.gateway_id}"
