"""Views: noted without a write, judged as contacts are, counted once by the flush, whatever is cut off in between."""

from collections.abc import Iterator
from typing import Any, cast
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import buffers, limits
from core.buffers import Buffer, LocalBuffer, RedisBuffer, buffer
from core.rules import Actor
from core.testing.races import at_once
from marketplace.cast import Person
from marketplace.contacts.classes import Klass
from marketplace.contacts.tests.factories import BROWSER, member, shop, shown
from marketplace.engagement import actions, tasks, views
from marketplace.engagement.actions import counting
from marketplace.engagement.models import ViewCount, ViewFlush
from marketplace.engagement.queries import Interest, interest_in
from marketplace.engagement.tests.factories import batch

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture(autouse=True)
def _own_buffer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A buffer that nobody else has noted anything in."""
    monkeypatch.setattr(RedisBuffer, "prefix", f"soko:test:{uuid4().hex}:")
    buffer.cache_clear()
    yield
    buffer.cache_clear()


def look(client: Client, place: Any, *, agent: str = BROWSER, address: str = "196.201.1.1", **headers: str) -> int:
    said = {"User-Agent": agent, **headers}
    return client.get(f"/api/v1/listings/{place}", headers=said, REMOTE_ADDR=address).status_code


def counts() -> dict[int, tuple[int, int]]:
    tasks.flush_views()
    return {each.listing_id: (each.valid_count, each.all_count) for each in ViewCount.objects.all()}


def test_people_count_once_in_half_an_hour_and_programs_not_at_all(client: Client) -> None:
    one, other = shown(), shown()
    assert {look(client, one.pk), look(client, one.slug), look(client, other.pk)} == {200}
    look(client, one.pk, address="196.201.1.2")
    look(client, one.pk, agent="Googlebot/2.1")
    look(client, one.pk, agent="")
    look(client, one.pk, address="196.201.1.3", **{"Sec-Purpose": "prefetch"})
    assert ViewCount.objects.count() == 0
    assert counts() == {one.pk: (2, 5), other.pk: (1, 1)}
    look(client, one.pk)
    assert counts()[one.pk] == (2, 6)
    assert counts()[one.pk] == (2, 6)


def test_looking_writes_nothing_and_asks_nothing_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = shown()
    look(client, listing.pk)
    with CaptureQueriesContext(connection) as noted:
        look(client, listing.pk, address="196.201.1.9")
    monkeypatch.setattr(views, "note", lambda *_args, **_more: None)
    with CaptureQueriesContext(connection) as plain:
        look(client, listing.pk, address="196.201.1.10")
    assert [each["sql"] for each in noted] == [each["sql"] for each in plain]
    assert all(each["sql"].startswith("SELECT") for each in noted)


def test_what_is_not_on_show_and_other_audiences_are_no_views(client: Client, owner: Person) -> None:
    hidden = shown(shop(status="suspended"))
    assert look(client, hidden.pk) == 404
    mine = shown(owner.vendor)
    assert owner.api("vendor").get(f"/listings/{mine.pk}").status_code == 200
    assert counts() == {}


def test_a_vendor_s_own_people_do_not_count_and_others_who_are_signed_in_do(owner: Person, customer: Person) -> None:
    mine = shown(owner.vendor)
    for person in (owner, customer):
        assert person.api().get(f"/listings/{mine.pk}", user_agent=BROWSER).status_code == 200
    assert counts() == {mine.pk: (1, 2)}


def test_whoever_looks_more_often_than_people_do_counts_no_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.LIMITS, "view", limits.Limit(2, 3600))
    listings = [shown() for _each in range(4)]
    assert {look(client, each.pk) for each in listings} == {200}
    assert sorted(counts().values()) == [(0, 1), (0, 1), (1, 1), (1, 1)]


def test_a_batch_is_counted_once_though_its_flush_was_cut_off() -> None:
    listing = shown()
    views.note(listing.pk, by=Actor.anonymous, address="1.2.3.4", agent=BROWSER)
    taken = next(iter(buffer(views.VIEWS).taken()))
    assert actions.count_views(taken, by=SYSTEM) == 1
    # The process dies here, before `done`: the batch is handed out again, and known.
    assert [each.id for each in buffer(views.VIEWS).taken()] == [taken.id]
    assert tasks.flush_views() == 0
    assert list(buffer(views.VIEWS).taken()) == []
    assert counts() == {listing.pk: (1, 1)}
    assert ViewFlush.objects.get().count == 1


def test_a_flush_that_fails_leaves_the_views_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = shown()
    views.note(listing.pk, by=Actor.anonymous, address="1.2.3.4", agent=BROWSER)
    with monkeypatch.context() as broken:
        broken.setattr(counting, "_add", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.flush_views()
    assert not ViewFlush.objects.exists()
    views.note(listing.pk, by=Actor.anonymous, address="1.2.3.5", agent=BROWSER)
    assert counts() == {listing.pk: (2, 2)}


def test_views_of_a_listing_that_is_gone_are_left_out() -> None:
    kept = shown()
    found = batch({kept: 3})
    gone = {str(views.Mark(999_999, timezone.localdate(), Klass.VALID, None)): 5}
    assert actions.count_views(buffers.Batch(found.id, {**found.counts, **gone}), by=SYSTEM) == 3
    assert counts() == {kept.pk: (3, 3)}


def test_without_redis_the_page_is_answered_and_the_view_not_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(LocalBuffer):
        def note_once(self, *_args: Any, **_more: Any) -> None:
            raise redis.ConnectionError

    monkeypatch.setattr(views, "buffer", lambda _name: Gone())
    assert look(client, shown().pk) == 200


KINDS = pytest.mark.parametrize("kind", ["local", pytest.param("redis", marks=pytest.mark.services)])


def made_as(kind: str) -> Buffer:
    return LocalBuffer() if kind == "local" else RedisBuffer(settings.REDIS_URL, "views")


@KINDS
def test_what_is_beyond_a_share_is_noted_as_such_and_of_others_as_ever(kind: str) -> None:
    made = made_as(kind)
    for who in ("me", "me", "me", "you"):
        made.note_once(f"{who} again", 60, first="first", again="again", share=buffers.Share(who, 2, 60, "over"))
    made.note_once("nobody's", 60, first="first", again="again")
    (one,) = made.taken()
    made.done(one)
    assert one.counts == {"first": 3, "again": 1, "over": 1}


@pytest.mark.services
def test_a_share_in_redis_ends_with_its_window() -> None:
    made = RedisBuffer(settings.REDIS_URL, "views")
    made.note_once("me", 60, first="first", again="again", share=buffers.Share("brief", 1, 60, "over"))
    assert 0 < cast(int, made._redis.ttl(made._key("share:brief"))) <= 60
    for each in made.taken():
        made.done(each)


@KINDS
def test_both_buffers_keep_the_same_promises(kind: str) -> None:
    made = made_as(kind)
    for _each in range(3):
        made.note_once("me", 60, first="first", again="again")
    made.note("bot")
    (one,) = made.taken()
    assert one.counts == {"first": 1, "again": 2, "bot": 1}
    made.note("bot")
    both = {each.id: dict(each.counts) for each in made.taken()}
    assert len(both) == 2
    assert both[one.id] == {"first": 1, "again": 2, "bot": 1}
    for each in list(made.taken()):
        made.done(each)
    assert list(made.taken()) == []


def test_a_flush_takes_as_many_queries_for_one_listing_as_for_thirty() -> None:
    def spent(found: buffers.Batch) -> int:
        with CaptureQueriesContext(connection) as queries:
            actions.count_views(found, by=SYSTEM)
        return len(queries)

    vendor = shop()
    listings = [shown(vendor) for _each in range(30)]
    assert spent(batch({listings[0]: 1})) == spent(batch(dict.fromkeys(listings, 1)))


def test_old_tallies_are_forgotten() -> None:
    listing = shown()
    actions.count_views(batch({listing: 2}), by=SYSTEM)
    today = timezone.localdate()
    assert actions.forget_views(today, by=SYSTEM, flushed_before=timezone.now()) == 0
    assert not ViewFlush.objects.exists()
    assert interest_in([listing.pk], days=7) == {listing.pk: Interest(views=2)}
    assert actions.forget_views(today.replace(year=today.year + 1), by=SYSTEM, flushed_before=timezone.now()) == 1


def test_a_listing_s_page_says_how_often_it_was_looked_at(client: Client) -> None:
    mine = shown()
    actions.count_views(batch({mine: 1234}), by=SYSTEM)
    client.force_login(member(mine.vendor, "edit_listings"))
    text = client.get(f"/admin/catalog/listing/{mine.pk}/change/").content.decode()
    assert "Views in 30 days" in text
    assert "1,234" in text


def test_figures_are_the_caller_s_own_for_vendors_and_all_for_operations(
    owner: Person, rival: Person, moderator: Person
) -> None:
    mine, theirs = shown(owner.vendor), shown(rival.vendor)
    actions.count_views(batch({mine: 3, theirs: 5}), by=SYSTEM)

    def read(person: Person, audience: str) -> list[tuple[int, int]]:
        answer = person.api(audience).get("/analytics/listings", {"days": "7"})
        return [(each["listing_id"], each["views"]) for each in answer.json()["items"]]

    assert read(owner, "vendor") == [(mine.pk, 3)]
    assert read(moderator, "operations") == [(theirs.pk, 5), (mine.pk, 3)]
    assert mine.title in owner.admin.get("/admin/").content.decode()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_batches_that_are_counted_at_once_are_all_counted_and_each_once() -> None:
    one, other = shown(), shown()
    batches = [batch({one: 1, other: 10}) for _each in range(4)]
    twice = [lambda each=each: actions.count_views(each, by=SYSTEM) for each in batches * 2]
    assert at_once(twice) == {"done": 8}
    assert dict(ViewCount.objects.values_list("listing_id", "valid_count")) == {one.pk: 4, other.pk: 40}
