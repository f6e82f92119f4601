"""Stock as it was counted: by hand, in bulk and by file; always a movement with its reason, never a number put over another."""

from typing import Any

import pytest

from core.errors import Denied, Invalid, Missing, Stale
from core.money import Money
from core.resources.operations import create, update
from core.resources.transfer import Importer, Plan, chunks, exported
from core.rules import Actor, scope
from marketplace.catalog import actions
from marketplace.catalog.actions import stock as stock_actions
from marketplace.catalog.errors import NotEnoughStock, StockMoved
from marketplace.catalog.models import Category, Listing, Stock, StockMove, Variant
from marketplace.catalog.resources import Variants
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(cars: Category, acme: Any) -> Listing:
    return factories.listing(vendor=acme, category=cars)


def moves() -> list[tuple[str, int, str]]:
    return list(StockMove.objects.order_by("pk").values_list("kind", "on_hand_change", "reason"))


def on_hand(variant: Variant) -> int:
    return Stock.objects.get(variant=variant).on_hand


def test_a_count_becomes_a_movement_of_the_difference(phone: Listing, owner: Actor) -> None:
    variant = factories.variant(phone, on_hand=5)
    actions.count_stock(variant, by=owner, on_hand=3, on_hand_before=5, reason="Stocktake of May")
    actions.count_stock(variant, by=owner, on_hand=3)
    actions.count_stock(variant, by=owner, on_hand=8)
    assert (on_hand(variant), moves()) == (8, [("counted", -2, "Stocktake of May"), ("counted", 5, "Counted.")])


def test_an_outdated_count_is_refused(phone: Listing, owner: Actor) -> None:
    variant = factories.variant(phone, on_hand=5)
    with pytest.raises(StockMoved) as refusal:
        actions.count_stock(variant, by=owner, on_hand=9, on_hand_before=4)
    assert refusal.value.facts == {"sku": variant.sku, "on_hand": 5, "said": 4}
    Stock.objects.filter(variant=variant).update(reserved=4)
    with pytest.raises(NotEnoughStock):
        actions.count_stock(variant, by=owner, on_hand=3)
    assert (on_hand(variant), moves()) == (5, [])


