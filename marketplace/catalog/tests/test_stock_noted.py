"""What stock is explained by, to the letter: whose movement, why, when, for what; and what a refusal says."""

from typing import Any

import pytest

from core.errors import Invalid, Stale
from core.money import Money
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.catalog.actions import stock as stock_actions
from marketplace.catalog.actions.stock import Movement, change_variant, create_variant, move_stock, note_moves
from marketplace.catalog.errors import NotEnoughStock, StockMoved, TooManyVariants
from marketplace.catalog.models import Category, Listing, Stock, StockMove, Variant
from marketplace.catalog.resources import Variants
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(cars: Category, acme: Any) -> Listing:
    return factories.listing(vendor=acme, category=cars)


def reasons() -> list[str]:
    return list(StockMove.objects.order_by("pk").values_list("reason", flat=True))


def last_reason(variant: Variant) -> str:
    """Why the history says that the variant was written last."""
    return Variant.history.filter(id=variant.pk).latest("history_date", "history_id").history_change_reason  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("stock_reason", "reason", "told"),
    [("Delivery", "Moved here", "Delivery"), ("", "Moved here", "Moved here"), (None, "", "First stock.")],
)
def test_first_stock_is_explained_by_its_own_reason_or_by_that_of_the_variant(
    stock_reason: str | None, reason: str, told: str, phone: Listing, owner: Actor
) -> None:
    said = {} if stock_reason is None else {"stock_reason": stock_reason}
    values = {"listing": phone, "sku": "A", "title": "A", "on_hand": 4, **said}
    variant = create_variant(Variants, values, by=owner, reason=reason)
    assert (reasons(), last_reason(variant)) == ([told], reason or "create")


def test_a_variant_without_stock_has_none_and_no_movement(phone: Listing, owner: Actor) -> None:
    for sku, more in (("A", {}), ("B", {"on_hand": 0, "stock_reason": "None came"})):
        variant = create_variant(Variants, {"listing": phone, "sku": sku, "title": sku, **more}, by=owner)
        assert (Stock.objects.get(variant=variant).on_hand, last_reason(variant)) == (0, "create")
    assert reasons() == []


