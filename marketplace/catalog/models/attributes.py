"""Attributes: what staff define for the listings of a category, at run time and without a migration."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from core.models import Record
from core.money import Money, exponent
from core.resources import patterns
from core.resources.definitions import BOUNDED, CHOOSING, MEASURED, Kind
from core.resources.document_filters import SUFFIXES
from marketplace.catalog import rules

CODE = RegexValidator(
    re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*\Z"),
    "Small letters, digits and single underscores, beginning with a letter.",
)


class Attribute(Record):
    """One thing that may be said of listings: its code and kind stay for ever, its words and bounds may change.

    While a change to another kind runs (`is_changing`) nobody sees it: its listings hold values of both kinds.
    `index_low` and `index_high` are the bounds of its first day; they stay, so that stored tokens keep their meaning.
    """

    code = models.CharField(max_length=48, validators=[CODE])
    label = models.CharField(max_length=80)
    kind = models.CharField(
        max_length=16, choices=[(kind.value, kind.value.replace("_", " ").capitalize()) for kind in Kind]
    )
    unit = models.CharField(
        max_length=16,
        blank=True,
        help_text="What numbers are kept in, such as km or GB: who writes miles is converted. Of money, its currency.",
    )
    minimum = models.FloatField(null=True, blank=True, help_text="Of money, in major units, as people write it.")
    maximum = models.FloatField(null=True, blank=True)
    is_integer = models.BooleanField("whole numbers only", default=False)
    help = models.CharField(max_length=200, blank=True, help_text="A hint beside the field.")
    pattern = models.CharField(
        max_length=200,
        blank=True,
        help_text="How a text is written, such as [A-Z]{3}\\d{3}[A-Z]. The hint is what people read who write it otherwise.",
    )
    depends_on = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dependents",
        help_text="The choice that decides which options there are, as the make decides the models.",
    )
    is_changing = models.BooleanField(default=False, editable=False)
    index_low = models.FloatField(null=True, editable=False)
    index_high = models.FloatField(null=True, editable=False)

    policy = rules.DEFINITION

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("code",),
                name="attribute_code_unique",
                violation_error_message="Another attribute has this code.",
            ),
            models.CheckConstraint(
                condition=models.Q(minimum=None) | models.Q(maximum=None) | models.Q(minimum__lte=models.F("maximum")),
                name="attribute_bounds_in_order",
                violation_error_message="The minimum must not be above the maximum.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def does_not_have(self) -> tuple[str, ...]:
        """What attributes of other kinds have, and this one cannot."""
        of_kinds = {"minimum": BOUNDED, "maximum": BOUNDED, "pattern": (Kind.TEXT,), "depends_on": CHOOSING}
        return tuple(name for name, kinds in of_kinds.items() if self.kind not in kinds)

    def derive(self) -> None:
        if self._state.adding and self.kind == Kind.MONEY and not self.unit:
            self.unit = settings.DEFAULT_CURRENCY
        if self._state.adding and self.kind in BOUNDED:
            self.index_low, self.index_high = self.minimum, self.maximum

    def clean(self) -> None:
        """Refuse bounds and units where there is no number, and a code that reads like a filter of another."""
        faults = {}
        if self.code.endswith(SUFFIXES):
            faults["code"] = f"A code cannot end with {', '.join(SUFFIXES)}: filters use those."
        if self.kind not in BOUNDED:
            faults |= {
                name: "Only numbers, ranges and money have this."
                for name in ("unit", "minimum", "maximum")
                if getattr(self, name) not in (None, "")
            }
        if self.kind not in MEASURED and self.is_integer:
            faults["is_integer"] = "Only numbers and ranges have this."
        if self.kind == Kind.RANGE and None in (self.minimum, self.maximum):
            faults["minimum"] = "A range needs both bounds: what lies between them is what may be filtered."
        if self.kind == Kind.MONEY:
            faults |= self._money_faults()
        faults |= self._pattern_faults() | self._dependence_faults()
        if faults:
            raise ValidationError(faults)

    def _pattern_faults(self) -> dict[str, str]:
        if self.pattern and self.kind != Kind.TEXT:
            return {"pattern": "Only texts have this."}
        try:
            if self.pattern:
                patterns.read(self.pattern)
        except patterns.PatternFault as fault:
            return {"pattern": str(fault)}
        return {}

    def _dependence_faults(self) -> dict[str, str]:
        if self.depends_on_id is None:
            return {}
        other = Attribute.objects.filter(pk=self.depends_on_id).first()
        if self.kind not in CHOOSING or other is None or other.kind != Kind.CHOICE:
            return {"depends_on": "Choices depend on another attribute that is a choice of one."}
        while other is not None:
            if other.pk == self.pk:
                return {"depends_on": "It would depend on itself."}
            other = other.depends_on
        return {}

    def _money_faults(self) -> dict[str, str]:
        faults = {}
        for name in ("unit", "minimum", "maximum"):
            try:
                self.minor(getattr(self, name)) if name != "unit" else exponent(self.unit)
            except ValueError as fault:
                faults[name] = str(fault)
        return faults if "unit" not in faults else {"unit": faults["unit"]}

    def minor(self, amount: float | None) -> int | None:
        """A bound of money in minor units. ValueError for one below zero, and for more decimals than the currency has."""
        if amount is None:
            return None
        found = Money.from_major(f"{amount:f}", self.unit).amount
        if found < 0:
            raise ValueError("Not below zero.")
        return found

    def bound(self, amount: float | None) -> float | None:
        """A bound as definitions have it: of money in minor units, else as it is."""
        return self.minor(amount) if self.kind == Kind.MONEY else amount


class Option(Record):
    """One of the answers of a choice. Listings hold its code; it is archived rather than deleted once it is used."""

    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="options", db_index=False)
    code = models.CharField(max_length=48, validators=[CODE])
    label = models.CharField(max_length=80)
    position = models.PositiveIntegerField(default=0)
    is_archived = models.BooleanField("archived", default=False, editable=False)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        help_text="The option of the other choice with which alone it is offered, as a model with its make.",
    )

    policy = rules.OPTION

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("attribute", "code"),
                name="option_code_unique",
                violation_error_message="This attribute has an option with this code.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """Refuse options of an attribute that is not a choice, and to stand under what its attribute does not depend on."""
        if not self.attribute_id:
            return
        if self.attribute.kind not in CHOOSING:
            raise ValidationError({"attribute": "Only choices have options."})
        if self.parent_id:
            parent = Option.objects.filter(pk=self.parent_id).first()
            if parent is None or parent.attribute_id != self.attribute.depends_on_id:
                raise ValidationError({"parent": "Choose an option of the attribute that this one depends on."})
