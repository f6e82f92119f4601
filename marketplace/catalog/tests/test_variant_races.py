"""What two do to the variants of a listing at the same moment (PostgreSQL, real transactions)."""

from typing import Any

import pytest
from django.db.models import Sum

from core.resources.operations import create, delete
from core.rules import Actor
from core.testing.races import at_once
from marketplace.catalog import actions
from marketplace.catalog.models import Category, Listing, LowStock, Stock, StockMove, Variant, VariantOption
from marketplace.catalog.resources import VariantOptions
from marketplace.catalog.tests import factories

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shirt(cars: Category, acme: Any) -> Listing:
    return factories.listing(vendor=acme, category=cars, status="approved", reference="TEE", modes=["buy"])


def test_variants_are_generated_once(shirt: Listing, owner: Actor) -> None:
    for name in ("S", "M", "L"):
        factories.variant_value(shirt, "Size", name)
    answers = at_once([lambda: actions.generate_variants(shirt.pk, by=owner)] * 4)
    assert answers["done"] + answers["busy"] == 4
    assert sorted(Variant.objects.values_list("sku", flat=True)) == ["TEE-L", "TEE-M", "TEE-S"]
    assert Stock.objects.count() == 3


def test_of_many_who_add_an_option_three_get_one(shirt: Listing, owner: Actor) -> None:
    attempts = [
        lambda number=number: create(VariantOptions, {"listing": shirt.pk, "name": f"Option {number}"}, by=owner)
        for number in range(6)
    ]
    assert at_once(attempts) == {"done": 3, "too_many_options": 3}
    assert VariantOption.objects.count() == 3


def test_of_two_variants_one_gets_the_value(shirt: Listing, owner: Actor) -> None:
    factories.variant_value(shirt, "Size", "S")
    rows = [factories.variant(shirt) for _number in range(4)]
    attempts = [lambda row=row: actions.match_values(row.pk, by=owner, values="S") for row in rows]
    assert at_once(attempts) == {"done": 1, "duplicate": 3}


def test_a_value_is_not_deleted_while_a_variant_is_matched_to_it(shirt: Listing, owner: Actor) -> None:
    for number in range(5):
        value = factories.variant_value(shirt, "Size", f"S{number}")
        key, row = value.pk, factories.variant(shirt)
        answers = at_once(
            [
                lambda row=row, number=number: actions.match_values(row.pk, by=owner, values=f"S{number}"),
                lambda value=value: delete(value, by=owner),
            ]
        )
        assert answers["done"] == 1, answers
        row.refresh_from_db()
        # By its key: a delete that is refused in the end has taken the object's own away.
        assert row.value_ids == ([key] if type(value).objects.filter(pk=key).exists() else [])


def test_a_count_never_overwrites_a_sale(shirt: Listing, owner: Actor) -> None:
    row = factories.variant(shirt)
    actions.adjust_stock(row.pk, by=owner, quantity=100, reason="Delivery")
    sales = [lambda: actions.adjust_stock(row.pk, by=owner, quantity=-1, reason="Sold in the shop")] * 6
    counts = [lambda: actions.count_stock(row.pk, by=owner, on_hand=50, on_hand_before=100)] * 2
    answers = at_once([*sales, *counts])
    assert sum(answers.values()) == 8
    stock = Stock.objects.get()
    assert stock.on_hand == StockMove.objects.aggregate(sum=Sum("on_hand_change"))["sum"]
    assert stock.on_hand in (100 - 6, 50 - 6)


def test_low_stock_is_noted_once_by_two_clocks(shirt: Listing) -> None:
    factories.variant(shirt)
    answers = at_once([lambda: actions.note_low_stock(by=Actor.system("clock"))] * 4)
    assert answers["done"] + answers["busy"] == 4
    assert LowStock.objects.count() == 1
