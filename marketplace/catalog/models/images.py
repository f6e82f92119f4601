"""Images of listings: what was uploaded, drawn anew in several sizes."""

from typing import Any

from django.core.files.storage import default_storage
from django.db import models

from core.models import Record
from marketplace.catalog import rules, states
from marketplace.catalog.models.listings import Listing

TILE = 300


class Image(Record):
    """One picture of a listing.

    `renditions` is [{"width", "height", "avif", "webp", "jpeg"}], addresses within the media store; `file` is the largest, from
    which they could be drawn again. `original` is what was uploaded, kept until it has been drawn; `fault` says in a sentence
    why it could not be.
    """

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="images")
    file = models.FileField(max_length=160, blank=True, editable=False)
    original = models.CharField(max_length=160, blank=True, editable=False)
    upload = models.CharField(
        max_length=160, blank=True, editable=False, help_text="The upload it was claimed from, drawn or not."
    )
    state = states.IMAGE.field()
    progress = states.DRAWING.field()
    fault = models.CharField("what is wrong", max_length=300, blank=True, editable=False)
    position = models.PositiveIntegerField(default=0, editable=False)
    alt_text = models.CharField("description", max_length=200, blank=True, help_text="For people who cannot see it.")
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    colour = models.CharField(
        max_length=7, blank=True, editable=False, help_text="Its main colour, shown while it loads."
    )
    fingerprint = models.CharField(
        max_length=32, blank=True, editable=False, help_text="Alike for copies of a picture."
    )
    renditions = models.JSONField(default=list, editable=False)

    policy = rules.IMAGE
    moves = states.IMAGE

    class Meta:
        constraints = [
            states.IMAGE.constraint("image_state_known"),
            states.DRAWING.constraint("image_progress_known"),
            models.UniqueConstraint(
                fields=("original",), condition=~models.Q(original=""), name="image_of_upload_once"
            ),
            models.UniqueConstraint(fields=("upload",), condition=~models.Q(upload=""), name="image_of_claim_once"),
        ]

    def __str__(self) -> str:
        return self.alt_text or f"Image {self.pk}"

    def head(self) -> tuple[str, str, str]:
        """Image, title and whose it is, for a row of a list."""
        return self.smallest_url, str(self), str(self.listing)

    @property
    def smallest_url(self) -> str:
        """The address of its smallest rendition."""
        return default_storage.url(self.renditions[0]["webp"]) if self.renditions else ""

    @property
    def middle_url(self) -> str:
        """The address of a rendition that fills a tile."""
        fitting = [each for each in self.renditions if each["width"] >= TILE] or self.renditions[-1:]
        return default_storage.url(fitting[0]["webp"]) if fitting else ""

    @property
    def is_ready(self) -> bool:
        """Is it drawn, so that it can be shown?"""
        return bool(self.progress == "ready")

    @property
    def may_be_retried(self) -> bool:
        """Did drawing it fail for a reason that may pass? What was refused is gone, and has to be sent again."""
        return self.progress == "failed" and bool(self.original) and self.state != "removed"

    def card(self) -> dict[str, Any]:
        """What a listing keeps of it."""
        return {
            "id": self.pk,
            "alt_text": self.alt_text,
            "width": self.width,
            "height": self.height,
            "colour": self.colour,
            "renditions": self.renditions,
        }
