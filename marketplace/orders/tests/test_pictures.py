"""A picture that was bought is kept as long as a line shows it, in whatever state its listing is."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Picture

from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.catalog import actions, flows
from marketplace.catalog.models import Image, Listing
from marketplace.orders.models import OrderLine
from marketplace.orders.tests.factories import place

pytestmark = pytest.mark.django_db
CLOCK = Actor.system("image sweep")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def shown(listing: Listing, colour: tuple[int, int, int]) -> Image:
    """A picture that the listing shows."""
    drawn = io.BytesIO()
    Picture.new("RGB", (64, 48), colour).save(drawn, "PNG")
    size = drawn.tell()
    drawn.seek(0)
    image = flows.upload_image(listing, drawn, size=size, by=CLOCK)
    assert flows.draw_image(image.pk, by=CLOCK)
    image.refresh_from_db()
    return image


def swept(**options: Any) -> int:
    return flows.sweep_images(by=CLOCK, idle=timedelta(), **options)


def test_what_a_line_shows_outlives_its_listing_and_the_rest_does_not(customer: Person, goods: Goods) -> None:
    listing = goods.mug.listing
    bought, unwanted = shown(listing, (200, 30, 30)), shown(listing, (30, 200, 30))
    place(customer.user, {goods.mug: 1})
    line = OrderLine.objects.get()
    assert line.image == bought.renditions[0]["webp"]
    for each in (bought, unwanted):
        actions.remove_image(listing.pk, by=CLOCK, image_id=each.pk)
    assert (swept(), swept()) == (1, 0)
    bought.refresh_from_db()
    unwanted.refresh_from_db()
    assert (default_storage.exists(line.image), bool(bought.file), bool(unwanted.file)) == (True, True, False)
    assert default_storage.exists(bought.file.name)


def test_those_that_are_kept_do_not_hold_up_those_that_go(customer: Person, goods: Goods) -> None:
    listing = goods.mug.listing
    bought = shown(listing, (200, 30, 30))
    place(customer.user, {goods.mug: 1})
    others = [shown(listing, (30, 200, number)) for number in range(3)]
    for each in (bought, *others):
        actions.remove_image(listing.pk, by=CLOCK, image_id=each.pk)
    assert [swept(at_once=1) for _each in range(4)] == [1, 1, 1, 0]
    assert [bool(each.file) for each in Image.objects.order_by("pk")] == [True, False, False, False]
