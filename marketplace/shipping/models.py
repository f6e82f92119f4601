"""Zones, the ways in which something is sent there, and what they cost."""

from typing import cast

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.models import Record
from core.money import LARGEST, MoneyField
from marketplace.accounts import places
from marketplace.shipping import carriers, rating, rules
from marketplace.shipping.rating import Load, Step, Tariff
from marketplace.vendors.models import COUNTRY

MOST_GRAMS = 100_000_000
MOST_DAYS = 365


def split(text: str) -> list[str]:
    """Words with commas between them."""
    return [" ".join(each.split()) for each in text.split(",") if each.strip()]


class Zone(Record):
    """Places that cost the same to send to: the market's, or one vendor's own."""

    vendor = models.ForeignKey(
        "vendors.Vendor", models.PROTECT, null=True, blank=True, related_name="zones",
        help_text="Empty: the market's, for every vendor's methods.",
    )  # fmt: skip
    name = models.CharField(max_length=60)
    countries = models.CharField(
        max_length=300, blank=True, help_text="Two capital letters each, with commas: KE, UG. Empty: all countries."
    )
    provinces = models.TextField(
        "states or provinces",
        max_length=2000,
        blank=True,
        help_text="By name or code, with commas between: CA, Texas. Empty: everywhere there.",
    )
    towns = models.TextField(
        max_length=4000, blank=True, help_text="With commas between; capitals do not matter. Empty: everywhere there."
    )

    policy = rules.ZONE

    class Meta:
        indexes = [models.Index(fields=("name", "id"), name="zone_by_name")]

    def derive(self) -> None:
        self.countries = ", ".join(each.upper() for each in split(self.countries))
        self.towns = ", ".join(split(self.towns))
        self.provinces = ", ".join(self._spelled(each) for each in split(self.provinces))

    def _spelled(self, province: str) -> str:
        """As the first of its countries that has such a province writes it."""
        written = (places.spelled(country, province, "")[0] for country in split(self.countries))
        return next((each for each in written if each != province), province)

    def clean(self) -> None:
        """Refuse a country that is not two letters."""
        try:
            for each in split(self.countries):
                COUNTRY(each.upper())
        except ValidationError as fault:
            raise ValidationError({"countries": fault.messages}) from None

    def reaches(self, country: str, town: str, province: str = "") -> bool:
        """Is this place in it?"""
        within = {rating.folded(each) for each in split(self.provinces)}
        if within and rating.folded(province) not in within:
            return False
        return rating.reaches(split(self.countries), split(self.towns), country=country, town=town)


