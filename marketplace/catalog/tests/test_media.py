"""Uploads: what is taken is drawn anew, what is refused leaves nothing behind."""

import io
import struct
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo

from core.errors import Denied, Limited, Missing, Stale
from core.limits import LIMITS
from core.resources.operations import update
from core.rules import Actor
from marketplace.catalog import actions, flows, media, shapes
from marketplace.catalog.errors import ImageRefused, PictureGone, TooManyImages, UnknownImage
from marketplace.catalog.models import Category, Image, Listing, Revision
from marketplace.catalog.tests import factories


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files_in(place: Path) -> list[Path]:
    return [each for each in place.rglob("*") if each.is_file()]


def drawn(
    kind: str = "JPEG",
    size: tuple[int, int] = (1600, 900),
    mode: str = "RGB",
    colour: Any = (200, 30, 30),
    **options: Any,
) -> bytes:
    buffer = io.BytesIO()
    Picture.new(mode, size, colour).save(buffer, kind, **options)
    return buffer.getvalue()


KINDS = {"jpg": "JPEG", "webp": "WEBP", "avif": "AVIF"}


def prepare(content: bytes) -> media.Prepared:
    return media.prepare(io.BytesIO(content), size=len(content))


def upload(listing: Listing, by: Actor, content: bytes | None = None) -> Image:
    """Sent and, if it was taken, drawn."""
    content = content or drawn(size=(64, 48))
    sent = flows.upload_image(listing, io.BytesIO(content), size=len(content), by=by)
    flows.draw_image(sent.pk, by=Actor.system("image pipeline"))
    sent.refresh_from_db()
    return sent


