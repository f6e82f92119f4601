"""From upload to picture: what waits, what fails and is tried again, what a moderator must have seen, and what is swept."""

import io
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image as Picture
from PIL import ImageCms

from core.errors import Missing, WrongState
from core.models import OutboxEvent
from core.rules import Actor
from marketplace.catalog import actions, flows, media, shapes
from marketplace.catalog.errors import PictureGone, PicturesPending
from marketplace.catalog.models import Category, Image, Listing, Revision
from marketplace.catalog.tests import factories

PIPELINE = Actor.system("image pipeline")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def row(cars: Category, acme: Any) -> Listing:
    return factories.listing(vendor=acme, category=cars, attributes={"make": "ford", "year": 2000})


def files_in(place: Path) -> list[str]:
    return sorted(str(each.relative_to(place)) for each in place.rglob("*") if each.is_file())


def send(listing: Listing, by: Actor, colour: str = "red") -> Image:
    """Sent, and not yet drawn."""
    held = io.BytesIO()
    Picture.new("RGB", (64, 48), colour).save(held, "JPEG")
    size = held.tell()
    held.seek(0)
    return flows.upload_image(listing, held, size=size, by=by)


def shown(listing: Listing) -> list[int]:
    return [each["id"] for each in Listing.objects.get(pk=listing.pk).cached_gallery]


def test_an_upload_waits_unseen_until_it_is_drawn(row: Listing, owner: Actor, store: Path) -> None:
    image = send(row, owner)
    assert (image.progress, image.state, shown(row)) == ("pending", "live", [])
    assert files_in(store) == [image.original]
    assert image.original.startswith("uploads/")
    events = OutboxEvent.objects.filter(name="catalog.ImageReceived").values_list("payload", flat=True)
    assert list(events) == [{"image_id": image.pk}]
    assert (flows.draw_image(image.pk, by=PIPELINE), flows.draw_image(image.pk, by=PIPELINE)) == (True, False)
    image.refresh_from_db()
    assert (image.progress, image.original, shown(row)) == ("ready", "", [image.pk])
    assert not any(each.startswith("uploads/") for each in files_in(store))


def test_an_image_removed_while_it_waits_leaves_nothing_but_its_upload_which_is_swept(
    row: Listing, owner: Actor, store: Path
) -> None:
    image = send(row, owner)
    actions.remove_image(row.pk, by=owner, image_id=image.pk)
    assert flows.draw_image(image.pk, by=PIPELINE) is False
    assert files_in(store) == [image.original]
    assert flows.sweep_images(by=PIPELINE, idle=timedelta()) == 1
    assert files_in(store) == []


