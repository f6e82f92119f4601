"""Options of a listing: what its variants differ in, such as Size, and the values of each, such as S, M and L."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from core.models import Record
from marketplace.catalog import rules
from marketplace.catalog.models.listings import Listing

#: Between the values of a variant, in its title and where values are named in words.
BETWEEN = " / "


class VariantOption(Record):
    """One thing in which a listing's variants differ, such as Size. Its place among the options is declared."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="variant_options")
    name = models.CharField(max_length=40, help_text="Such as Size or Colour.")
    position = models.PositiveSmallIntegerField(default=0, help_text="The lowest is asked for first.")

    policy = rules.VARIANT_OPTION

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "listing",
                Lower("name"),
                name="variant_option_once",
                violation_error_message="This listing has an option of that name.",
            )
        ]

    def derive(self) -> None:
        self.name = " ".join(self.name.split())


class VariantValue(Record):
    """One value of a variant option, such as M. Variants hold it until they are matched to others."""

    option = models.ForeignKey(VariantOption, models.CASCADE, related_name="values")
    name = models.CharField(max_length=40, help_text="Such as M, or dark blue.")
    position = models.PositiveSmallIntegerField(default=0, help_text="The lowest is shown first.")

    policy = rules.VARIANT_VALUE

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "option",
                Lower("name"),
                name="variant_value_once",
                violation_error_message="This option has a value of that name.",
            )
        ]

    def derive(self) -> None:
        self.name = " ".join(self.name.split())

    def clean(self) -> None:
        """Refuse a name in which two values could be read."""
        if BETWEEN in self.name:
            raise ValidationError({"name": "Write it without a slash between spaces: that separates values."})
