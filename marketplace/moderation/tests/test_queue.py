"""The queue: what waits, the longest first, page by page, with what a moderator should know of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.audiences import OPERATIONS
from core.money import Money
from core.rules import Actor
from marketplace.catalog import actions
from marketplace.catalog.models import Listing
from marketplace.catalog.tests.factories import category
from marketplace.contacts.tests.factories import shop, shown
from marketplace.moderation import queries
from marketplace.moderation.models import Decision
from marketplace.moderation.queries import (
    LISTING,
    REVISION,
    Place,
    facts_of,
    my_decisions,
    queue,
    statistics,
    usual_prices,
)
from marketplace.moderation.risk import Usual
from marketplace.moderation.tests.factories import moderator, pending, proposal

pytestmark = pytest.mark.django_db
MO = moderator()


def lines(found: list[queries.Waiting]) -> list[tuple[str, int]]:
    return [(each.kind, each.key) for each in found]


def test_listings_and_changes_stand_in_one_line_the_longest_waiting_first() -> None:
    vendor, shelf = shop(), category()
    young, old = pending(vendor, shelf, hours=1), pending(vendor, shelf, hours=9)
    changes = proposal(shown(vendor, category=shelf), hours=5, title="Other", images=[])
    found = queue(MO)
    assert lines(found) == [(LISTING, old.pk), (REVISION, changes.pk), (LISTING, young.pk)]
    assert found[1].changed == ("title", "images")
    assert found[1].listing == changes.listing


def test_pages_follow_each_other_without_gap_or_repeat_also_at_one_moment() -> None:
    vendor, shelf = shop(), category()
    moment = timezone.now() - timedelta(hours=2)
    for _each in range(3):
        pending(vendor, shelf)
        proposal(shown(vendor, category=shelf))
    for model in (Listing, type(proposal(shown(vendor, category=shelf)))):
        model.objects.filter(status="pending").update(status_since=moment)
    whole, paged, place = lines(queue(MO)), [], None
    while page := queue(MO, after=place, limit=2):
        paged += lines(page)
        place = Place(page[-1].since, page[-1].kind, page[-1].key)
    assert len(whole) == 7
    assert paged == whole


def test_who_may_not_see_listings_in_operations_has_no_queue() -> None:
    pending(shop(), category())
    assert queue(Actor.anonymous) == []


def test_facts_tell_record_price_twins_and_missing_pictures() -> None:
    vendor, shelf = shop(), category()
    for number in range(10):
        shown(vendor, category=shelf, title=f"Phone {number}", price=1_000_00 * (number + 1))
    twin = shown(shop(), category=shelf, title="Pixel 9", price=5_000_00)
    cheap = pending(vendor, shelf, title="pixel 9", price=10_00)
    facts = facts_of([Listing.objects.select_related("vendor").get(pk=cheap.pk)])[cheap.pk]
    assert (facts.standing.approved, facts.standing.rejected, facts.standing.days) == (10, 0, 0)
    assert facts.usual == Usual(Money(2_000_00, "KES"), Money(9_000_00, "KES"), 11)
    assert [each.code for each in facts.hints] == ["price_low", "duplicate_other", "no_picture"]
    assert twin.category_id == cheap.category_id


def test_a_listing_is_not_its_own_twin_and_another_category_is_another_thing() -> None:
    vendor, shelf = shop(), category()
    first, second = pending(vendor, shelf, title="Sofa"), pending(vendor, shelf, title="SOFA")
    elsewhere = pending(vendor, category(), title="Sofa")
    rows = list(
        Listing.objects.select_related("vendor").filter(pk__in=(first.pk, second.pk, elsewhere.pk)).order_by("pk")
    )
    codes = {key: [each.code for each in facts.hints] for key, facts in facts_of(rows).items()}
    assert codes == {
        first.pk: ["vendor_new", "duplicate_own", "no_picture"],
        second.pk: ["vendor_new", "duplicate_own", "no_picture"],
        elsewhere.pk: ["vendor_new", "no_picture"],
    }


def test_usual_prices_are_the_middle_four_fifths_by_category_and_currency() -> None:
    shelf, other = category(), category()
    vendor, abroad = shop(), shop(currency="UGX")
    for number in range(1, 21):
        shown(vendor, category=shelf, price=number * 100)
    shown(abroad, category=shelf, price=7)
    shown(vendor, category=other, price=5_00)
    pending(vendor, shelf, price=1)
    assert usual_prices({shelf.pk, other.pk}) == {
        (shelf.pk, "KES"): Usual(Money(300, "KES"), Money(1_800, "KES"), 20),
        (shelf.pk, "UGX"): Usual(Money(7, "UGX"), Money(7, "UGX"), 1),
        (other.pk, "KES"): Usual(Money(500, "KES"), Money(500, "KES"), 1),
    }


def test_the_queue_and_its_facts_cost_as_many_queries_for_one_as_for_twenty() -> None:
    def spent() -> int:
        with CaptureQueriesContext(connection) as queries_made:
            facts_of([each.listing for each in queue(MO)])
        return len(queries_made)

    shelf = category()
    pending(shop(), shelf)
    proposal(shown(category=shelf))
    one = spent()
    for _each in range(10):
        pending(shop(), shelf)
        proposal(shown(category=shelf))
    assert (spent(), one) == (6, 6)


def test_statistics_tell_how_the_queue_stands() -> None:
    vendor, shelf = shop(), category()
    oldest = pending(vendor, shelf, hours=30)
    pending(vendor, shelf, hours=1)
    proposal(shown(vendor, category=shelf), hours=2)
    for by in (MO, MO, moderator("Other", 502)):
        actions.approve(pending(vendor, shelf), by=by)
    found = statistics(MO)
    assert (found.waiting, found.oldest, found.decided_last_hour, found.decided_by_me_today) == (
        3,
        oldest.status_since,
        3,
        2,
    )
    assert statistics(Actor(user_id=9, audience=OPERATIONS)).decided_last_hour == 0


def test_my_decisions_are_mine_the_latest_first() -> None:
    vendor, shelf = shop(), category()
    first, second, foreign = (pending(vendor, shelf) for _each in range(3))
    actions.approve(first, by=MO)
    actions.reject(second, by=MO, reason="This may not be sold here.")
    actions.approve(foreign, by=moderator("Other", 502))
    assert list(my_decisions(MO).values_list("listing_id", flat=True)) == [second.pk, first.pk]
    assert Decision.objects.count() == 3
