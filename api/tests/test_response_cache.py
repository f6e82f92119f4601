"""Public answers that are kept: the same as made anew, gone with any change, made once for many, never of somebody's own."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from core import response_cache
from core.resources import operations
from core.rules import Actor
from marketplace.cast import Person
from marketplace.catalog import actions as catalog
from marketplace.catalog.models import Listing
from marketplace.catalog.tests import factories
from marketplace.search import unmet
from marketplace.search.actions import index
from marketplace.search.resources import PinnedResults, Synonyms
from marketplace.vendors.models import Vendor

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
Committed = Callable[[], AbstractContextManager[Any]]


@pytest.fixture
def cars(owner: Person) -> list[Listing]:
    """A few cars on show."""
    category = factories.cars()
    return [
        factories.listing(vendor=owner.vendor, category=category, status="approved", title=f"Car {n}") for n in range(8)
    ]


@pytest.fixture(autouse=True)
def _kept(settings: Any) -> None:
    """The cache is on, and holds nothing that another test has kept."""
    settings.PUBLIC_CACHE_SECONDS = 600
    empty(settings)


def empty(settings: Any) -> None:
    settings.CACHES = settings.CACHES | {"public": settings.CACHES["public"] | {"KEY_PREFIX": uuid4().hex}}


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Committed:
    """What is written in the block is committed when it ends, as far as anybody is told."""

    @contextmanager
    def block() -> Iterator[None]:
        connection.run_on_commit.clear()  # what waits for a commit since the test began would never come
        with django_capture_on_commit_callbacks(execute=True):
            yield

    return block


def read(path: str, **headers: str) -> Any:
    return Client().get(f"/api/v1{path}", headers={name.replace("_", "-"): value for name, value in headers.items()})


def statements(path: str, **headers: str) -> tuple[Any, int]:
    with CaptureQueriesContext(connection) as asked:
        answer = read(path, **headers)
    return answer, len(asked)


def made_for(path: str) -> bool:
    """Is anything kept for it?"""
    address, _mark, query = path.partition("?")
    request = RequestFactory().get(f"/api/v1{address}", QUERY_STRING=query)
    return caches["public"].get(response_cache._place(request)) is not None


def warm(path: str) -> Any:
    """The second makes the tables known that the first met, and is kept."""
    read(path)
    return read(path)


@pytest.mark.parametrize(
    "path", ["/listings?limit=5", "/categories", "/categories/all", "/categories/roots", "/listings/facets", "/vendors"]
)
def test_a_kept_answer_asks_nothing_and_says_the_same(cars: list[Listing], path: str) -> None:
    made = warm(path)
    again, asked = statements(path)
    assert made.status_code == again.status_code == 200
    assert asked == 0
    assert again.content == made.content
    differing = {"X-Request-ID", "RateLimit", "RateLimit-Policy"}
    assert {k: v for k, v in again.headers.items() if k not in differing} == {
        k: v for k, v in made.headers.items() if k not in differing
    }


def test_the_order_of_parameters_makes_no_difference_and_their_values_do(cars: list[Listing]) -> None:
    warm("/listings?limit=5&order=price")
    assert statements("/listings?order=price&limit=5")[1] == 0
    assert statements("/listings?order=-price&limit=5")[1] > 0
    assert statements("/listings?limit=6&order=price")[1] > 0
    assert statements("/listings?limit=5&order=price", Accept_Language="sw")[1] > 0


def test_it_is_gone_with_a_verb_an_import_or_a_bare_update(
    cars: list[Listing], moderator: Person, committed: Committed
) -> None:
    listing = cars[0]
    path = f"/listings/{listing.slug}?expand=vendor"
    changes: list[Callable[[], object]] = [
        lambda: Vendor.objects.filter(pk=listing.vendor_id).update(name="Renamed"),
        lambda: connection.cursor().execute("UPDATE catalog_listing SET title = 'Wheels'"),
        lambda: catalog.archive(listing.pk, by=SYSTEM),
    ]
    for change in changes:
        before = warm(path)
        assert statements(path)[1] == 0
        with committed():
            change()
        after, asked = statements(path)
        assert asked > 0
        assert after.content != before.content
    assert after.status_code == 404


def test_all_stamps_of_a_transaction_are_renewed_at_once_and_none_is_lost_with_a_savepoint(
    cars: list[Listing], committed: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written first in a part that fails, and then outside of it, ends what was read from it all the same."""
    asked: list[set[str]] = []
    monkeypatch.setattr(caches["public"], "set_many", lambda found, _timeout: asked.append(set(found)))
    with committed(), transaction.atomic():
        with suppress(ZeroDivisionError), transaction.atomic():
            Listing.objects.filter(pk=cars[0].pk).update(title="In a part that fails")
            raise ZeroDivisionError
        Vendor.objects.update(description="Said anew.")
        with transaction.atomic():
            Listing.objects.filter(pk=cars[0].pk).update(title="Another")
    assert asked == [{"table:vendors_vendor", "table:catalog_listing"}]


