"""Variants with their stock: on hand and reserved, explained by what moved it."""

from collections.abc import Iterable

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from core.models import Fact, Moment, Record, Tally
from core.money import MoneyField
from marketplace.catalog import rules
from marketplace.catalog.models.listings import Listing


class Variant(Record):
    """One form of a listing that can be bought: its own SKU and stock, and its own price where it differs.

    `combination` has the keys of the option values that it stands for, ascending, each between points: ".4.17."; empty where
    it stands for none. No two variants of a listing stand for the same. What `prices.py` says that it cost before its own price was
    reduced is kept as a listing's is; `follows_since`: since when it is offered, if it has none, at the listing's price.
    """

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="variants")
    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, related_name="+", db_index=False, editable=False)
    sku = models.CharField("SKU", max_length=64, help_text="Unique among your variants.")
    title = models.CharField(max_length=80, help_text="Such as Blue, 128 GB.")
    price = MoneyField(null=True)
    price_minor: int | None
    price_currency: str | None
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField("active", default=True)
    low_stock_at = models.PositiveIntegerField(
        "low stock at",
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000)],
        help_text="So many free, or fewer, are called low; empty: as your shop says.",
    )
    weight_grams = models.PositiveIntegerField(
        "weight in grams",
        default=0,
        validators=[MaxValueValidator(10_000_000)],
        help_text="As it is sent, packed; 0 where that does not matter. Shipping may go by it.",
    )
    combination = models.CharField(max_length=40, blank=True, editable=False)
    cached_was_minor = models.BigIntegerField(null=True, editable=False)
    cached_was_until = models.DateTimeField(null=True, editable=False)
    follows_since = Moment(auto_now_add=True, editable=False)

    machine_fields = frozenset({"cached_was_minor", "cached_was_until", "follows_since"})
    policy = rules.VARIANT

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("vendor", "sku"), name="variant_sku_unique", violation_error_message="You use this SKU already."
            ),
            models.UniqueConstraint(
                fields=("listing", "combination"),
                condition=~Q(combination=""),
                name="variant_combination_once",
                violation_error_message="Another variant of this listing stands for these values.",
            ),
            models.CheckConstraint(
                condition=Q(price_minor=None, price_currency=None)
                | Q(price_minor__gte=0, price_currency__isnull=False),
                name="variant_price_whole",
                violation_error_message="A price has an amount, not below zero, and a currency.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.title}".strip()

    def derive(self) -> None:
        if self.listing_id:
            self.vendor_id = self.listing.vendor_id

    @property
    def value_ids(self) -> list[int]:
        """The keys of the option values that it stands for."""
        return [int(each) for each in self.combination.split(".") if each]

    @staticmethod
    def combined(value_ids: Iterable[int]) -> str:
        """These values as `combination` keeps them."""
        keys = sorted(set(value_ids))
        return f".{'.'.join(map(str, keys))}." if keys else ""


class Stock(Tally):
    """How many of a variant there are, and how many of them are promised. Free is the difference."""

    variant = models.OneToOneField(Variant, models.CASCADE, primary_key=True, related_name="stock")
    on_hand = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "stock"
        constraints = [
            models.CheckConstraint(
                condition=Q(on_hand__gte=0),
                name="stock_on_hand_not_negative",
                violation_error_message="Stock cannot be below zero.",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0),
                name="stock_reserved_not_negative",
                violation_error_message="Reserved stock cannot be below zero.",
            ),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("on_hand")),
                name="stock_reserved_on_hand",
                violation_error_message="No more can be reserved than there is.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} on hand, {self.reserved} reserved"

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved


class StockMove(Fact):
    """One change of stock and why. The sums of all moves of a variant are its stock."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "Received"
        CORRECTED = "corrected", "Corrected"
        COUNTED = "counted", "Counted"
        DAMAGED = "damaged", "Damaged"
        LOST = "lost", "Lost"
        FOUND = "found", "Found"
        RESERVED = "reserved", "Reserved"
        RELEASED = "released", "Released"
        SOLD = "sold", "Sold"
        RETURNED = "returned", "Returned"

    variant = models.ForeignKey(Variant, models.PROTECT, related_name="stock_moves", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    on_hand_change = models.IntegerField(default=0)
    reserved_change = models.IntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    deed = models.UUIDField(null=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)

    policy = rules.STOCK_MOVE

    class Meta:
        indexes = [
            models.Index(fields=("variant", "-id"), name="stock_move_of_variant"),
            models.Index(fields=("reference", "variant"), condition=~Q(reference=""), name="stock_move_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on_hand_change or self.reserved_change:+d}"
