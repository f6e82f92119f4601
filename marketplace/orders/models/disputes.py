"""Disputes: a buyer, or the gateway for a buyer, wants money back that the vendor would keep."""

from django.db import models
from django.db.models import Q

from core import references
from core.models import Fact, Moment, Record
from core.money import MoneyField
from marketplace.orders import rules, states
from marketplace.orders.models.shares import VendorOrder
from marketplace.payments.models import Refund


class Dispute(Record):
    """A case about one share: so much of it is disputed, and held until it is decided. `won` is won by the vendor.

    Its share, and above that the order, is locked before it. `gateway_dispute_id` is what the gateway calls it, where it came
    from there: then the gateway decides it, and has taken the money already. What it takes up anew is another case.
    """

    class Outcome(models.TextChoices):
        REFUND = "refund", "All of the money"
        PART = "part", "Some of the money"
        GOODS = "goods", "What was ordered"

    vendor_order = models.ForeignKey(VendorOrder, models.PROTECT, related_name="disputes", editable=False)
    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    why = models.CharField(
        "reason",
        max_length=24,
        choices=[(each, each.replace("_", " ").capitalize()) for each in states.DISPUTE_REASONS],
        editable=False,
    )
    wanted = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.REFUND, editable=False)
    amount = MoneyField(least=1)
    amount_minor: int
    amount_currency: str
    state = states.DISPUTE.field()
    state_since = Moment(auto_now_add=True, editable=False)
    opened_at = Moment(auto_now_add=True, editable=False)
    due_at = models.DateTimeField(editable=False, help_text="By then it must be answered, or it is decided without.")
    reminded_at = models.DateTimeField(null=True, editable=False)
    decision = models.CharField(max_length=500, blank=True, editable=False)
    gateway_dispute_id = models.CharField(max_length=120, blank=True, editable=False)
    refund = models.OneToOneField(Refund, models.PROTECT, null=True, related_name="of_dispute", editable=False)
    verdict_minor = models.PositiveBigIntegerField(
        "decided for the buyer",
        null=True,
        editable=False,
        help_text="How much of it, in minor units, by one person's word.",
    )
    verdict_reason = models.CharField(max_length=500, blank=True, editable=False)
    verdict_by_id = models.BigIntegerField(null=True, editable=False)
    verdict_by_name = models.CharField("decided by", max_length=120, blank=True, editable=False)
    allowed_by_name = models.CharField(
        "allowed by", max_length=120, blank=True, editable=False, help_text="The second person, where one was needed."
    )

    locked_under = "vendor_order"
    machine_fields = frozenset({"reminded_at"})
    policy = rules.DISPUTE
    moves = states.DISPUTE

    class Meta:
        constraints = [
            states.DISPUTE.constraint("dispute_state_known"),
            models.UniqueConstraint(
                fields=("vendor_order",), condition=Q(state__in=states.DISPUTED), name="dispute_open_once",
                violation_error_message="There is an open dispute about this already.",
            ),
            models.CheckConstraint(
                condition=Q(verdict_minor=None, verdict_by_name="", allowed_by_name="")
                | (Q(verdict_minor__gte=1) & ~Q(verdict_by_name="")),
                name="dispute_verdict_is_somebodys",
            ),
            models.UniqueConstraint(
                fields=("gateway_dispute_id", "vendor_order"), name="dispute_of_gateway_once",
                condition=~Q(gateway_dispute_id="") & Q(state__in=states.DISPUTED),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("-opened_at", "-id"), name="dispute_newest"),
            models.Index(fields=("state", "due_at"), name="dispute_by_deadline"),
            models.Index(fields=("due_at", "id"), name="dispute_due"),
        ]

    def __str__(self) -> str:
        return self.reference


class DisputeEntry(Fact):
    """One thing that was said or shown in a dispute: a message, a proof in words, or what the market's own books say."""

    class Kind(models.TextChoices):
        MESSAGE = "message", "Message"
        EVIDENCE = "evidence", "Evidence"
        RECORD = "record", "From the books"

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    party = models.CharField(max_length=8, choices=[(each, each.capitalize()) for each in states.PARTIES])
    text = models.CharField(max_length=2000)
    at = models.DateTimeField("when")
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField("by", max_length=120)

    policy = rules.DISPUTE_ENTRY

    class Meta:
        verbose_name_plural = "dispute entries"
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="dispute_entry_says_something")]

    def __str__(self) -> str:
        return self.text[:80]


class DisputeFile(Fact):
    """A picture or a PDF that somebody shows in a dispute. `file` is an address within the media store, which nobody is served
    from by address.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", "Picture"
        PDF = "pdf", "PDF"

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="files")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    title = models.CharField(max_length=120)
    file = models.CharField(max_length=200)
    bytes = models.PositiveIntegerField("size")
    party = models.CharField(max_length=8, choices=[(each, each.capitalize()) for each in states.PARTIES])
    at = models.DateTimeField("when")
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField("by", max_length=120)

    policy = rules.DISPUTE_FILE

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="dispute_file_has_a_title")]

    def __str__(self) -> str:
        return self.title
