"""Favourites: kept once, one's own only, and of what is no longer offered nothing is shown."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.rules import Actor
from core.testing.races import at_once
from marketplace.cast import Person
from marketplace.catalog import actions as catalog
from marketplace.contacts.tests.factories import shown
from marketplace.engagement import actions, models
from marketplace.engagement.models import Favourite
from marketplace.engagement.queries import interest_in

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def test_a_listing_is_kept_once_and_dropped_once(customer: Person) -> None:
    listing, api = shown(), customer.api()
    first = api.post("/me/favourites", {"listing": listing.pk})
    again = api.post("/me/favourites", {"listing": listing.slug})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["listing"]["title"] == listing.title
    assert interest_in([listing.pk], days=7)[listing.pk].favourites == 1
    assert [api.delete(f"/me/favourites/{listing.pk}").status_code for _each in range(2)] == [204, 204]
    assert api.get("/me/favourites").json() == {"items": [], "next": None, "prev": None}


def test_one_sees_and_drops_one_s_own_only(customer: Person, buyer: Person, nobody: Person) -> None:
    listing = shown()
    customer.api().post("/me/favourites", {"listing": listing.pk})
    assert buyer.api().get("/me/favourites").json()["items"] == []
    assert buyer.api().delete(f"/me/favourites/{listing.pk}").status_code == 204
    assert Favourite.objects.filter(user=customer.user).count() == 1
    assert nobody.api().get("/me/favourites").status_code == 401
    assert nobody.api().post("/me/favourites", {"listing": listing.pk}).status_code == 401


def test_what_is_no_longer_offered_says_so_and_nothing_else(customer: Person) -> None:
    kept, gone = shown(title="A kept cup"), shown(title="A hidden cup")
    for each in (kept, gone):
        customer.api().post("/me/favourites", {"listing": each.pk})
    catalog.archive(gone.pk, by=SYSTEM)
    answer = customer.api().get("/me/favourites")
    said = {each["listing_id"]: (each["is_offered"], each["listing"]) for each in answer.json()["items"]}
    assert said[gone.pk] == (False, None)
    assert said[kept.pk][0] is True
    assert "A hidden cup" not in answer.content.decode()
    assert customer.api().post("/me/favourites", {"listing": gone.pk}).status_code == 404
    assert customer.api().delete(f"/me/favourites/{gone.pk}").status_code == 204


def test_there_is_a_limit(customer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.engagement.actions.favourites.MOST_FAVOURITES", 2)
    statuses = [customer.api().post("/me/favourites", {"listing": shown().pk}) for _each in range(3)]
    assert [each.status_code for each in statuses] == [201, 201, 409]
    assert (statuses[2].json()["code"], statuses[2].json()["most"]) == ("too_many_favourites", 2)
    assert models.MOST_FAVOURITES == 500


@pytest.mark.parametrize("body", [{}, {"listing": 0}, {"listing": True}, {"listing": "A B"}, {"listing": 1, "user": 2}])
def test_a_body_that_does_not_fit_is_422(customer: Person, body: dict[str, object]) -> None:
    assert customer.api().post("/me/favourites", body).status_code == 422


def test_pages_take_as_many_queries_for_one_as_for_many_and_lead_on(customer: Person) -> None:
    listings = [shown() for _each in range(5)]
    for each in listings:
        customer.api().post("/me/favourites", {"listing": each.pk})
    api = customer.api()
    api.get("/me/favourites")

    def spent(limit: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(api.get("/me/favourites", {"limit": limit}).json()["items"]) == limit
        return len(queries)

    assert spent(1) == spent(5)
    page = api.get("/me/favourites", {"limit": 3}).json()
    rest = api.get("/me/favourites", {"limit": 3, "cursor": page["next"]}).json()
    assert [each["listing_id"] for each in [*page["items"], *rest["items"]]] == [each.pk for each in reversed(listings)]
    assert api.get("/me/favourites", {"nonsense": 1}).status_code == 422


def test_support_reads_who_keeps_what_and_vendors_do_not(
    customer: Person, owner: Person, support: Person, moderator: Person
) -> None:
    listing = shown(owner.vendor)
    customer.api().post("/me/favourites", {"listing": listing.pk})
    items = support.api("operations").get("/favourites").json()["items"]
    assert [(each["user_id"], each["listing_id"]) for each in items] == [(customer.user.pk, listing.pk)]
    assert moderator.api("operations").get("/favourites").json()["items"] == []
    assert owner.api("vendor").get("/favourites").status_code == 404
    assert support.admin.get("/admin/engagement/favourite/").status_code == 200


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_many_who_keep_one_thing_at_once_keep_it_once(customer: Person) -> None:
    listing, actor = shown(), customer.actor()
    assert at_once([lambda: actions.keep(str(listing.pk), by=actor)] * 8) == {"done": 8}
    assert Favourite.objects.count() == 1
    assert at_once([lambda: actions.drop(listing.pk, by=actor)] * 8) == {"done": 8}
    assert Favourite.objects.count() == 0
