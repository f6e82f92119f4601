"""Tax rates by place and category, and how prices are told in a country."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from core.models import Record
from core.money import BASIS
from marketplace.accounts import places
from marketplace.catalog.models import Category
from marketplace.taxes import rules
from marketplace.taxes.assessing import Rate
from marketplace.vendors.models import COUNTRY


class TaxCountry(Record):
    """How prices are told to whoever has something sent to a country. One that has no row: with their tax."""

    country = models.CharField(max_length=2, validators=[COUNTRY])
    prices_include_tax = models.BooleanField(
        "prices hold their tax", default=True, help_text="If not, it is put on top of them when they are paid."
    )

    policy = rules.TAX

    class Meta:
        verbose_name_plural = "tax countries"
        constraints = [
            models.UniqueConstraint(
                fields=("country",), name="tax_country_once", violation_error_message="This country is here already."
            )
        ]

    def __str__(self) -> str:
        return f"{self.country}: {'with' if self.prices_include_tax else 'before'} tax"


class TaxRate(Record):
    """So much of a price is tax, where something is sent to a place: of everything, or of a category with all below it."""

    name = models.CharField(max_length=40, help_text="As people call it, such as VAT.")
    country = models.CharField(max_length=2, validators=[COUNTRY])
    town = models.CharField(
        max_length=80,
        blank=True,
        help_text="Only where it is another there; capitals do not matter. Empty: everywhere.",
    )
    province = models.CharField(
        "state or province",
        max_length=places.STATE_LENGTH,
        blank=True,
        help_text="Only where it is another there, by name or code. Empty: everywhere.",
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tax_rates",
        help_text="With everything below it; the nearest category counts. Empty: everything.",
    )
    basis_points = models.PositiveIntegerField(
        "hundredths of a percent",
        validators=[MaxValueValidator(BASIS)],
        help_text="1600 is 16 %. 0 says that there is no tax on it.",
    )
    covers_shipping = models.BooleanField(
        "also on shipping", default=True, help_text="Is sending these things taxed as they are?"
    )
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The last day. Empty: until further notice.")

    policy = rules.TAX

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("country", "province", "town", "category", "valid_from"),
                name="tax_rate_once",
                violation_error_message="There is a rate for this place and category from this day on.",
            ),
            models.UniqueConstraint(
                fields=("country", "province", "town", "valid_from"),
                condition=Q(category=None),
                name="tax_rate_once_for_everything",
                violation_error_message="There is a rate for everything in this place from this day on.",
            ),
            models.CheckConstraint(condition=Q(basis_points__lte=BASIS), name="tax_rate_at_most_whole"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="tax_rate_ends_after_it_begins",
                violation_error_message="Its last day is before its first.",
            ),
        ]
        indexes = [models.Index(fields=("country", "town", "id"), name="tax_rate_by_place")]

    def __str__(self) -> str:
        return f"{self.name} {self.percent}, {places.locality(self.town, self.province, '', self.country)}"

    def derive(self) -> None:
        self.town = " ".join(self.town.split())
        self.province = places.spelled(self.country, self.province, "")[0]

    def clean(self) -> None:
        """Refuse a province that its country does not have."""
        places.judge(self.country, self.province, "")

    @property
    def percent(self) -> str:
        """As people read it."""
        return percent(self.basis_points)

    def rate(self) -> Rate:
        """What of it counts for sums."""
        return Rate(
            name=self.name,
            basis_points=self.basis_points,
            town=self.town,
            province=self.province,
            category=self.category_id,
            covers_shipping=self.covers_shipping,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


def percent(basis_points: int) -> str:
    """Hundredths of a percent as people read them: "16 %", "8.25 %", "0.5 %"."""
    whole, parts = divmod(basis_points, 100)
    return f"{whole}.{parts:02d}".rstrip("0") + " %" if parts else f"{whole} %"
