"""A cart: what goes in, what is refused, and what it says when the market has moved on."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import DomainError, Invalid, Missing, Unauthenticated
from core.money import MixedCurrency, Money
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.carts import actions
from marketplace.carts.errors import CartFull, NotForSale, OwnGoods
from marketplace.carts.models import Cart, CartLine
from marketplace.carts.queries import contents
from marketplace.carts.tests.factories import filled, on_sale
from marketplace.cast import Goods, Person
from marketplace.catalog import actions as catalog
from marketplace.catalog.errors import NotEnoughStock
from marketplace.catalog.models import Listing, Stock, StockMove, Variant
from marketplace.vendors.tests.factories import make_vendor

pytestmark = pytest.mark.django_db


def key_of(person: Person) -> int:
    assert person.user is not None
    return person.user.pk


def changed(row: Any, **values: Any) -> None:
    """As if somebody had changed it meanwhile."""
    with writing_as_system():
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def told(person: Person) -> list[tuple[str, str]]:
    return [(each.code, each.sentence) for each in contents(key_of(person)).notices]


def test_a_cart_is_summed_by_vendor_and_in_all(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2, goods.rug: 1, goods.lamp: 1})
    found = contents(key_of(customer))
    assert (found.count, found.total, found.notices) == (4, Money(16_000, "KES"), ())
    assert [(share.vendor.name, share.total.amount) for share in found.shares] == [
        ("Omar's Shop", 13_000),
        ("Rita's Rival Shop", 3_000),
    ]
    assert StockMove.objects.filter(kind="reserved").count() == 0


def test_reading_takes_two_queries_and_changes_nothing(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2, goods.rug: 1, goods.lamp: 1})
    before = list(CartLine.objects.order_by("pk").values()), list(Cart.objects.values())
    with CaptureQueriesContext(connection) as queries:
        found = contents(key_of(customer))
        assert (found.total, found.lines[0].vendor.name) == (Money(16_000, "KES"), "Omar's Shop")
    assert len(queries) == 2
    assert (list(CartLine.objects.order_by("pk").values()), list(Cart.objects.values())) == before


def test_the_same_thing_again_adds_to_its_line(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2})
    actions.add(goods.mug.pk, by=customer.actor(), quantity=3)
    assert list(CartLine.objects.values_list("variant_id", "quantity")) == [(goods.mug.pk, 5)]


def test_more_than_is_free_is_refused_with_what_is_left(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.rug: 2})
    with pytest.raises(NotEnoughStock) as refused:
        actions.add(goods.rug.pk, by=customer.actor(), quantity=2)
    assert (refused.value.facts["free"], refused.value.facts["wanted"]) == (3, 4)
    line = CartLine.objects.get()
    with pytest.raises(NotEnoughStock):
        actions.change(line.pk, by=customer.actor(), quantity=4)
    assert CartLine.objects.get().quantity == 2


@pytest.mark.parametrize("quantity", [998, 999])
def test_of_one_thing_there_are_at_most_999(customer: Person, owner: Person, quantity: int) -> None:
    filled(customer.user, {on_sale(owner.vendor, stock=5_000): 2})
    with pytest.raises(Invalid):
        actions.add(CartLine.objects.get().variant_id, by=customer.actor(), quantity=quantity)
    assert CartLine.objects.get().quantity == 2


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"modes": ["contact"]}, NotForSale),
        ({"price": None}, NotForSale),
        ({"status": "paused"}, Missing),
    ],
)
def test_what_is_not_sold_here_does_not_go_in(
    customer: Person, goods: Goods, change: dict[str, Any], refusal: type[DomainError]
) -> None:
    changed(goods.mug.listing, **change)
    with pytest.raises(refusal):
        actions.add(goods.mug.pk, by=customer.actor(), quantity=1)
    assert CartLine.objects.count() == 0


def test_a_variant_that_is_not_there_is_missing(customer: Person) -> None:
    with pytest.raises(Missing):
        actions.add(987_654, by=customer.actor(), quantity=1)


def test_nobody_buys_from_a_vendor_they_work_for(owner: Person, member: Person, goods: Goods) -> None:
    for person in (owner, member):
        with pytest.raises(OwnGoods):
            actions.add(goods.mug.pk, by=person.actor(), quantity=1)
        actions.add(goods.lamp.pk, by=person.actor(), quantity=1)
    assert list(CartLine.objects.values_list("variant_id", flat=True)) == [goods.lamp.pk] * 2


def test_a_cart_has_one_currency(customer: Person, goods: Goods) -> None:
    abroad = on_sale(make_vendor(currency="UGX"), price=90_000)
    filled(customer.user, {goods.mug: 1})
    with pytest.raises(MixedCurrency):
        actions.add(abroad.pk, by=customer.actor(), quantity=1)
    actions.clear(by=customer.actor())
    actions.add(abroad.pk, by=customer.actor(), quantity=1)
    assert contents(key_of(customer)).total == Money(90_000, "UGX")


def test_a_cart_has_room_for_a_hundred_things(customer: Person, goods: Goods, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.carts.actions.MOST_LINES", 2)
    filled(customer.user, {goods.mug: 1, goods.rug: 1})
    with pytest.raises(CartFull):
        actions.add(goods.lamp.pk, by=customer.actor(), quantity=1)


def test_a_visitor_has_no_cart(goods: Goods) -> None:
    with pytest.raises(Unauthenticated):
        actions.add(goods.mug.pk, by=Actor.anonymous, quantity=1)
    assert Cart.objects.count() == 0


def test_lines_of_somebody_else_are_missing(customer: Person, buyer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2})
    line = CartLine.objects.get()
    for attempt in (
        lambda: actions.change(line.pk, by=buyer.actor(), quantity=1),
        lambda: actions.remove(line.pk, by=buyer.actor()),
    ):
        with pytest.raises(Missing):
            attempt()
    actions.clear(by=buyer.actor())
    actions.accept_changes(by=buyer.actor())
    assert CartLine.objects.get().quantity == 2


def test_a_price_that_changed_is_told_and_counted(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2})
    changed(goods.mug.listing, price=Money(600, "KES"))
    assert told(customer) == [("price_changed", f"Mug, {goods.mug.title} costs KES 6.00 now; it was KES 5.00.")]
    assert contents(key_of(customer)).total == Money(1_200, "KES")


def test_a_variant_has_its_own_price_where_it_differs(customer: Person, goods: Goods) -> None:
    changed(goods.mug, price=Money(650, "KES"))
    filled(customer.user, {goods.mug: 2})
    assert contents(key_of(customer)).total == Money(1_300, "KES")


@pytest.mark.parametrize(("left", "words"), [(1, "Only 1 of {} is left."), (2, "Only 2 of {} are left.")])
def test_too_few_left_is_told_with_the_number(customer: Person, goods: Goods, left: int, words: str) -> None:
    filled(customer.user, {goods.rug: 3})
    catalog.adjust_stock(goods.rug.pk, by=Actor.system("test"), quantity=left - 3, reason="Broken in the store")
    assert told(customer) == [("only_n_left", words.format(f"Rug, {goods.rug.title}"))]


def test_what_is_sold_out_or_no_longer_sold_is_told_and_left_out_of_the_sums(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1, goods.rug: 1, goods.lamp: 1})
    catalog.adjust_stock(goods.rug.pk, by=Actor.system("test"), quantity=-3, reason="Broken in the store")
    changed(goods.lamp.listing.vendor, status="suspended")
    assert told(customer) == [
        ("sold_out", f"Rug, {goods.rug.title} is sold out."),
        ("no_longer_sold", f"Lamp, {goods.lamp.title} is no longer sold."),
    ]
    found = contents(key_of(customer))
    assert (found.count, found.total) == (1, Money(500, "KES"))
    assert len(found.lines) == 3


@pytest.mark.parametrize("hide", ["inactive", "closed", "archived"])
def test_a_line_follows_its_listing_and_category_off_the_shelf(customer: Person, goods: Goods, hide: str) -> None:
    filled(customer.user, {goods.mug: 1})
    if hide == "inactive":
        changed(Variant.objects.get(pk=goods.mug.pk), is_active=False)
    elif hide == "closed":
        changed(goods.mug.listing.category, is_open=False)
    else:
        changed(goods.mug.listing, status="archived")
    assert [code for code, _words in told(customer)] == ["no_longer_sold"]
    assert contents(key_of(customer)).total is None


def test_accepting_leaves_nothing_to_say(customer: Person, goods: Goods, owner: Person) -> None:
    kept = on_sale(owner.vendor, price=700)
    filled(customer.user, {goods.mug: 2, goods.rug: 3, goods.lamp: 1, kept: 1})
    changed(goods.mug.listing, price=Money(450, "KES"))
    catalog.adjust_stock(goods.rug.pk, by=Actor.system("test"), quantity=-1, reason="Broken in the store")
    changed(Listing.objects.get(pk=goods.lamp.listing_id), status="paused")
    actions.accept_changes(by=customer.actor())
    assert told(customer) == []
    lines = CartLine.objects.order_by("pk").values_list("variant_id", "quantity", "seen_price_minor")
    assert list(lines) == [(goods.mug.pk, 2, 450), (goods.rug.pk, 2, 12_000), (kept.pk, 1, 700)]


def test_lines_that_became_of_another_currency_are_left_out_and_dropped(
    customer: Person, goods: Goods, rival: Person
) -> None:
    filled(customer.user, {goods.mug: 1, goods.lamp: 1})
    changed(rival.vendor, currency="UGX")
    changed(goods.lamp.listing, price=Money(90_000, "UGX"))
    assert [code for code, _words in told(customer)] == ["mixed_currency"]
    assert contents(key_of(customer)).total == Money(500, "KES")
    actions.accept_changes(by=customer.actor())
    assert list(CartLine.objects.values_list("variant_id", flat=True)) == [goods.mug.pk]


def test_a_variant_that_is_deleted_leaves_the_cart(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1, goods.lamp: 1})
    StockMove.objects.filter(variant=goods.mug)._raw_delete("default")
    with writing_as_system():
        Variant.objects.get(pk=goods.mug.pk).delete()
    assert Stock.objects.filter(variant_id=goods.mug.pk).count() == 0
    assert [line.offer.variant.pk for line in contents(key_of(customer)).lines] == [goods.lamp.pk]