def test_a_listing_is_held_while_its_variants_are_counted_and_has_no_more_than_it_may(
    phone: Listing, owner: Actor, cars: Category, acme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[Any] = []
    honest = stock_actions.hold
    monkeypatch.setattr(stock_actions, "hold", lambda *which: held.append(which) or honest(*which))
    monkeypatch.setattr(stock_actions, "MOST_VARIANTS", 2)
    factories.variant(factories.listing(vendor=acme, category=cars))  # another listing's are not counted
    for sku in ("A", "B"):
        create_variant(Variants, {"listing": phone, "sku": sku, "title": sku}, by=owner)
    with pytest.raises(TooManyVariants) as refusal:
        create_variant(Variants, {"listing": phone, "sku": "C", "title": "C", "on_hand": 3}, by=owner)
    assert refusal.value.facts == {"most": 2, "count": 3}
    assert (Variant.objects.filter(listing=phone).count(), reasons()) == (2, [])
    assert held == [(Listing, phone)] * 3


def test_only_the_listing_or_only_the_stock_changes_where_only_that_is_said(phone: Listing, owner: Actor) -> None:
    variant = factories.variant(phone, on_hand=5)
    version = variant.version
    change_variant(Variants, variant, {"title": "Green"}, by=owner, version=version, reason="A better word")
    variant.refresh_from_db()
    assert (variant.title, last_reason(variant), reasons()) == ("Green", "A better word", [])
    with pytest.raises(Stale):
        change_variant(Variants, variant, {"title": "Red"}, by=owner, version=version)
    with pytest.raises(Stale):
        change_variant(Variants, variant, {"title": "Red", "on_hand": 9}, by=owner, version=version)
    with pytest.raises(Stale):
        change_variant(Variants, variant, {"on_hand": 9}, by=owner, version=version)
    change_variant(Variants, variant, {"on_hand": 9}, by=owner, version=variant.version)
    variant.refresh_from_db()
    assert (variant.title, Stock.objects.get().on_hand, reasons()) == ("Green", 9, ["Counted."])


@pytest.mark.parametrize(
    ("said", "reason", "told"),
    [({"stock_reason": "Delivery"}, "Sale", "Delivery"), ({}, "Sale", "Sale"), ({}, "", "Counted.")],
)
def test_a_count_beside_a_change_is_explained_by_its_own_reason_first(
    said: dict[str, str], reason: str, told: str, phone: Listing, owner: Actor
) -> None:
    variant = factories.variant(phone, on_hand=5)
    values = {"price": Money(900, "KES"), "on_hand": 3, "on_hand_before": 5, **said}
    change_variant(Variants, variant, values, by=owner, version=variant.version, reason=reason)
    variant.refresh_from_db()
    assert (variant.price, Stock.objects.get().on_hand, reasons()) == (Money(900, "KES"), 3, [told])
    assert last_reason(variant) == (reason or "change")


def test_why_without_how_many_is_refused_at_the_number(phone: Listing, owner: Actor) -> None:
    variant = factories.variant(phone, on_hand=5)
    with pytest.raises(Invalid) as refusal:
        change_variant(Variants, variant, {"title": "Green", "on_hand_before": 5}, by=owner)
    assert [(each.pointer, each.code, each.message) for each in refusal.value.errors] == [
        ("/on_hand", "required", "Say how many there are.")
    ]
    assert Variant.objects.get().title != "Green"


def test_movements_say_who_why_when_and_for_what(phone: Listing) -> None:
    one, other = factories.variant(phone), factories.variant(phone)
    by = Actor(user_id=7, name="N" * 200)
    with writing_as_system("tests") as deed:
        note_moves([], by=by, kind="sold")
        moves = [Movement(one, on_hand=-2, reserved=-1), Movement(other, reserved=3)]
        note_moves(moves, by=by, kind="sold", reason="Bought", reference="SK-1")
        note_moves([Movement(one, on_hand=1)], by=by, kind="found")
    found = list(StockMove.objects.order_by("pk"))
    assert [
        (each.variant_id, each.kind, each.on_hand_change, each.reserved_change, each.reason, each.reference)
        for each in found
    ] == [
        (one.pk, "sold", -2, -1, "Bought", "SK-1"),
        (other.pk, "sold", 0, 3, "Bought", "SK-1"),
        (one.pk, "found", 1, 0, "", ""),
    ]
    assert {(each.at, each.deed, each.actor_id, each.actor_name) for each in found} == {
        (deed.at, deed.id, 7, "N" * 120)
    }


def stocked(phone: Listing, *, on_hand: int, reserved: int) -> Variant:
    variant = factories.variant(phone, on_hand=on_hand)
    Stock.objects.filter(variant=variant).update(reserved=reserved)
    return variant


@pytest.mark.parametrize(
    ("on_hand", "reserved", "left"),
    [
        (0, 2, (5, 5)),
        (0, -3, (5, 0)),
        (-2, 0, (3, 3)),
        (-3, -3, (2, 0)),
        (4, 0, (9, 3)),
        (-5, -3, (0, 0)),
        (1, 3, (6, 6)),
    ],
)
def test_stock_moves_to_its_very_edges(on_hand: int, reserved: int, left: tuple[int, int], phone: Listing) -> None:
    bystander = stocked(phone, on_hand=5, reserved=3)
    variant = stocked(phone, on_hand=5, reserved=3)
    move_stock(Movement(variant, on_hand=on_hand, reserved=reserved))
    found = {each.variant_id: (each.on_hand, each.reserved) for each in Stock.objects.all()}
    assert found == {bystander.pk: (5, 3), variant.pk: left}


@pytest.mark.parametrize(
    ("on_hand", "reserved", "wanted"), [(0, 3, 3), (-3, 0, 3), (0, -4, 0), (-6, -3, 6), (1, 4, 4), (1, -4, 0)]
)
def test_beyond_them_it_is_refused_with_what_is_free(on_hand: int, reserved: int, wanted: int, phone: Listing) -> None:
    variant = stocked(phone, on_hand=5, reserved=3)
    with pytest.raises(NotEnoughStock) as refusal:
        move_stock(Movement(variant, on_hand=on_hand, reserved=reserved))
    assert refusal.value.facts == {"sku": variant.sku, "free": 2, "wanted": wanted}
    assert Stock.objects.values_list("on_hand", "reserved").get() == (5, 3)


def test_only_from_the_number_that_was_counted(phone: Listing) -> None:
    variant = stocked(phone, on_hand=5, reserved=3)
    with pytest.raises(StockMoved) as moved:
        move_stock(Movement(variant, on_hand=1), was=4)
    assert moved.value.facts == {"sku": variant.sku, "on_hand": 5, "said": 4}
    with pytest.raises(NotEnoughStock) as short:
        move_stock(Movement(variant, on_hand=-3), was=5)
    assert short.value.facts == {"sku": variant.sku, "free": 2, "wanted": 3}
    move_stock(Movement(variant, on_hand=-2), was=5)
    assert Stock.objects.get().on_hand == 3


def test_a_variant_without_a_stock_gets_one_when_something_comes(phone: Listing) -> None:
    variant, other = stocked(phone, on_hand=0, reserved=0), stocked(phone, on_hand=0, reserved=0)
    Stock.objects.filter(variant__in=[variant, other]).delete()
    move_stock(Movement(variant, on_hand=4))
    assert list(Stock.objects.values_list("variant", "on_hand", "reserved")) == [(variant.pk, 4, 0)]
    with pytest.raises(NotEnoughStock) as refusal:
        move_stock(Movement(other, reserved=1))
    assert refusal.value.facts == {"sku": other.sku, "free": 0, "wanted": 1}
