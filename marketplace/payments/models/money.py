"""Payments, what is given back of them, and the facts that explain every amount."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core import references
from core.models import Fact, Moment, Record
from core.money import Money, MoneyField
from marketplace.payments import rules, states

GATEWAY = 24
GATEWAY_ID = 255


class Payment(Record):
    """One attempt to be paid for something through a gateway. `subject` names what for, to whoever started it.

    `captured_minor` has come, `refunded_minor` has gone back, `held_minor` has gone back or is to: all in the currency of
    `amount`. `is_extra`: its money came after it had been given up and another payment stood in its place; all of it goes
    back. `key` is what the gateway knows it by before it has an id of its own.
    """

    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    gateway = models.CharField(max_length=GATEWAY, editable=False)
    subject = models.CharField(max_length=references.LENGTH, db_index=True, editable=False)
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="payments", db_index=False, editable=False
    )
    amount = MoneyField(least=1)
    key = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    gateway_id = models.CharField(max_length=GATEWAY_ID, blank=True, editable=False)
    status = states.PAYMENT.field()
    status_since = Moment(auto_now_add=True, editable=False)
    action_url = models.CharField(max_length=500, blank=True, editable=False)
    failure_code = models.CharField(max_length=48, blank=True, editable=False)
    failure_sentence = models.CharField(max_length=300, blank=True, editable=False)
    trouble = models.CharField(
        max_length=300, blank=True, editable=False, help_text="Why nobody knows what became of it."
    )
    is_stuck = models.BooleanField("stuck", default=False, editable=False)
    captured_minor = models.BigIntegerField(default=0, editable=False)
    refunded_minor = models.BigIntegerField(default=0, editable=False)
    held_minor = models.BigIntegerField(default=0, editable=False)
    is_extra = models.BooleanField(default=False, editable=False)
    started_at = Moment(auto_now_add=True, editable=False)
    asked_at = models.DateTimeField("gateway last asked", null=True, editable=False)
    called_off_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when nobody wants it any more; the gateway is asked to end it."
    )

    machine_fields = frozenset({"asked_at", "is_stuck"})
    policy = rules.PAYMENT
    moves = states.PAYMENT

    class Meta:
        constraints = [
            states.PAYMENT.constraint("payment_status_known"),
            models.CheckConstraint(
                condition=Q(
                    refunded_minor__gte=0,
                    refunded_minor__lte=F("held_minor"),
                    held_minor__lte=F("captured_minor"),
                    captured_minor__lte=F("amount_minor"),
                ),
                name="payment_amounts_in_bounds",
                violation_error_message="No more can go back than came, and no more can come than was asked for.",
            ),
            models.CheckConstraint(
                condition=Q(status="succeeded", captured_minor=F("amount_minor"))
                | (~Q(status="succeeded") & Q(captured_minor=0)),
                name="payment_captured_when_succeeded",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=1), name="payment_of_something"),
            models.UniqueConstraint(
                fields=("subject",), condition=~Q(status="failed") & Q(is_extra=False), name="payment_one_alive"
            ),
            models.UniqueConstraint(
                fields=("gateway", "gateway_id"), condition=~Q(gateway_id=""), name="payment_gateway_id_once"
            ),
        ]
        indexes = [
            models.Index(fields=("-started_at", "-id"), name="payment_newest"),
            models.Index(fields=("payer", "-started_at", "-id"), name="payment_of_payer"),
            models.Index(fields=("status", "status_since"), name="payment_by_status"),
            models.Index(fields=("status_since",), condition=Q(is_stuck=True), name="payment_stuck"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def captured(self) -> Money:
        """What has come."""
        return Money(self.captured_minor, self.amount.currency)

    @property
    def refunded(self) -> Money:
        """What has gone back."""
        return Money(self.refunded_minor, self.amount.currency)

    @property
    def pending(self) -> Money:
        """What is to go back and has not yet."""
        return Money(self.held_minor - self.refunded_minor, self.amount.currency)


class Refund(Record):
    """So much of a payment given back, for a reason, by somebody. Its payment is locked before it.

    `about` names the part of the payment's subject that this is for, to whoever asked for it; empty where it is for no part
    of its own. `repeats` is the failed refund that this one was asked for again.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", editable=False)
    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    amount = MoneyField(least=1)
    amount_currency: str
    reason = models.CharField(max_length=500, editable=False)
    about = models.CharField(max_length=references.LENGTH, blank=True, editable=False)
    repeats = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="repeated_by", db_index=False, editable=False
    )
    asked_by_id = models.BigIntegerField(null=True, editable=False)
    asked_by_name = models.CharField("asked by", max_length=120, editable=False)
    key = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    gateway_id = models.CharField(max_length=GATEWAY_ID, blank=True, editable=False)
    status = states.REFUND.field()
    status_since = Moment(auto_now_add=True, editable=False)
    failure_code = models.CharField(max_length=48, blank=True, editable=False)
    failure_sentence = models.CharField(max_length=300, blank=True, editable=False)
    trouble = models.CharField(
        max_length=300, blank=True, editable=False, help_text="Why nobody knows what became of it."
    )
    is_stuck = models.BooleanField("stuck", default=False, editable=False)
    requested_at = Moment(auto_now_add=True, editable=False)
    asked_at = models.DateTimeField("gateway last asked", null=True, editable=False)

    locked_under = "payment"
    machine_fields = frozenset({"asked_at", "is_stuck"})
    policy = rules.REFUND
    moves = states.REFUND

    class Meta:
        constraints = [
            states.REFUND.constraint("refund_status_known"),
            models.CheckConstraint(condition=Q(amount_minor__gte=1), name="refund_of_something"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(asked_by_name=""), name="refund_has_reason_and_actor"),
            models.UniqueConstraint(
                fields=("repeats",),
                name="refund_repeated_once",
                violation_error_message="This was tried again already.",
            ),
        ]
        indexes = [
            models.Index(fields=("-requested_at", "-id"), name="refund_newest"),
            models.Index(fields=("status", "status_since"), name="refund_by_status"),
        ]

    def __str__(self) -> str:
        return self.reference


class MoneyMove(Fact):
    """Money came or went back, as a gateway confirmed it: once for each thing that the gateway did."""

    class Kind(models.TextChoices):
        CAPTURED = "captured", "Captured"
        REFUNDED = "refunded", "Refunded"

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="moves_of_money")
    refund = models.ForeignKey(Refund, models.PROTECT, related_name="moves_of_money", null=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = MoneyField(least=1)
    gateway = models.CharField(max_length=GATEWAY)
    gateway_id = models.CharField(max_length=GATEWAY_ID)
    at = models.DateTimeField("when")
    deed = models.UUIDField()

    policy = rules.MONEY_MOVE

    class Meta:
        verbose_name = "movement of money"
        verbose_name_plural = "movements of money"
        constraints = [
            models.UniqueConstraint(fields=("gateway", "kind", "gateway_id"), name="money_moves_once"),
            models.CheckConstraint(
                condition=Q(kind="captured", refund=None) | Q(kind="refunded", refund__isnull=False),
                name="money_move_has_its_refund",
            ),
        ]
        indexes = [models.Index(fields=("-at", "-id"), name="money_move_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
