"""Where attributes are asked for: on a category and all below it, in which group, and what is narrower there."""

from django.core.exceptions import ValidationError
from django.db import models

from core.models import Record
from core.resources.definitions import CHOOSING, Kind
from marketplace.catalog import narrowing, rules
from marketplace.catalog.models.attributes import Attribute
from marketplace.catalog.models.categories import Category


class Visibility(models.TextChoices):
    """Who sees the values of an attribute."""

    PUBLIC = "public", "Everybody"
    VENDOR = "vendor", "Vendor and staff"
    STAFF = "staff", "Staff only"


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
        if not self.category_id:
            return  # refused at its own field
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
