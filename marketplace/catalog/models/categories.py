"""Categories: a tree of any depth in the order that staff give it."""

import re
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from tree_queries.query import TreeQuerySet

from core.models import Record
from core.resources.types import key_of
from marketplace.catalog import rules
from marketplace.catalog.modes import ModesField, all_modes

RESERVED = frozenset({"all", "bulk", "facets", "pick", "roots"})
SLUG = RegexValidator(re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*\Z"), "Small letters, digits and single hyphens.")


class Category(Record):  # type: ignore[django-manager-missing]
    """A shelf of the market; shelves nest. Its attributes hold for everything below it."""

    name = models.CharField(max_length=80)
    slug = models.CharField(max_length=80, validators=[SLUG], help_text="Part of its address. Must contain a letter.")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveIntegerField(default=0, help_text="Order among its neighbours, smallest first.")
    is_open = models.BooleanField("open", default=True, editable=False)
    description = models.TextField(blank=True, max_length=2000)
    icon = models.CharField(max_length=40, blank=True, help_text="The name of a Material symbol.")
    modes = ModesField("selling modes", default=all_modes, help_text="How listings here may sell.")

    listing_days = models.PositiveSmallIntegerField(
        "days on show",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="After so many days a listing expires. Empty: as in the category above.",
    )
    remind_days = models.PositiveSmallIntegerField(
        "days of notice",
        null=True,
        blank=True,
        validators=[MaxValueValidator(90)],
        help_text="So many days before, its vendor is reminded; 0 for never. Empty: as in the category above.",
    )
    free_listings = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000)],
        help_text="So many listings here and below may a vendor have. Empty: as in the category above.",
    )

    objects = TreeQuerySet.as_manager()  # type: ignore[django-manager-missing]
    policy = rules.CATEGORY

    class Meta:
        verbose_name_plural = "categories"
        indexes = [models.Index(fields=("position", "id"), name="category_by_position")]
        constraints = [
            models.UniqueConstraint(
                fields=("slug",), name="category_slug_unique", violation_error_message="Another category has this slug."
            ),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("pk")),
                name="category_not_its_own_parent",
                violation_error_message="A category cannot be inside itself.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def derive(self) -> None:
        """What is made below a closed category is closed, too: opening it is a verb of its own."""
        if self._state.adding and self.parent is not None and not self.parent.is_open:
            self.is_open = False

    def clean(self) -> None:
        """Refuse a slug that could be taken for a key or for an operation."""
        if self.slug.isdecimal() or not any(each.isalpha() for each in self.slug) or self.slug in RESERVED:
            raise ValidationError({"slug": "Use at least one letter, and not a reserved word."})

    @classmethod
    def subtree_keys(cls, key: int) -> list[int]:
        """The keys of a category and everything below it."""
        return list(cls.objects.descendants(key, include_self=True).values_list("pk", flat=True))

    @classmethod
    def named(cls, place: Any) -> Self | None:
        """The category of a key or slug."""
        said = getattr(place, "pk", place)
        key = key_of(said)
        return cls.objects.filter(slug=str(said)).first() if key is None else cls.objects.filter(pk=key).first()