class ShippingMethod(Record):
    """One way in which something is sent, and what that costs: the market's, or one vendor's own.

    `price` is what it costs where no step of its table says otherwise; of a carrier, where that does not answer. A vendor who
    has methods of its own offers those and none of the market's.
    """

    class Kind(models.TextChoices):
        FLAT = "flat", "One price"
        TABLE = "table", "A table of prices"
        PICKUP = "pickup", "The buyer collects it"
        CARRIER = "carrier", "What a carrier asks"

    class Measure(models.TextChoices):
        WEIGHT = "weight", "Weight"
        VALUE = "value", "What the goods cost"

    vendor = models.ForeignKey(
        "vendors.Vendor", models.PROTECT, null=True, blank=True, related_name="shipping_methods", db_index=False,
        help_text="Empty: the market's, for every vendor who has none.",
    )  # fmt: skip
    zone = models.ForeignKey(
        Zone, models.PROTECT, null=True, blank=True, related_name="methods", help_text="Empty: everywhere."
    )
    name = models.CharField(max_length=60, help_text="As buyers read it, such as Courier.")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.FLAT)
    measure = models.CharField("table by", max_length=6, choices=Measure, default=Measure.WEIGHT)
    price = MoneyField()
    price_minor: int
    price_currency: str
    free_from = MoneyField(null=True)
    most_grams = models.PositiveIntegerField(
        "heaviest, in grams", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_GRAMS)]
    )
    days_min = models.PositiveSmallIntegerField(
        "days at least", null=True, blank=True, validators=[MaxValueValidator(MOST_DAYS)]
    )
    days_max = models.PositiveSmallIntegerField(
        "days at most", null=True, blank=True, validators=[MaxValueValidator(MOST_DAYS)]
    )
    carrier = models.CharField(max_length=20, blank=True, help_text="Of a carrier: whom to ask, such as dhl.")
    service = models.CharField(max_length=60, blank=True, help_text="Its service. Empty: its cheapest.")
    note = models.CharField(max_length=200, blank=True, help_text="Buyers read it, such as where to collect.")
    is_active = models.BooleanField("offered", default=True)

    policy = rules.METHOD

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="carrier") | ~Q(carrier=""),
                name="shipping_method_names_its_carrier",
                violation_error_message="Say which carrier is asked.",
            ),
            models.CheckConstraint(
                condition=Q(days_min=None) | Q(days_max__gte=F("days_min")),
                name="shipping_method_days_in_order",
                violation_error_message="Give the most days too, and no fewer than the least.",
            ),
            models.CheckConstraint(
                condition=Q(free_from_minor=None, free_from_currency=None)
                | Q(free_from_minor__gte=0, free_from_currency=F("price_currency")),
                name="shipping_method_has_one_currency",
                violation_error_message="Give both amounts in one currency.",
            ),
            models.CheckConstraint(condition=Q(price_minor__gte=0), name="shipping_method_price_not_below_zero"),
        ]
        indexes = [
            models.Index(fields=("vendor", "is_active"), name="shipping_method_of_vendor"),
            models.Index(fields=("name", "id"), name="shipping_method_by_name"),
        ]

    def clean(self) -> None:
        """Refuse a currency that the vendor does not sell in, another vendor's zone, a carrier that the market does not ask."""
        faults: dict[str, str] = {}
        if self.vendor is not None and self.price_currency and self.price_currency != self.vendor.currency:
            faults["price_currency"] = f"This vendor sells in {self.vendor.currency}."
        if self.zone is not None and self.zone.vendor_id not in (None, self.vendor_id):
            faults["zone"] = "This zone is another vendor's."
        if self.kind == self.Kind.CARRIER and self.carrier not in carriers.names():
            faults["carrier"] = f"This market asks: {', '.join(carriers.names()) or 'none'}."
        if faults:
            raise ValidationError(faults)

    def tariff(self, steps: list["PriceStep"]) -> Tariff:
        """What of it counts for sums."""
        return Tariff(
            kind=cast("rating.Kind", self.kind),
            price=self.price,
            steps=tuple(Step(each.up_to, each.price) for each in steps) if self.kind == "table" else (),
            by_weight=self.measure == "weight",
            free_from=self.free_from,
            most_grams=self.most_grams,
        )

    @property
    def days(self) -> str:
        """How long it takes, in words."""
        return rating.days(self.days_min, self.days_max)


class PriceStep(Record):
    """One row of a method's table: up to so many grams, or goods of so much, it costs this."""

    method = models.ForeignKey(ShippingMethod, models.CASCADE, related_name="steps")
    up_to = models.BigIntegerField(
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST)],
        help_text="Grams; or the goods' cost in minor units, where the table goes by that.",
    )
    price = MoneyField()
    price_currency: str

    policy = rules.PRICE_STEP

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("method", "up_to"),
                name="price_step_once",
                violation_error_message="The table has a row for this already.",
            ),
            models.CheckConstraint(condition=Q(up_to__gte=0), name="price_step_not_below_zero"),
        ]

    def __str__(self) -> str:
        return f"Up to {self.up_to}: {self.price}"

    def clean(self) -> None:
        """Refuse another currency than the method's."""
        if self.method_id and self.price_currency and self.price_currency != self.method.price_currency:
            raise ValidationError({"price_currency": f"This method is priced in {self.method.price_currency}."})


__all__ = ["Load", "PriceStep", "ShippingMethod", "Zone"]
