"""What the market takes: the rules that staff give, what they came to on each line, and on what terms vendors are paid."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from core.models import Fact, Moment, Record
from core.money import BASIS, LARGEST, Money, known_currency
from marketplace.catalog.models import Category, Listing
from marketplace.ledger import commission, rules
from marketplace.ledger.kinds import Fee
from marketplace.orders.models import OrderLine


class CommissionRule(Record):
    """One fee that the market takes: a rate, a fixed amount for each line, and bounds. Of each fee the most specific rule wins.

    For a listing, for a vendor, for a category with all below it, for a vendor in a category, or for everything.
    """

    fee = models.CharField(max_length=24, choices=Fee.choices, default=Fee.COMMISSION)
    vendor = models.ForeignKey(
        "vendors.Vendor", models.PROTECT, null=True, blank=True, related_name="commission_rules",
        help_text="Whose sales. Empty: everybody's.",
    )  # fmt: skip
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="commission_rules",
        help_text="In which category, with everything below. Empty: in all.",
    )  # fmt: skip
    listing = models.ForeignKey(
        Listing, models.PROTECT, null=True, blank=True, related_name="commission_rules",
        help_text="Of this listing alone; then name neither vendor nor category.",
    )  # fmt: skip
    basis_points = models.PositiveIntegerField(
        "rate",
        default=0,
        validators=[MaxValueValidator(BASIS)],
        help_text="In hundredths of a percent: 1250 is 12.5 %.",
    )
    currency = models.CharField(
        max_length=3, blank=True, validators=[known_currency],
        help_text="Of the amounts below; sales in others have other rules. Empty where there is a rate alone.",
    )  # fmt: skip
    fixed_minor = models.PositiveBigIntegerField(
        "fixed amount", default=0, validators=[MaxValueValidator(LARGEST)],
        help_text="Added for each line, in minor units: 3000 is KES 30.",
    )  # fmt: skip
    minimum_minor = models.PositiveBigIntegerField(
        "at least", default=0, validators=[MaxValueValidator(LARGEST)], help_text="In minor units, for each line."
    )
    maximum_minor = models.PositiveBigIntegerField(
        "at most", null=True, blank=True, validators=[MaxValueValidator(LARGEST)],
        help_text="In minor units, for each line. Empty: no bound.",
    )  # fmt: skip
    note = models.CharField(max_length=300, blank=True, help_text="Why, for colleagues.")

    policy = rules.COMMISSION_RULE

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("fee"),
                Coalesce("vendor", 0),
                Coalesce("category", 0),
                Coalesce("listing", 0),
                F("currency"),
                name="commission_rule_once",
                violation_error_message="There is a rule for this fee, scope and currency already: change that one.",
            ),
            models.CheckConstraint(
                condition=Q(listing=None) | Q(vendor=None, category=None), name="commission_rule_one_scope",
                violation_error_message="A rule for a listing names neither a vendor nor a category.",
            ),
            models.CheckConstraint(
                condition=~Q(currency="") | Q(fixed_minor=0, minimum_minor=0, maximum_minor=None),
                name="commission_rule_amounts_have_a_currency",
                violation_error_message="Say in which currency these amounts are.",
            ),
            models.CheckConstraint(
                condition=Q(maximum_minor=None) | Q(maximum_minor__gte=F("minimum_minor")),
                name="commission_rule_bounds",
                violation_error_message="The most is less than the least.",
            ),
            models.CheckConstraint(
                condition=Q(basis_points__lte=BASIS), name="commission_rule_at_most_all",
                violation_error_message="A rate is at most 10000, which is everything.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_fee_display()}: {self.words}"

    @property
    def words(self) -> str:
        """The rule as a person reads it: "12.5 % + KES 30.00, at least KES 50.00"."""
        whole, rest = divmod(self.basis_points, 100)
        rate = f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
        text = f"{rate} %"
        if self.fixed_minor:
            text = f"{text} + {Money(self.fixed_minor, self.currency)}" if self.basis_points else str(
                Money(self.fixed_minor, self.currency)
            )  # fmt: skip
        if self.minimum_minor:
            text += f", at least {Money(self.minimum_minor, self.currency)}"
        if self.maximum_minor is not None:
            text += f", at most {Money(self.maximum_minor, self.currency)}"
        return text

    @property
    def scope_words(self) -> str:
        """For what it is: "for everything", "for Omar's Shop in Lamps"."""
        if self.listing is not None:
            return f"for {self.listing}"
        where = f"in {self.category}" if self.category is not None else ""
        return (
            " ".join(filter(None, (f"for {self.vendor}" if self.vendor is not None else "", where))) or "for everything"
        )

    @property
    def terms(self) -> commission.Terms:
        """The rule as the sums have it."""
        return commission.Terms(
            self.pk, self.fee, self.basis_points, self.fixed_minor, self.minimum_minor, self.maximum_minor, self.currency,
            self.vendor_id, self.category_id, self.listing_id,
        )  # fmt: skip


class LineCommission(Fact):
    """What one fee takes of a line, as it was when the line was ordered: later rules change nothing of it.

    `rule_id` is the rule that said so then, in `words`; `base_minor` is what it was taken of.
    """

    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="commissions", db_index=False)
    fee = models.CharField(max_length=24, choices=Fee.choices)
    rule_id = models.BigIntegerField("rule")
    words = models.CharField("as ruled", max_length=200)
    currency = models.CharField(max_length=3)
    base_minor = models.BigIntegerField("taken of")
    amount_minor = models.BigIntegerField("amount")

    policy = rules.LINE_COMMISSION

    class Meta:
        verbose_name = "fee of a line"
        verbose_name_plural = "fees of lines"
        constraints = [
            models.UniqueConstraint(fields=("line", "fee"), name="line_commission_once"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, base_minor__gte=F("amount_minor")), name="line_commission_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_fee_display()} {Money(self.amount_minor, self.currency)}"


class SettlementTerms(Record):
    """When a vendor's money becomes available and how it is paid out, where that is not as for everybody."""

    class Schedule(models.TextChoices):
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Every Monday"
        MONTHLY = "monthly", "On the first of the month"
        BY_HAND = "by_hand", "Only when asked for"

    vendor = models.OneToOneField("vendors.Vendor", models.PROTECT, related_name="settlement_terms")
    hold_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(365)],
        help_text="So many days after delivery its money becomes available. Empty: as for everybody.",
    )  # fmt: skip
    schedule = models.CharField(max_length=10, choices=Schedule.choices, default=Schedule.WEEKLY)
    minimum_minor = models.PositiveBigIntegerField(
        "minimum", default=0, validators=[MaxValueValidator(LARGEST)],
        help_text="Less than this is not paid out but carried over, in minor units of the vendor's currency.",
    )  # fmt: skip
    since = Moment(auto_now_add=True, editable=False)

    policy = rules.TERMS

    class Meta:
        verbose_name = "settlement terms"
        verbose_name_plural = "settlement terms"

    def __str__(self) -> str:
        return f"Terms of {self.vendor}"
