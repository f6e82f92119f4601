"""The audit finds each violation that is planted in the catalogue."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from core.invariants import run
from core.testing import writing_as_system
from marketplace.catalog.models import Category, Image, Listing, Stock, StockMove, Variant
from marketplace.catalog.tests.factories import category, listing, variant, variant_value
from marketplace.contacts.tests.factories import shop, shown

pytestmark = pytest.mark.django_db


def found(name: str) -> list[Any]:
    """What breaks it."""
    finding = run([name])[0]
    assert finding.fault == ""
    return list(finding.sample)


@contextmanager
def unguarded() -> Iterator[None]:
    """Let rows break the database's own CHECKs, as a slip of a migration could."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to be made cannot be altered
            cursor.execute(
                "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass",
                [Stock._meta.db_table],
            )
            for table, name in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            yield
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            try:
                yield
            finally:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_an_approved_listing_that_was_never_published_or_is_long_expired_is_found() -> None:
    fine, unpublished, expired = shown(), shown(), shown()
    Listing.objects.filter(pk=fine.pk).update(expires_at=timezone.now() + timedelta(days=1))
    Listing.objects.filter(pk=unpublished.pk).update(published_at=None)
    Listing.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(days=2))
    shown(shop(status="suspended"))
    assert found("I-M1") == [unpublished.pk, expired.pk]


def test_a_category_that_is_open_below_a_closed_one_is_found() -> None:
    above = category()
    below = category(parent=above)
    assert found("I-M1b") == []
    Category.objects.filter(pk=above.pk).update(is_open=False)
    assert found("I-M1b") == [below.pk]


def test_a_slug_without_its_handle_or_without_a_letter_is_found() -> None:
    odd, shelf = shown(), category()
    assert found("I-M2") == []
    Listing.objects.filter(pk=odd.pk).update(slug="something-else")
    Category.objects.filter(pk=shelf.pk).update(slug="123")
    assert found("I-M2") == [f"listing {odd.pk}", f"category {shelf.pk}"]


def test_a_ring_of_categories_and_a_listing_with_other_places_are_found() -> None:
    first = category()
    second = category(parent=first)
    moved = shown()
    assert found("I-M3") == []
    Category.objects.filter(pk=first.pk).update(parent=second)
    Listing.objects.filter(pk=moved.pk).update(tokens=[])
    assert found("I-M3") == [f"category {first.pk}", f"category {second.pk}", f"listing {moved.pk}"]


def test_an_image_without_its_files_and_files_without_an_image_are_found(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    for name in ("full.webp", "160.webp", "160.jpg"):
        default_storage.save(f"listings/aa/{name}", ContentFile(b"x"))
    sizes = [{"width": 160, "height": 90, "webp": "listings/aa/160.webp", "jpeg": "listings/aa/160.jpg"}]
    with writing_as_system("factory"):
        image = Image(listing=shown(), file="listings/aa/full.webp", renditions=sizes, width=1, height=1, colour="#fff")
        image.save()
    assert found("I-M4") == []
    default_storage.delete("listings/aa/160.jpg")
    default_storage.save("listings/bb/full.webp", ContentFile(b"x"))
    assert found("I-M4") == [f"image {image.pk}"]  # the folder is young: its row may be on its way
    day_ago = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(tmp_path / "listings/bb/full.webp", (day_ago, day_ago))
    assert found("I-M4") == [f"image {image.pk}", "folder listings/bb"]


def test_stock_below_zero_or_promised_beyond_is_found() -> None:
    below, beyond, fine = (variant(listing(vendor=shop(), category=category())) for _each in range(3))
    assert found("I-S1") == []
    with unguarded():
        Stock.objects.filter(pk=below.pk).update(on_hand=-1, reserved=-1)
        Stock.objects.filter(pk=beyond.pk).update(on_hand=1, reserved=2)
        assert found("I-S1") == [below.pk, beyond.pk]
        Stock.objects.exclude(pk=fine.pk).update(on_hand=0, reserved=0)


def test_stock_that_its_movements_do_not_explain_is_found() -> None:
    counted, promised, still = (variant(listing(vendor=shop(), category=category())) for _each in range(3))
    StockMove(variant=counted, kind="received", on_hand_change=5, at=timezone.now(), actor_name="x").save()
    Stock.objects.filter(pk=counted.pk).update(on_hand=5)
    assert found("I-S2") == []
    StockMove(variant=counted, kind="sold", on_hand_change=-1, at=timezone.now(), actor_name="x").save()
    StockMove(variant=promised, kind="reserved", reserved_change=1, at=timezone.now(), actor_name="x").save()
    assert found("I-S2") == [counted.pk, promised.pk]
    assert still.pk not in found("I-S2")


def test_a_variant_that_stands_for_strange_values_is_found() -> None:
    own, other = (listing(vendor=shop(), category=category()) for _each in range(2))
    small, large, foreign = (variant_value(of, "Size", name) for of, name in ((own, "S"), (own, "L"), (other, "S")))
    red = variant_value(own, "Colour", "Red")
    fine, twice, strange, gone = (
        variant(own, combination=Variant.combined(keys))
        for keys in ((small.pk, red.pk), (small.pk, large.pk), (foreign.pk,), (10**6,))
    )
    assert found("I-S7") == [f"variant {each.pk}" for each in (twice, strange, gone)]
    assert fine.value_ids == [small.pk, red.pk]
