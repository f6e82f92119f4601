"""Saved searches: read by what reads the list, one's own only, told once of what is new, ended by one click."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from core.models import OutboxEvent
from core.rules import Actor
from marketplace.accounts.actions import deactivate
from marketplace.cast import Person
from marketplace.catalog import actions as catalog
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests.factories import cars, listing
from marketplace.contacts.tests.factories import shop, shown
from marketplace.engagement import flows, links, tasks
from marketplace.engagement.models import SavedSearch
from marketplace.search import actions as search

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture
def shelf(db: None) -> Category:
    return cars()


def save(person: Person, query: str = "q=corolla", **values: Any) -> Any:
    return person.api().post("/saved-searches", {"name": f"About {query}"[:80], "query": query, **values})


def saved(person: Person, query: str = "q=corolla", *, days: float = 1, **values: Any) -> SavedSearch:
    """A search that was looked through some days ago."""
    answer = save(person, query, **values)
    assert answer.status_code == 201, answer.content
    SavedSearch.objects.filter(pk=answer.json()["id"]).update(seen_until=timezone.now() - timedelta(days=days))
    return SavedSearch.objects.get(pk=answer.json()["id"])


def published(hours: float = 1, **values: Any) -> Listing:
    """On show since then, and in the index."""
    at = timezone.now() - timedelta(hours=hours)
    row = shown(**{"title": "Toyota Corolla", **values}, approved_at=at)
    search.index([row.pk], by=SYSTEM)
    return row


def told() -> list[Any]:
    rows = OutboxEvent.objects.filter(name="engagement.SearchesMatched").order_by("pk")
    return [each.payload["matches"] for each in rows]


def test_a_search_is_kept_in_one_spelling_and_read_changed_and_deleted_by_its_owner(
    customer: Person, shelf: Category
) -> None:
    query = "?price_max=500&order=-price&limit=5&q=red%20car&category=cars&attr.make=toyota&cursor="
    answer = save(customer, query, frequency="instant")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["query"] == "attr.make=toyota&category=cars&price_max=500&q=red+car"
    api = customer.api()
    assert [each["id"] for each in api.get("/saved-searches").json()["items"]] == [body["id"]]
    changed = api.patch(f"/saved-searches/{body['id']}", {"frequency": "off"}, if_match=answer.headers["ETag"])
    assert (changed.status_code, changed.json()["frequency"]) == (200, "off")
    assert api.delete(f"/saved-searches/{body['id']}", if_match=changed.headers["ETag"]).status_code == 204


def test_what_the_list_refuses_is_refused_at_the_query(customer: Person, shelf: Category, client: Client) -> None:
    refused = ("colour=red", "price_max=cheap", "attr.nonsense=1", "", "order=-price", "q=", "&" * 1500)
    for query in refused:
        answer = save(customer, query)
        assert answer.status_code == 422, query
        assert {each["pointer"] for each in answer.json()["errors"]} == {"/query"}, query
    for query in refused[:3]:
        assert client.get(f"/api/v1/listings?{query}").status_code == 422
    for body in ({"name": "", "query": "q=a"}, {"name": "A"}, {"name": "A", "query": "q=a", "frequency": "hourly"}):
        assert customer.api().post("/saved-searches", body).status_code == 422
    assert not SavedSearch.objects.exists()


def test_a_change_is_judged_as_a_new_one(customer: Person) -> None:
    answer = save(customer)
    path = f"/saved-searches/{answer.json()['id']}"
    bad = customer.api().patch(path, {"query": "colour=red"}, if_match=answer.headers["ETag"])
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/query")
    assert SavedSearch.objects.get().query == "q=corolla"


def test_others_find_nothing_and_nobody_saves_without_signing_in(
    customer: Person, buyer: Person, nobody: Person
) -> None:
    answer = save(customer)
    path = f"/saved-searches/{answer.json()['id']}"
    assert buyer.api().get("/saved-searches").json()["items"] == []
    assert buyer.api().get(path).status_code == 404
    assert buyer.api().delete(path, if_match=answer.headers["ETag"]).status_code == 404
    assert save(nobody).status_code == 401
    assert save(customer, "q=other", user=buyer.user.pk).status_code == 422
    assert save(customer).status_code in (409, 422)  # the name is taken


def test_there_is_a_limit(customer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.engagement.actions.searches.MOST_SEARCHES", 2)
    statuses = [save(customer, f"q=car{turn}") for turn in range(3)]
    assert [each.status_code for each in statuses] == [201, 201, 409]
    assert statuses[2].json()["code"] == "too_many_searches"


def test_what_is_new_and_fits_is_told_once(customer: Person) -> None:
    search = saved(customer, "q=corolla&price_max=200000", frequency="instant")
    fits = published(price=150_000)
    published(price=250_000)
    published(title="Mazda Demio", price=1)
    published(hours=48, price=1)
    published(price=1, vendor=shop(status="suspended"))
    published(hours=0, price=1)
    assert tasks.alert_daily() == 0
    assert tasks.alert_at_once() == 1
    assert told() == [[[search.pk, [fits.pk]]]]
    assert tasks.alert_at_once() == 0


def test_a_listing_that_comes_back_is_no_news_and_one_that_was_just_approved_comes_next_time(
    customer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(customer, frequency="instant")
    old = published(hours=72)
    catalog.expire(old.pk, by=SYSTEM)
    catalog.renew(old.pk, by=SYSTEM)
    fresh = published(hours=0)
    assert tasks.alert_at_once() == 0
    monkeypatch.setattr(tasks, "STILL_COMING", timedelta(0))
    assert tasks.alert_at_once() == 0  # the index may not have it yet: events wait
    monkeypatch.setattr(tasks.relay, "lag", lambda: 0.0)
    assert tasks.alert_at_once() == 1
    assert [keys for ((_search, keys),) in told()] == [[fresh.pk]]


def test_one_mail_has_all_searches_and_ends_by_one_click(customer: Person, client: Client) -> None:
    searches = [saved(customer, query, frequency="daily") for query in ("q=corolla", "price_max=200000")]
    car = published(price=150_000)
    assert tasks.alert_daily() == 2
    assert flows.mail_matches(customer.user.pk, told()[0]) == 1
    (sent,) = mail.outbox
    assert sent.to == ["customer@soko.example"]
    assert sent.subject == "New in 2 of your searches"
    assert sent.body.count("Toyota Corolla, KES") == 2
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = urlsplit(sent.extra_headers["List-Unsubscribe"].strip("<>")).path
    asked = client.get(link)
    assert (asked.status_code, SavedSearch.objects.filter(frequency="off").count()) == (200, 0)
    strict = Client(enforce_csrf_checks=True)
    for _each in range(2):
        answer = strict.post(link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200
    assert set(SavedSearch.objects.values_list("frequency", flat=True)) == {"off"}
    assert flows.mail_matches(customer.user.pk, [[each.pk, [car.pk]] for each in searches]) == 0


def test_a_link_of_one_search_ends_that_one_and_a_forged_one_nothing(customer: Person, client: Client) -> None:
    one, other = saved(customer, "q=one"), saved(customer, "q=other")
    path = urlsplit(links.address(customer.user.pk, one.pk)).path
    assert client.post(path).status_code == 200
    assert SavedSearch.objects.get(pk=one.pk).frequency == "off"
    assert SavedSearch.objects.get(pk=other.pk).frequency == "daily"
    assert client.post(f"{path}x").status_code == 404
    assert client.post("/unsubscribe/nonsense").status_code == 404
    assert client.put(path).status_code == 405
    assert SavedSearch.objects.get(pk=other.pk).frequency == "daily"


def test_what_is_hidden_meanwhile_is_not_in_the_mail(customer: Person) -> None:
    search, car = saved(customer, frequency="instant"), published()
    tasks.alert_at_once()
    catalog.archive(car.pk, by=SYSTEM)
    assert flows.mail_matches(customer.user.pk, told()[0]) == 0
    assert mail.outbox == []
    assert SavedSearch.objects.get(pk=search.pk).alerted_at is not None


def test_a_closed_account_hears_nothing(customer: Person) -> None:
    saved(customer, frequency="instant")
    published()
    deactivate(customer.user, by=SYSTEM, reason="Asked for it.")
    assert tasks.alert_at_once() == 0


def test_a_search_that_can_no_longer_be_asked_is_passed_over(customer: Person) -> None:
    broken, good = saved(customer, "q=broken", frequency="instant"), saved(customer, frequency="instant")
    SavedSearch.objects.filter(pk=broken.pk).update(query="attr.gone=1")
    fits = published()
    assert tasks.alert_at_once() == 1
    assert told() == [[[good.pk, [fits.pk]]]]


def test_a_search_that_changes_tells_of_what_comes_from_then_on(customer: Person) -> None:
    answer = save(customer, frequency="off")
    SavedSearch.objects.update(seen_until=timezone.now() - timedelta(days=9))
    published()
    path = f"/saved-searches/{answer.json()['id']}"
    assert customer.api().patch(path, {"frequency": "instant"}, if_match=answer.headers["ETag"]).status_code == 200
    assert tasks.alert_at_once() == 0


def test_support_sees_and_mutes_and_others_of_operations_do_not(
    customer: Person, support: Person, moderator: Person
) -> None:
    search = saved(customer)
    assert [each["id"] for each in support.api("operations").get("/saved-searches").json()["items"]] == [search.pk]
    assert moderator.api("operations").get("/saved-searches").json()["items"] == []
    assert moderator.api("operations").post(f"/saved-searches/{search.pk}/mute").status_code == 404
    muted = support.api("operations").post(f"/saved-searches/{search.pk}/mute")
    assert (muted.status_code, muted.json()["frequency"]) == (200, "off")
    page = support.admin.get("/admin/engagement/savedsearch/")
    assert (page.status_code, "About q=corolla" in page.content.decode()) == (200, True)


def test_a_search_asks_no_more_where_nothing_was_published(customer: Person, django_assert_num_queries: Any) -> None:
    saved(customer, frequency="instant")
    listing(vendor=shop(), category=cars(), status="draft")
    with django_assert_num_queries(4):
        assert tasks.alert_at_once() == 0
