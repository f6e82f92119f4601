"""Why a listing stands where it does: the sentences say what the tiers do, whatever the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from core.resources import searching
from core.rules import Actor, scope
from core.testing import writing_as_system
from marketplace.cast import Person
from marketplace.catalog.models import Listing
from marketplace.catalog.tests import factories
from marketplace.search.explaining import TIERS, explain, try_out
from marketplace.search.models import Entry, UnmetSearch
from marketplace.search.queries import ListingIndex
from marketplace.search.tests.test_tuning import pin, stop, synonym
from marketplace.vendors.models import Vendor

pytestmark = pytest.mark.django_db
Post = Callable[..., Listing]
PAGE = "/admin/search_index/synonym/tuning/"


def told(text: str, listing: Listing, place: Any = None) -> Any:
    found = explain(text, Listing.objects.get(pk=listing.pk), place)
    assert found is not None
    return found


def test_each_hit_is_told_its_place_and_tier_as_buyers_have_it(post: Post) -> None:
    shelf = factories.category("Toyota", slug="toyota-parts")
    rows = [
        post("A cart", description="Drawn by a Toyota"),
        post("Toyota Corolla"),
        post("toyota"),
        post("A wheel", category=shelf),
        post("Old Toyota Hilux"),
        post("Chariot"),
    ]
    pin("toyota", rows[-1])
    buyers = scope(Actor.anonymous, Listing)
    found = ListingIndex().find("toyota", buyers)
    assert found is not None
    page = searching.turn(buyers, found, cursor=None, limit=20, about="test").rows
    assert len(page) == 6
    for place, row in enumerate(page, 1):
        said = told("toyota", row)
        assert (said.place, said.of, said.tier) == (place, 6, row.tier + 1), row.title
        assert said.verdict.startswith(f"It stands at place {place} of 6.")
        assert row.tier == searching.PINNED or TIERS[row.tier] in said.verdict


def test_the_words_are_told_with_where_they_stand_and_by_what(post: Post) -> None:
    row = post("Red mobile phone", description="with a charger")
    synonym("handset, mobile phone")
    stop("the")
    said = told("the handset charg", row)
    assert [(each.phrase, each.found, each.field) for each in said.standings] == [
        ("handset", "mobile phone", "title"),
        ("charg", "charg", "body"),
    ]
    text = " ".join(said.sentences)
    for words in (
        "Passed over as stop words: the.",
        "“handset” also finds mobile phone, by the synonym “handset, mobile phone”.",
        "“handset” stands as “mobile phone” in the title.",
        "The last may be only begun: “charg…”.",
    ):
        assert words in text, text


def test_what_lacks_a_word_is_told_which(post: Post) -> None:
    row = post("Red car")
    said = told("red bicycle", row)
    assert (said.is_found, said.verdict) == (False, "It is not found: it lacks “bicycle”.")


def test_what_was_meant_is_told(post: Post) -> None:
    row = post("Toyota Corolla")
    post("Toyota Corona")
    said = told("tooyta corolla", row)
    assert said.tier == 5
    assert "it was probably meant: toyota corolla." in " ".join(said.sentences)
    assert [each.field for each in said.standings] == ["title", "title"]


def test_what_buyers_cannot_see_is_told_why(post: Post, acme: Vendor) -> None:
    cars = factories.cars()
    draft, row = post("Draft lamp", status="draft"), post("Lamp")
    assert "It is not on show: it is draft." in told("lamp", draft).sentences
    assert not told("lamp", draft).is_found
    assert "It stands in Things, which is not in Cars." in told("lamp", row, cars.slug).sentences
    Entry.objects.filter(listing=row.pk).update(listing_version=99)
    assert any("earlier version" in each for each in told("lamp", row).sentences)
    Entry.objects.filter(listing=row.pk).delete()
    assert any("not in the index yet" in each for each in told("lamp", row).sentences)
    with writing_as_system():
        Vendor.objects.filter(pk=acme.pk).update(status="suspended")
    assert "It is not on show: its vendor is suspended." in told("lamp", row).sentences
    assert explain("???", row) is None


def test_a_trial_shows_what_tuning_brings_and_what_would_be_without(post: Post) -> None:
    first, second = post("Sofa"), post("Couch")
    synonym("sofa, couch")
    pin("sofa", second)
    found = try_out("sofa")
    assert found is not None
    assert [(each.listing.title, each.is_pinned, each.is_new) for each in found.hits] == [
        ("Couch", True, True),
        ("Sofa", False, False),
    ]
    assert [(each.listing, each.why) for each in found.untuned] == [(first, TIERS[0])]
    assert (found.count, found.untuned_count, found.is_changed) == (2, 1, True)
    same = try_out("lamp")
    assert same is not None
    assert (same.hits, same.is_changed) == ((), False)


def test_the_page_shows_the_trial_and_the_reason_to_those_who_may_look(
    admin: Person, moderator: Person, finance: Person, owner: Person, post: Post
) -> None:
    post("Sofa bed")
    row = post("Couch")
    synonym("sofa, couch")
    text = admin.admin.get(PAGE, {"q": "sofa", "listing": str(row.pk)}).content.decode()
    for words in (
        "As search is tuned",
        "Without any tuning",
        "“couch” for “sofa”",
        "It stands at place 1 of 2.",
        "Add a synonym",
    ):
        assert words in text, words
    assert "Add a synonym" not in moderator.admin.get(PAGE, {"q": "sofa"}).content.decode()
    for person in (finance, owner):
        assert person.admin.get(PAGE).status_code in (403, 404)
    assert admin.admin.get(PAGE, {"q": "sofa", "listing": "999999"}).status_code == 404
    for odd in ({"q": "\x00"}, {"q": "x" * 900}, {"category": "nonsense", "q": "sofa"}, {"q": "???"}, {"listing": "x"}):
        assert admin.admin.get(PAGE, odd).status_code in (200, 404), odd
    assert Client().get(PAGE).status_code == 302


def test_the_page_lists_the_work_that_waits_and_the_listing_links_to_it(admin: Person, post: Post) -> None:
    UnmetSearch.objects.bulk_create(
        [UnmetSearch(query="settee", count=7), UnmetSearch(query="junk", outcome="ignored")]
    )
    text = admin.admin.get(PAGE).content.decode()
    assert "settee" in text
    assert "junk" not in text
    assert "verb/make_synonym/" in text
    row = post("Lamp")
    page = admin.admin.get(f"/admin/catalog/listing/{row.pk}/change/").content.decode()
    assert f"{PAGE}?q=Lamp&amp;listing={row.pk}" in page


def test_operations_ask_the_api_and_nobody_else_does(
    admin: Person, moderator: Person, finance: Person, customer: Person, post: Post
) -> None:
    row = post("Red car")
    asked = {"q": "car", "listing": str(row.pk)}
    for person in (admin, moderator):
        answer = person.api("operations").get("/search/explanation", asked)
        assert answer.status_code == 200, answer.content
        body = answer.json()
        assert (body["is_found"], body["tier"], body["place"], body["of"]) == (True, 2, 1, 1)
        assert body["sentences"][0] == "It stands at place 1 of 1. Every word is in its title."
        assert body["standings"] == [{"phrase": "car", "found": "car", "field": "title"}]
    api = admin.api("operations")
    assert finance.api("operations").get("/search/explanation", asked).status_code == 403
    assert customer.api("operations").get("/search/explanation", asked).status_code == 403
    assert api.get("/search/explanation", {"q": "car", "listing": "999999"}).status_code == 404
    for odd in (
        {},
        {"q": "car"},
        {"q": "?!", "listing": str(row.pk)},
        {**asked, "more": "1"},
        {"q": "car", "listing": "x"},
    ):
        assert api.get("/search/explanation", odd).status_code == 422, odd


def test_staff_tune_by_api_and_admin_and_a_moderator_only_looks(admin: Person, moderator: Person, post: Post) -> None:
    post("Sofa")
    made = admin.api("operations").post("/synonyms", {"words": "sofa, couch"})
    assert made.status_code == 201, made.content
    assert made.json()["words"] == "sofa, couch"
    assert moderator.api("operations").post("/synonyms", {"words": "a, b"}).status_code == 403
    assert moderator.api("operations").get("/synonyms").json()["items"][0]["words"] == "sofa, couch"
    refused = admin.api("operations").post("/stop-words", {"word": "two words"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/word")
    form = {"word": "The", "_version": ""}
    answer = admin.admin.post("/admin/search_index/stopword/add/", form, follow=True)
    assert answer.status_code == 200
    assert admin.api("operations").get("/stop-words").json()["items"][0]["word"] == "the"
