"""What a cart costs when it is sent: each vendor's methods, the one that was chosen, and the tax of it all."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import Invalid
from core.money import Money
from marketplace.carts.bills import Bill
from marketplace.carts.queries import contents
from marketplace.carts.quoting import quote
from marketplace.carts.sending import Wish
from marketplace.carts.tests.factories import filled
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Variant
from marketplace.shipping.carriers import Place
from marketplace.shipping.errors import ShippingUnavailable
from marketplace.shipping.tests.factories import method, zone
from marketplace.taxes.tests.factories import tax_country, tax_rate

pytestmark = pytest.mark.django_db
NAIROBI = Place("KE", "Nairobi")


def told(customer: Person, *wishes: Wish, to: Place = NAIROBI) -> Bill:
    return quote(contents(customer.user.pk), to=to, wishes=wishes)  # type: ignore[union-attr]


def shipping(bill: Bill) -> list[int]:
    return [each.shipping.amount for each in bill.shares]


def test_without_methods_and_rates_it_costs_what_the_goods_cost(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2, goods.lamp: 1})
    found = told(customer)
    assert (found.total, shipping(found), [each.sent_by for each in found.shares]) == (
        Money(4_000, "KES"),
        [0, 0],
        [None, None],
    )


def test_the_cheapest_is_chosen_and_the_others_are_offered(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    slow, quick = method(20_000, name="Bus"), method(50_000, name="Rider", days_max=1)
    (share,) = told(customer).shares
    assert [(each.method, each.price.amount) for each in share.choices] == [(slow, 20_000), (quick, 50_000)]
    assert (share.sent_by.method, share.total) == (slow, Money(20_500, "KES"))  # type: ignore[union-attr]


def test_the_method_that_was_wished_for_is_taken(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1, goods.lamp: 1})
    method(20_000), (quick := method(50_000, name="Rider"))
    assert shipping(told(customer, Wish(goods.lamp.vendor_id, quick.pk))) == [20_000, 50_000]


def test_a_vendor_with_methods_of_its_own_offers_none_of_the_markets(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1, goods.lamp: 1})
    method(20_000)
    own = method(9_000, vendor=goods.lamp.vendor, name="Our rider")
    found = told(customer)
    assert shipping(found) == [20_000, 9_000]
    assert [each.method for each in found.shares[1].choices] == [own]


def test_one_that_is_switched_off_is_not_offered(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    method(20_000), method(1, vendor=goods.mug.vendor, is_active=False)
    assert shipping(told(customer)) == [20_000]


def test_collecting_is_never_guessed_unless_there_is_nothing_else(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    collect = method(0, kind="pickup", name="Collect it", vendor=goods.mug.vendor)
    assert told(customer).shares[0].sent_by.method == collect  # type: ignore[union-attr]
    rider = method(9_000, name="Our rider", vendor=goods.mug.vendor)
    assert told(customer).shares[0].sent_by.method == rider  # type: ignore[union-attr]
    assert shipping(told(customer, Wish(goods.mug.vendor_id, collect.pk))) == [0]


def test_methods_in_another_currency_are_none(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    method(20_000, currency="UGX")
    assert (shipping(told(customer)), told(customer).shares[0].choices) == ([0], ())


def test_a_table_goes_by_the_weight_of_all_pieces(customer: Person, goods: Goods) -> None:
    Variant.objects.filter(pk=goods.mug.pk).update(weight_grams=400)
    method(60_000, steps={1_000: 20_000, 5_000: 35_000})
    filled(customer.user, {goods.mug: 2})
    assert shipping(told(customer)) == [20_000]
    filled(customer.user, {goods.mug: 1})
    assert shipping(told(customer)) == [35_000]


def test_a_vendor_who_does_not_send_there_is_named(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1, goods.lamp: 1})
    method(20_000), method(9_000, vendor=goods.lamp.vendor, zone=zone(towns="Mombasa"))
    with pytest.raises(ShippingUnavailable) as refusal:
        told(customer)
    assert refusal.value.detail == "Rita's Rival Shop does not send this to Nairobi."
    assert shipping(told(customer, to=Place("KE", "mombasa"))) == [20_000, 9_000]


@pytest.mark.parametrize("wish", ["another_method", "another_vendor", "twice", "the_rivals"])
def test_a_wish_that_cannot_be_met_is_refused_at_its_field(customer: Person, goods: Goods, wish: str) -> None:
    filled(customer.user, {goods.mug: 1})
    mine = method(20_000)
    rivals = method(1, vendor=goods.lamp.vendor)
    vendor = goods.mug.vendor_id
    wishes, pointer = {
        "another_method": ([Wish(vendor, mine.pk + 999)], "/shipping/0/method_id"),
        "another_vendor": ([Wish(goods.lamp.vendor_id, mine.pk)], "/shipping/0/vendor_id"),
        "twice": ([Wish(vendor, mine.pk)] * 2, "/shipping/1/vendor_id"),
        "the_rivals": ([Wish(vendor, rivals.pk)], "/shipping/0/method_id"),
    }[wish]
    with pytest.raises(Invalid) as refusal:
        told(customer, *wishes)
    assert [each.pointer for each in refusal.value.errors] == [pointer]


def test_tax_is_within_the_prices_and_does_not_change_the_total(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2})
    method(1_320), tax_rate()
    (share,) = told(customer).shares
    assert (share.total, share.tax, share.shipping_tax) == (Money(2_320, "KES"), Money(320, "KES"), Money(182, "KES"))


def test_tax_is_put_on_top_where_prices_do_not_hold_it(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2, goods.lamp: 1})
    method(500), tax_rate(), tax_country("KE", prices_include_tax=False)
    found = told(customer)
    assert [(each.tax.amount, each.total.amount) for each in found.shares] == [(240, 1_740), (560, 4_060)]
    assert found.total == Money(5_800, "KES")


def test_a_rate_of_its_category_counts(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 2})
    tax_rate(), tax_rate(category=goods.mug.listing.category, basis_points=0)
    assert told(customer).shares[0].tax == Money(0, "KES")


@pytest.mark.parametrize("vendors", [1, 2])
def test_it_asks_as_many_queries_for_two_vendors_as_for_one(customer: Person, goods: Goods, vendors: int) -> None:
    method(60_000, steps={1_000: 20_000}), tax_rate(), zone()
    filled(customer.user, {goods.mug: 1, goods.rug: 1} | ({goods.lamp: 1} if vendors == 2 else {}))
    found = contents(customer.user.pk)  # type: ignore[union-attr]
    wanted: dict[str, Any] = {"to": NAIROBI}
    quote(found, **wanted)
    with CaptureQueriesContext(connection) as queries:
        quote(found, **wanted)
    assert len(queries) == 5  # methods, their tables, rates, how prices are told, the stamp of the categories
