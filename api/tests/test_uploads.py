"""Hostile uploads, ours and those that once broke Pillow: each becomes an image or a sentence, and leaves nothing behind."""

import io
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from PIL import Image as Picture

from api.tests.hostile import made
from core.rules import Actor
from marketplace.cast import Person
from marketplace.catalog import flows, media
from marketplace.catalog.models import Category, Image, Listing
from marketplace.catalog.showing import addresses_of
from marketplace.catalog.tests import factories

PIPELINE = Actor.system("image pipeline")
MOST_MEMORY = 320 * 2**20
MOST_SECONDS = 5.0
IN_A_LISTING = 20
SENTENCES = (
    "Send a JPEG, PNG, WebP or AVIF image.",
    "This image is damaged and cannot be read.",
    "Send a still image, not an animation.",
    "This image is empty.",
    "An image may ",
)


def corpus() -> list[Path]:
    """The images that Pillow tests itself with."""
    return sorted(each for each in Path(os.environ["UPLOAD_CORPUS"]).rglob("*") if each.is_file())


def judged(folder: Path) -> list[dict[str, Any]]:
    """What a process of its own says of every file of a folder, with a bound on its memory."""
    done = subprocess.run(
        (sys.executable, "-m", "api.tests.judging", str(folder)),
        cwd=configured.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "core.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def examine(found: list[dict[str, Any]], *, count: int) -> None:
    """All were judged, each by an image or a sentence, in bounded time and memory. Says what was measured."""
    assert len(found) == count
    odd = [each for each in found if each["outcome"] != "drawn" and not each["outcome"].startswith(SENTENCES)]
    assert odd == []
    slow, large = max(found, key=lambda each: each["seconds"]), max(found, key=lambda each: each["memory"])
    outcomes = Counter("drawn" if each["outcome"] == "drawn" else "refused" for each in found)
    sys.stdout.write(
        f"{count} files: {outcomes['drawn']} drawn, {outcomes['refused']} refused;"
        f" slowest {slow['file']} {slow['seconds']:.2f} s, largest {large['file']} {large['memory'] / 2**20:.0f} MB\n"
    )
    assert slow["seconds"] <= MOST_SECONDS, slow
    assert large["memory"] <= MOST_MEMORY, large


@pytest.mark.once
def test_files_made_to_break_it_take_little_memory_and_time(tmp_path: Path) -> None:
    files = dict(made())
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    found = judged(tmp_path)
    examine(found, count=len(files))
    outcomes = {each["file"]: each["outcome"] for each in found}
    for name in ("bomb-50000.png", "bomb.jpg", "bomb.webp", "bomb.avif", "many-scans.jpg", "script.svg", "empty"):
        assert outcomes[name] != "drawn", name
    for name in ("sound-5000x5000.png", "inks.jpg", "sixteen-bits.png", "profile.jpg", "palette.png", "turned-99.jpg"):
        assert outcomes[name] == "drawn", name


@pytest.mark.uploads
def test_what_once_broke_pillow_takes_little_memory_and_time() -> None:
    files = corpus()
    assert len(files) > 1_000
    assert any(each.name.startswith("crash-") for each in files)
    examine(judged(Path(os.environ["UPLOAD_CORPUS"])), count=len(files))


@pytest.fixture
def store(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A media folder of its own, and a folder of its own for what programs keep for a moment."""
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "moment").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "moment"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "moment"))
    settings.LIMITS_FACTOR = 1_000
    return tmp_path


def files_in(place: Path) -> set[str]:
    return {str(each.relative_to(place)) for each in place.rglob("*") if each.is_file()}


def send(files: Iterator[tuple[str, bytes]], owner: Person, cars: Category) -> tuple[Counter[str], set[int]]:
    """Send each file by HTTP and draw what was taken; so many came to what, and which images."""
    mine, outcomes, keys = owner.api("vendor"), Counter[str](), set[int]()
    for number, (name, content) in enumerate(files):
        if number % IN_A_LISTING == 0:
            listing = factories.listing(vendor=owner.vendor, category=cars)  # type: ignore[arg-type]
        held = io.BytesIO(content)
        held.name = name
        answer = mine.upload(f"/listings/{listing.pk}/images", {"file": held})
        if answer.status_code == 422:
            said = answer.json()
            words = said["detail"]
            assert said["code"] == "image_refused" or not content, (name, said)
            assert words.startswith(SENTENCES) or not content, (name, said)
            outcomes["refused at once"] += 1
            continue
        assert answer.status_code == 201, (name, answer.status_code, answer.content[:300])
        keys.add(answer.json()["id"])
        flows.draw_image(answer.json()["id"], by=PIPELINE)
        image = Image.objects.get(pk=answer.json()["id"])
        assert image.progress in ("ready", "failed"), name
        assert image.progress == "ready" or image.fault.startswith(SENTENCES), (name, image.fault)
        outcomes[image.progress] += 1
    return outcomes, keys


def nothing_is_left(store: Path) -> None:
    """Of what was refused there is no file, in the store or elsewhere; what was drawn is clean, and all of it is said somewhere."""
    ready = list(Image.objects.filter(progress="ready"))
    assert files_in(store / "media") == {address for image in ready for address in addresses_of(image)}
    assert files_in(store / "moment") == set()
    for name in files_in(store / "media"):
        content = (store / "media" / name).read_bytes()
        assert not any(
            each in content for each in (b"<script", b"<?php", b"PK\x03\x04", b"Exif\0\0II", b"Exif\0\0MM")
        ), name
        with Picture.open(io.BytesIO(content)) as drawn:
            assert drawn.format in ("WEBP", "JPEG", "AVIF"), name
            assert drawn.info.get("icc_profile") is None, name
            assert max(drawn.size) <= media.LARGEST, name
    for row in Listing.objects.exclude(cached_gallery=[]):
        shown = {each["id"] for each in row.cached_gallery}
        assert shown == set(Image.objects.filter(listing=row, progress="ready").values_list("pk", flat=True))


@pytest.mark.once
@pytest.mark.django_db
def test_files_made_to_break_it_become_images_or_sentences_and_leave_nothing(owner: Person, store: Path) -> None:
    outcomes, keys = send(made(), owner, factories.cars())
    nothing_is_left(store)
    assert outcomes.total() == len(dict(made()))
    assert min(outcomes["refused at once"], outcomes["failed"], outcomes["ready"]) > 5, outcomes
    assert Image.objects.count() == len(keys)


@pytest.mark.uploads
@pytest.mark.django_db
def test_what_once_broke_pillow_becomes_images_or_sentences_and_leaves_nothing(owner: Person, store: Path) -> None:
    files = corpus()
    outcomes, keys = send(((each.name, each.read_bytes()) for each in files), owner, factories.cars())
    nothing_is_left(store)
    assert outcomes.total() == len(files)
    assert Image.objects.count() == len(keys)
    sys.stdout.write(f"{len(files)} files sent: {dict(outcomes)}\n")
