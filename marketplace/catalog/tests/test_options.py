"""Options of a listing: bounded, in order, matched by variants, generated once."""

from typing import Any

import pytest

from core.audiences import VENDOR
from core.errors import Denied, Duplicate, Invalid, Missing
from core.resources.operations import create, delete, update
from core.rules import Actor
from marketplace.catalog import actions, shapes
from marketplace.catalog.errors import (
    OptionsIncomplete,
    TooManyOptions,
    TooManyValues,
    TooManyVariants,
    UnknownValues,
    ValueInUse,
)
from marketplace.catalog.models import Category, Listing, Stock, Variant, VariantOption, VariantValue
from marketplace.catalog.resources import VariantOptions, Variants, VariantValues
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def shirt(cars: Category, acme: Any) -> Listing:
    return factories.listing(vendor=acme, category=cars, reference="TEE", modes=["buy"])


def give(listing: Listing, by: Actor, **options: tuple[str, ...]) -> dict[str, VariantValue]:
    """Options with their values, in this order; the values by name."""
    found = {}
    for place, (name, values) in enumerate(options.items()):
        option = create(VariantOptions, {"listing": listing, "name": name, "position": place}, by=by)
        for number, each in enumerate(values):
            found[each] = create(VariantValues, {"option": option, "name": each, "position": number}, by=by)
    return found


def told() -> list[tuple[str, str]]:
    return list(Variant.objects.order_by("position", "pk").values_list("title", "sku"))


def test_each_missing_combination_is_made_once_in_declared_order(shirt: Listing, owner: Actor) -> None:
    give(shirt, owner, Size=("S", "M"), Colour=("Red", "Dark blue"))
    actions.generate_variants(shirt, by=owner)
    wanted = [
        ("S / Red", "TEE-S-RED"),
        ("S / Dark blue", "TEE-S-DARK-BLUE"),
        ("M / Red", "TEE-M-RED"),
        ("M / Dark blue", "TEE-M-DARK-BLUE"),
    ]
    assert told() == wanted
    assert Stock.objects.filter(on_hand=0).count() == 4
    versions = list(Variant.objects.values_list("pk", "version"))
    actions.generate_variants(shirt.pk, by=owner)
    assert (told(), list(Variant.objects.values_list("pk", "version"))) == (wanted, versions)


def test_variants_that_are_there_stay_with_price_and_stock(shirt: Listing, owner: Actor) -> None:
    by_title = factories.variant(shirt, title="m", sku="OLD", on_hand=7)
    other = factories.variant(shirt, title="Sample", sku="SAMPLE")
    values = give(shirt, owner, Size=("S", "M"))
    actions.generate_variants(shirt, by=owner)
    by_title.refresh_from_db()
    other.refresh_from_db()
    assert (by_title.sku, by_title.value_ids, by_title.stock.on_hand) == ("OLD", [values["M"].pk], 7)
    assert other.value_ids == []
    assert {sku for _title, sku in told()} == {"OLD", "SAMPLE", "TEE-S"}


def test_an_option_that_comes_later_is_answered_with_its_first_value(shirt: Listing, owner: Actor) -> None:
    values = give(shirt, owner, Size=("S", "M"))
    actions.generate_variants(shirt, by=owner)
    small = Variant.objects.get(sku="TEE-S")
    values |= give(shirt, owner, Colour=("Red", "Blue"))
    actions.generate_variants(shirt.pk, by=owner)
    small.refresh_from_db()
    assert small.value_ids == sorted([values["S"].pk, values["Red"].pk])
    assert (Variant.objects.count(), Variant.objects.exclude(combination="").count()) == (4, 4)


def test_a_proposed_sku_keeps_clear_of_those_in_use(shirt: Listing, owner: Actor) -> None:
    elsewhere = factories.listing(vendor=shirt.vendor, category=shirt.category)
    factories.variant(elsewhere, sku="TEE-S")
    give(shirt, owner, Size=("S", "ትልቅ"))
    actions.generate_variants(shirt, by=owner)
    assert list(shirt.variants.order_by("position").values_list("sku", flat=True)) == ["TEE-S-2", "TEE-1"]


def test_bounds_are_kept(shirt: Listing, owner: Actor) -> None:
    with pytest.raises(OptionsIncomplete, match="option first"):
        actions.generate_variants(shirt.pk, by=owner)
    option = create(VariantOptions, {"listing": shirt, "name": "Size"}, by=owner)
    with pytest.raises(OptionsIncomplete, match="Size a value"):
        actions.generate_variants(shirt.pk, by=owner)
    for number in range(50):
        create(VariantValues, {"option": option, "name": f"{number}"}, by=owner)
    with pytest.raises(TooManyValues):
        create(VariantValues, {"option": option, "name": "one more"}, by=owner)
    give(shirt, owner, Colour=("a", "b", "c"), Sleeve=("long",))
    with pytest.raises(TooManyOptions):
        create(VariantOptions, {"listing": shirt, "name": "Cut"}, by=owner)
    with pytest.raises(TooManyVariants) as refusal:
        actions.generate_variants(shirt.pk, by=owner)
    assert refusal.value.facts == {"most": 100, "count": 150}
    assert (VariantOption.objects.count(), VariantValue.objects.count(), Variant.objects.count()) == (3, 54, 0)


