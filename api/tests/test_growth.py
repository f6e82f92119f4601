"""What a stranger's requests cost does not grow with the market: the same statements at 10,000 listings and at 200,000, buffer by
buffer and without reading a table from end to end. Needs no quiet machine. PostgreSQL's own word is taken for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import override_settings

from core import estimates
from core.audiences import STOREFRONT
from core.testing.explaining import Explained, explain, noting
from marketplace.accounts.models import User
from marketplace.cast import Api
from marketplace.catalog.models import Listing
from marketplace.demo.growing import COMMON, MISSPELT, RARE, grow
from marketplace.demo.growing.doubling import multiply
from marketplace.demo.growing.ground import OWNER, VOCABULARY

pytestmark = [pytest.mark.services, pytest.mark.growth, pytest.mark.django_db]
SMALL, TIMES = 10_000, 20
#: A scan that a limit cuts short is no scan of a table: what is counted is read so, no further than 10,000 rows.
CUT = 12_000
BIG = {"catalog_listing", "search_index_entry"}
NEAR = {"lat": "-1.286", "lng": "36.817"}
SUBTREE = {"category": "hall-0"}
ATTRIBUTES = {"attr.brand": "simba", "attr.condition": "used", "attr.year_min": "2010"}
ASKED: dict[str, tuple[str, dict[str, str]]] = {
    "list": ("/listings", {}),
    "list with vendor and category": ("/listings", {"expand": "vendor,category"}),
    "a hundred": ("/listings", {"limit": "100"}),
    "a deep page": ("/listings", {"cursor": "deep"}),
    "a deep page, backwards": ("/listings", {"cursor": "deep back"}),
    "by price": ("/listings", {"order": "price"}),
    "detail": ("/listings/{}", {}),
    "a common word": ("/listings", {"q": COMMON}),
    "a common word, newest": ("/listings", {"q": COMMON, "order": "-approved_at"}),
    "a rare word": ("/listings", {"q": RARE}),
    "a misspelt word": ("/listings", {"q": MISSPELT}),
    "two words": ("/listings", {"q": f"{VOCABULARY[3]} {COMMON}"}),
    "subtree": ("/listings", SUBTREE),
    "leaf": ("/listings", {"category": "shelf-0-0-0"}),
    "city": ("/listings", {"city": "Nairobi"}),
    "vendor": ("/listings", {"vendor": "of the first"}),
    "nearest": ("/listings", {**NEAR, "radius": "10", "order": "distance"}),
    "nearest, usual radius": ("/listings", {**NEAR, "order": "distance"}),
    "subtree, price and three attributes": ("/listings", {**SUBTREE, **ATTRIBUTES, "price_min": "100000"}),
    "facets": ("/listings/facets", {}),
    "facets of a subtree": ("/listings/facets", SUBTREE),
    "counted": ("/listings", {"count": "true"}),
}
#: A fifth more is allowed, and the pages of one more level of an index or two for each row.
ROOM, MARGIN = 1.2, 40
#: What a page takes that is found by walking from the newest, or by gathering what meets every condition in slices of time: bounded by
#: how rare a row is that meets them, not by the market. And what is counted, no further than 10,000 rows.
BOUNDED = {
    "a common word, newest": 1_500,
    "subtree, price and three attributes": 600,
    "facets": 12_000,
    "facets of a subtree": 12_000,
    "counted": 12_000,
}
#: All that have both words are gathered, for the database cannot know how often they come together: with the matches, then.
BOUNDED["two words"] = 40_000


@dataclass
class Sizes:
    """What each request took, when the market was small and when it was large."""

    small: dict[str, list[Explained]]
    large: dict[str, list[Explained]]


def position(stranger: Api, *, deep: int, backwards: bool) -> str:
    """The cursor of a row so deep in the list, as the list itself would write it."""
    signer = signing.Signer(salt="cursor")
    about, _back, _values = signer.unsign_object(stranger.get("/listings").json()["next"])
    row = Listing.objects.filter(status="approved").order_by("-approved_at", "-id")[deep]
    return signer.sign_object([about, int(backwards), [row.approved_at.isoformat(), row.pk]], compress=True)


def ask(stranger: Api, name: str) -> list[Explained]:
    path, query = ASKED[name]
    if "cursor" in query:
        deep = Listing.objects.filter(status="approved").count() // 2
        query = {"cursor": position(stranger, deep=deep, backwards="back" in query["cursor"])}
    if "vendor" in query:
        query = {"vendor": str(Listing.objects.values_list("vendor_id", flat=True).order_by("pk")[0])}
    if "{}" in path:
        path = path.format(Listing.objects.filter(status="approved").order_by("pk")[100].pk)
    answer = stranger.get(path, query)  # what is kept is kept, what the statistics tell is known
    assert answer.status_code == 200, answer.content
    assert answer.json().get("items", [1]), name
    with noting() as statements:
        assert stranger.get(path, query).status_code == 200
    return [explain(*each) for each in statements]


@pytest.fixture(scope="module")
def sizes(django_db_setup: None, django_db_blocker: Any) -> Iterator[Sizes]:
    with django_db_blocker.unblock(), override_settings(PUBLIC_CACHE_SECONDS=0, LIMITS_FACTOR=1_000_000):
        stranger = Api(STOREFRONT)
        try:
            grow(SMALL, with_books=False)
            small = {name: ask(stranger, name) for name in ASKED}
            assert multiply(TIMES, rare=RARE) == SMALL * TIMES
            estimates.forget()
            large = {name: ask(stranger, name) for name in ASKED}
            for name in ASKED:
                told = f"{name}: {_buffers(small[name])} buffers of 10,000 listings, {_buffers(large[name])} of 200,000"
                print(told)  # noqa: T201  with `-s`, what stands in docs/performance.md
            yield Sizes(small, large)
        finally:
            with connection.cursor() as cursor:
                cursor.execute(
                    "TRUNCATE catalog_category, catalog_attribute, vendors_vendor, search_index_knownword CASCADE"
                )
                cursor.execute("TRUNCATE search_index_entry")
            User.objects.filter(email=OWNER)._raw_delete("default")


def _buffers(statements: list[Explained]) -> int:
    return sum(each.buffers for each in statements)


def wrong_with(name: str, small: list[Explained], large: list[Explained]) -> list[str]:
    """What grows or is read from end to end, in words."""
    found = [
        f"{name} reads {rows} rows of {table}, one after another"
        for each in large
        for table, rows in each.scanned.items()
        if table in BIG and rows > CUT
    ]
    before, after = _buffers(small), _buffers(large)
    most = BOUNDED.get(name) or before * ROOM + MARGIN
    if after > most:
        found.append(f"{name} takes {after} buffers of 200,000 listings and {before} of 10,000; {most:.0f} are allowed")
    if len(large) > len(small):
        found.append(f"{name} asks {len(large)} statements, and asked {len(small)}")
    return found


@pytest.mark.parametrize("name", ASKED)
def test_it_costs_the_same_in_a_market_twenty_times_as_large(sizes: Sizes, name: str) -> None:
    assert wrong_with(name, sizes.small[name], sizes.large[name]) == []


def test_a_page_takes_as_many_statements_however_many_rows_it_has(sizes: Sizes) -> None:
    assert len(sizes.large["list"]) == len(sizes.large["a hundred"])


def test_a_deep_page_costs_what_the_first_does(sizes: Sizes) -> None:
    first = _buffers(sizes.large["list"])
    for name in ("a deep page", "a deep page, backwards"):
        assert _buffers(sizes.large[name]) <= first * 1.1 + 10, name


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("list", "listing_newest"),
        ("a deep page", "listing_newest"),
        ("by price", "listing_by_price"),
        ("detail", "catalog_listing_pkey"),
        ("a rare word", "search_index_entry_lexemes"),
        ("nearest", "listing_nearest"),
        ("subtree, price and three attributes", "listing_tokens"),
    ],
)
def test_without_its_index_it_would_be_told(sizes: Sizes, name: str, index: str) -> None:
    """The check itself is checked: take the index away, and it must find something."""
    with connection.cursor() as cursor:
        if index.endswith("_pkey"):
            cursor.execute(f"ALTER TABLE catalog_listing DROP CONSTRAINT {index} CASCADE")
        else:
            cursor.execute(f"DROP INDEX {index}")
    assert wrong_with(name, sizes.small[name], ask(Api(STOREFRONT), name)) != []
