"""From a cart to an order: what is written, what is kept of what the buyer saw, what is refused and leaves nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import references
from core.errors import DomainError, Invalid, Unauthenticated
from core.models import Audit
from core.money import MixedCurrency, Money
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.carts.errors import OwnGoods
from marketplace.carts.models import CartLine
from marketplace.carts.tests.factories import filled, on_sale
from marketplace.cast import Goods, Person
from marketplace.catalog import actions as catalog
from marketplace.catalog.errors import NotEnoughStock
from marketplace.catalog.models import Stock, StockMove, Variant
from marketplace.catalog.tests import factories
from marketplace.orders import actions
from marketplace.orders.actions.placing import letters
from marketplace.orders.errors import CartChanged, CartEmpty, TooManyUnpaid
from marketplace.orders.models import Order, OrderLine, VendorOrder
from marketplace.orders.tests.factories import ADDRESS, money_comes, place, shares_of
from marketplace.vendors.tests.factories import make_member, make_vendor

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def stock_of(variant: Variant) -> tuple[int, int]:
    found = Stock.objects.get(variant=variant)
    return found.on_hand, found.reserved


def refused(person: Person, **said: Any) -> DomainError:
    """The refusal of an order, which must leave everything as it was."""
    before = list(CartLine.objects.order_by("pk").values()), list(Stock.objects.order_by("pk").values())
    with pytest.raises(DomainError) as refusal:
        actions.place_order(by=person.actor(), **(ADDRESS | said))
    assert (Order.objects.count(), StockMove.objects.exclude(reference="").count()) == (0, 0)
    assert Audit.objects.filter(model__startswith="orders.").count() == 0
    after = list(CartLine.objects.order_by("pk").values()), list(Stock.objects.order_by("pk").values())
    assert after == before
    return refusal.value


def test_an_order_is_split_by_vendor_and_keeps_its_goods(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.lamp: 1, goods.mug: 2, goods.rug: 1}, note="Ring twice.")
    assert (order.total, order.refunded, order.payment_state, order.cached_state) == (
        Money(16_000, "KES"),
        Money(0, "KES"),
        "pending",
        "pending",
    )
    assert [(share.vendor.name, share.total.amount, share.state) for share in shares_of(order)] == [
        ("Omar's Shop", 13_000, "waiting"),
        ("Rita's Rival Shop", 3_000, "waiting"),
    ]
    assert [share.reference for share in shares_of(order)] == [f"{order.reference}-A", f"{order.reference}-B"]
    assert [stock_of(each) for each in (goods.mug, goods.rug, goods.lamp)] == [(10, 2), (3, 1), (1, 1)]
    assert CartLine.objects.count() == 0
    assert (order.phone, order.note) == ("+254712345678", "Ring twice.")


def test_its_reference_is_unguessable_and_it_waits_for_half_an_hour(
    customer: Person, goods: Goods, settings: Any
) -> None:
    order = place(customer.user, {goods.mug: 1})
    assert references.read(order.reference.lower()) == order.reference
    assert order.reference.startswith("SK-")
    assert len(order.reference) == len("SK-7K3M-Q9XF-2DWP")
    waits = order.expires_at - order.placed_at
    assert waits == timedelta(minutes=settings.ORDER_MINUTES)
    assert abs(timezone.now() - order.placed_at) < timedelta(minutes=1)


def test_stock_is_reserved_by_movements_that_name_the_order(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.lamp: 1, goods.mug: 2})
    moves = StockMove.objects.filter(reference=order.reference).order_by("pk")
    assert list(moves.values_list("variant_id", "kind", "on_hand_change", "reserved_change", "actor_name")) == [
        (goods.mug.pk, "reserved", 0, 2, "The buyer"),
        (goods.lamp.pk, "reserved", 0, 1, "The buyer"),
    ]


def test_a_line_keeps_what_the_buyer_saw(customer: Person, owner: Person) -> None:
    cars = factories.cars()
    car = on_sale(
        owner.vendor, category=cars, price=900, title="Toy car", attributes={"make": "ford", "year": 1999, "risk": 7},
        cached_gallery=[{"id": 1, "renditions": [{"width": 10, "height": 10, "webp": "listings/a.webp", "jpeg": "a.jpg"}]}],
    )  # fmt: skip
    place(customer.user, {car: 3})
    with writing_as_system():
        car.listing.title, car.listing.attributes, car.listing.cached_gallery = "Another", {}, []
        car.listing.price = Money(1, "KES")
        car.listing.save()
    line = OrderLine.objects.get()
    assert (line.title, line.variant_title, line.sku, line.vendor_name) == (
        "Toy car",
        car.title,
        car.sku,
        "Omar's Shop",
    )
    assert (line.unit_price, line.quantity, line.total) == (Money(900, "KES"), 3, Money(2_700, "KES"))
    assert line.attributes == {"make": "ford", "year": 1999}
    assert line.image_url.endswith("listings/a.webp")


def test_an_order_leaves_one_entry_for_itself_and_each_share(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 1, goods.lamp: 1})
    entries = Audit.objects.filter(model__startswith="orders.").order_by("pk")
    told = [(each.model, each.verb, each.actor_name, each.state_from, each.state_to) for each in entries]
    assert told == [
        ("orders.vendororder", "place_order", "Cleo Customer", "", "waiting"),
        ("orders.vendororder", "place_order", "Cleo Customer", "", "waiting"),
        ("orders.order", "place_order", "Cleo Customer", "", "pending"),
    ]
    assert len(set(entries.values_list("deed", flat=True))) == 1
    assert order.history.count() == 1


@pytest.mark.parametrize("lines", [1, 6])
def test_only_stock_is_written_line_by_line(customer: Person, owner: Person, lines: int) -> None:
    filled(customer.user, {on_sale(owner.vendor): 1 for _ in range(lines)})
    buyer = customer.actor()
    with CaptureQueriesContext(connection) as queries:
        actions.place_order(by=buyer, **ADDRESS)
    taken = [each["sql"] for each in queries if each["sql"].startswith('UPDATE "catalog_stock"')]
    assert len(taken) == lines  # the conditional update; the movements that explain them are written at once
    assert (
        len(queries) - lines == 18
    )  # among them: shipping methods, tax rates and rules of commission are read, each once


def test_stock_is_written_last_and_in_the_order_of_the_variants(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.lamp: 1, goods.rug: 1, goods.mug: 1})
    with CaptureQueriesContext(connection) as queries:
        actions.place_order(by=customer.actor(), **ADDRESS)
    written = [each["sql"] for each in queries if each["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    first = next(index for index, sql in enumerate(written) if "catalog_stock" in sql)
    assert all("catalog_stock" in sql for sql in written[first:])
    taken = StockMove.objects.exclude(reference="").order_by("pk").values_list("variant_id", flat=True)
    assert list(taken) == sorted(taken)


def test_an_empty_cart_is_no_order(customer: Person) -> None:
    assert refused(customer).code == CartEmpty.code


def test_a_visitor_orders_nothing(nobody: Person) -> None:
    assert refused(nobody).code == Unauthenticated.code


def test_too_few_left_is_refused_with_which_and_how_many(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1, goods.rug: 3})
    catalog.adjust_stock(goods.rug.pk, by=SYSTEM, quantity=-1, reason="Broken in the store")
    found = refused(customer)
    assert (found.code, found.facts) == (NotEnoughStock.code, {"sku": goods.rug.sku, "free": 2, "wanted": 3})


def test_what_is_taken_between_the_look_and_the_order_is_refused(
    customer: Person, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a race has it: the cart was read before somebody else's order was committed."""
    filled(customer.user, {goods.mug: 1, goods.lamp: 1})
    catalog.adjust_stock(goods.lamp.pk, by=SYSTEM, quantity=-1, reason="Broken in the store")
    monkeypatch.setattr("marketplace.carts.queries._said", lambda *_seen: [])
    assert refused(customer).facts == {"sku": goods.lamp.sku, "free": 0, "wanted": 1}


