"""Vendors and their members."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from core.models import Moment, Record
from core.money import known_currency
from marketplace.accounts.columns import GrantsField
from marketplace.accounts.phones import PhoneField
from marketplace.vendors import rules, states
from marketplace.vendors.grants import EVERYTHING, GRANTS

COUNTRY = RegexValidator(r"^[A-Z]{2}\Z", "Two capital letters, such as KE.", code="unknown_country")


class Vendor(Record):
    """Somebody who sells: a shop, a dealer, a person. On the storefront once verified."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True, editable=False)
    description = models.TextField(max_length=2000, blank=True)
    phone = PhoneField("phone number", null=True, blank=True, help_text="For calls; shown only to who presses Call.")
    whatsapp = PhoneField(
        "WhatsApp number", null=True, blank=True, help_text="For WhatsApp; shown only to who presses it."
    )
    email = models.EmailField("e-mail address", max_length=254, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, default=settings.DEFAULT_COUNTRY, validators=[COUNTRY])
    latitude = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text="In degrees, of the shop's door: buyers nearby find it by that, and see the place.",
    )
    longitude = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)])
    currency = models.CharField(
        max_length=3,
        default=settings.DEFAULT_CURRENCY,
        validators=[known_currency],
        help_text="All it sells is priced in it.",
    )
    low_stock_at = models.PositiveIntegerField(
        "low stock at",
        default=2,
        validators=[MaxValueValidator(1_000_000)],
        help_text="So many free of a variant, or fewer, are called low; a variant may say its own number.",
    )
    status = states.VENDOR.field()
    status_since = Moment(auto_now_add=True, editable=False)
    judgement = models.CharField(
        "our words", max_length=500, blank=True, editable=False, help_text="Why it was rejected or suspended."
    )

    policy = rules.VENDOR
    moves = states.VENDOR

    class Meta:
        constraints = [
            states.VENDOR.constraint("vendor_status_known"),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__isnull=False, latitude__gte=-90, latitude__lte=90)
                & Q(longitude__isnull=False, longitude__gte=-180, longitude__lte=180),
                name="vendor_place_whole",
                violation_error_message="Give both latitude and longitude, or neither.",
            ),
        ]
        indexes = [
            models.Index(fields=("status", "-id"), name="vendor_by_status"),
            models.Index(fields=("name", "id"), name="vendor_by_name"),
            models.Index(fields=("latitude", "longitude"), condition=Q(status="verified"), name="vendor_by_place"),
        ]

    def __str__(self) -> str:
        return self.name

    def derive(self) -> None:
        """Nothing is absent, not empty."""
        self.phone, self.whatsapp = self.phone or None, self.whatsapp or None


class Member(Record):
    """Somebody who works for a vendor: an owner, who may do everything, or a member with grants."""

    vendor = models.ForeignKey(Vendor, models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    is_owner = models.BooleanField("owner", default=False, editable=False)
    grants = GrantsField(vocabulary=GRANTS, editable=False)

    policy = rules.MEMBER

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("vendor", "user"),
                name="member_once",
                violation_error_message="They are a member of this vendor already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} of {self.vendor}"

    def effective_grants(self) -> frozenset[str]:
        """What they may do: everything as an owner, else the grants that are still in the vocabulary."""
        return EVERYTHING if self.is_owner else frozenset(GRANTS) & frozenset(self.grants)
