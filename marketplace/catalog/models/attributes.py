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
from marketplace.catalog import narrowing, rules
from marketplace.catalog.models.categories import Category

CODE = RegexValidator(
    re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*\Z"),
    "Small letters, digits and single underscores, beginning with a letter.",
)


class Visibility(models.TextChoices):
    """Who sees the values of an attribute."""

    PUBLIC = "public", "Everybody"
    VENDOR = "vendor", "Vendor and staff"
    STAFF = "staff", "Staff only"


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


class AttributeGroup(Record):
    """A heading under which attributes stand together, in forms and in what storefronts are told; groups have an order."""

    name = models.CharField(max_length=60, unique=True, error_messages={"unique": "There is a group of this name."})
    position = models.PositiveIntegerField(
        default=0, help_text="The lowest comes first; what is in no group comes before all."
    )

    policy = rules.DEFINITION

    class Meta:
        verbose_name = "attribute group"


class FacetKind(models.TextChoices):
    """How the values of a facet are counted."""

    USUAL = "", "As usual for its kind"
    TERMS = "terms", "Each value with its count"
    SPAN = "span", "The least and the most"
    HISTOGRAM = "histogram", "Bars with counts"


class CategoryAttribute(Record):
    """An attribute of a category and of everything below it. A nearer one overrules that of a category above, but what it must hold
    it can only narrow: bounds, options and whether it is required.
    """

    category = models.ForeignKey(Category, models.PROTECT, related_name="category_attributes", db_index=False)
    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="category_attributes")
    is_required = models.BooleanField("required", default=False)
    is_filterable = models.BooleanField("filter", default=True)
    is_facet = models.BooleanField("counted beside results", default=False)
    facet_kind = models.CharField(
        "counted as", max_length=10, choices=FacetKind.choices, default=FacetKind.USUAL, blank=True
    )
    is_searchable = models.BooleanField(
        "searchable",
        default=True,
        help_text="Its values are words by which a listing is found, where everybody sees them.",
    )
    group = models.ForeignKey(
        AttributeGroup,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="category_attributes",
        help_text="The heading it stands under.",
    )
    minimum = models.FloatField(
        "least here",
        null=True,
        blank=True,
        help_text="Narrower than the attribute's own, here and below. Of money, in major units.",
    )
    maximum = models.FloatField("most here", null=True, blank=True)
    only_options = models.TextField(
        "options here",
        blank=True,
        max_length=20_000,
        help_text="Codes with commas between: of all options only these are offered here and below. Empty: all.",
    )
    position = models.PositiveIntegerField(default=0)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PUBLIC)
    is_hidden = models.BooleanField("hidden from here on", default=False, help_text="Not asked here and below.")
    shown_if = models.ForeignKey(
        Attribute,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="conditions",
        help_text="Asked for only where this choice or yes-or-no has one of the values beside it.",
    )
    shown_if_values = models.CharField(
        max_length=500,
        blank=True,
        help_text="Codes of its options, or true or false, with commas between. Empty: where it has any value.",
    )

    policy = rules.DEFINITION

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("category", "attribute"),
                name="category_attribute_unique",
                violation_error_message="This category has this attribute already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attribute} in {self.category}"

    @property
    def condition_values(self) -> tuple[str, ...]:
        """The values of the other attribute where this one is asked for."""
        return tuple(each.strip() for each in self.shown_if_values.split(",") if each.strip())

    @property
    def option_codes(self) -> tuple[str, ...]:
        """The options that alone are offered here and below; none for all of them."""
        return tuple(dict.fromkeys(each.strip() for each in self.only_options.split(",") if each.strip()))

    def clean(self) -> None:
        """Refuse what widens what holds above, a way of counting that its kind has not, and a condition on what is no choice, has no
        such value, is not asked here, or waits for this very attribute.
        """
        if self.attribute_id and self.category_id:
            faults = narrowing.faults_of(self)
            if faults:
                raise ValidationError(faults)
        if self.shown_if_id is None:
            if self.shown_if_values:
                raise ValidationError({"shown_if_values": "Say of which attribute these are the values."})
            return
        other = Attribute.objects.filter(pk=self.shown_if_id).first()
        if other is None or other.kind not in (*CHOOSING, Kind.BOOLEAN):
            raise ValidationError({"shown_if": "Choose a choice, or a yes or no."})
        known = {"true", "false"} if other.kind == Kind.BOOLEAN else set(other.options.values_list("code", flat=True))
        unknown = [each for each in self.condition_values if each not in known]
        if unknown:
            raise ValidationError({"shown_if_values": f"{other.label} has no value {', '.join(unknown)}."})
        path = list(Category.objects.ancestors(self.category_id, include_self=True).values_list("pk", flat=True))
        self._follow(other.pk, CategoryAttribute.objects.filter(category__in=path))

    def _follow(self, key: int, links: models.QuerySet) -> None:
        """Refuse another attribute that is not asked here, or that waits for this one, at whatever remove."""
        if not links.filter(attribute=key).exists():
            raise ValidationError({"shown_if": "That attribute is not asked here; put it on this category first."})
        met, waiting = set[int](), [key]
        while waiting:
            met.add(waiting[-1])
            above = links.filter(attribute=waiting.pop(), shown_if__isnull=False).values_list("shown_if", flat=True)
            waiting += set(above) - met
        if self.attribute_id in met:
            raise ValidationError({"shown_if": "Each would wait for the other, so neither would ever be asked."})
