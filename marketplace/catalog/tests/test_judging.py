"""The life of a listing: who may move it, what buyers see, and what each move leaves behind."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.audiences import STOREFRONT, VENDOR
from core.errors import Denied, Missing, WrongState
from core.models import Audit, OutboxEvent
from core.resources.operations import create, update
from core.rules import Actor, scope
from core.testing import writing_as_system
from marketplace.catalog import actions, tasks
from marketplace.catalog.errors import ListingIncomplete
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.resources import Listings
from marketplace.catalog.states import LISTING
from marketplace.catalog.tests import factories

BUYER = Actor(audience=STOREFRONT)


def of_listings() -> Any:
    """What was done to listings."""
    return Audit.objects.filter(model="catalog.listing")


def shown() -> set[str]:
    return set(scope(BUYER, Listing).values_list("title", flat=True))


def test_only_approved_listings_of_verified_vendors_in_open_categories_are_on_show(
    cars: Category, acme: Any, globex: Any, editor: Actor
) -> None:
    for state in LISTING.states:
        factories.listing(vendor=acme, category=cars, status=state, title=state)
    factories.listing(vendor=globex, category=cars, status="approved", title="of an unverified vendor")
    with writing_as_system():
        globex.status = "suspended"
        globex.save()
    assert shown() == {"approved"}
    actions.close_category(cars.parent, by=editor)
    assert shown() == set()


def test_a_vendor_posts_and_a_moderator_approves(cars: Category, acme: Any, owner: Actor, moderator: Actor) -> None:
    row = create(
        Listings,
        {"title": "Toyota Corolla", "category": cars, "attributes": {"make": "toyota", "year": 2015}},
        by=owner,
    )
    assert (row.status, row.vendor_id, row.slug.startswith("toyota-corolla-")) == ("draft", acme.pk, True)
    actions.submit(row, by=owner)
    assert (row.status, shown()) == ("pending", set())
    actions.approve(row, by=moderator)
    row.refresh_from_db()
    assert (row.status, shown()) == ("approved", {"Toyota Corolla"})
    assert row.approved_at == row.published_at == row.status_since
    assert row.expires_at - row.approved_at == timedelta(days=90)
    assert [(each.verb, each.state_from, each.state_to) for each in of_listings().order_by("pk")] == [
        ("create", "", "draft"),
        ("submit", "draft", "pending"),
        ("approve", "pending", "approved"),
    ]


def test_submitting_names_all_that_is_missing_and_changes_nothing(cars: Category, acme: Any, owner: Actor) -> None:
    row = factories.listing(vendor=acme, category=cars, price=None, modes=["buy"])
    with pytest.raises(ListingIncomplete) as refusal:
        actions.submit(row, by=owner)
    assert [each.pointer for each in refusal.value.errors] == [
        "/price",
        "/modes",
        "/attributes/make",
        "/attributes/year",
    ]
    assert Listing.objects.get(pk=row.pk).status == "draft"
    assert OutboxEvent.objects.count() == of_listings().count() == 0


def test_a_vendor_cannot_judge_and_a_rival_finds_nothing(
    cars: Category, acme: Any, owner: Actor, rival: Actor, moderator: Actor
) -> None:
    row = factories.listing(vendor=acme, category=cars, status="pending")
    with pytest.raises(Denied):
        actions.approve(row.pk, by=owner)
    for verb in (actions.approve, actions.submit, actions.archive):
        with pytest.raises(Missing):
            verb(row.pk, by=rival)
    with pytest.raises(Missing):
        update(row, {"title": "Fake"}, by=rival)
    with pytest.raises(Denied):
        actions.pause(row.pk, by=moderator)
    assert Listing.objects.get(pk=row.pk).status == "pending"


def test_a_reason_is_kept_for_the_vendor_and_a_second_judgement_is_refused(
    cars: Category, acme: Any, owner: Actor, moderator: Actor
) -> None:
    row = factories.listing(vendor=acme, category=cars, status="pending", attributes={"make": "ford", "year": 2000})
    actions.request_changes(row, by=moderator, reason="Please add clear photos.")
    assert (row.status, row.judgement) == ("changes_requested", "Please add clear photos.")
    assert row.history.latest().history_change_reason == "Please add clear photos."
    with pytest.raises(WrongState):
        actions.reject(row, by=moderator, reason="Too late for that.")
    actions.submit(row, by=owner)
    assert (row.status, row.judgement) == ("pending", "")


@pytest.mark.parametrize(
    ("verb", "source", "target"),
    [
        ("pause", "approved", "paused"),
        ("resume", "paused", "approved"),
        ("archive", "rejected", "archived"),
    ],
)
def test_what_an_owner_may_do(verb: str, source: str, target: str, cars: Category, acme: Any, owner: Actor) -> None:
    row = factories.listing(vendor=acme, category=cars, status=source)
    getattr(actions, verb)(row, by=owner)
    assert Listing.objects.get(pk=row.pk).status == target
    with pytest.raises(WrongState):
        getattr(actions, verb)(row, by=owner)


def test_the_clock_expires_what_is_over_and_nothing_else(cars: Category, acme: Any) -> None:
    moment = timezone.now()
    over = factories.listing(vendor=acme, category=cars, status="approved", expires_at=moment - timedelta(seconds=1))
    running = factories.listing(vendor=acme, category=cars, status="approved", expires_at=moment + timedelta(hours=1))
    paused = factories.listing(vendor=acme, category=cars, status="paused", expires_at=moment - timedelta(days=1))
    assert (tasks.expire_listings(), tasks.expire_listings()) == (1, 0)
    assert [Listing.objects.get(pk=each.pk).status for each in (over, running, paused)] == [
        "expired",
        "approved",
        "paused",
    ]
    assert of_listings().get().actor_name == "system: listing expiry"


def test_approving_many_leaves_exactly_what_approving_each_does(
    cars: Category, acme: Any, moderator: Actor, django_assert_max_num_queries: Any
) -> None:
    alone = [factories.listing(vendor=acme, category=cars, status="pending") for _ in range(3)]
    together = [factories.listing(vendor=acme, category=cars, status="pending") for _ in range(3)]
    draft = factories.listing(vendor=acme, category=cars)
    at = timezone.now()
    for row in alone:
        actions.approve(row.pk, by=moderator, at=at)
    with django_assert_max_num_queries(14):
        outcomes = actions.approve.many([*(row.pk for row in together), draft.pk, 10**6], by=moderator, at=at)
    assert [each.code for each in outcomes] == ["done", "done", "done", "wrong_state", "not_found"]

    def left(row: Listing) -> dict[str, Any]:
        fresh = Listing.objects.get(pk=row.pk)
        own = {
            "id",
            "title",
            "slug",
            "handle",
            "created_at",
            "updated_at",
            "history_id",
            "deed",
            "object_id",
            "object_text",
        }
        columns = {
            each.attname: getattr(fresh, each.attname)
            for each in Listing._meta.concrete_fields
            if each.attname not in own
        }
        history = fresh.history.latest()
        kept = {
            each.attname: getattr(history, each.attname)
            for each in history._meta.concrete_fields
            if each.attname not in own
        }
        entry = Audit.objects.get(object_id=row.pk, verb="approve")
        said = {
            each.attname: getattr(entry, each.attname)
            for each in Audit._meta.concrete_fields
            if each.attname not in own
        }
        said["diff"] = {name: pair[1] for name, pair in said["diff"].items()}
        return {"columns": columns, "history": kept, "audit": said, "histories": fresh.history.count()}

    first = left(alone[0])
    assert first["columns"]["status"] == "approved"
    for row in (*alone[1:], *together):
        again = left(row)
        assert again["columns"] == first["columns"]
        assert again["history"] == first["history"]
        assert again["histories"] == first["histories"]
        assert again["audit"] == first["audit"]


def test_a_member_who_may_not_edit_listings_only_looks(cars: Category, acme: Any) -> None:
    row = factories.listing(vendor=acme, category=cars)
    member = Actor(user_id=9, audience=VENDOR, memberships={acme.pk: frozenset({"view_contacts"})})
    assert list(scope(member, Listing)) == [row]
    with pytest.raises(Denied):
        update(row, {"title": "Mine"}, by=member)


def test_an_old_slug_still_finds_its_listing(cars: Category, acme: Any, owner: Actor) -> None:
    row = factories.listing(vendor=acme, category=cars, title="Red Mazda")
    old = row.slug
    update(row, {"title": "Blue Mazda"}, by=owner)
    fresh = Listing.objects.get(pk=row.pk)
    assert fresh.slug.startswith("blue-mazda-")
    assert fresh.slug != old
    assert (Listing.formerly(old), Listing.formerly("red-mazda-unknown")) == (row.pk, None)


def test_a_title_without_latin_letters_has_an_address_with_a_letter(cars: Category, acme: Any) -> None:
    for title in ("ቶዮታ", "2015", "///"):
        slug = factories.listing(vendor=acme, category=cars, title=title).slug
        assert any(each.isalpha() for each in slug)


def test_a_price_in_another_currency_is_refused(cars: Category, owner: Actor) -> None:
    from core.errors import Invalid
    from core.money import Money

    with pytest.raises(Invalid) as refusal:
        create(Listings, {"title": "Car", "category": cars, "price": Money(5, "USD")}, by=owner)
    assert [(each.pointer, each.message) for each in refusal.value.errors] == [("/price", "This vendor sells in KES.")]


def test_a_reference_is_a_vendors_own(cars: Category, acme: Any, globex: Any, owner: Actor, rival: Actor) -> None:
    from core.errors import Duplicate

    create(Listings, {"title": "Car", "category": cars, "reference": "A1"}, by=owner)
    create(Listings, {"title": "Car", "category": cars, "reference": "A1"}, by=rival)
    create(Listings, {"title": "Car", "category": cars}, by=owner)
    create(Listings, {"title": "Car", "category": cars}, by=owner)
    with pytest.raises(Duplicate):
        create(Listings, {"title": "Car", "category": cars, "reference": "A1"}, by=owner)
    assert Listing.objects.count() == 4
