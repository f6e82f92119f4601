"""Terms of categories: how long, with which notice, and how many of one vendor's."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import context
from core.errors import WrongState
from core.models import OutboxEvent
from core.resources import operations
from core.rules import Actor
from core.testing import writing_as_system
from core.testing.races import at_once
from marketplace.accounts.tests.factories import make_user
from marketplace.cast import Person
from marketplace.catalog import actions, flows, tasks, terms
from marketplace.catalog.errors import FreeListingsUsed
from marketplace.catalog.models import Allowance, Category, Listing
from marketplace.catalog.tests import factories
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_member

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture
def shelf(db: None) -> Category:
    return factories.category("Bikes", free_listings=2, listing_days=30)


def draft(vendor: Vendor, shelf: Category, **values: Any) -> Listing:
    return factories.listing(vendor=vendor, category=shelf, **{"status": "draft", **values})


def allow(vendor: Vendor, shelf: Category, number: int | None) -> None:
    with writing_as_system():
        Allowance(vendor=vendor, category=shelf, free_listings=number).save()


def codes(listings: list[Listing], by: Actor, verb: Any = actions.submit) -> list[str]:
    return [each.code for each in verb.many([row.pk for row in listings], by=by)]


def test_the_nearest_category_that_says_something_counts(shelf: Category) -> None:
    below = factories.category("Road bikes", parent=shelf, remind_days=3)
    assert terms.time_on_show(below.pk) == terms.time_on_show(shelf.pk) == timedelta(days=30)
    assert terms.notice(below.pk) == timedelta(days=3)
    assert terms.notice(shelf.pk) == timedelta(days=7)
    assert terms.time_on_show(factories.category().pk) == timedelta(days=90)


def test_an_approved_listing_ends_as_its_category_says_and_can_be_renewed_before_and_after(
    acme: Vendor, shelf: Category, owner: Actor, moderator: Actor
) -> None:
    listing = draft(acme, shelf, status="pending")
    actions.approve(listing.pk, by=moderator)
    row = Listing.objects.get(pk=listing.pk)
    assert row.expires_at == row.approved_at + timedelta(days=30)
    later = timezone.now() + timedelta(days=20)
    actions.renew(listing.pk, by=owner, at=later)
    assert Listing.objects.get(pk=listing.pk).expires_at == later + timedelta(days=30)
    actions.expire(listing.pk, by=SYSTEM)
    actions.renew(listing.pk, by=owner, at=later)
    assert Listing.objects.get(pk=listing.pk).status == "approved"
    with pytest.raises(WrongState):
        actions.renew(draft(acme, shelf).pk, by=owner)


def test_submitting_beyond_the_limit_is_refused_in_a_sentence_and_changes_nothing(
    acme: Vendor, globex: Vendor, shelf: Category, owner: Actor, rival: Actor
) -> None:
    below = factories.category("Road bikes", parent=shelf)
    mine = [draft(acme, shelf), draft(acme, below), draft(acme, below)]
    for each in mine[:2]:
        actions.submit(each.pk, by=owner)
    with pytest.raises(FreeListingsUsed) as refusal:
        actions.submit(mine[2].pk, by=owner)
    assert refusal.value.facts == {"free": 2, "used": 2, "category": "Bikes"}
    assert Listing.objects.get(pk=mine[2].pk).status == "draft"
    actions.submit(draft(globex, shelf).pk, by=rival)
    actions.submit(draft(acme, factories.category()).pk, by=owner)
    actions.archive(mine[0].pk, by=owner)
    actions.submit(mine[2].pk, by=owner)


def test_a_bulk_run_counts_what_it_lets_through(acme: Vendor, shelf: Category, owner: Actor) -> None:
    some = [draft(acme, shelf) for _each in range(4)]
    assert codes(some, owner) == ["done", "done", "free_listings_used", "free_listings_used"]
    assert codes(some[2:], owner) == ["free_listings_used", "free_listings_used"]


def test_a_category_with_a_number_of_its_own_is_counted_by_itself(acme: Vendor, shelf: Category, owner: Actor) -> None:
    own = factories.category("Electric bikes", parent=shelf, free_listings=1)
    assert codes([draft(acme, own), draft(acme, own)], owner) == ["done", "free_listings_used"]
    assert codes([draft(acme, shelf) for _each in range(3)], owner) == ["done", "done", "free_listings_used"]


@pytest.mark.parametrize(("number", "let_through"), [(0, 0), (1, 1), (4, 4), (None, 5)])
def test_an_allowance_replaces_the_number_for_one_vendor(
    acme: Vendor, shelf: Category, owner: Actor, number: int | None, let_through: int
) -> None:
    allow(acme, shelf, number)
    below = factories.category("Road bikes", parent=shelf)
    assert codes([draft(acme, below) for _each in range(5)], owner).count("done") == let_through


def test_what_has_expired_takes_a_place_again_and_what_is_paused_keeps_its_own(
    acme: Vendor, shelf: Category, owner: Actor
) -> None:
    over = draft(acme, shelf, status="expired")
    shown = [draft(acme, shelf, status="approved"), draft(acme, shelf, status="paused")]
    assert codes([over], owner, actions.renew) == ["free_listings_used"]
    assert codes([shown[0]], owner, actions.renew) == ["done"]
    assert codes([shown[1]], owner, actions.resume) == ["done"]
    actions.archive(shown[0].pk, by=owner)
    assert codes([over], owner, actions.renew) == ["done"]


def moved_by(actor: Actor, row: Listing, place: Category) -> str:
    try:
        operations.update(row, {"category": place.pk}, by=actor)
    except FreeListingsUsed as refusal:
        facts = refusal.facts
        assert (facts["used"], facts["category"]) == (facts["free"], place.name)
        return refusal.code
    return "done"


def test_moving_into_a_category_takes_a_place_there(
    acme: Vendor, globex: Vendor, shelf: Category, owner: Actor, editor: Actor
) -> None:
    elsewhere = factories.category("Toys")
    below = factories.category("Road bikes", parent=shelf)
    some = [draft(acme, elsewhere, status="approved") for _each in range(3)]
    waits = draft(acme, elsewhere, status="pending")
    assert [moved_by(editor, each, shelf) for each in some] == ["done", "done", "free_listings_used"]
    assert Listing.objects.get(pk=some[2].pk).category_id == elsewhere.pk
    assert moved_by(editor, some[0], below) == "done"  # of the same number: it takes no second place
    assert moved_by(owner, waits, shelf) == "free_listings_used"
    assert moved_by(owner, draft(acme, elsewhere), shelf) == "done"  # a draft takes no place until it is submitted
    assert moved_by(editor, draft(globex, elsewhere, status="approved"), shelf) == "done"
    allow(acme, shelf, 3)
    assert moved_by(editor, some[2], shelf) == "done"


def test_a_chunk_of_moves_stops_at_the_last_place_and_leaves_the_others(
    acme: Vendor, shelf: Category, editor: Actor
) -> None:
    elsewhere = factories.category("Toys")
    some = [draft(acme, elsewhere, status="approved") for _each in range(4)]
    answers = operations.update_many(
        operations.declared(some[0]), [(each, {"category": shelf.pk, "city": "Nakuru"}) for each in some], by=editor
    )
    assert [each.code for each in answers] == ["done", "done", "free_listings_used", "free_listings_used"]
    assert list(Listing.objects.filter(city="Nakuru").values_list("pk", flat=True)) == [each.pk for each in some[:2]]


def test_a_proposed_move_is_refused_at_once_and_asked_again_when_it_is_approved(
    acme: Vendor, shelf: Category, owner: Actor, moderator: Actor
) -> None:
    elsewhere = factories.category("Toys")
    some = [draft(acme, elsewhere, status="approved") for _each in range(4)]
    assert [moved_by(owner, each, shelf) for each in some[:3]] == ["done"] * 3  # proposals take no place
    waiting = [each.revisions.get(status="pending") for each in some[:3]]
    for each in waiting[:2]:
        actions.approve_revision(each.pk, by=moderator)
    with pytest.raises(FreeListingsUsed):
        actions.approve_revision(waiting[2].pk, by=moderator)
    waiting[2].refresh_from_db()
    assert (waiting[2].status, Listing.objects.get(pk=some[2].pk).category_id) == ("pending", elsewhere.pk)
    assert moved_by(owner, some[3], shelf) == "free_listings_used"
    assert not some[3].revisions.exists()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_that_move_in_at_once_one_takes_the_last_place(acme: Vendor, shelf: Category, editor: Actor) -> None:
    elsewhere = factories.category("Toys")
    some = [draft(acme, elsewhere, status="approved") for _each in range(5)]
    outcomes = at_once([lambda row=each: operations.update(row, {"category": shelf.pk}, by=editor) for each in some])
    assert outcomes == {"done": 2, "free_listings_used": 3}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_last_place_is_taken_once(acme: Vendor, shelf: Category, owner: Actor) -> None:
    some = [draft(acme, shelf) for _each in range(6)]
    outcomes = at_once([lambda pk=each.pk: actions.submit(pk, by=owner) for each in some])
    assert outcomes == {"done": 2, "free_listings_used": 4}


def test_a_market_without_limits_asks_nothing_about_places(acme: Vendor, owner: Actor) -> None:
    with CaptureQueriesContext(connection) as queries:
        actions.submit(draft(acme, factories.category()).pk, by=owner)
    assert not [each for each in queries if "COUNT(" in each["sql"] and "catalog_listing" in each["sql"]]


def test_over_http_and_in_the_admin_the_refusal_is_read(owner: Any, acme: Vendor, customer: Person) -> None:
    shop = Person(customer.user, acme)
    make_member(acme, "edit_listings", user=customer.user)
    shelf = factories.category("Boats", free_listings=0)
    listing = draft(acme, shelf)
    answer = shop.api("vendor").post(f"/listings/{listing.pk}/submit")
    assert (answer.status_code, answer.json()["code"]) == (409, "free_listings_used")
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert shop.api("vendor").get(f"/categories/{shelf.pk}").json()["free_listings"] == 0
    page = shop.admin.post(
        f"/admin/catalog/listing/{listing.pk}/verb/submit/", {"_asked": "True", "_version": listing.version}
    )
    assert "free places in Boats are taken" in page.content.decode()


def ending(vendor: Vendor, shelf: Category, *, days: float, **values: Any) -> Listing:
    return factories.listing(
        vendor=vendor, category=shelf, status="approved", expires_at=timezone.now() + timedelta(days=days), **values
    )


def told() -> list[list[int]]:
    rows = OutboxEvent.objects.filter(name="catalog.ListingsExpiring").order_by("pk")
    return [list(each.payload["listing_ids"]) for each in rows]


def test_a_vendor_is_told_once_of_all_that_ends_soon(
    acme: Vendor, globex: Vendor, shelf: Category, owner: Actor
) -> None:
    early = factories.category("Auctions", remind_days=60)
    never = factories.category("Antiques", remind_days=0)
    mine = [ending(acme, shelf, days=6), ending(acme, early, days=50)]
    ending(acme, shelf, days=8)
    ending(acme, never, days=1)
    theirs = ending(globex, shelf, days=1)
    assert tasks.remind_of_ends() == 3
    assert told() == [[theirs.pk], [mine[0].pk, mine[1].pk]] or told() == [[mine[0].pk, mine[1].pk], [theirs.pk]]
    assert tasks.remind_of_ends() == 0
    actions.renew(mine[0].pk, by=owner)
    token = context.clock.set(timezone.now() + timedelta(days=25))
    try:
        assert tasks.remind_of_ends() == 1  # the renewed one, by its new end; the others of that shelf are over
    finally:
        context.clock.reset(token)


def test_one_mail_goes_to_each_who_edits_listings(acme: Vendor, shelf: Category) -> None:
    editor, seller = (
        make_user("customer", email="editor@soko.example"),
        make_user("customer", email="seller@soko.example"),
    )
    make_member(acme, "edit_listings", user=editor)
    make_member(acme, "work_orders", user=seller)
    some = [ending(acme, shelf, days=2, title="Red bike"), ending(acme, shelf, days=1, title="Blue bike")]
    keys = [each.pk for each in some]
    assert flows.mail_ends(acme.pk, keys) == 1
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["editor@soko.example"], "2 of your listings end soon")
    assert sent.body.index("Blue bike") < sent.body.index("Red bike")
    with writing_as_system():
        operations.update(some[0], {"city": "Nairobi"}, by=SYSTEM)
    Listing.objects.filter(pk__in=keys).update(expires_at=None)
    assert flows.mail_ends(acme.pk, keys) == 0
