"""Edits of what buyers see: the live listing changes only when a moderator approves them."""

from typing import Any

import pytest

from core.errors import Denied, Invalid, Missing, Stale, WrongState
from core.events import RecordChanged
from core.money import Money
from core.resources.operations import update
from core.rules import Actor
from marketplace.catalog import actions, reactions, shapes
from marketplace.catalog.errors import RevisionOutdated
from marketplace.catalog.events import ListingArchived
from marketplace.catalog.models import Category, Listing, Option, Revision
from marketplace.catalog.tests import factories


@pytest.fixture
def live(cars: Category, acme: Any) -> Listing:
    return factories.listing(
        vendor=acme, category=cars, status="approved", title="Car", attributes={"make": "ford", "year": 2000}
    )


def now(row: Listing) -> Listing:
    return Listing.objects.get(pk=row.pk)


def test_a_vendors_edit_of_a_live_listing_waits_and_then_applies(live: Listing, owner: Actor, moderator: Actor) -> None:
    before = now(live)
    update(live, {"title": "Better car", "attributes": {"make": "ford", "year": 2020}}, by=owner)
    waiting = Revision.objects.get()
    assert waiting.proposed == {"title": "Better car", "attributes": {"make": "ford", "year": 2020}}
    assert (now(live).title, now(live).tokens, now(live).version) == (before.title, before.tokens, before.version)
    actions.approve_revision(waiting, by=moderator)
    after = now(live)
    assert (after.title, after.attributes, after.status) == ("Better car", {"make": "ford", "year": 2020}, "approved")
    assert after.tokens != before.tokens
    assert Revision.objects.get().status == "applied"
    with pytest.raises(WrongState):
        actions.approve_revision(waiting, by=moderator)


def test_price_changes_at_once_and_the_rest_of_the_same_edit_waits(live: Listing, owner: Actor) -> None:
    update(live, {"title": "Better car", "price": Money(90_000, "KES")}, by=owner)
    assert (now(live).title, now(live).price) == ("Car", Money(90_000, "KES"))
    assert Revision.objects.get().proposed == {"title": "Better car"}


def test_a_further_edit_extends_what_waits_and_taking_it_back_leaves_nothing(live: Listing, owner: Actor) -> None:
    update(live, {"title": "Better car"}, by=owner)
    update(live, {"description": "As new."}, by=owner)
    assert Revision.objects.get().proposed == {"title": "Better car", "description": "As new."}
    update(live, {"title": "Car"}, by=owner)
    assert Revision.objects.get().proposed == {"description": "As new."}
    update(live, {"description": ""}, by=owner)
    assert [each.status for each in Revision.objects.all()] == ["withdrawn"]
    update(live, {"title": "Car"}, by=owner)
    assert Revision.objects.count() == 1


def test_a_draft_and_a_pending_listing_change_at_once(cars: Category, acme: Any, owner: Actor) -> None:
    for state in ("draft", "pending", "changes_requested", "rejected"):
        row = factories.listing(vendor=acme, category=cars, status=state)
        update(row, {"title": "New words"}, by=owner)
        assert now(row).title == "New words"
    assert Revision.objects.count() == 0


def test_staff_edit_a_live_listing_at_once(live: Listing, editor: Actor) -> None:
    update(live, {"title": "Put right"}, by=editor)
    assert (now(live).title, Revision.objects.count()) == ("Put right", 0)


def test_a_proposal_is_checked_like_the_listing_itself(live: Listing, owner: Actor, rival: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        update(live, {"title": "Better", "attributes": {"year": 1900}}, by=owner)
    assert [each.pointer for each in refusal.value.errors] == ["/attributes/year"]
    with pytest.raises(Stale):
        update(live, {"title": "Better"}, by=owner, version=live.version + 1)
    with pytest.raises(Missing):
        update(live, {"title": "Better"}, by=rival)
    assert Revision.objects.count() == 0


def test_a_rejected_proposal_leaves_the_listing_and_its_reason(live: Listing, owner: Actor, moderator: Actor) -> None:
    update(live, {"title": "Call 0700"}, by=owner)
    waiting = Revision.objects.get()
    with pytest.raises(Denied):
        actions.approve_revision(waiting.pk, by=owner)
    actions.reject_revision(waiting, by=moderator, reason="No numbers in titles.")
    assert (now(live).title, Revision.objects.get().judgement) == ("Car", "No numbers in titles.")
    update(live, {"title": "Fine car"}, by=owner)
    assert sorted(each.status for each in Revision.objects.all()) == ["pending", "rejected"]


def test_a_proposal_that_no_longer_fits_is_refused_and_nothing_changes(
    live: Listing, owner: Actor, moderator: Actor
) -> None:
    from marketplace.catalog.models import CategoryAttribute

    update(live, {"title": "Better", "attributes": {"make": "ford", "year": 2001, "engine": 2}}, by=owner)
    link = CategoryAttribute.objects.get(attribute__code="engine")
    CategoryAttribute.objects.filter(pk=link.pk).delete()
    reactions.restamp(RecordChanged(model="catalog.categoryattribute", pk=link.pk, verb="delete"))
    with pytest.raises(RevisionOutdated):
        actions.approve_revision(Revision.objects.get().pk, by=moderator)
    assert (now(live).title, Revision.objects.get().status) == ("Car", "pending")


def test_an_option_archived_meanwhile_may_still_be_approved(
    live: Listing, owner: Actor, moderator: Actor, editor: Actor
) -> None:
    update(live, {"attributes": {"make": "mazda", "year": 2000}}, by=owner)
    actions.archive_option(Option.objects.get(code="mazda"), by=editor)
    actions.approve_revision(Revision.objects.get().pk, by=moderator)
    assert now(live).attributes["make"] == "mazda"


def test_a_change_of_category_keeps_what_fits_there(live: Listing, owner: Actor, moderator: Actor) -> None:
    update(live, {"category": live.category.parent_id}, by=owner)
    assert Revision.objects.get().proposed == {"category": live.category.parent_id, "attributes": {"make": "ford"}}
    actions.approve_revision(Revision.objects.get().pk, by=moderator)
    assert (now(live).category_id, now(live).attributes) == (live.category.parent_id, {"make": "ford"})


def test_a_vendor_does_not_read_staffs_attributes_in_its_own_proposal(
    live: Listing, owner: Actor, editor: Actor
) -> None:
    update(live, {"attributes": {"make": "ford", "year": 2000, "risk": 9}}, by=editor)
    update(live, {"attributes": {"make": "ford", "year": 2002}}, by=owner)
    waiting = Revision.objects.select_related("listing").get()
    assert waiting.proposed["attributes"] == {"make": "ford", "year": 2002, "risk": 9}
    assert shapes.proposed(waiting, owner)["attributes"] == {"make": "ford", "year": 2002}
    assert shapes.proposed(waiting, editor)["attributes"]["risk"] == 9


def test_archiving_drops_what_waits(live: Listing, owner: Actor) -> None:
    update(live, {"title": "Better"}, by=owner)
    actions.archive(live, by=owner)
    reactions.drop_revision(ListingArchived(listing_id=live.pk))
    reactions.drop_revision(ListingArchived(listing_id=live.pk))
    assert Revision.objects.get().status == "superseded"
