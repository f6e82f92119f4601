"""Searching over HTTP: pages by relevance, facets, what was meant, suggestions, places; for each audience only what it may see."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.jobs.models import Job
from core.rules import Actor
from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests import factories
from marketplace.search import actions, flows, mirror
from marketplace.search.models import Entry

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
NAIROBI, SUVA = (-1.2864, 36.8172), (-18.1416, 178.4419)


@pytest.fixture
def cars(db: None) -> Category:
    return factories.cars()


@pytest.fixture(params=("database", "opensearch"), autouse=True)
def answering(request: pytest.FixtureRequest) -> str:
    """Who answers."""
    if request.param == "opensearch":
        request.getfixturevalue("opensearch")
    return request.param


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    settings.LIMITS_FACTOR = 100_000


def post(person: Person, category: Category, title: str, **values: Any) -> Listing:
    values = {"status": "approved", "attributes": {"make": "toyota", "year": 2010}} | values
    row = factories.listing(vendor=person.vendor, category=category, title=title, **values)
    flows.index([row.pk], by=BY)
    return row


def titles(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["title"] for each in answer.json()["items"]]


def walked(api: Any, query: dict[str, Any]) -> list[str]:
    """The titles of all pages, forwards; and that the same pages come again on the way back."""
    pages, cursor = [], None
    while True:
        answer = api.get("/listings", query | ({"cursor": cursor} if cursor else {}))
        pages.append(titles(answer))
        cursor = answer.json()["next"]
        if cursor is None:
            break
    back, before = [pages[-1]], answer.json()["prev"]
    while before is not None:
        answer = api.get("/listings", query | {"cursor": before})
        back.insert(0, titles(answer))
        before = answer.json()["prev"]
    assert back == pages
    return [title for page in pages for title in page]


def test_pages_by_relevance_hold_each_hit_once_in_both_directions(
    cars: Category, owner: Person, nobody: Person
) -> None:
    for number in range(4):
        post(owner, cars, f"A cart {number}", description="drawn by an axio")
        post(owner, cars, f"Axio {number}")
    post(owner, cars, "axio")
    api = nobody.api()
    expected = ["axio", "Axio 3", "Axio 2", "Axio 1", "Axio 0", "A cart 3", "A cart 2", "A cart 1", "A cart 0"]
    for limit in (1, 2, 3, 4, 5, 9, 50):
        assert walked(api, {"q": "axio", "limit": limit}) == expected, limit
    assert walked(api, {"q": "axio", "limit": 2, "order": "price"})[:2] == ["A cart 0", "Axio 0"]
    answer = api.get("/listings", {"q": "axio", "count": "true", "limit": 1}).json()
    assert (answer["count"], answer["did_you_mean"]) == ({"value": 9, "exact": True}, None)
    refused = api.get("/listings", {"q": "axio x", "cursor": answer["next"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


def test_facets_filters_and_search_agree(cars: Category, owner: Person, nobody: Person) -> None:
    for number, make in enumerate(("toyota", "toyota", "mazda")):
        post(owner, cars, f"Saloon {number}", attributes={"make": make, "year": 2000 + number})
    post(owner, cars, "Coupe", attributes={"make": "ford", "year": 1999})
    api = nobody.api()
    for text, counts in (
        ("saloon", {"toyota": 2, "mazda": 1}),
        ("saloom", {"toyota": 2, "mazda": 1}),
        ("coupe", {"ford": 1}),
    ):
        facets = {
            each["name"]: each for each in api.get("/listings/facets", {"q": text, "category": "cars"}).json()["facets"]
        }
        assert {each["value"]: each["count"] for each in facets["attr.make"]["values"]} == counts
        for make, count in counts.items():
            assert len(titles(api.get("/listings", {"q": text, "category": "cars", "attr.make": make}))) == count
    said = api.get("/categories/cars/listings", {"q": "saloom"}).json()
    assert (len(said["items"]), said["did_you_mean"]) == (3, "saloon")
    picked = api.get("/listings/pick", {"q": "saloom", "fields": "id,title"}).json()
    assert (len(picked["items"]), picked["did_you_mean"]) == (3, "saloon")


def test_each_audience_searches_what_it_may_see(
    cars: Category, owner: Person, rival: Person, moderator: Person, nobody: Person
) -> None:
    for person, name in ((owner, "mine"), (rival, "theirs")):
        for status in ("draft", "approved"):
            post(person, cars, f"Gazelle {name} {status}", status=status)
    both = ["Gazelle mine approved", "Gazelle theirs approved"]
    assert sorted(titles(nobody.api().get("/listings", {"q": "gazelle"}))) == both
    mine = ["Gazelle mine approved", "Gazelle mine draft"]
    assert sorted(titles(owner.api("vendor").get("/listings", {"q": "gazelle"}))) == mine
    assert titles(rival.api("vendor").get("/listings", {"q": "mine gazelle"})) == []
    assert len(titles(moderator.api("operations").get("/listings", {"q": "gazelle"}))) == 4
    page = owner.admin.get("/admin/catalog/listing/", {"q": "gazelle dra"}).content.decode()
    assert "Gazelle mine draft" in page
    assert "Gazelle mine approved" not in page
    assert "theirs" not in page


def test_suggestions_come_from_listings_on_show(cars: Category, owner: Person, nobody: Person) -> None:
    post(owner, cars, "Gazelle")
    post(owner, cars, "Gazebo", status="draft")
    api = nobody.api()
    row = Listing.objects.get(title="Gazelle")
    assert api.get("/listings/suggest", {"q": "gaz"}).json() == {
        "queries": ["gazelle"],
        "listings": [{"id": row.pk, "title": "Gazelle", "slug": row.slug}],
    }
    assert api.get("/listings/suggest").json() == {"queries": [], "listings": []}
    assert api.get("/listings/suggest", {"q": "x" * 121}).status_code == 422
    assert api.get("/listings/suggest", {"q": "a", "limit": "3"}).status_code == 422
    assert api.get("/listings/suggest", {"q": "a\x00b"}).status_code == 422


def test_suggestions_are_limited_like_every_reading(owner: Person, nobody: Person, settings: Any) -> None:
    settings.LIMITS_FACTOR = 1
    api = nobody.api()
    answers = [api.get("/listings/suggest", {"q": "ga"}).status_code for _ in range(121)]
    assert set(answers[:120]) == {200}
    assert answers[120] == 429


@pytest.mark.parametrize(
    "text",
    ['"', "'", "' OR 1=1 --", '") OR (title : "a', "a:* & !b", "NEAR(a b)", "title:a", "*", "a*b", "\\", "%", "_", "ﷺ" * 100, "👍"],
)  # fmt: skip
def test_odd_texts_are_words_or_nothing_and_never_a_fault(
    text: str, cars: Category, owner: Person, nobody: Person
) -> None:
    post(owner, cars, "A car")
    for path in ("/listings", "/listings/facets", "/listings/suggest"):
        assert nobody.api().get(path, {"q": text}).status_code == 200
    assert owner.admin.get("/admin/catalog/listing/", {"q": text}).status_code == 200


def test_a_search_costs_the_same_for_one_hit_and_for_fifty(
    cars: Category, owner: Person, nobody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = nobody.api()
    monkeypatch.setattr(
        mirror, "REMEMBERED", 1e9
    )  # whether OpenSearch is behind is asked now and then, by whoever comes
    for number in range(4):
        post(owner, cars, f"Single {number}")
    for number in range(60):
        post(owner, cars, f"Plenty {number}")

    def cost(query: dict[str, Any]) -> int:
        api.get("/listings", query)
        with CaptureQueriesContext(connection) as queries:
            assert api.get("/listings", query).status_code == 200
        return len(queries)

    assert cost({"q": "plenty", "limit": 50}) == cost({"q": "plenty", "limit": 1})
    assert cost({"q": "single"}) <= cost({"q": "plenty", "limit": 1}) + 3  # the tiers that are left to be asked


def test_what_is_fresh_is_asked_for_by_how_long_ago(cars: Category, owner: Person, nobody: Person) -> None:
    for days in (0, 3, 10):
        post(owner, cars, f"Lamp of {days} days", approved_at=timezone.now() - timedelta(days=days, minutes=1))
    api = nobody.api()
    for span, expected in (("12h", 1), ("4d", 2), ("1w", 2), ("2w", 3)):
        found = titles(api.get("/listings", {"q": "lamp", "approved_within": span}))
        assert found == [f"Lamp of {days} days" for days in (10, 3, 0)][3 - expected :], span
        assert len(titles(api.get("/listings", {"approved_within": span, "order": "price"}))) == expected
    for odd in ("", "7", "d", "0d", "-1d", "7y", "99999d", "1.5d", "٧d"):
        refused = api.get("/listings", {"approved_within": odd})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "approved_within"), odd


# --- Places --------------------------------------------------------------------------------------------------------------


def placed(person: Person, category: Category, title: str, lat: float, lng: float) -> Listing:
    return post(person, category, title, latitude=lat, longitude=lng)


def test_what_is_near_is_found_with_its_distance_and_ordered_by_it(
    cars: Category, owner: Person, nobody: Person
) -> None:
    placed(owner, cars, "Thika", -1.0388, 37.0834)
    placed(owner, cars, "Nairobi", *NAIROBI)
    placed(owner, cars, "Mombasa", -4.0435, 39.6682)
    post(owner, cars, "Nowhere")
    api, here = nobody.api(), {"lat": NAIROBI[0], "lng": NAIROBI[1]}
    assert titles(api.get("/listings", here | {"order": "distance"})) == ["Nairobi", "Thika"]
    answer = api.get("/listings", here | {"order": "-distance", "radius": "500"}).json()["items"]
    assert [(each["title"], each["distance"]) for each in answer] == [
        ("Mombasa", 440.74),
        ("Thika", 40.42),
        ("Nairobi", 0.0),
    ]
    assert titles(api.get("/listings", here | {"radius": "40.42"})) == ["Nairobi"]
    assert titles(api.get("/listings", {"bbox": "37,-2,38,-1"})) == ["Thika"]
    assert "distance" not in api.get("/listings", {"bbox": "37,-2,38,-1"}).json()["items"][0]
    assert titles(api.get("/listings", here | {"q": "thi"})) == ["Thika"]
    assert walked(api, here | {"radius": "500", "order": "distance", "limit": 1}) == ["Nairobi", "Thika", "Mombasa"]
    picked = api.get("/listings/pick", here | {"fields": "title,distance", "order": "distance"}).json()["items"]
    assert [each["distance"] for each in picked] == [0.0, 40.42]
    counted = api.get("/listings/facets", here).json()["facets"]
    assert sum(each["count"] for facet in counted if facet["name"] == "category" for each in facet["values"]) == 2


def test_pages_by_distance_lose_nothing_where_many_are_at_one_place(
    cars: Category, owner: Person, nobody: Person
) -> None:
    """Many listings say a city and no more: then pages end and begin between rows of the very same distance."""
    for number in range(7):
        placed(owner, cars, f"Here {number}", *NAIROBI)
    placed(owner, cars, "Thika", -1.0388, 37.0834)
    placed(owner, cars, "Mombasa", -4.0435, 39.6682)
    query = {"lat": NAIROBI[0], "lng": NAIROBI[1], "radius": "500", "order": "distance", "limit": 2}
    found = walked(nobody.api(), query)
    assert sorted(found[:7]) == [f"Here {number}" for number in range(7)]
    assert found[7:] == ["Thika", "Mombasa"]


def test_the_date_line_and_the_poles_are_no_edges(cars: Category, owner: Person, nobody: Person) -> None:
    placed(owner, cars, "Suva", *SUVA)
    placed(owner, cars, "Lau", -18.1416, -179.0)
    placed(owner, cars, "On the line", -18.0, 180.0)
    placed(owner, cars, "Pole", 90.0, 0.0)
    placed(owner, cars, "Behind the pole", 89.9, -170.0)
    api = nobody.api()
    east = api.get("/listings", {"lat": -18.1, "lng": 179.9, "radius": "200", "order": "distance"})
    assert titles(east) == ["On the line", "Lau", "Suva"]
    west = api.get("/listings", {"lat": -18.1, "lng": -179.9, "radius": "200", "order": "distance"})
    assert titles(west) == ["On the line", "Lau", "Suva"]
    assert titles(api.get("/listings", {"lat": "89.95", "lng": "10", "radius": "20", "order": "distance"})) == [
        "Pole",
        "Behind the pole",
    ]
    assert len(titles(api.get("/listings", {"lat": "0", "lng": "0", "radius": "20038"}))) == 5
    assert sorted(titles(api.get("/listings", {"bbox": "178,-19,-178,-17"}))) == ["Lau", "On the line", "Suva"]


@pytest.mark.parametrize(
    "query",
    [{"lat": "1"}, {"lng": "1"}, {"radius": "5"}, {"order": "distance"}, {"lat": "91", "lng": "0"}, {"lat": "nan", "lng": "0"},
     {"lat": "0", "lng": "0", "radius": "0"}, {"lat": "0", "lng": "0", "radius": "99999"}, {"bbox": "1,2,3"}, {"bbox": "1,3,2,2"}],
)  # fmt: skip
def test_a_place_that_is_none_is_refused_at_its_parameter(query: dict[str, str], nobody: Person) -> None:
    for path in ("/listings", "/listings/facets"):
        if path.endswith("facets") and "order" in query:
            continue
        refused = nobody.api().get(path, query)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
        assert refused.json()["errors"][0]["pointer"] in query


# --- The index in the admin ----------------------------------------------------------------------------------------------

ENTRIES = "/admin/search_index/entry/"


def test_the_index_shows_how_it_stands_and_is_rebuilt_by_a_button(
    cars: Category, owner: Person, admin: Person, answering: str
) -> None:
    row = post(owner, cars, "Found")
    page = admin.admin.get(ENTRIES).content.decode()
    assert ("OpenSearch has been told everything." in page) is (answering == "opensearch")
    actions.index([row.pk], by=BY)
    page = admin.admin.get(ENTRIES).content.decode()
    assert ('OpenSearch is still to be told of <b class="soko-before">1</b>' in page) is (answering == "opensearch")
    Entry.objects.filter(listing=row).update(listing_version=row.version + 1)
    page = admin.admin.get(ENTRIES).content.decode()
    assert "<b>1</b> entries of <b>1</b> listings" in page
    assert '<b class="soko-before">1</b> behind' in page
    assert admin.admin.get(f"{ENTRIES}rebuild/").status_code == 405
    assert not Job.objects.exists()
    answer = admin.admin.post(f"{ENTRIES}rebuild/")
    job = Job.objects.get()
    assert (answer.status_code, job.kind, job.actor_name) == (302, "search", "Ada Admin")
    for path in (
        ENTRIES,
        f"{ENTRIES}{Entry.objects.get().pk}/change/",
        "/admin/search_index/knownword/",
        f"{ENTRIES}?q=found",
        f"{ENTRIES}?listing={row.pk}",
    ):
        assert admin.admin.get(path).status_code == 200
    Listing.objects.filter(pk=row.pk).delete()
    assert admin.admin.get(ENTRIES).status_code == 200


def test_the_index_is_shut_to_those_who_do_not_look_after_the_platform(owner: Person, moderator: Person) -> None:
    for person in (owner, moderator):
        client: Client = person.admin
        assert client.get(ENTRIES).status_code == 403
        assert client.post(f"{ENTRIES}rebuild/").status_code == 403
    assert not Job.objects.exists()
