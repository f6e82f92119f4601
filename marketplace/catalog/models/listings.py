"""Listings: what vendors offer."""

import secrets
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.text import slugify

from core import memo, related
from core.models import Moment, Record
from core.money import Money, MoneyField
from core.resources.definitions import Definition
from core.resources.documents import DocumentField, tokens_of
from core.resources.tokens import TokensField, TokensIndex, places
from marketplace.catalog import rules, states
from marketplace.catalog.models.categories import Category
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.modes import ModesField

LETTERS = "abcdefghjkmnpqrstuvwxyz"
HANDLE_LENGTH = 10
ON_SHOW = Q(status="approved")


def new_handle() -> str:
    """The end of a slug, which stays when the title changes: an old slug still finds its listing."""
    return secrets.choice(LETTERS) + "".join(secrets.choice(LETTERS + "23456789") for _ in range(HANDLE_LENGTH - 1))


class Listing(Record):
    """Something a vendor offers: to be contacted about, chatted about, or bought.

    `reference` is the vendor's own key for it, by which an import finds it again. `cached_gallery` is what the live
    images say (see Image), kept here so that a list reads one table; so is what `prices.py` says it cost before it was
    reduced, and until when that may be said. `judged_by` is whose judgement its state is, for as
    long as it may be taken back.
    """

    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, related_name="listings", db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, related_name="listings", db_index=False)
    title = models.CharField(max_length=120)
    description = models.TextField(max_length=5000, blank=True)
    price = MoneyField(null=True)
    price_minor: int | None
    price_currency: str | None
    modes = ModesField("selling modes")
    status = states.LISTING.field()
    status_since = Moment(auto_now_add=True, editable=False)
    attributes = DocumentField()
    tokens = TokensField()
    slug = models.CharField(max_length=80, editable=False)
    handle = models.CharField(max_length=HANDLE_LENGTH, default=new_handle, editable=False)
    reference = models.CharField(
        max_length=80, null=True, blank=True, help_text="Your own key for it, unique among your listings."
    )
    city = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)])
    approved_at = models.DateTimeField(null=True, editable=False)
    published_at = models.DateTimeField(null=True, editable=False, help_text="First approved.")
    expires_at = models.DateTimeField(null=True, editable=False)
    reminded_for = models.DateTimeField(null=True, editable=False, help_text="The end of which its vendor was told.")
    judgement = models.CharField("moderator's words", max_length=500, blank=True, editable=False)
    judged_by = models.BigIntegerField(null=True, editable=False)
    staff_note = models.TextField(max_length=2000, blank=True)
    cached_gallery = models.JSONField(default=list, blank=True, editable=False)
    cached_was_minor = models.BigIntegerField(null=True, editable=False)
    cached_was_until = models.DateTimeField(null=True, editable=False)

    machine_fields = frozenset({"tokens", "cached_gallery", "cached_was_minor", "cached_was_until", "reminded_for"})
    document_place = "category"
    document_depends_on = ("category",)
    policy = rules.LISTING
    moves = states.LISTING

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("slug",), name="listing_slug_unique"),
            models.UniqueConstraint(fields=("handle",), name="listing_handle_unique"),
            models.UniqueConstraint(
                fields=("vendor", "reference"),
                name="listing_reference_unique",
                violation_error_message="Another of your listings has this reference.",
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None) | Q(latitude__isnull=False, longitude__isnull=False),
                name="listing_place_whole",
                violation_error_message="Give both latitude and longitude, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(price_minor=None, price_currency=None)
                | Q(price_minor__gte=0, price_currency__isnull=False),
                name="listing_price_whole",
                violation_error_message="A price has an amount, not below zero, and a currency.",
            ),
            states.LISTING.constraint("listing_status_known"),
        ]
        indexes = [
            models.Index(fields=("-approved_at", "-id"), condition=ON_SHOW, name="listing_newest"),
            models.Index(fields=("category", "-approved_at", "-id"), condition=ON_SHOW, name="listing_category_newest"),
            models.Index(fields=("price_minor", "id"), condition=ON_SHOW, name="listing_by_price"),
            models.Index(fields=("category", "price_minor"), condition=ON_SHOW, name="listing_category_price"),
            models.Index(fields=("vendor", "-id"), name="listing_of_vendor"),
            models.Index(fields=("vendor", "-approved_at", "-id"), condition=ON_SHOW, name="listing_vendor_newest"),
            models.Index(fields=("status", "status_since", "id"), name="listing_queue"),
            models.Index(fields=("status_since", "id"), name="listing_by_age"),
            models.Index(fields=("latitude", "longitude"), condition=ON_SHOW, name="listing_by_place"),
            models.Index(fields=("expires_at",), condition=ON_SHOW, name="listing_expiring"),
            TokensIndex(fields=("tokens",), moment="approved_at", condition=ON_SHOW, name="listing_tokens"),
        ]

    def __str__(self) -> str:
        return self.title

    def head(self) -> tuple[str, str, str]:
        """Image, title and where it stands, for a row of a list."""
        first = self.cached_gallery[0]["renditions"][0]["webp"] if self.cached_gallery else ""
        shelf = shelves().shelves.get(self.category_id)
        place = " · ".join(each for each in (shelf.name if shelf else "", self.city) if each)
        return default_storage.url(first) if first else "", self.title, place

    def derive(self) -> None:
        words = slugify(self.title)[:64].strip("-")
        self.slug = f"{words}-{self.handle}" if words else self.handle
        self.tokens = tokens_of(
            self.attributes or {}, self.document_definitions(), places(shelves().path(self.category_id))
        )

    def clean(self) -> None:
        """Refuse modes that the category has not, a currency that the vendor does not sell in."""
        faults: dict[str, Any] = {}
        shelf = shelves().shelves.get(self.category_id)
        if shelf is not None and isinstance(self.modes, list) and not set(self.modes) <= set(shelf.modes):
            faults["modes"] = f"In {shelf.name}, choose among: {', '.join(shelf.modes)}."
        if not self.modes:
            faults["modes"] = "Choose at least one."
        if self.price_currency and self.vendor_id:
            currency = memo.once(("vendor currency", self.vendor_id), lambda: related.one(self, "vendor").currency)
            if self.price_currency != currency:
                faults["price_currency"] = f"This vendor sells in {currency}."
        if faults:
            raise ValidationError(faults)

    def document_definitions(self) -> tuple[Definition, ...]:
        """What holds in its category."""
        return shelves().definitions(self.category_id)

    @classmethod
    def filterable_definitions(cls, place: Any) -> tuple[Definition, ...]:
        """What may be asked of the listings of a category (key or slug) and below, or of all."""
        tree = shelves()
        return tree.askable(None if place is None else tree.key_of(place))

    @classmethod
    def place_tokens(cls, place: Any) -> list[int]:
        """The token of a category (key or slug), which all listings in it and below have."""
        key = None if place is None else shelves().key_of(place)
        return places([key]) if key else []

    @classmethod
    def formerly(cls, slug: str) -> int | None:
        """The listing of a slug that it had under an earlier title, or None."""
        return cls.objects.filter(handle=slug.rsplit("-", 1)[-1]).values_list("pk", flat=True).first()

    def was_price(self, at: datetime) -> Money | None:
        """What it cost before its price was reduced, where that may be said at this moment: see `catalog/prices.py`."""
        if self.cached_was_minor is None or self.cached_was_until is None or self.cached_was_until <= at:
            return None
        return Money(self.cached_was_minor, self.price_currency) if self.price_currency else None

    @property
    def is_judged(self) -> bool:
        """Do edits of its content wait for a moderator?"""
        return self.status in states.JUDGED