def test_what_is_rolled_back_leaves_it(cars: list[Listing], committed: Committed) -> None:
    listing = cars[0]
    path = f"/listings/{listing.slug}?expand=vendor"
    warm(path)
    with committed():
        with transaction.atomic():
            Vendor.objects.filter(pk=listing.vendor_id).update(name="Renamed")
            transaction.set_rollback(True)
        assert statements(path)[1] == 0
        Vendor.objects.filter(pk=listing.vendor_id).update(name="Renamed at last")
    assert "Renamed at last" in read(path).content.decode()


def test_what_is_written_while_it_is_made_is_not_missed(
    cars: list[Listing], committed: Committed, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is read, somebody commits, and only then it is kept."""
    listing = cars[0]
    path = f"/listings/{listing.slug}?expand=vendor"
    warm(path)
    empty(settings)
    honest = response_cache.ResponseCache._make

    def slowly(cache: Any, request: Any, place: str) -> Any:
        inner = cache.get_response

        def made(given: Any) -> Any:
            answer = inner(given)
            with committed():
                Vendor.objects.filter(pk=listing.vendor_id).update(name="Renamed meanwhile")
            return answer

        cache.get_response = made
        try:
            return honest(cache, request, place)
        finally:
            cache.get_response = inner

    with monkeypatch.context() as patched:
        patched.setattr(response_cache.ResponseCache, "_make", slowly)
        assert "Renamed meanwhile" not in read(path).content.decode()
    assert "Renamed meanwhile" in read(path).content.decode()


def test_nothing_of_somebody_s_own_is_kept_or_answered_from_it(cars: list[Listing], customer: Person) -> None:
    path = "/listings?limit=5"
    token = customer.api().standing["Authorization"]
    for credentials in ({"Authorization": token}, {"Cookie": "sessionid=x"}):
        for _ in range(2):
            answer, asked = statements(path, **credentials)
            assert asked > 0
            assert answer["Cache-Control"] == "private, no-store"
    warm(path)
    for credentials in ({"Authorization": token}, {"Cookie": "sessionid=x"}):
        assert statements(path, **credentials)[1] > 0
    assert customer.api().get("/me").status_code == 200
    assert read("/me").status_code == 401


def test_refusals_and_deep_pages_are_not_kept(cars: list[Listing]) -> None:
    cursor = read("/listings?limit=5").json()["next"]
    for path in (
        "/listings?limit=0",
        "/listings?nonsense=1",
        "/listings/none-of-this-name",
        f"/listings?limit=5&cursor={cursor}",
    ):
        warm(path)
        assert not made_for(path)
    assert warm("/categories").status_code == 200
    assert made_for("/categories")


@pytest.mark.parametrize("path", ["/listings?limit=5", "/categories"])
def test_who_has_it_already_is_told_so_kept_or_not(cars: list[Listing], path: str, settings: Any) -> None:
    tag = warm(path)["ETag"]
    for seconds in (600, 0):
        settings.PUBLIC_CACHE_SECONDS = seconds
        answer = read(path, If_None_Match=tag)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        assert "public" in answer["Cache-Control"]
        assert read(path, If_None_Match='W/"other"').status_code == 200


def test_the_same_page_has_the_same_tag_at_any_moment(
    cars: list[Listing], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_CACHE_SECONDS = 0
    first = read("/listings?limit=5")
    assert first.json()["next"]
    later = time.time() + 3_600
    monkeypatch.setattr(time, "time", lambda: later)
    assert read("/listings?limit=5")["ETag"] == first["ETag"]


def test_without_its_store_everything_is_made_anew(cars: list[Listing], monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: Any, **_named: Any) -> Any:
        raise ConnectionError

    warm("/categories")
    monkeypatch.setattr(caches["public"], "get", lambda *_given, **_named: None)
    monkeypatch.setattr(caches["public"], "get_many", lambda *_given, **_named: {})
    monkeypatch.setattr(caches["public"], "add", away)
    answer, asked = statements("/categories")
    assert (answer.status_code, asked > 0) == (200, True)


def test_what_is_at_hand_is_not_fetched_again_and_goes_with_a_change_and_with_its_time(
    cars: list[Listing], committed: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, fetched, store = "/listings?limit=5", [], caches["public"]
    get = store.get

    def noted(place: str, *given: Any, **named: Any) -> Any:
        fetched.extend([place] if place.startswith("answer:") else [])
        return get(place, *given, **named)

    first = warm(path).content
    response_cache.at_hand.clear()
    monkeypatch.setattr(store, "get", noted)
    assert [read(path).content, len(fetched)] == [first, 1]
    assert [read(path).content, len(fetched)] == [first, 1]
    with committed():
        Listing.objects.filter(pk=cars[-1].pk).update(title="Another")
    answer, asked = statements(path)
    assert asked > 0
    assert answer.content != first
    assert [read(path).content, read(path).content] == [answer.content] * 2
    _again, asked = statements(path)
    assert asked == 0
    later = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)
    _again, asked = statements(path)
    assert asked > 0


def test_of_many_who_ask_at_once_one_makes_it(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others wait for it. The view is a stand-in, so that no database is shared between threads."""
    made: list[int] = []
    together = Barrier(8)

    def view(_request: Any) -> HttpResponse:
        made.append(1)
        time.sleep(0.2)
        return response_cache.mark(HttpResponse(b"{}"), 60)

    cache = response_cache.ResponseCache(view)
    got: list[bytes] = []

    def ask() -> None:
        together.wait()
        got.append(cache(RequestFactory().get("/api/v1/listings")).content)

    threads = [Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (got, made) == ([b"{}"] * 8, [1])
    made.clear()
    monkeypatch.setattr(response_cache, "WAIT", 0)
    empty(settings)
    threads = [Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(made) > 1  # the positive control: nobody waits


@pytest.mark.parametrize("late", ["who begins to make it", "who waits for it"])
def test_who_looked_just_before_it_was_kept_looks_again(late: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking and beginning another may be done with it; so may the other between a look and the next question."""
    made: list[int] = []

    def view(_request: Any) -> HttpResponse:
        made.append(1)
        return response_cache.mark(HttpResponse(b"{}"), 60)

    cache = response_cache.ResponseCache(view)
    request = RequestFactory().get("/api/v1/listings")
    looked: list[int] = []
    kept = response_cache._kept

    def slow(place: str) -> Any:
        found = kept(place)
        looked.append(1)
        if len(looked) == 1:
            if late == "who waits for it":
                response_cache.store().add(f"making:{place}", 1, 5)
            else:
                cache(request)
        elif len(looked) == 2 and late == "who waits for it":
            response_cache.store().delete(f"making:{place}")
            cache(request)
        return found

    monkeypatch.setattr(response_cache, "_kept", slow)
    assert cache(request).content == b"{}"
    assert len(looked) > 2
    assert made == [1]


def test_a_change_of_tuning_drops_what_was_kept_and_a_kept_miss_counts_on(
    cars: list[Listing], committed: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    index([each.pk for each in cars], by=SYSTEM)
    noted: list[str] = []
    monkeypatch.setattr(unmet, "note", lambda text, *_place, **_who: noted.append(text))
    path = "/listings?q=automobile"
    assert warm(path).json()["items"] == []
    assert made_for(path)
    answer, asked = statements(path)
    assert (asked, answer.json()["items"], noted) == (0, [], ["automobile"] * 3)
    with committed():
        operations.create(Synonyms, {"words": "automobile, car"}, by=SYSTEM)
    assert len(read(path).json()["items"]) == 8
    with committed():
        operations.create(PinnedResults, {"query": "automobile", "listing": cars[3].pk}, by=SYSTEM)
    answer = warm(path).json()
    assert (answer["items"][0]["id"], answer["pinned"], len(answer["items"])) == (cars[3].pk, [cars[3].pk], 8)
    assert len(noted) == 3
