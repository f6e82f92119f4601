"""OpenSearch beside the database: the same facets, counts and pages of anything that may be asked, and nothing stale."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.test.utils import override_settings
from django.utils import timezone

from core.resources import operations, parameters, reading, searching
from core.resources.definitions import Kind
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.cast import Answering, Person
from marketplace.catalog.models import Listing
from marketplace.catalog.resources import Listings
from marketplace.catalog.tests import factories
from marketplace.search import flows, mirror
from marketplace.search.backends import opensearch as engine
from marketplace.search.backends.opensearch_documents import number_of, of_entries, sortable
from marketplace.search.models import Entry
from marketplace.search.tests.conftest import BY, answer_of, make_vendor
from marketplace.search.tests.test_keeping import heard

pytestmark = pytest.mark.django_db
Post = Callable[..., Listing]
SYSTEM = Actor.system("test")


@contextmanager
def the_database_alone() -> Iterator[None]:
    with override_settings(OPENSEARCH_URL=""):
        yield


def pages(api: Any, query: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All pages of a list, each row once, with what else a page says."""
    told, cursor = [], ""
    while cursor is not None:
        page = answer_of(api, "/listings", query | ({"cursor": cursor} if cursor else {}))
        told.append(([each["id"] for each in page["items"]], page["count"], page["did_you_mean"]))
        cursor = page["next"]
    return told


WORDS = ("amber", "basalt", "cobalt", "diorite", "emerald", "flint", "granite", "hematite")


@pytest.fixture
def market(owner: Person, rival: Person, settings: Any) -> list[Listing]:
    """Two hundred cars of three vendors, some hidden in every way there is, with values of every kind, here and there."""
    settings.LIMITS_FACTOR = 100_000
    chance, cars = Random(11), factories.cars()
    closed = factories.category("Closed", parent=cars, slug="closed-cars", is_open=False)
    boats = factories.category("Boats", slug="boats")
    suspended = make_vendor("Gone")
    factories.attach(cars, factories.attribute("deposit", Kind.MONEY, unit="KES"), is_facet=True)
    factories.attach(cars, factories.attribute("paint", Kind.COLOUR), is_facet=True)
    factories.attach(cars, factories.attribute("length", Kind.RANGE), is_facet=True)
    made = []
    for _each in range(200):
        values: dict[str, Any] = {
            "make": chance.choice(("toyota", "mazda", "ford")),
            "year": chance.randint(1960, 2024),
        }
        if chance.random() < 0.6:
            values |= {
                "engine": chance.choice((0.8, 1, 1.6, 2.5)),
                "features": chance.sample(("abs", "airbag", "sunroof"), 2),
            }
            values |= {
                "automatic": chance.random() < 0.5,
                "inspected": f"20{chance.randint(10, 24)}-0{chance.randint(1, 9)}-11",
            }
            values |= {"deposit": {"amount": chance.randint(0, 9) * 100, "currency": "KES"}, "paint": "#aa0000"}
            low = chance.randint(-3, 3)
            values |= {"length": {"least": low, "most": low + chance.choice((0, 0.5, 4))}}
        where = chance.choice((cars, cars, cars, closed, boats))
        row = factories.listing(
            vendor=chance.choice((owner.vendor, rival.vendor, suspended)),
            category=where,
            status=chance.choice(("approved", "approved", "approved", "draft", "paused")),
            title=" ".join(chance.choices(WORDS, k=chance.randint(1, 3))),
            description=" ".join(chance.choices(WORDS, k=4)),
            city=chance.choice(("Nairobi", "Mombasa", "")),
            price=chance.choice((0, 500, 100_000, 2**40)),
            attributes=values if where is not boats else {},
            approved_at=timezone.now() - timedelta(days=chance.choice((0, 7, 30))),
            **(
                {"latitude": chance.uniform(-3, 1), "longitude": chance.uniform(35, 38)}
                if chance.random() < 0.7
                else {}
            ),
        )
        made.append(row)
    with writing_as_system():
        type(suspended).objects.filter(pk=suspended.pk).update(status="suspended")
    return made


def asked(chance: Random) -> dict[str, Any]:
    """Some of what may be asked, at random."""
    may: list[dict[str, Any]] = [
        {"q": chance.choice(WORDS)},
        {"q": f"{chance.choice(WORDS)} {chance.choice(WORDS)[:3]}"},
        {"q": "grantie"},
        {"price_min": chance.choice((1, 500, 100_000))},
        {"price_max": 100_000},
        {"city": "Nairobi"},
        {"attr.make": "toyota,ford"},
        {"attr.features": "abs"},
        {"attr.automatic": "true"},
        {"attr.year_min": chance.randint(1960, 2024)},
        {"attr.year": "2000,2001,2002"},
        {"attr.engine_max": "1.6", "attr.engine_min": 1},
        {"attr.inspected_min": "2015-03-01"},
        {"attr.deposit_max": 300},
        {"attr.length_min": -1, "attr.length_max": 1},
        {"attr.paint": "red"},
        {"lat": -1.2, "lng": 36.8, "radius": chance.choice((1, 50, 150, 400))},
        {"bbox": "36,-2,37,0"},
        {"approved_at_min": "2020-01-01T00:00:00Z"},
        {"approved_within": chance.choice(("1d", "3w"))},
    ]
    query = {"category": "cars"}
    for part in chance.sample(may, chance.randint(1, 3)):
        query |= part
    return query