def test_what_fails_for_a_passing_reason_says_so_and_is_drawn_when_tried_again(
    row: Listing, owner: Actor, rival: Actor, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = send(row, owner)
    kept, calls = default_storage.save, []

    def full(name: str, content: Any, **options: Any) -> str:
        calls.append(name)
        if len(calls) == 3:
            raise OSError("No space left on device")
        return kept(name, content, **options)

    with monkeypatch.context() as patched:
        patched.setattr(default_storage, "save", full)
        assert flows.draw_image(image.pk, by=PIPELINE) is False
    image.refresh_from_db()
    assert (image.progress, image.fault, image.may_be_retried) == ("failed", flows.NOT_NOW, True)
    assert files_in(store) == [image.original]
    with pytest.raises(Missing):
        actions.retry_image(image.pk, by=rival)
    actions.retry_image(image.pk, by=owner)
    with pytest.raises(WrongState):
        actions.retry_image(image.pk, by=owner)
    assert flows.draw_image(image.pk, by=PIPELINE)
    image.refresh_from_db()
    assert (image.progress, image.fault, shown(row)) == ("ready", "", [image.pk])


def test_nothing_is_approved_with_a_picture_that_nobody_can_have_seen(
    row: Listing, owner: Actor, moderator: Actor
) -> None:
    first = send(row, owner)
    actions.submit(row.pk, by=owner)
    with pytest.raises(PicturesPending):
        actions.approve(row.pk, by=moderator)
    assert Listing.objects.get(pk=row.pk).status == "pending"
    flows.draw_image(first.pk, by=PIPELINE)
    actions.approve(row.pk, by=moderator)
    second = send(row, owner)
    change = Revision.objects.get()
    with pytest.raises(PicturesPending):
        actions.approve_revision(change.pk, by=moderator)
    assert shown(row) == [first.pk]
    flows.draw_image(second.pk, by=PIPELINE)
    assert shown(row) == [first.pk]
    actions.approve_revision(change.pk, by=moderator)
    assert shown(row) == [first.pk, second.pk]


def test_a_failed_picture_does_not_come_back_behind_a_moderator(
    row: Listing, owner: Actor, moderator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = send(row, owner)
    with monkeypatch.context() as patched:
        patched.setattr(media, "prepare", lambda *_each, **_options: 1 / 0)
        flows.draw_image(image.pk, by=PIPELINE)
    actions.submit(row.pk, by=owner)
    actions.approve(row.pk, by=moderator)
    with pytest.raises(PictureGone):
        actions.retry_image(image.pk, by=owner)
    assert (Image.objects.get(pk=image.pk).progress, shown(row)) == ("failed", [])


def test_uploads_that_nobody_claimed_and_files_of_nobody_are_swept_after_a_day(
    row: Listing, owner: Actor, store: Path
) -> None:
    waiting, drawn = send(row, owner), send(row, owner, "blue")
    flows.draw_image(drawn.pk, by=PIPELINE)
    kept = files_in(store)
    for name in ("uploads/stray", "listings/nobody/full.webp", "listings/nobody/160.jpg", "jobs/2026/11/import.csv"):
        default_storage.save(name, ContentFile(b"x"))
    assert flows.sweep_uploads() == 0
    old = (timezone.now() - timedelta(days=2)).timestamp()
    for name in files_in(store):
        os.utime(store / name, (old, old))
    assert (flows.sweep_uploads(), flows.sweep_uploads()) == (3, 0)
    assert files_in(store) == sorted([*kept, "jobs/2026/11/import.csv"])
    assert waiting.original in files_in(store)


def test_a_picture_drawn_before_there_was_avif_offers_the_other_formats() -> None:
    old = {"width": 160, "height": 90, "webp": "listings/a/160.webp", "jpeg": "listings/a/160.jpg"}
    new = {**old, "width": 480, "avif": "listings/a/480.avif"}
    card = {"id": 1, "alt_text": "", "width": 480, "height": 270, "colour": "#ffffff", "renditions": [old, new]}
    said = shapes.photo(card)
    assert said["renditions"][0]["avif"] == ""
    assert said["srcset"]["avif"] == ""
    assert said["srcset"]["jpeg"] == "/media/listings/a/160.jpg 160w, /media/listings/a/160.jpg 480w"


def prepared(kind: str, picture: Picture.Image, **options: Any) -> Picture.Image:
    """The largest of what is drawn of it."""
    held = io.BytesIO()
    picture.save(held, kind, **options)
    made = media.prepare(io.BytesIO(held.getvalue()), size=held.tell())
    largest = Picture.open(io.BytesIO(made.files[0].content))
    assert (largest.mode, largest.info.get("icc_profile"), largest.info.get("exif")) == ("RGB", None, None)
    return largest


@pytest.mark.parametrize(("value", "shade"), [(0, 0), (32_768, 128), (65_535, 255)])
def test_sixteen_bits_of_grey_become_eight(value: int, shade: int) -> None:
    deep = Picture.new("I;16", (40, 30), value)
    deep.putpixel((0, 0), 65_535)
    drawn = prepared("PNG", deep).getpixel((30, 20))
    assert all(abs(each - shade) <= 3 for each in drawn)  # type: ignore[union-attr]


def test_colours_are_those_that_the_profile_means() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = prepared("JPEG", Picture.new("RGB", (40, 30), (200, 30, 30)), icc_profile=lab).getpixel((20, 15))
    assert all(abs(one - other) <= 6 for one, other in zip(plain, (200, 30, 30), strict=True))  # type: ignore[arg-type]
    broken = prepared("JPEG", Picture.new("RGB", (40, 30), (200, 30, 30)), icc_profile=b"no profile").getpixel((20, 15))
    assert all(abs(one - other) <= 6 for one, other in zip(broken, (200, 30, 30), strict=True))  # type: ignore[arg-type]
    inks = prepared("JPEG", Picture.new("CMYK", (40, 30), (0, 255, 255, 0))).getpixel((20, 15))
    assert inks[0] > 180  # type: ignore[index]
    assert max(inks[1:]) < 80  # type: ignore[index]


@pytest.mark.parametrize("turned", range(1, 9))
def test_every_way_of_holding_a_camera_is_set_upright(turned: int) -> None:
    upright = Picture.new("RGB", (200, 100), "white")
    upright.paste((255, 0, 0), (0, 0, 100, 50))  # red above on the left
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    held = upright if turned == 1 else upright.transpose(Picture.Transpose(back[turned]))
    exif = Picture.Exif()
    exif[0x0112] = turned
    drawn = prepared("JPEG", held, exif=exif, quality=95)
    assert drawn.size == (200, 100)
    red, white = drawn.getpixel((20, 10)), drawn.getpixel((180, 90))
    assert red[0] > 200 > 80 > red[1]  # type: ignore[index]
    assert min(white) > 200  # type: ignore[arg-type]
