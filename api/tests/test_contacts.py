"""The contact routes: noted, answered, refused; and the log as vendors and staff read it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import limits
from core.rules import Actor
from marketplace.accounts.models import User
from marketplace.accounts.tokens import start
from marketplace.catalog.tests.factories import category
from marketplace.contacts import visitors
from marketplace.contacts.actions import recount
from marketplace.contacts.models import ContactClick
from marketplace.contacts.tests.factories import BROWSER, click, member, shop, shown

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters() -> Iterator[None]:
    """No salt and no spent limit of another test."""
    visitors._salts.clear()
    limits.counter.cache_clear()
    yield
    visitors._salts.clear()
    limits.counter.cache_clear()


def post(client: Client, body: dict[str, Any], **headers: str) -> Any:
    headers = {"User-Agent": BROWSER, **headers}
    return client.post("/api/v1/contacts", json.dumps(body), content_type="application/json", headers=headers)


def test_a_visitor_without_an_account_gets_the_number(client: Client) -> None:
    listing = shown()
    for place in (listing.pk, listing.slug):
        answer = post(client, {"listing": place, "channel": "call"})
        assert answer.status_code == 201
        assert answer.json() == {"channel": "call", "number": "+254712345678", "link": "tel:+254712345678"}
    assert list(ContactClick.objects.order_by("pk").values_list("klass", flat=True)) == ["valid", "repeat"]


def test_a_storefront_is_told_which_buttons_to_show_and_no_number(client: Client) -> None:
    both, silent = shop(), shop(whatsapp=None)
    items = client.get("/api/v1/vendors").json()["items"]
    assert {each["id"]: each["channels"] for each in items} == {both.pk: ["call", "whatsapp"], silent.pk: ["call"]}
    assert "254712345678" not in client.get(f"/api/v1/vendors/{both.pk}").content.decode()


def test_a_hundred_presses_are_all_answered(client: Client) -> None:
    listing = shown()
    assert {post(client, {"listing": listing.pk, "channel": "whatsapp"}).status_code for _each in range(100)} == {201}
    classes = list(ContactClick.objects.order_by("pk").values_list("klass", flat=True))
    assert classes == ["valid", *["repeat"] * 9, *["rate_limited"] * 90]


@pytest.mark.parametrize("place", [999_999, "nothing-here-abcdefghjk", "9" * 100])
def test_what_is_not_there_is_404_and_notes_nothing(client: Client, place: Any) -> None:
    answer = post(client, {"listing": place, "channel": "call"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert ContactClick.objects.count() == 0


def test_a_vendor_without_that_number_is_409(client: Client) -> None:
    answer = post(client, {"listing": shown(shop(phone=None)).pk, "channel": "call"})
    assert (answer.status_code, answer.json()["code"], answer.json()["channel"]) == (409, "no_such_channel", "Call")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"listing": 1},
        {"listing": 1, "channel": "fax"},
        {"listing": 0, "channel": "call"},
        {"listing": True, "channel": "call"},
        {"listing": "NO CAPITALS", "channel": "call"},
        {"listing": 1, "channel": "call", "klass": "valid"},
    ],
)
def test_a_body_that_does_not_fit_is_422(client: Client, body: dict[str, Any]) -> None:
    assert post(client, body).status_code == 422


def test_the_most_contacted_listings_come_first_and_hidden_ones_not_at_all(client: Client) -> None:
    often, seldom, never, hidden = shown(), shown(), shown(), shown(shop(status="suspended"))
    for listing, times in ((often, 3), (seldom, 1), (hidden, 5)):
        for _each in range(times):
            click(listing)
    click(never, klass="bot")
    click(seldom, at=timezone.now() - timedelta(days=40))
    recount(by=Actor.system("test"))
    items = client.get("/api/v1/contacts/top").json()["items"]
    assert [each["id"] for each in items] == [often.pk, seldom.pk]
    assert items[0]["title"] == often.title
    assert [each["id"] for each in client.get("/api/v1/contacts/top?days=90&limit=1").json()["items"]] == [often.pk]


def test_the_most_contacted_take_as_many_queries_for_one_as_for_twenty(client: Client) -> None:
    vendor, shelf = shop(), category()

    def spent() -> int:
        recount(by=Actor.system("test"))
        client.get("/api/v1/contacts/top")
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/v1/contacts/top")
        return len(queries)

    click(shown(vendor, category=shelf))
    one = spent()
    for _each in range(20):
        click(shown(vendor, category=shelf))
    assert spent() == one


@pytest.mark.parametrize("query", ["days=2", "days=", "page=1", "limit=0", "limit=101"])
def test_parameters_that_are_not_there_are_refused(client: Client, query: str) -> None:
    assert client.get(f"/api/v1/contacts/top?{query}").status_code == 422


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {start(user).access_token}"}


def test_a_member_with_the_grant_reads_the_own_log_only(client: Client) -> None:
    mine, foreign = shown(), shown()
    click(mine, channel="whatsapp", klass="repeat")
    click(foreign)
    seeing, blind = member(mine.vendor, "view_contacts"), member(mine.vendor, "edit_listings")
    answer = client.get("/api/vendor/v1/contacts", headers=bearer(seeing))
    assert [(each["listing_id"], each["channel"], each["klass"]) for each in answer.json()["items"]] == [
        (mine.pk, "whatsapp", "repeat")
    ]
    assert not {"visitor", "address", "agent"} & set(answer.json()["items"][0])
    assert client.get("/api/vendor/v1/contacts", headers=bearer(blind)).json()["items"] == []
    other = ContactClick.objects.get(listing=foreign)
    assert client.get(f"/api/vendor/v1/contacts/{other.pk}", headers=bearer(seeing)).status_code == 404


def test_the_log_is_filtered_by_channel_class_and_time(client: Client) -> None:
    listing = shown()
    old = click(listing, at=timezone.now() - timedelta(days=3))
    call, whatsapp = click(listing), click(listing, channel="whatsapp", klass="bot")
    headers = bearer(member(listing.vendor, "view_contacts"))

    def found(query: str) -> list[int]:
        return [each["id"] for each in client.get(f"/api/vendor/v1/contacts?{query}", headers=headers).json()["items"]]

    assert found("") == [whatsapp.pk, call.pk, old.pk]
    assert found("channel=call") == [call.pk, old.pk]
    assert found("klass=bot") == [whatsapp.pk]
    assert found(f"at_max={(timezone.now() - timedelta(days=2)):%Y-%m-%dT%H:%M:%SZ}") == [old.pk]
    assert found(f"listing={listing.slug}&channel=whatsapp") == [whatsapp.pk]


def test_the_log_is_filtered_by_a_category_and_all_below_it(client: Client) -> None:
    above = category(name="Vehicles", slug="vehicles")
    vendor, cars = shop(), category(name="Cars", slug="cars", parent=above)
    car, cup = click(shown(vendor, category=cars)), click(shown(vendor))
    headers = bearer(member(vendor, "view_contacts"))

    def found(query: str) -> list[tuple[int, str]]:
        items = client.get(f"/api/vendor/v1/contacts?{query}", headers=headers).json()["items"]
        return [(each["id"], each["category"]) for each in items]

    assert found(f"category={cars.pk}") == found("category=cars") == found("category=vehicles") == [(car.pk, "Cars")]
    assert found(f"category={cup.listing.category_id}") == [(cup.pk, cup.listing.category.name)]
    assert found("category=no-such-category") == []


@pytest.mark.parametrize("moment", ["5", "0.5", "2026-01-31", "yesterday"])
def test_a_moment_is_written_out(client: Client, moment: str) -> None:
    headers = bearer(member(shop(), "view_contacts"))
    assert client.get(f"/api/vendor/v1/contacts?at_min={moment}", headers=headers).status_code == 422


def test_nobody_writes_the_log(client: Client) -> None:
    listing = shown()
    kept = click(listing)
    headers = bearer(member(listing.vendor, "view_contacts"))
    assert (
        client.post("/api/vendor/v1/contacts", "{}", content_type="application/json", headers=headers).status_code
        == 405
    )
    assert client.delete(f"/api/vendor/v1/contacts/{kept.pk}", headers=headers).status_code == 405