def test_a_price_that_changed_is_refused_in_words(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    with writing_as_system():
        goods.mug.listing.price = Money(600, "KES")
        goods.mug.listing.save()
    found = refused(customer)
    assert found.code == CartChanged.code
    assert "costs KES 6.00 now; it was KES 5.00." in found.detail


def test_another_total_than_the_buyer_was_shown_is_refused(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2})
    assert refused(customer, expected_total=Money(999, "KES")).code == CartChanged.code
    assert refused(customer, expected_total=Money(1_000, "UGX")).code == CartChanged.code
    order = actions.place_order(by=customer.actor(), expected_total=Money(1_000, "KES"), **ADDRESS)
    assert order.total == Money(1_000, "KES")


def test_what_is_no_longer_sold_is_refused_in_words(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1, goods.lamp: 1})
    with writing_as_system():
        goods.lamp.listing.vendor.status = "suspended"
        goods.lamp.listing.vendor.save()
    found = refused(customer)
    assert (found.code, "Lamp" in found.detail, "no longer sold" in found.detail) == (CartChanged.code, True, True)


def test_two_currencies_are_refused(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1, goods.lamp: 1})
    with writing_as_system():
        goods.lamp.listing.price = Money(90_000, "UGX")
        goods.lamp.listing.save()
    assert refused(customer).code == MixedCurrency.code