def png_header_of(width: int, height: int) -> bytes:
    """A tiny PNG that claims to be enormous: a decompression bomb."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = zlib.compress(b"\0" * 100_000, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_is_drawn_in_every_size_and_never_larger_than_it_is(kind: str) -> None:
    made = prepare(drawn(kind))
    assert [each["width"] for each in made.row["renditions"]] == [160, 480, 1024, 1600]
    assert [each["height"] for each in made.row["renditions"]] == [90, 270, 576, 900]
    assert (made.row["width"], made.row["height"]) == (1600, 900)
    assert len(made.files) == 13
    small = prepare(drawn(kind, (100, 50)))
    assert [(each["width"], each["height"]) for each in small.row["renditions"]] == [(100, 50)]
    assert [each["width"] for each in prepare(drawn(kind, (600, 50))).row["renditions"]] == [160, 480, 600]
    for file in made.files:
        assert Picture.open(io.BytesIO(file.content)).format == KINDS[file.name.rpartition(".")[2]]


def test_it_stands_upright_and_its_metadata_is_gone() -> None:
    exif = Picture.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    made = prepare(drawn(size=(400, 200), exif=exif, comment=b"SecretComment"))
    assert (made.row["width"], made.row["height"]) == (200, 400)
    for file in made.files:
        assert b"Secret" not in file.content
        assert not dict(Picture.open(io.BytesIO(file.content)).getexif())


def test_transparency_becomes_white_and_the_main_colour_is_told() -> None:
    assert prepare(drawn("PNG", mode="RGBA", colour=(0, 0, 0, 0))).row["colour"] == "#ffffff"
    assert prepare(drawn("PNG", colour=(0, 128, 255))).row["colour"] == "#0080ff"


def polyglots() -> dict[str, bytes]:
    text = PngInfo()
    text.add_text("Comment", "<?php system($_GET[0]); ?><script>alert(1)</script>")
    buffer = io.BytesIO()
    Picture.new("RGB", (50, 50)).save(buffer, "PNG", pnginfo=text)
    return {
        "text chunk": buffer.getvalue(),
        "tail of a PNG": drawn("PNG", (50, 50)) + b"<?php ?><script>",
        "tail of a JPEG": drawn("JPEG", (50, 50)) + b"PK\x03\x04<script>",
        "comment of a JPEG": drawn("JPEG", (50, 50), comment=b"<script>alert(1)</script>"),
    }


@pytest.mark.parametrize("name", list(polyglots()))
def test_nothing_hidden_behind_the_pixels_survives(name: str) -> None:
    for file in prepare(polyglots()[name]).files:
        assert b"<script" not in file.content
        assert b"<?php" not in file.content
        assert b"PK\x03\x04" not in file.content


def hostile() -> dict[str, bytes]:
    animated = io.BytesIO()
    frames = [Picture.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(animated, "WEBP", save_all=True, append_images=frames[1:])
    apng = io.BytesIO()
    frames[0].save(apng, "PNG", save_all=True, append_images=frames[1:])
    whole = drawn()
    return {
        "nothing": b"",
        "text": b"GIF89a is how this begins",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "gif": drawn("GIF", (20, 20)),
        "bmp": drawn("BMP", (20, 20)),
        "tiff": drawn("TIFF", (20, 20)),
        "a bomb": png_header_of(50_000, 50_000),
        "a bomb within the sides": png_header_of(7_999, 7_999),
        "too wide": png_header_of(9_000, 10),
        "animated webp": animated.getvalue(),
        "animated png": apng.getvalue(),
        "half a jpeg": whole[: len(whole) // 2],
        "half a png": drawn("PNG")[:60],
        "jpeg with broken scan": whole[:2] + b"\xff\xff" * 50 + whole[200:],
        "too many bytes": drawn(size=(10, 10)) + b"\0" * media.MOST_BYTES,
    }


BEGINS_WELL = ("half a jpeg", "half a png")


@pytest.mark.parametrize("name", BEGINS_WELL)
def test_what_proves_damaged_when_it_is_drawn_keeps_a_sentence_and_no_file(
    name: str, store: Path, cars: Category, acme: Any, owner: Actor
) -> None:
    row = factories.listing(vendor=acme, category=cars)
    image = upload(row, owner, hostile()[name])
    assert (image.progress, image.fault) == ("failed", "This image is damaged and cannot be read.")
    assert (image.original, image.may_be_retried, files_in(store)) == ("", False, [])
    assert Listing.objects.get(pk=row.pk).cached_gallery == []
    with pytest.raises(PictureGone):
        actions.retry_image(image.pk, by=owner)
    actions.remove_image(row.pk, by=owner, image_id=image.pk)
    assert Image.objects.get(pk=image.pk).state == "removed"


@pytest.mark.parametrize("name", [each for each in hostile() if each not in BEGINS_WELL])
def test_what_is_no_decent_picture_is_refused_and_leaves_no_file(
    name: str, store: Path, cars: Category, acme: Any, owner: Actor
) -> None:
    row = factories.listing(vendor=acme, category=cars)
    with pytest.raises(ImageRefused):
        upload(row, owner, hostile()[name] or b"\0")
    assert files_in(store) == []
    assert Image.objects.count() == 0


def test_an_upload_shows_at_once_in_a_draft(store: Path, cars: Category, acme: Any, owner: Actor) -> None:
    row = factories.listing(vendor=acme, category=cars)
    image = upload(row, owner)
    row.refresh_from_db()
    assert (image.state, image.position) == ("live", 0)
    assert [each["id"] for each in row.cached_gallery] == [image.pk]
    assert shapes.first_photo(row) == shapes.photos(row)[0]
    for each in shapes.photos(row)[0]["renditions"]:
        for kind in ("avif", "webp", "jpeg"):
            assert default_storage.exists(each[kind].removeprefix("/media/"))
    assert len(files_in(store)) == 4


def test_the_gallery_a_listing_keeps_is_what_its_live_images_say(cars: Category, acme: Any, owner: Actor) -> None:
    row = factories.listing(vendor=acme, category=cars)
    one, two, three = (upload(row, owner) for _ in range(3))
    actions.arrange_images(row.pk, by=owner, image_ids=[three.pk, one.pk, two.pk])
    actions.remove_image(row.pk, by=owner, image_id=one.pk)
    row.refresh_from_db()
    live = Image.objects.filter(listing=row, state="live").order_by("position")
    assert [each.pk for each in live] == [three.pk, two.pk]
    assert row.cached_gallery == [each.card() for each in live]
    with pytest.raises(UnknownImage):
        actions.arrange_images(row.pk, by=owner, image_ids=[three.pk])
    with pytest.raises(UnknownImage):
        actions.remove_image(row.pk, by=owner, image_id=one.pk)


def test_a_new_image_of_a_live_listing_waits_for_a_moderator(
    cars: Category, acme: Any, owner: Actor, moderator: Actor
) -> None:
    row = factories.listing(vendor=acme, category=cars, attributes={"make": "ford", "year": 2000})
    one = upload(row, owner)
    actions.submit(row.pk, by=owner)
    actions.approve(row.pk, by=moderator)
    two, three = upload(row, owner), upload(row, owner)
    actions.remove_image(row.pk, by=owner, image_id=one.pk)
    waiting = Revision.objects.get()
    assert waiting.proposed == {"images": [two.pk, three.pk]}
    assert [each["id"] for each in Listing.objects.get(pk=row.pk).cached_gallery] == [one.pk]
    actions.approve_revision(waiting, by=moderator)
    assert [each["id"] for each in Listing.objects.get(pk=row.pk).cached_gallery] == [two.pk, three.pk]
    assert {each.pk: each.state for each in Image.objects.all()} == {
        one.pk: "removed",
        two.pk: "live",
        three.pk: "live",
    }
    actions.arrange_images(row.pk, by=owner, image_ids=[three.pk, two.pk])
    assert [each["id"] for each in Listing.objects.get(pk=row.pk).cached_gallery] == [three.pk, two.pk]
    assert Revision.objects.count() == 1


def test_the_twenty_first_image_is_refused_and_leaves_no_file(
    store: Path, cars: Category, acme: Any, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.catalog.actions.images.MOST_IMAGES", 2)
    row = factories.listing(vendor=acme, category=cars)
    upload(row, owner)
    upload(row, owner)
    before = files_in(store)
    with pytest.raises(TooManyImages):
        upload(row, owner)
    assert files_in(store) == before


def test_a_rival_uploads_nothing(store: Path, cars: Category, acme: Any, rival: Actor, moderator: Actor) -> None:
    row = factories.listing(vendor=acme, category=cars)
    with pytest.raises(Missing):
        upload(row, rival)
    with pytest.raises(Denied):
        upload(row, moderator)
    assert files_in(store) == []


def test_an_images_words_change_where_the_listing_keeps_them(cars: Category, acme: Any, owner: Actor) -> None:
    row = factories.listing(vendor=acme, category=cars)
    image = upload(row, owner)
    update(image, {"alt_text": "From the left"}, by=owner)
    assert [each["alt_text"] for each in Listing.objects.get(pk=row.pk).cached_gallery] == ["From the left"]


def test_a_vendors_words_under_a_judged_image_wait_for_a_moderator(
    cars: Category, acme: Any, owner: Actor, rival: Actor, moderator: Actor
) -> None:
    row = factories.listing(vendor=acme, category=cars, attributes={"make": "ford", "year": 2000})
    image = upload(row, owner)
    actions.submit(row.pk, by=owner)
    actions.approve(row.pk, by=moderator)
    with pytest.raises(Missing):
        update(image, {"alt_text": "Theirs"}, by=rival)
    with pytest.raises(Stale):
        update(image, {"alt_text": "Late"}, by=owner, version=image.version + 5)
    assert Revision.objects.count() == 0
    update(image, {"alt_text": "Call 0700 000 000"}, by=owner)
    assert Image.objects.get(pk=image.pk).alt_text == ""
    assert [each["alt_text"] for each in Listing.objects.get(pk=row.pk).cached_gallery] == [""]
    waiting = Revision.objects.get()
    assert waiting.proposed == {"alt_texts": {str(image.pk): "Call 0700 000 000"}}
    added = upload(row, owner)
    update(row, {"title": "Better car"}, by=owner)
    update(added, {"alt_text": "Inside"}, by=owner)
    waiting.refresh_from_db()
    assert waiting.proposed == {
        "title": "Better car",
        "images": [image.pk, added.pk],
        "alt_texts": {str(image.pk): "Call 0700 000 000", str(added.pk): "Inside"},
    }
    update(image, {"alt_text": ""}, by=owner)
    actions.approve_revision(waiting.pk, by=moderator)
    assert [each["alt_text"] for each in Listing.objects.get(pk=row.pk).cached_gallery] == ["", "Inside"]
    assert dict(Image.objects.values_list("pk", "alt_text")) == {image.pk: "", added.pk: "Inside"}


def test_uploads_over_the_limit_are_refused_and_leave_no_file(
    store: Path, cars: Category, acme: Any, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "upload", replace(LIMITS["upload"], quota=1))
    row = factories.listing(vendor=acme, category=cars)
    upload(row, owner)
    before = files_in(store)
    with pytest.raises(Limited):
        upload(row, owner)
    assert files_in(store) == before
    upload(row, Actor.system("a system has no quota"))


def test_the_files_of_what_nobody_shows_are_swept_after_a_month(
    store: Path, cars: Category, acme: Any, owner: Actor, moderator: Actor
) -> None:
    row = factories.listing(vendor=acme, category=cars, attributes={"make": "ford", "year": 2000})
    kept, removed = upload(row, owner), upload(row, owner)
    actions.remove_image(row.pk, by=owner, image_id=removed.pk)
    actions.submit(row.pk, by=owner)
    actions.approve(row.pk, by=moderator)
    refused = upload(row, owner)
    actions.reject_revision(Revision.objects.get().pk, by=moderator, reason="Too dark.")
    waiting = upload(row, owner)
    system = Actor.system("test")
    assert (flows.sweep_images(by=system), len(files_in(store))) == (0, 16)
    assert (flows.sweep_images(by=system, idle=timedelta()), flows.sweep_images(by=system, idle=timedelta())) == (2, 0)
    assert len(files_in(store)) == 8
    states = {each.pk: each.state for each in Image.objects.all()}
    assert states == {kept.pk: "live", removed.pk: "removed", refused.pk: "removed", waiting.pk: "proposed"}
    assert default_storage.exists(Image.objects.get(pk=waiting.pk).file.name)
