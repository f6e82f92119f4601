"""Variants and their stock: never below zero, never below what is promised, always explained."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from core.errors import Denied, Duplicate, InUse, Invalid, Missing
from core.resources.operations import create, delete
from core.rules import Actor
from marketplace.catalog import actions
from marketplace.catalog.actions.stock import MOST_PIECES
from marketplace.catalog.errors import NotEnoughStock
from marketplace.catalog.models import Category, Listing, Stock, StockMove, Variant
from marketplace.catalog.resources import Variants
from marketplace.catalog.tests import factories


@pytest.fixture
def phone(cars: Category, acme: Any) -> Listing:
    return factories.listing(vendor=acme, category=cars)


def test_a_variant_is_born_with_an_empty_stock_of_its_vendor(phone: Listing, owner: Actor) -> None:
    variant = create(Variants, {"listing": phone, "sku": "P1", "title": "Blue"}, by=owner)
    assert (variant.vendor_id, variant.stock.on_hand, variant.stock.reserved) == (phone.vendor_id, 0, 0)


def test_a_sku_is_unique_within_a_vendor_and_free_for_another(
    phone: Listing, cars: Category, globex: Any, owner: Actor, rival: Actor
) -> None:
    create(Variants, {"listing": phone, "sku": "P1", "title": "Blue"}, by=owner)
    with pytest.raises(Duplicate):
        create(Variants, {"listing": phone, "sku": "P1", "title": "Red"}, by=owner)
    other = factories.listing(vendor=globex, category=cars)
    create(Variants, {"listing": other, "sku": "P1", "title": "Blue"}, by=rival)
    assert Variant.objects.count() == Stock.objects.count() == 2


def test_stock_moves_by_what_is_said_and_says_why(phone: Listing, owner: Actor) -> None:
    variant = factories.variant(phone)
    actions.adjust_stock(variant, by=owner, quantity=10, reason="Delivery of May")
    actions.adjust_stock(variant, by=owner, quantity=-3, reason="Broken in store")
    assert Stock.objects.get(variant=variant).on_hand == 7
    moves = StockMove.objects.order_by("pk")
    assert [(each.kind, each.on_hand_change, each.reason, each.actor_id) for each in moves] == [
        ("received", 10, "Delivery of May", 1),
        ("corrected", -3, "Broken in store", 1),
    ]
    assert moves.aggregate(sum=Sum("on_hand_change"))["sum"] == 7


def test_what_is_reserved_or_not_there_cannot_be_taken(phone: Listing, owner: Actor) -> None:
    variant = factories.variant(phone, on_hand=5)
    Stock.objects.filter(variant=variant).update(reserved=4)
    for wanted in (2, 6):
        with pytest.raises(NotEnoughStock) as refusal:
            actions.adjust_stock(variant.pk, by=owner, quantity=-wanted, reason="Counted again")
        assert (refusal.value.facts["free"], refusal.value.facts["wanted"]) == (1, wanted)
    actions.adjust_stock(variant.pk, by=owner, quantity=-1, reason="Counted again")
    assert (Stock.objects.get().on_hand, StockMove.objects.count()) == (4, 1)


@pytest.mark.parametrize("change", [{"on_hand": 3}, {"reserved": 6}, {"reserved": -1}, {"on_hand": -1, "reserved": -1}])
def test_the_database_itself_refuses_impossible_stock(change: dict[str, int], phone: Listing) -> None:
    variant = factories.variant(phone, on_hand=5)
    Stock.objects.filter(variant=variant).update(reserved=4)
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.filter(variant=variant).update(**change)


def test_a_rival_neither_sees_nor_moves_it(phone: Listing, owner: Actor, rival: Actor, moderator: Actor) -> None:
    variant = factories.variant(phone)
    with pytest.raises(Missing):
        actions.adjust_stock(variant.pk, by=rival, quantity=1, reason="Mine now")
    with pytest.raises(Denied):
        actions.adjust_stock(variant.pk, by=moderator, quantity=1, reason="Not my job")
    with pytest.raises(Invalid):
        create(Variants, {"listing": phone, "sku": "X", "title": "X"}, by=rival)
    assert (StockMove.objects.count(), Variant.objects.count()) == (0, 1)


def test_a_variant_with_a_story_is_kept(phone: Listing, owner: Actor) -> None:
    told, untold = factories.variant(phone), factories.variant(phone)
    actions.adjust_stock(told, by=owner, quantity=1, reason="Delivery")
    with pytest.raises(InUse):
        delete(told, by=owner)
    delete(untold, by=owner)
    assert list(Variant.objects.all()) == [told]


@pytest.mark.parametrize("said", [MOST_PIECES + 1, 2**31 - 1])
def test_nobody_says_that_there_are_more_than_the_shelf_has_room_for(said: int, phone: Listing, owner: Actor) -> None:
    """On PostgreSQL a stock ends at 2,147,483,647: what buyers send back has to fit above what people may say."""
    variant = factories.variant(phone)
    with pytest.raises(Invalid):
        actions.count_stock(variant.pk, by=owner, on_hand=said, reason="Unlimited")
    actions.count_stock(variant.pk, by=owner, on_hand=MOST_PIECES, reason="Nearly unlimited")
    with pytest.raises(Invalid) as refusal:
        actions.adjust_stock(variant.pk, by=owner, quantity=1, reason="Delivery")
    assert refusal.value.errors[0].pointer == "/quantity"
    actions.adjust_stock(variant.pk, by=owner, quantity=-1, reason="Broken in store")
    assert Stock.objects.get(variant=variant).on_hand == MOST_PIECES - 1