def test_facets_counts_and_pages_are_the_databases_whatever_is_asked(
    market: list[Listing], opensearch: Answering, owner: Person, moderator: Person, nobody: Person
) -> None:
    flows.index([row.pk for row in market], by=BY)
    chance, hits, values = Random(20261121), 0, 0
    faces = (nobody.api(), owner.api("vendor"), moderator.api("operations"))
    for number in range(45):
        query, api = asked(chance), faces[number % 3]
        page = query | {"count": "true", "limit": chance.choice((9, 50))}
        told = (answer_of(api, "/listings/facets", query), pages(api, page))
        with the_database_alone():
            known = (answer_of(api, "/listings/facets", query), pages(api, page))
        assert told == known, query
        hits += sum(len(keys) for keys, _count, _meant in told[1])
        values += sum(len(each["values"]) for each in told[0]["facets"])
    assert hits > 200
    assert values > 200


def test_numbers_sort_as_letters_just_as_they_do_as_numbers() -> None:
    chance = Random(3)
    numbers = [
        0.0,
        -0.0,
        1,
        -1,
        2**53,
        -(2**53),
        1e-300,
        -1e300,
        *(chance.gauss(0, 10 ** chance.randint(-9, 9)) for _ in range(500)),
    ]
    assert sorted(numbers) == [number_of(text) for text in sorted(sortable(each) for each in numbers)]


def test_what_cannot_be_told_exactly_is_the_databases_to_answer(
    market: list[Listing], opensearch: Answering, nobody: Person
) -> None:
    flows.index([row.pk for row in market], by=BY)
    api, wide = nobody.api(), {"lat": 0, "lng": 0, "radius": "9000"}
    assert sum(each["count"] for each in answer_of(api, "/listings/facets", wide)["facets"][0]["values"])
    assert opensearch.taken() == ["untold: a circle as wide as a continent, or two of them"]
    rows = Listing.objects.exclude(price_minor__gte=5)
    assert searching.count(rows, 1_000) == rows.count() < 200
    assert opensearch.taken() == ["untold: a negation"]


# --- Nothing stale is shown ------------------------------------------------------------------------------------------------------


def test_what_was_hidden_a_moment_ago_is_not_shown_and_the_page_is_filled_up(
    post: Post, opensearch: Answering, nobody: Person
) -> None:
    rows = [post(f"Lamp {number}") for number in range(9)]
    with writing_as_system():  # and nobody has heard of it yet
        Listing.objects.filter(pk__in=[row.pk for row in rows[3:8]]).update(status="paused")
    expected = [[rows[8].pk, rows[2].pk], [rows[1].pk, rows[0].pk]]
    assert [keys for keys, _count, _meant in pages(nobody.api(), {"q": "lamp", "limit": 2})] == expected


def test_an_older_writing_that_comes_late_undoes_nothing(post: Post, opensearch: Answering) -> None:
    row = post("A canoe")
    entry = Entry.objects.get(listing=row)
    document = of_entries([entry])[row.pk]
    operations.update(row, {"title": "A dinghy"}, by=SYSTEM)
    heard()
    engine.write([(row.pk, entry.revision, document)])
    assert [each["whole_title"] for each in engine.stored(0, 10)] == ["a dinghy"]
    operations.delete(Listing.objects.get(pk=row.pk), by=SYSTEM)
    heard()
    engine.write([(row.pk, entry.revision, document)])
    assert engine.stored(0, 10) == []
    assert not Entry.objects.exists()


def test_what_decides_who_sees_a_listing_follows_the_vendor_the_category_and_the_definitions(
    post: Post, opensearch: Answering, acme: Any
) -> None:
    cars = factories.cars()
    row = post("A car", category=cars, attributes={"make": "mazda", "year": 2001})

    def counted() -> int | None:
        return mirror.mirror.count(reading.wanted(Listings, Actor.anonymous, parameters.Asked({"q": "car"}, {})).rows)

    assert counted() == 1
    operations.update(cars, {"is_open": False}, by=SYSTEM)
    heard()
    assert counted() == 0
    operations.update(cars, {"is_open": True}, by=SYSTEM)
    heard()
    link = factories.CategoryAttribute.objects.get(category=cars, attribute__code="year")
    operations.update(link, {"is_hidden": True}, by=SYSTEM)
    heard()
    row.refresh_from_db()
    (document,) = engine.stored(0, 10)
    assert document["tokens"] == [str(each) for each in sorted(row.tokens)]
    assert list(flows.differences()) == []


def test_an_answer_of_opensearch_is_not_kept_in_front_of_it(
    post: Post, opensearch: Answering, nobody: Person, settings: Any
) -> None:
    settings.PUBLIC_CACHE_SECONDS = 60
    row, api = post("Lamp"), nobody.api()

    def counted() -> int:
        facets = answer_of(api, "/listings/facets", {"q": "lamp"})["facets"]
        return sum(each["count"] for facet in facets if facet["name"] == "category" for each in facet["values"])

    assert [counted() for _each in range(3)] == [1, 1, 1]  # a table that is met for the first time is not known yet
    engine.write([(row.pk, Entry.objects.get().revision + 1, None)])  # no table is written
    assert counted() == 0
