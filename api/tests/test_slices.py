"""Filtered lists are read slice by slice of time: page by page they are what they would be all at once, whatever the statistics say."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core import estimates
from core.audiences import STOREFRONT, VENDOR
from core.estimates import Spread
from core.resources import slicing
from core.testing.explaining import noting
from marketplace.accounts.models import User
from marketplace.cast import Api, Person
from marketplace.catalog.models import Listing
from marketplace.demo.growing import grow
from marketplace.demo.growing.ground import OWNER

pytestmark = [pytest.mark.services, pytest.mark.django_db]
COUNT, HALL = 900, {"category": "hall-0"}
ASKED: list[dict[str, str]] = [
    {**HALL, "attr.condition": "used"},
    {**HALL, "attr.condition": "used,new", "attr.year_min": "2000", "price_min": "60000"},
    {**HALL, "attr.condition": "new", "order": "approved_at"},
    {"category": "hall-1", "attr.year": "2001,2002,2005,2010,2011,2014,2015", "order": "-approved_at"},
    {**HALL, "attr.features": "boxed,receipt", "attr.brand": "simba,tai,duma,chui", "price_max": "400000"},
]
#: From when until when all are said to be, in seconds from now: as it is; later than most are; earlier; over centuries; all but at once.
SPREADS = {
    "true": None,
    "late": (0.0, 3_600 * 24 * 40.0),
    "early": (-3_600 * 24 * 400.0, -3_600 * 24 * 30.0),
    "wide": (-3_600 * 24 * 9_000.0, 3_600 * 24 * 40_000.0),
    "narrow": (-30.0, -20.0),
}


@pytest.fixture
def spread_out() -> Iterator[list[Listing]]:
    """Half within days, some of them in one moment or on the hour, the others within years, and a few that are newer than now."""
    grow(COUNT, with_books=False)
    chance, now, rows = Random(11), timezone.now(), list(Listing.objects.filter(status="approved").order_by("pk"))
    hour = now.replace(minute=0, second=0, microsecond=0)
    for place, row in enumerate(rows):
        row.approved_at = (
            now - timedelta(seconds=chance.uniform(0, 86_400 * 9)),
            hour - timedelta(hours=chance.randrange(40)),
            now - timedelta(days=chance.uniform(0, 1_500)),
            now + timedelta(days=chance.uniform(0, 400)) if place % 20 == 3 else hour - timedelta(days=64),
        )[place % 4]
    Listing.objects.bulk_update(rows, ["approved_at"], batch_size=300)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_listing")
    estimates.forget()
    yield rows
    estimates.forget()


def pages(asking: Api, asked: dict[str, str], *, limit: int) -> tuple[list[Any], int]:
    """All pages onwards, then all of them back, as they are answered; and how many statements asked for slices."""
    found, query, sliced = [], asked | {"limit": str(limit)}, 0
    for direction in ("next", "prev"):
        cursor: Any = None if direction == "next" else found[-1]["prev"]
        while cursor is not None or not found:
            with noting() as statements:
                page = asking.get("/listings", query | ({"cursor": cursor} if cursor else {})).json()
            sliced += sum("bigint * 5 + 4]" in sql for sql, _values in statements)
            found.append(page)
            cursor = page[direction]
    return found, sliced


@pytest.mark.parametrize(
    ("spread", "kept"),
    [("true", 1_000), ("true", 0), ("late", 0), ("early", 1_000), ("wide", 0), ("narrow", 1_000)],
)
def test_pages_are_what_they_are_without(
    spread_out: list[Listing], spread: str, kept: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.KEPT_CARDS, settings.PUBLIC_CACHE_SECONDS, settings.LIMITS_FACTOR = kept, 0, 1_000_000
    stranger, ends = Api(STOREFRONT), SPREADS[spread]
    with monkeypatch.context() as whole:
        whole.setattr(estimates, "spread", lambda _table, _column: None)
        expected = [pages(stranger, asked, limit=3) for asked in ASKED]
    assert all(sliced == 0 and len(found) > 4 for found, sliced in expected)
    monkeypatch.setattr(slicing, "ROOM", 0.4)  # so few that some slices fill a page, and some do not
    monkeypatch.setattr(slicing, "FARTHER", 3)
    monkeypatch.setattr(slicing, "WALKED", 1)
    if ends is not None:
        now = timezone.now().timestamp()
        told = Spread(5_000.0, [now + ends[1], now + sum(ends) / 2, now + ends[0]], [0.0, 0.5, 1.0])
        monkeypatch.setattr(estimates, "spread", lambda _table, _column: told)
    for asked, (whole_pages, _sliced) in zip(ASKED, expected, strict=True):
        found, sliced = pages(stranger, asked, limit=3)
        assert found == whole_pages
        assert sliced > 0


def test_what_is_approved_after_the_statistics_were_made_comes_first(spread_out: list[Listing]) -> None:
    stranger, asked = Api(STOREFRONT), {**HALL, "attr.condition": "used", "limit": "5"}
    last = stranger.get("/listings", {**HALL, "attr.condition": "used", "order": "approved_at"}).json()["items"][0]
    Listing.objects.filter(pk=last["id"]).update(approved_at=timezone.now() + timedelta(days=3_000))
    assert stranger.get("/listings", asked).json()["items"][0]["id"] == last["id"]


def test_a_vendors_own_list_which_the_index_does_not_have_is_not_sliced(spread_out: list[Listing]) -> None:
    """It has listings that are not on show as well."""
    owner = Person(User.objects.get(email=OWNER))
    found, sliced = pages(owner.api(VENDOR), ASKED[0], limit=5)
    assert (len(found) > 8, sliced) == (True, 0)


def test_few_matches_are_gathered_at_once(spread_out: list[Listing]) -> None:
    _found, sliced = pages(Api(STOREFRONT), {**HALL, "attr.brand": "simba", "attr.condition": "used"}, limit=20)
    assert sliced == 0