def test_who_became_a_member_meanwhile_cannot_buy_from_that_vendor(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1, goods.lamp: 1})
    make_member(goods.lamp.listing.vendor, user=customer.user)
    found = refused(customer)
    assert (found.code, found.detail) == (OwnGoods.code, "You work for Rita's Rival Shop, so you cannot buy from it.")


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"phone": "12"}, "/phone"),
        ({"phone": "call me"}, "/phone"),
        ({"recipient": "A"}, "/recipient"),
        ({"country": "ke"}, "/country"),
        ({"street": ""}, "/street"),
        ({"note": "x" * 501}, "/note"),
    ],
)
def test_an_address_that_is_none_is_refused_at_its_field(
    customer: Person, goods: Goods, said: dict[str, str], pointer: str
) -> None:
    filled(customer.user, {goods.mug: 1})
    found = refused(customer, **said)
    assert isinstance(found, Invalid)
    assert [each.pointer for each in found.errors] == [pointer]


def test_no_more_than_so_many_orders_of_one_buyer_wait_for_their_money(
    customer: Person, buyer: Person, goods: Goods, settings: Any
) -> None:
    settings.UNPAID_ORDERS = 2
    first, second = (place(customer.user, {goods.mug: 1}) for _ in range(2))
    filled(customer.user, {goods.mug: 1})
    with pytest.raises(TooManyUnpaid) as refusal:
        actions.place_order(by=customer.actor(), **ADDRESS)
    assert (refusal.value.code, refusal.value.facts) == ("too_many_unpaid", {"most": 2})
    assert (Order.objects.count(), stock_of(goods.mug), CartLine.objects.count()) == (2, (10, 2), 1)
    place(buyer.user, {goods.mug: 1})
    actions.cancel(first.pk, by=customer.actor(), reason="Ordered by mistake.")
    money_comes(second)
    actions.complete(second.pk, by=SYSTEM)
    for _ in range(2):
        place(customer.user, {goods.mug: 1})
    assert Order.objects.filter(customer=customer.user, payment_state="pending").count() == 2


def test_each_vendor_has_a_share_of_its_own(customer: Person) -> None:
    wanted = {on_sale(make_vendor()): 1 for _ in range(28)}
    order = place(customer.user, wanted)
    endings = [share.reference.removeprefix(order.reference) for share in shares_of(order)]
    assert (endings[0], endings[25], endings[26], endings[27]) == ("-A", "-Z", "-AA", "-AB")
    assert VendorOrder.objects.count() == 28


def test_shares_are_lettered_like_columns() -> None:
    assert [letters(number) for number in (0, 25, 26, 51, 52, 701)] == ["A", "Z", "AA", "AZ", "BA", "ZZ"]
