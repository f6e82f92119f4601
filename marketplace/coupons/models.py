"""Coupons, what they are for, how often they were used, and each single use."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from core import context, references
from core.models import Fact, Moment, Record, Tally
from core.money import BASIS, LARGEST, MoneyField
from marketplace.catalog.models import Category, Listing
from marketplace.coupons import rules

CODE = RegexValidator(re.compile(r"^[A-Z0-9]+(-[A-Z0-9]+)*\Z"), "Letters, digits and single hyphens.")
LONGEST_CODE = 32


class Kind(models.TextChoices):
    """What a coupon takes off."""

    PERCENT = "percent", "Part of the goods"
    AMOUNT = "amount", "An amount"
    FREE_SHIPPING = "free_shipping", "Free shipping"


class Bearer(models.TextChoices):
    """Who earns less by it."""

    VENDOR = "vendor", "The vendor"
    MARKET = "market", "The market"


class Coupon(Record):
    """A code that takes something off: a part of the goods, an amount, or the shipping.

    It is for all goods of one vendor, or of all; narrowed to a category and what is below it, and to the listings that are
    named for it, if any are. Without a limit it may be used any number of times.
    """

    code = models.CharField(max_length=LONGEST_CODE, validators=[CODE], help_text="What buyers type, in any case.")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.PERCENT)
    basis_points = models.PositiveIntegerField(
        "hundredths of a percent", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(BASIS)],
        help_text="Of a part of the goods: 1000 is ten percent.",
    )  # fmt: skip
    amount = MoneyField(null=True, least=1)
    minimum = MoneyField(null=True, least=1, verbose_name="least value of goods")
    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, null=True, blank=True, related_name="coupons")
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField(default=context.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    limit = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(2**31 - 1)],
        help_text="So often in all. Empty: any number of times.",
    )  # fmt: skip
    per_user_limit = models.PositiveIntegerField(
        "limit for each buyer", null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(2**31 - 1)],
        help_text="So often by one buyer. Empty: any number of times.",
    )  # fmt: skip
    borne_by = models.CharField(max_length=8, choices=Bearer.choices, default=Bearer.MARKET)
    is_active = models.BooleanField("active", default=True)

    policy = rules.COUPON

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("code",), name="coupon_code_once", violation_error_message="There is a coupon of this code."
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="percent",
                    basis_points__isnull=False,
                    basis_points__gte=1,
                    basis_points__lte=BASIS,
                    amount_minor=None,
                )
                | Q(
                    kind="amount",
                    amount_minor__isnull=False,
                    amount_minor__gte=1,
                    amount_minor__lte=LARGEST,
                    basis_points=None,
                )
                | Q(kind="free_shipping", basis_points=None, amount_minor=None),
                name="coupon_takes_off_one_thing",
                violation_error_message="A part of the goods needs hundredths of a percent, an amount an amount, and neither both.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="coupon_ends_after_it_starts",
                violation_error_message="It ends after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(amount_currency=None) | Q(minimum_currency=None) | Q(amount_currency=F("minimum_currency")),
                name="coupon_has_one_currency",
                violation_error_message="Both amounts are of one currency.",
            ),
            models.CheckConstraint(condition=Q(borne_by__in=Bearer.values), name="coupon_bearer_known"),
        ]
        indexes = [models.Index(fields=("-starts_at", "-id"), name="coupon_newest")]

    def __str__(self) -> str:
        return self.code

    def derive(self) -> None:
        """One spelling of a code, whatever it is typed in."""
        self.code = self.code.strip().upper()

    def clean(self) -> None:
        """Refuse amounts in a currency in which the coupon's vendor sells nothing."""
        if self.vendor is None:
            return
        for name in ("amount", "minimum"):
            money = getattr(self, name)
            if money is not None and money.currency != self.vendor.currency:
                raise ValidationError({f"{name}_currency": f"{self.vendor} sells in {self.vendor.currency}."})


class CouponListing(Record):
    """That a coupon is for a listing, and so only for those that are named."""

    coupon = models.ForeignKey(Coupon, models.CASCADE, related_name="listings", db_index=False)
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="+")

    policy = rules.COUPON_LISTING

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("coupon", "listing"),
                name="coupon_listing_once",
                violation_error_message="The coupon is for this listing already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.coupon} for {self.listing}"

    def clean(self) -> None:
        """Refuse a listing of another vendor than the coupon's. What is missing is refused at its own field."""
        if self.coupon_id is None or self.listing_id is None:
            return
        if self.coupon.vendor_id not in (None, self.listing.vendor_id):
            raise ValidationError({"listing": f"The coupon is for goods of {self.coupon.vendor}."})


class Uses(Tally):
    """How often, and how often at most: never changed but by a condition and a change in one."""

    used = models.PositiveIntegerField(default=0)
    limit = models.PositiveIntegerField(null=True)

    class Meta:
        abstract = True


WITHIN = Q(limit=None) | Q(used__lte=F("limit"))


class CouponTally(Uses):
    """How often a coupon was used, in all. Its limit is the coupon's."""

    coupon = models.OneToOneField(Coupon, models.CASCADE, related_name="tally")

    policy = rules.REDEMPTION

    class Meta:
        constraints = [models.CheckConstraint(condition=WITHIN, name="coupon_used_within_limit")]

    def __str__(self) -> str:
        return f"{self.coupon}: {self.used}"


class CouponUserTally(Uses):
    """How often one buyer used a coupon. Its limit is the coupon's for each buyer."""

    coupon = models.ForeignKey(Coupon, models.CASCADE, related_name="user_tallies", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    policy = rules.REDEMPTION

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("coupon", "user"), name="coupon_user_tally_once"),
            models.CheckConstraint(condition=WITHIN, name="coupon_used_within_limit_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon} by {self.user}: {self.used}"


class Redemption(Fact):
    """That an order used a coupon; or gave the use back, because it ended unpaid; or took it again, because its money came late.

    An order does each at most once. `amount` is what the coupon took off the order.
    """

    class Kind(models.TextChoices):
        TAKEN = "taken", "Used"
        RETURNED = "returned", "Given back"
        TAKEN_AGAIN = "taken_again", "Used after all"

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="redemptions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reference = models.CharField("order", max_length=references.LENGTH, db_index=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount = MoneyField()
    at = Moment(auto_now_add=True)

    policy = rules.REDEMPTION

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("coupon", "reference", "kind"), name="redemption_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["taken", "returned", "taken_again"]), name="redemption_kind_known"
            ),
        ]
        indexes = [models.Index(fields=("-at", "-id"), name="redemption_newest")]

    def __str__(self) -> str:
        return f"{self.coupon} {self.get_kind_display().lower()} by {self.reference}"
