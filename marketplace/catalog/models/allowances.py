"""Allowances: how many listings one vendor may have somewhere, where that is not what its category says."""

from django.core.validators import MaxValueValidator
from django.db import models

from core.models import Record
from marketplace.catalog import rules
from marketplace.catalog.models.categories import Category


class Allowance(Record):
    """One vendor's own number of free listings in a category and below it."""

    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, related_name="allowances", db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, related_name="allowances")
    free_listings = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000)],
        help_text="Empty: as many as they like.",
    )

    policy = rules.ALLOWANCE

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("vendor", "category"),
                name="allowance_once",
                violation_error_message="This vendor has an allowance in this category already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.vendor} in {self.category}"