def test_a_listing_has_at_most_a_hundred_variants(shirt: Listing, owner: Actor) -> None:
    for _number in range(99):
        factories.variant(shirt)
    give(shirt, owner, Size=("S", "M"))
    with pytest.raises(TooManyVariants):
        actions.generate_variants(shirt.pk, by=owner)
    create(Variants, {"listing": shirt, "sku": "last", "title": "Last"}, by=owner)
    with pytest.raises(TooManyVariants):
        create(Variants, {"listing": shirt, "sku": "more", "title": "More"}, by=owner)
    assert Variant.objects.count() == Stock.objects.count() == 100


def test_names_are_unique_whatever_their_case(shirt: Listing, owner: Actor) -> None:
    option = give(shirt, owner, Size=("S",))["S"].option
    with pytest.raises(Duplicate):
        create(VariantOptions, {"listing": shirt, "name": " SIZE "}, by=owner)
    with pytest.raises(Duplicate):
        create(VariantValues, {"option": option, "name": "s"}, by=owner)
    with pytest.raises(Invalid):
        create(VariantValues, {"option": option, "name": "S / M"}, by=owner)


def test_a_variant_is_matched_by_the_words_of_its_values(shirt: Listing, owner: Actor) -> None:
    first, second = factories.variant(shirt), factories.variant(shirt)
    values = give(shirt, owner, Size=("S", "M"), Colour=("Red",))
    actions.match_values(first, by=owner, values="m / RED")
    first.refresh_from_db()
    assert first.value_ids == sorted([values["M"].pk, values["Red"].pk])
    for wrong, refusal in (("M", UnknownValues), ("M / Green", UnknownValues), ("M / Red", Duplicate)):
        with pytest.raises(refusal) as told_why:
            actions.match_values(second.pk, by=owner, values=wrong)
        assert told_why.value.errors[0].pointer == "/values"
    actions.match_values(first.pk, by=owner, values="")
    actions.match_values(second.pk, by=owner, values="M / Red")
    assert Variant.objects.get(pk=first.pk).combination == ""


def test_a_value_in_use_stays_until_its_variants_are_matched_to_others(shirt: Listing, owner: Actor) -> None:
    values = give(shirt, owner, Size=("S", "M"))
    actions.generate_variants(shirt, by=owner)
    with pytest.raises(ValueInUse):
        delete(values["S"], by=owner)
    with pytest.raises(ValueInUse) as refusal:
        delete(VariantOption.objects.get(), by=owner)
    assert refusal.value.facts["count"] == 2
    assert VariantValue.objects.count() == 2
    for variant in Variant.objects.all():
        actions.match_values(variant.pk, by=owner, values="")
    delete(VariantOption.objects.get(), by=owner)
    assert (VariantValue.objects.count(), Variant.objects.count()) == (0, 2)


def test_rivals_and_moderators_make_no_options(shirt: Listing, owner: Actor, rival: Actor, moderator: Actor) -> None:
    values = give(shirt, owner, Size=("S",))
    with pytest.raises(Invalid):
        create(VariantOptions, {"listing": shirt, "name": "Mine"}, by=rival)
    with pytest.raises(Invalid):
        create(VariantValues, {"option": values["S"].option, "name": "Mine"}, by=rival)
    with pytest.raises(Missing):
        update(values["S"], {"name": "XS"}, by=rival)
    with pytest.raises(Missing):
        actions.generate_variants(shirt.pk, by=rival)
    with pytest.raises(Denied):
        actions.generate_variants(shirt.pk, by=moderator)
    assert (VariantOption.objects.count(), VariantValue.objects.count(), Variant.objects.count()) == (1, 1, 0)


def test_a_buyer_is_told_what_there_is_to_choose(shirt: Listing, owner: Actor) -> None:
    values = give(shirt, owner, Size=("S", "M"))
    actions.generate_variants(shirt, by=owner)
    small, medium = Variant.objects.order_by("position")
    Stock.objects.filter(variant=small).update(on_hand=2)
    assert shapes.options(shirt)[0]["values"] == [
        {"id": values["S"].pk, "name": "S"},
        {"id": values["M"].pk, "name": "M"},
    ]
    price = {"amount": 100_000, "currency": "KES"}
    assert [
        (each["id"], each["price"], each["is_available"], each["value_ids"]) for each in shapes.variants(shirt)
    ] == [
        (small.pk, price, True, [values["S"].pk]),
        (medium.pk, price, False, [values["M"].pk]),
    ]
    update(medium, {"is_active": False}, by=owner)
    assert [each["id"] for each in shapes.variants(Listing.objects.get())] == [small.pk]
    assert owner.audience is VENDOR
