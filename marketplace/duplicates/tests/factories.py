"""Listings that say and show something, compared as the outbox would."""

import io
import random
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image as Picture
from PIL import ImageDraw, ImageEnhance

from core.rules import Actor
from core.testing import writing_as_system
from marketplace.catalog import flows
from marketplace.catalog.models import Listing
from marketplace.catalog.tests import factories as catalog
from marketplace.duplicates import actions

BY = Actor.system("test")
BICYCLE = (
    "Hardly used cargo bicycle with a long tail, two seats for children, hub gears and a dynamo. New tyres in March, the brakes were "
    "bled last week. Stored in a dry cellar, never ridden in the rain. Comes with a rain cover, a pump and the second key."
)


def posted(title: str, description: str = "", **values: Any) -> Listing:
    """A listing that waits to be judged, and has been compared."""
    made = catalog.listing(title=title, description=description, **{"status": "pending", **values})
    actions.compare([made.pk], by=BY)
    return made


def scene(seed: int, size: tuple[int, int] = (640, 480)) -> Picture.Image:
    """A picture of its own for each number."""
    chance, drawn = random.Random(seed), Picture.new("RGB", size, "white")
    pen = ImageDraw.Draw(drawn)
    for _ in range(12):
        box = sorted(chance.randrange(size[0]) for _ in range(2)), sorted(chance.randrange(size[1]) for _ in range(2))
        colour = tuple(chance.randrange(256) for _ in range(3))
        pen.ellipse((box[0][0], box[1][0], box[0][1] + 20, box[1][1] + 20), fill=colour)  # type: ignore[arg-type]
    return drawn


def copied(picture: Picture.Image) -> Picture.Image:
    """What becomes of a picture that somebody takes from another listing: smaller, brighter, a little cut."""
    smaller = picture.crop((4, 3, picture.width - 5, picture.height - 4)).resize((500, 380))
    return ImageEnhance.Brightness(smaller).enhance(1.12)


def show(listing: Listing, picture: Picture.Image, quality: int = 60) -> None:
    """Hang a picture on a listing, and compare it."""
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=quality)
    with writing_as_system():
        image = flows.upload_image(listing, ContentFile(held.getvalue()), size=held.tell(), by=BY)
        assert flows.draw_image(image.pk, by=BY)
    actions.compare([listing.pk], by=BY)
