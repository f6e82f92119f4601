"""Searches without hits: counted without a trace of who asked, bounded, forgotten; and what staff do about them."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.buffers import Batch, LocalBuffer, RedisBuffer, buffer
from core.errors import DomainError, Duplicate, Invalid
from core.rules import Actor
from marketplace.catalog.models import Listing
from marketplace.catalog.tests import factories
from marketplace.search import actions, tasks, unmet
from marketplace.search.models import PinnedResult, Synonym, UnmetFlush, UnmetSearch

pytestmark = pytest.mark.django_db
Post = Callable[..., Listing]
SYSTEM = Actor.system("test")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture(autouse=True)
def _own_buffer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A buffer that nobody else has noted anything in."""
    monkeypatch.setattr(RedisBuffer, "prefix", f"soko:test:{uuid4().hex}:")
    buffer.cache_clear()
    yield
    buffer.cache_clear()


def ask(client: Client, query: str, *, agent: str = BROWSER, address: str = "196.201.1.1", **more: str) -> Any:
    asked = {"q": query, **more}
    answer = client.get("/api/v1/listings", asked, headers={"User-Agent": agent}, REMOTE_ADDR=address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def kept() -> dict[tuple[str, int | None], int]:
    tasks.flush_unmet_searches()
    return {(row.query, row.category_id): row.count for row in UnmetSearch.objects.all()}


def unmet_search(query: str, **values: Any) -> UnmetSearch:
    made = UnmetSearch(query=query, **values)
    UnmetSearch.objects.bulk_create([made])
    return UnmetSearch.objects.get(query=query)


def test_what_finds_nothing_is_counted_by_person_and_category(client: Client, post: Post) -> None:
    cars = factories.cars()
    post("Lamp")
    for address in ("196.201.1.1", "196.201.1.1", "196.201.1.2"):
        ask(client, "Sofa  RED", address=address)
    ask(client, "sofa", category=cars.slug)
    ask(client, "sofa", category=str(cars.pk), address="196.201.1.2")
    ask(client, "lamp")
    assert kept() == {("sofa red", None): 2, ("sofa", cars.pk): 2}
    row = UnmetSearch.objects.get(query="sofa")
    assert (row.outcome, row.did_you_mean) == ("open", "")
    assert timezone.now() - row.last_at < timedelta(minutes=1)


def test_what_was_found_only_as_it_was_meant_is_counted_with_that(client: Client, post: Post) -> None:
    for number in range(2):
        post(f"Toyota {number}")
    assert ask(client, "toyta")["did_you_mean"] == "toyota"
    assert kept() == {("toyta", None): 1}
    assert UnmetSearch.objects.get().did_you_mean == "toyota"


def test_bots_narrowed_searches_and_later_pages_are_not_counted(client: Client, post: Post) -> None:
    post("Lamp", price_minor=100, price_currency="KES")
    ask(client, "sofa", agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    ask(client, "sofa", agent="")
    ask(client, "lamp", price_min="999999")
    ask(client, "sofa", lat="1", lng="1")
    ask(client, "!!!")
    ask(client, "lamp", category="nonsense")
    ask(client, "lamp", category=factories.category("Closed", slug="closed", is_open=False).slug)
    assert kept() == {}


@pytest.mark.parametrize(
    "text", ["bea@soko.example", "0712 345 678", "+254-712-345678", "call 0712.345.678 now", "1234567"]
)
def test_what_may_name_somebody_is_not_kept(client: Client, text: str, post: Post) -> None:
    ask(client, text)
    assert list(buffer(unmet.UNMET).taken()) == []
    assert kept() == {}


def test_nothing_that_is_kept_tells_who_asked(client: Client, post: Post) -> None:
    ask(client, "sofa", address="196.201.77.77")
    (batch,) = buffer(unmet.UNMET).taken()
    assert batch.counts == {'["sofa", "", ""]': 1}
    assert {each.name for each in UnmetSearch._meta.concrete_fields} == {
        "id", "version", "created_at", "updated_at", "query", "category", "outcome", "count", "did_you_mean", "first_at", "last_at",
    }  # fmt: skip


def test_noting_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        unmet.note("sofa", "things", "", by=Actor.anonymous, address="1.2.3.4", agent=BROWSER)


def test_without_redis_the_page_is_answered(client: Client, monkeypatch: pytest.MonkeyPatch, post: Post) -> None:
    class Gone(LocalBuffer):
        def note_once(self, *_args: Any, **_more: Any) -> None:
            raise redis.ConnectionError

    monkeypatch.setattr(unmet, "buffer", lambda _name: Gone())
    assert ask(client, "sofa")["items"] == []


def test_one_source_is_counted_so_often_and_no_more(client: Client, post: Post) -> None:
    for number in range(70):
        unmet.note(f"thing {number}", None, "", by=Actor.anonymous, address="1.2.3.4", agent=BROWSER)
    assert len(kept()) == 60


def batch(*queries: str, times: int = 1) -> Batch:
    return Batch(uuid4().hex, {str(unmet.Mark(each, "", "")): times for each in queries})


def test_a_batch_counts_once_however_often_it_comes() -> None:
    one = batch("sofa", times=3)
    assert actions.count_unmet(one, by=SYSTEM) == 3
    assert actions.count_unmet(one, by=SYSTEM) == 0
    assert actions.count_unmet(batch("sofa"), by=SYSTEM) == 1
    assert kept() == {("sofa", None): 4}


def test_a_flush_takes_as_many_queries_for_one_search_as_for_thirty() -> None:
    def spent(found: Batch) -> int:
        with CaptureQueriesContext(connection) as queries:
            actions.count_unmet(found, by=SYSTEM)
        return len(queries)

    many = [f"thing {n}" for n in range(30)]
    assert spent(batch("one")) == spent(batch(*many))
    assert spent(batch("one")) == spent(batch(*many))


def test_beyond_so_many_the_seldom_asked_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_UNMET", 3)
    actions.count_unmet(batch("a", "b", "c", times=5), by=SYSTEM)
    actions.count_unmet(batch("d", "e", times=2), by=SYSTEM)
    actions.count_unmet(batch("f", times=9), by=SYSTEM)
    assert len(kept()) == 3
    assert ("f", None) in kept()
    assert UnmetSearch.history.count() == 0


def test_what_nobody_asks_any_more_is_forgotten() -> None:
    now = timezone.now()
    unmet_search("old", last_at=now - timedelta(days=91))
    unmet_search("new", last_at=now - timedelta(days=89))
    UnmetFlush.objects.create(batch="x", at=now - timedelta(days=8))
    assert tasks.forget_unmet_searches() == 1
    assert [row.query for row in UnmetSearch.objects.all()] == ["new"]
    assert not UnmetFlush.objects.exists()


def test_a_synonym_made_of_it_is_found_and_it_is_dealt_with(client: Client, post: Post) -> None:
    post("Sofa")
    ask(client, "settee")
    kept()
    row = UnmetSearch.objects.get()
    actions.make_synonym(row.pk, by=SYSTEM, means="sofa")
    assert [item["title"] for item in ask(client, "settee")["items"]] == ["Sofa"]
    row.refresh_from_db()
    assert (row.outcome, str(Synonym.objects.get())) == ("answered", "settee, sofa")
    assert row.history.count() == 1


def test_a_synonym_of_one_way_and_of_its_category_only(post: Post) -> None:
    cars = factories.cars()
    row = unmet_search("jaguar", category=cars)
    actions.make_synonym(row.pk, by=SYSTEM, means="big cat", both_ways=False, only_here=True)
    made = Synonym.objects.get()
    assert (str(made), made.category) == ("jaguar → big cat", cars)


def test_a_pin_made_of_it_stands_first(client: Client, post: Post) -> None:
    row, lamp = unmet_search("gift"), post("Lamp")
    actions.pin_listing(row.pk, by=SYSTEM, listing=lamp.pk)
    answer = ask(client, "gift")
    assert ([item["title"] for item in answer["items"]], answer["pinned"]) == (["Lamp"], [lamp.pk])
    assert PinnedResult.objects.get().query == "gift"
    assert kept() == {("gift", None): 0}


def test_what_was_dealt_with_and_still_finds_nothing_comes_back(post: Post) -> None:
    row, off = unmet_search("settee"), unmet_search("junk")
    actions.make_synonym(row.pk, by=SYSTEM, means="sofa")
    actions.ignore(off.pk, by=SYSTEM)
    actions.count_unmet(batch("settee", "junk"), by=SYSTEM)
    assert dict(UnmetSearch.objects.values_list("query", "outcome")) == {"settee": "open", "junk": "ignored"}
    actions.watch(off.pk, by=SYSTEM)
    assert UnmetSearch.objects.get(query="junk").outcome == "open"


def test_what_cannot_be_is_refused_and_leaves_nothing(post: Post) -> None:
    row = unmet_search("settee")
    for verb, inputs, refusal in (
        (actions.make_synonym, {"means": "settee"}, Invalid),
        (actions.make_synonym, {"means": "???", "both_ways": False}, Invalid),
        (actions.pin_listing, {"listing": 999_999}, Invalid),
    ):
        with pytest.raises(DomainError) as refused:
            verb(row.pk, by=SYSTEM, **inputs)
        assert isinstance(refused.value, refusal)
        assert {each.pointer for each in refused.value.errors} <= {"/means", "/listing"}
    actions.make_synonym(row.pk, by=SYSTEM, means="sofa")
    with pytest.raises(Duplicate):
        actions.make_synonym(row.pk, by=SYSTEM, means="sofa")
    assert Synonym.objects.count() == 1
    assert not PinnedResult.objects.exists()
