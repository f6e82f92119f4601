"""Where vendors are paid, batches that two people answer for, and payouts."""

from django.db import models
from django.db.models import Q

from core import references
from core.models import Moment, Record
from core.money import MoneyField, known_currency
from marketplace.payouts import rules, states


class PayoutAccount(Record):
    """Where a vendor's money goes: a bank account or a phone. Used once staff have verified it; a vendor has one for each currency."""

    class Kind(models.TextChoices):
        BANK = "bank", "Bank account"
        MOBILE = "mobile", "Mobile money"

    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, related_name="payout_accounts")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.BANK)
    holder = models.CharField(max_length=120, help_text="In whose name it is.")
    bank = models.CharField("bank or network", max_length=80, help_text="Such as Equity Bank, or M-Pesa.")
    number = models.CharField(max_length=60, help_text="Account or phone number, as the bank writes it.")
    currency = models.CharField(max_length=3, validators=[known_currency])
    status = states.ACCOUNT.field()
    status_since = Moment(auto_now_add=True, editable=False)
    judgement = models.CharField("our words", max_length=500, blank=True, editable=False)

    policy = rules.PAYOUT_ACCOUNT
    moves = states.ACCOUNT

    class Meta:
        constraints = [
            states.ACCOUNT.constraint("payout_account_status_known"),
            models.UniqueConstraint(
                fields=("vendor", "currency"), condition=Q(status="verified"), name="payout_account_one_verified",
                violation_error_message="This vendor has a verified account in this currency already.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.bank}, {self.masked}"

    @property
    def masked(self) -> str:
        """The end of its number: enough to tell it from another."""
        return f"…{self.number[-4:]}"


class PayoutBatch(Record):
    """Payouts that were prepared together, and are approved by somebody else than whoever prepared them."""

    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    status = states.BATCH.field()
    status_since = Moment(auto_now_add=True, editable=False)
    prepared_by_id = models.BigIntegerField(null=True, editable=False, help_text="Nobody, where the clock did.")
    prepared_by_name = models.CharField("prepared by", max_length=120, editable=False)
    approved_by_name = models.CharField("approved by", max_length=120, blank=True, editable=False)
    prepared_at = Moment(auto_now_add=True, editable=False)

    policy = rules.BATCH
    moves = states.BATCH

    class Meta:
        verbose_name_plural = "payout batches"
        constraints = [states.BATCH.constraint("payout_batch_status_known")]
        indexes = [models.Index(fields=("-prepared_at", "-id"), name="payout_batch_newest")]

    def __str__(self) -> str:
        return self.reference


class Payout(Record):
    """So much of a vendor's available money, sent to its account. Set aside in the books from the moment it is prepared.

    `period` is the day, week or month that it is for: a vendor has one payout for each. `key` is what the gateway knows it by.
    """

    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="payouts", editable=False)
    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, related_name="payouts", db_index=False, editable=False)
    account = models.ForeignKey(PayoutAccount, models.PROTECT, related_name="payouts", editable=False)
    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    period = models.CharField(max_length=24, editable=False)
    amount = MoneyField(least=1)
    gateway = models.CharField(max_length=24, editable=False)
    key = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    gateway_id = models.CharField(max_length=255, blank=True, editable=False)
    status = states.PAYOUT.field()
    status_since = Moment(auto_now_add=True, editable=False)
    proof = models.CharField(max_length=120, blank=True, editable=False, help_text="By which it was settled by hand.")
    failure_sentence = models.CharField(max_length=300, blank=True, editable=False)
    trouble = models.CharField(max_length=300, blank=True, editable=False)
    prepared_at = Moment(auto_now_add=True, editable=False)
    paid_at = models.DateTimeField(null=True, editable=False)
    asked_at = models.DateTimeField("gateway last asked", null=True, editable=False)

    locked_under = "batch"
    machine_fields = frozenset({"asked_at"})
    policy = rules.PAYOUT
    moves = states.PAYOUT

    class Meta:
        constraints = [
            states.PAYOUT.constraint("payout_status_known"),
            models.CheckConstraint(condition=Q(amount_minor__gte=1), name="payout_of_something"),
            models.UniqueConstraint(
                fields=("vendor", "period", "amount_currency"),
                condition=~Q(status__in=states.BACK),
                name="payout_once_a_period",
            ),
            models.UniqueConstraint(
                fields=("gateway", "gateway_id"), condition=~Q(gateway_id=""), name="payout_gateway_id_once"
            ),
        ]
        indexes = [
            models.Index(fields=("-prepared_at", "-id"), name="payout_newest"),
            models.Index(fields=("vendor", "-prepared_at", "-id"), name="payout_of_vendor"),
            models.Index(fields=("status", "status_since"), name="payout_by_status"),
        ]

    def __str__(self) -> str:
        return self.reference
