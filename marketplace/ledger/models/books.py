"""The books: accounts, journals and their postings. All are facts, which the database itself keeps as they are (migrations/0002)."""

from django.db import models
from django.db.models import F, Q

from core import references
from core.models import Fact, Moment
from core.money import Money, MoneyField, known_currency
from marketplace.ledger import rules
from marketplace.ledger.kinds import WITH_VENDOR, AccountKind, JournalKind
from marketplace.orders.models import OrderLine, VendorOrder

CAUSE = 40


class Account(Fact):
    """One kind of money, of one vendor or of the market, in one currency. Its balance is the sum of its postings.

    `part` tells accounts of one kind apart: the name of a fee, or of a gateway.
    """

    kind = models.CharField(max_length=20, choices=AccountKind.choices)
    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, null=True, related_name="accounts", db_index=False)
    part = models.CharField(max_length=24, blank=True)
    currency = models.CharField(max_length=3, validators=[known_currency])
    opened_at = Moment(auto_now_add=True)

    policy = rules.ACCOUNT

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("kind", "vendor", "part", "currency"), name="account_once"),
            models.UniqueConstraint(
                fields=("kind", "part", "currency"), condition=Q(vendor=None), name="account_of_market_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=WITH_VENDOR, vendor__isnull=False) | (~Q(kind__in=WITH_VENDOR) & Q(vendor=None)),
                name="account_of_vendor_or_market",
            ),
        ]
        indexes = [models.Index(fields=("vendor", "kind"), name="account_of_vendor")]

    def __str__(self) -> str:
        whose = f" of {self.vendor}" if self.vendor_id else ""
        return f"{self.get_kind_display()}{f', {self.part}' if self.part else ''}{whose} ({self.currency})"


class Journal(Fact):
    """One event of money as the books have it: its postings add up to zero. Once for each kind and cause.

    The cause is a row, by its model and reference. `subject` is what was paid for, such as an order; `share` the vendor order that
    it is about. What is wrong is never changed: another journal takes it back, and says which one it `reverses`.
    """

    reference = models.CharField(max_length=references.LENGTH, unique=True)
    kind = models.CharField(max_length=20, choices=JournalKind.choices)
    cause_model = models.CharField(max_length=CAUSE)
    cause_reference = models.CharField(max_length=CAUSE)
    subject = models.CharField(max_length=references.LENGTH, blank=True)
    share = models.ForeignKey(VendorOrder, models.PROTECT, null=True, related_name="journals", db_index=False)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversed_by")
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField("when")
    posted_at = Moment(auto_now_add=True)
    deed = models.UUIDField()

    policy = rules.JOURNAL

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("kind", "cause_model", "cause_reference"), name="journal_once"),
            models.CheckConstraint(condition=~Q(cause_model="") & ~Q(cause_reference=""), name="journal_has_a_cause"),
        ]
        indexes = [
            models.Index(fields=("-at", "-id"), name="journal_newest"),
            models.Index(fields=("share", "kind"), name="journal_of_share"),
            models.Index(fields=("subject",), condition=~Q(subject=""), name="journal_of_subject"),
            models.Index(fields=("cause_reference",), name="journal_of_cause"),
        ]

    def __str__(self) -> str:
        return self.reference


class Posting(Fact):
    """One line of a journal: so much to an account (a debit, above zero) or from it (a credit, below zero)."""

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="postings", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="postings", db_index=False)
    amount = MoneyField(least=None)
    amount_minor: int
    amount_currency: str
    at = models.DateTimeField("when", help_text="As its journal has it.")

    policy = rules.POSTING

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("journal", "account"), name="posting_once_an_account"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="posting_of_something"),
        ]
        indexes = [
            models.Index(fields=("account", "-at", "-id"), name="posting_of_account"),
            models.Index(fields=("-at", "-id"), name="posting_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.account}"

    @property
    def side(self) -> str:
        """Debit or credit."""
        return "debit" if self.amount_minor > 0 else "credit"  # type: ignore[attr-defined]

    @property
    def size(self) -> Money:
        """How much, without its side."""
        return self.amount if self.amount.amount > 0 else -self.amount


class LineSplit(Fact):
    """What of a sale, or of what was taken back of it, is of which line: of the shipping where no line is named.

    A sale's amounts are above zero and those taken back below, so that their sums are what still stands.
    """

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="splits", db_index=False)
    share = models.ForeignKey(VendorOrder, models.PROTECT, related_name="splits")
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="splits")
    currency = models.CharField(max_length=3)
    paid_minor = models.BigIntegerField("paid by the buyer")
    borne_minor = models.BigIntegerField("borne by the market")
    tax_minor = models.BigIntegerField("tax that the market remits")
    fees_minor = models.BigIntegerField("fees")
    fees = models.JSONField(default=dict)
    vendor_minor = models.BigIntegerField("to the vendor")
    quantity = models.IntegerField(default=0)

    policy = rules.LINE_SPLIT

    class Meta:
        verbose_name = "split of a line"
        verbose_name_plural = "splits of lines"
        constraints = [
            models.UniqueConstraint(fields=("journal", "line"), name="line_split_once"),
            models.UniqueConstraint(fields=("journal",), condition=Q(line=None), name="line_split_once_a_shipping"),
            models.CheckConstraint(
                condition=Q(vendor_minor=F("paid_minor") + F("borne_minor") - F("tax_minor") - F("fees_minor")),
                name="line_split_balances",
            ),
        ]

    def __str__(self) -> str:
        return f"{Money(self.vendor_minor, self.currency)} of {self.share}"
