"""Images of listings: one original, re-encoded, with smaller renditions."""

from typing import Any

from django.core.files.storage import default_storage
from django.db import models

from core.models import Record
from marketplace.catalog import rules, states
from marketplace.catalog.models.listings import Listing


class Image(Record):
    """One picture of a listing. `renditions` is [{"width", "height", "webp", "jpeg"}], addresses within the media store."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="images")
    file = models.FileField(max_length=160, editable=False)
    state = states.IMAGE.field()
    position = models.PositiveIntegerField(default=0, editable=False)
    alt_text = models.CharField("description", max_length=200, blank=True, help_text="For people who cannot see it.")
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    colour = models.CharField(max_length=7, editable=False, help_text="Its main colour, shown while it loads.")
    renditions = models.JSONField(default=list, editable=False)

    policy = rules.IMAGE
    moves = states.IMAGE

    class Meta:
        constraints = [states.IMAGE.constraint("image_state_known")]

    def __str__(self) -> str:
        return self.alt_text or f"Image {self.pk}"

    @property
    def smallest_url(self) -> str:
        """The address of its smallest rendition."""
        return default_storage.url(self.renditions[0]["webp"]) if self.renditions else ""

    @property
    def middle_url(self) -> str:
        """The address of a rendition that fills a tile."""
        return default_storage.url(self.renditions[len(self.renditions) // 2]["webp"]) if self.renditions else ""

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