def test_what_moves_while_it_is_counted_is_not_overwritten(
    phone: Listing, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = factories.variant(phone, on_hand=5)
    honest = stock_actions.note_moves

    def sold_meanwhile(*noted: Any, **said: Any) -> None:
        Stock.objects.filter(variant=variant).update(on_hand=4)
        honest(*noted, **said)

    monkeypatch.setattr(stock_actions, "note_moves", sold_meanwhile)
    with pytest.raises(StockMoved):
        actions.count_stock(variant, by=owner, on_hand=7)
    assert moves() == []


def test_a_kind_says_which_way_it_goes(phone: Listing, owner: Actor) -> None:
    variant = factories.variant(phone, on_hand=5)
    actions.adjust_stock(variant, by=owner, quantity=-1, kind="damaged", reason="Fell down")
    actions.adjust_stock(variant, by=owner, quantity=2, kind="found", reason="Behind the shelf")
    for quantity, kind in ((1, "lost"), (-1, "received")):
        with pytest.raises(Invalid) as refusal:
            actions.adjust_stock(variant, by=owner, quantity=quantity, kind=kind, reason="The other way")
        assert refusal.value.errors[0].pointer == "/kind"
    assert (on_hand(variant), [each[:2] for each in moves()]) == (6, [("damaged", -1), ("found", 2)])


def test_price_and_stock_change_together_or_not_at_all(phone: Listing, owner: Actor) -> None:
    variant = factories.variant(phone, on_hand=5)
    version = variant.version
    update(variant, {"price": Money(900, "KES"), "on_hand": 7, "stock_reason": "Delivery"}, by=owner, version=version)
    variant.refresh_from_db()
    assert (variant.price, on_hand(variant), moves()) == (Money(900, "KES"), 7, [("counted", 2, "Delivery")])
    for values, refused in (
        ({"price": Money(1, "KES"), "on_hand": 1, "on_hand_before": 5}, StockMoved),
        ({"price": Money(1, "KES"), "stock_reason": "Only why"}, Invalid),
    ):
        with pytest.raises(refused):
            update(Variant.objects.get(pk=variant.pk), values, by=owner)
    with pytest.raises(Stale):
        update(Variant.objects.get(pk=variant.pk), {"on_hand": 1}, by=owner, version=version)
    variant.refresh_from_db()
    assert (variant.price, on_hand(variant), len(moves())) == (Money(900, "KES"), 7, 1)


def test_a_new_variant_may_bring_its_first_stock(phone: Listing, owner: Actor) -> None:
    variant = create(Variants, {"listing": phone, "sku": "A", "title": "A", "on_hand": 4}, by=owner)
    assert (on_hand(variant), moves()) == (4, [("received", 4, "First stock.")])


def test_nobody_else_counts(phone: Listing, owner: Actor, rival: Actor, moderator: Actor) -> None:
    variant = factories.variant(phone, on_hand=5)
    for by, refused in ((rival, Missing), (moderator, Denied)):
        for attempt in (
            lambda by=by: actions.count_stock(variant.pk, by=by, on_hand=1),
            lambda by=by: update(Variant.objects.get(), {"on_hand": 1}, by=by),
        ):
            with pytest.raises(refused):
                attempt()
    assert (on_hand(variant), moves()) == (5, [])


HEADERS = ("sku", "price", "on_hand", "on_hand_before", "stock_reason")


def run(by: Actor, *rows: tuple[str, ...], save: bool = True) -> list[tuple[str, str]]:
    """Import lines of a file; the outcome and the sentence of each."""
    plan = Plan({header: header for header in HEADERS}, name="count.csv")
    importer = Importer(Variants, by, plan)
    lines = [dict(zip(HEADERS, row, strict=True)) for row in rows]
    found = [each for chunk in chunks(lines, size=importer.size) for each in importer.run(chunk, save=save)]
    return [(each.outcome, each.sentence) for each in found]


def test_a_file_counts_stock_and_sets_prices_line_by_line(phone: Listing, owner: Actor, rival: Actor) -> None:
    for sku in ("A", "B", "C", "D"):
        factories.variant(phone, sku=sku, on_hand=5, price_minor=100, price_currency="KES")
    lines = (
        ("A", "2.00", "7", "5", "Delivery"),
        ("B", "1.00", "", "", ""),
        ("C", "1.00", "9", "4", "Outdated"),
        ("D", "1.00", "-1", "", ""),
    )
    assert [outcome for outcome, _why in run(owner, *lines, save=False)] == [
        "updated",
        "unchanged",
        "updated",
        "refused",
    ]
    assert moves() == []
    found = run(owner, *lines)
    assert [outcome for outcome, _why in found] == ["updated", "unchanged", "refused", "refused"]
    assert "By now 5 of C are on hand" in found[2][1]
    assert found[3][1].startswith("on_hand: ")
    assert moves() == [("counted", 2, "Delivery")]
    assert Variant.objects.get(sku="A").price == Money(200, "KES")
    assert run(owner, ("A", "2.00", "7", "7", "Delivery")) == [("unchanged", "")]
    assert all(outcome == "refused" for outcome, _why in run(rival, ("A", "1.00", "1", "", "")))
    assert (len(moves()), Variant.objects.get(sku="A").stock.on_hand) == (1, 7)


def test_what_was_exported_comes_back_unchanged(phone: Listing, owner: Actor) -> None:
    factories.variant(phone, sku="A", on_hand=5, price_minor=100, price_currency="KES")
    headers, rows = exported(Variants, owner, scope(owner, Variant))
    line = dict(zip(headers, next(iter(rows)), strict=True))
    importer = Importer(Variants, owner, Plan({each: each for each in ("id", "sku", "on_hand", "price")}))
    assert [each.outcome for each in importer.run([(1, line)], save=True)] == ["unchanged"]


def test_a_file_that_counts_is_done_a_few_lines_at_a_time(owner: Actor) -> None:
    assert Importer(Variants, owner, Plan({"sku": "sku", "price": "price"})).size == 500
    assert Importer(Variants, owner, Plan({"sku": "sku", "on_hand": "on_hand"})).size == 20
