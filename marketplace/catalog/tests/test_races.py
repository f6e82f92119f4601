"""What two do to the catalogue at the same moment (PostgreSQL, real transactions)."""

from typing import Any

import pytest
from django.db.models import Sum

from core.models import Audit
from core.resources.operations import update
from core.rules import Actor
from core.testing.races import at_once
from marketplace.catalog import actions
from marketplace.catalog.models import Category, Listing, Revision, Stock, StockMove
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.tests import factories

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_of_eight_who_take_the_last_three_three_get_one(cars: Category, acme: Any, owner: Actor) -> None:
    variant = factories.variant(factories.listing(vendor=acme, category=cars), on_hand=3)
    attempts = [lambda: actions.adjust_stock(variant.pk, by=owner, quantity=-1, reason="Sold in the shop")] * 8
    assert at_once(attempts) == {"done": 3, "not_enough_stock": 5}
    assert Stock.objects.get().on_hand == 0
    assert StockMove.objects.aggregate(sum=Sum("on_hand_change"))["sum"] == -3


def test_a_listing_is_judged_once(cars: Category, acme: Any, moderator: Actor) -> None:
    row = factories.listing(vendor=acme, category=cars, status="pending")
    attempts = [
        lambda: actions.approve(row.pk, by=moderator),
        lambda: actions.reject(row.pk, by=moderator, reason="Not this."),
    ] * 4
    assert at_once(attempts) == {"done": 1, "wrong_state": 7}
    assert Audit.objects.filter(model="catalog.listing").count() == 1


def test_edits_of_a_live_listing_end_in_one_revision_that_has_them_all(cars: Category, acme: Any, owner: Actor) -> None:
    row = factories.listing(vendor=acme, category=cars, status="approved", title="Car")
    edits: list[dict[str, Any]] = [{"title": "Better"}, {"description": "New words."}, {"attributes": {"make": "ford"}}]
    answers = at_once([lambda each=each: update(Listing.objects.get(pk=row.pk), each, by=owner) for each in edits])
    assert answers["done"] + answers["busy"] == 3
    for each in edits:  # who was told "busy" tries again
        update(Listing.objects.get(pk=row.pk), each, by=owner)
    assert Revision.objects.get().proposed == {
        "title": "Better",
        "description": "New words.",
        "attributes": {"make": "ford"},
    }


def test_an_edit_and_an_approval_of_the_same_revision_never_deadlock(
    cars: Category, acme: Any, owner: Actor, moderator: Actor
) -> None:
    for number in range(6):
        row = factories.listing(
            vendor=acme, category=cars, status="approved", title="Car", attributes={"make": "ford", "year": 2000}
        )
        update(row, {"title": "Better"}, by=owner)
        waiting = Revision.objects.get(listing=row)
        answers = at_once(
            [
                lambda row=row: update(Listing.objects.get(pk=row.pk), {"description": "More."}, by=owner),
                lambda waiting=waiting: actions.approve_revision(waiting.pk, by=moderator),
            ]
        )
        assert answers == {"done": 2}, number
        assert Listing.objects.get(pk=row.pk).title == "Better"
        left = Revision.objects.filter(listing=row, status="pending").values_list("proposed", flat=True)
        said = Listing.objects.get(pk=row.pk).description or left.get()["description"]
        assert said == "More."


def test_two_branches_never_end_up_inside_each_other(db: None, editor: Actor) -> None:
    for _ in range(6):
        one, two = factories.category(), factories.category()
        answers = at_once(
            [
                lambda one=one, two=two: actions.move(one.pk, by=editor, parent_id=two.pk),
                lambda one=one, two=two: actions.move(two.pk, by=editor, parent_id=one.pk),
            ]
        )
        assert answers == {"done": 1, "category_cycle": 1}
        assert {one.pk, two.pk} <= {shelf.key for shelf, _depth in shelves().walk()}
