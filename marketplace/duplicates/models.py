"""Sketches of listings, the bands by which alike ones are found, and what moderators said of each pair."""

from typing import Any

from django.db import models

from core.models import Moment, Record, Tally
from marketplace.catalog.models import Listing
from marketplace.duplicates import rules, states


class Sketch(Tally):
    """What was compared of a listing last; rebuilt from it by `manage.py duplicates`."""

    listing = models.OneToOneField(Listing, models.CASCADE, primary_key=True, related_name="sketch")
    digest = models.CharField(max_length=32)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Sketch of listing {self.listing_id}"


class Band(Tally):
    """One number of a listing: those that share one may be alike, and are compared."""

    pk = models.CompositePrimaryKey("value", "listing_id")
    value = models.BigIntegerField()
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="bands")

    def __str__(self) -> str:
        return f"{self.value} of listing {self.listing_id}"


class Duplicate(Record):
    """Two listings that may be the same: `listing` came later, `original` was there before.

    A moderator says once whether they are; what was said stays, whatever becomes of their words. One that nobody has judged goes
    when the two are no longer alike.
    """

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="originals", editable=False)
    original = models.ForeignKey(Listing, models.CASCADE, related_name="copies", editable=False)
    score = models.PositiveSmallIntegerField("alike, in 100", editable=False)
    words_score = models.PositiveSmallIntegerField("words alike, in 100", editable=False)
    pictures_alike = models.PositiveSmallIntegerField(editable=False)
    is_same_price = models.BooleanField("same price", editable=False)
    is_same_vendor = models.BooleanField("same vendor", editable=False)
    status = states.DUPLICATE.field()
    status_since = Moment(auto_now_add=True, editable=False)
    judged_by = models.CharField(max_length=120, blank=True, editable=False)

    policy = rules.DUPLICATE
    moves = states.DUPLICATE

    class Meta:
        verbose_name = "possible duplicate"
        constraints = [
            states.DUPLICATE.constraint("duplicate_status_known"),
            models.UniqueConstraint(fields=("listing", "original"), name="duplicate_once"),
            models.CheckConstraint(
                condition=models.Q(original__lt=models.F("listing")),
                name="duplicate_of_an_earlier_one",
                violation_error_message="The original is the earlier one.",
            ),
        ]
        indexes = [
            models.Index(fields=("status", "-score", "-id"), name="duplicate_queue"),
            models.Index(fields=("score", "id"), name="duplicate_by_score"),
            models.Index(fields=("status_since", "id"), name="duplicate_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.listing} and {self.original}"

    def head(self) -> tuple[str, str, str]:
        """Image, title and why, for a row of a list."""
        return self.listing.head()[0], str(self.listing), self.why()

    def why(self) -> str:
        """In a sentence what is alike."""
        said = [f"words {self.words_score} %"]
        if self.pictures_alike:
            said.append("a picture" if self.pictures_alike == 1 else f"{self.pictures_alike} pictures")
        if self.is_same_price:
            said.append("the price")
        whose = "the same vendor" if self.is_same_vendor else "another vendor"
        return f"{self.score} % alike, of {whose}: {', '.join(said)}."

    def other(self, listing_id: int) -> Any:
        """The one of the two that is not this."""
        return self.original if self.listing_id == listing_id else self.listing
