"""An order keeps how each vendor said that it would be sent, and what that and the tax of it came to."""

import pytest

from core.money import Money
from core.testing import writing_as_system
from marketplace.carts.models import CartLine
from marketplace.carts.sending import Wish
from marketplace.carts.tests.factories import filled
from marketplace.cast import Goods, Person
from marketplace.orders import actions
from marketplace.orders.errors import CartChanged
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import ADDRESS, place, shares_of
from marketplace.shipping.errors import ShippingUnavailable
from marketplace.shipping.models import ShippingMethod
from marketplace.shipping.tests.factories import method, zone
from marketplace.taxes.tests.factories import tax_country, tax_rate

pytestmark = pytest.mark.django_db


def test_it_keeps_the_method_its_price_and_days_and_the_tax(customer: Person, goods: Goods) -> None:
    courier, rider = method(500), method(900, name="Our rider", vendor=goods.lamp.vendor, days_min=0, days_max=0)
    tax_rate(), tax_country("KE", prices_include_tax=False)
    order = place(customer.user, {goods.mug: 2, goods.lamp: 1})
    with writing_as_system():
        for each in (courier, rider):
            each.name, each.price, each.days_max = "Renamed", Money(1, "KES"), 9
            each.save()
    kept = [
        (
            each.shipping_name,
            each.shipping_days,
            each.shipping.amount,
            each.shipping_tax_minor,
            each.tax.amount,
            each.total.amount,
        )
        for each in shares_of(order)
    ]
    assert kept == [
        ("Courier", "1 to 3 days", 500, 80, 240, 1_740),
        ("Our rider", "the same day", 900, 144, 624, 4_524),
    ]
    assert order.total == Money(6_264, "KES")
    assert [each.tax_minor for each in order.lines.order_by("pk")] == [160, 480]


def test_without_methods_it_is_sent_for_nothing(customer: Person, goods: Goods) -> None:
    (share,) = shares_of(place(customer.user, {goods.mug: 1}))
    assert (share.shipping_name, share.shipping_method, share.shipping.amount, share.shipping_days) == ("", None, 0, "")


def test_the_wished_for_method_is_ordered(customer: Person, goods: Goods) -> None:
    method(100), (rider := method(900, name="Rider"))
    order = place(customer.user, {goods.mug: 1}, shipping=[Wish(goods.mug.vendor_id, rider.pk)])
    assert (shares_of(order)[0].shipping_method, order.total) == (rider, Money(1_400, "KES"))


def test_a_place_that_a_vendor_does_not_reach_is_no_order(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    method(100, zone=zone(towns="Mombasa"))
    with pytest.raises(ShippingUnavailable):
        actions.place_order(by=customer.actor(), **ADDRESS)
    assert (Order.objects.count(), CartLine.objects.count()) == (0, 1)


def test_the_expected_total_is_that_of_the_whole_bill(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    method(100), tax_rate(), tax_country("KE", prices_include_tax=False)
    with pytest.raises(CartChanged) as refusal:
        actions.place_order(by=customer.actor(), expected_total=Money(500, "KES"), **ADDRESS)
    assert "It costs KES 6.96 now." in refusal.value.detail
    assert Order.objects.count() == 0
    actions.place_order(by=customer.actor(), expected_total=Money(696, "KES"), **ADDRESS)


def test_a_method_that_was_ordered_by_stays(customer: Person, goods: Goods, admin: Person) -> None:
    courier = method(100)
    place(customer.user, {goods.mug: 1})
    api = admin.api("operations")
    etag = api.get(f"/shipping-methods/{courier.pk}")["ETag"]
    assert api.delete(f"/shipping-methods/{courier.pk}", If_Match=etag).json()["code"] == "in_use"
    assert ShippingMethod.objects.count() == 1


def test_its_page_says_how_it_is_sent_and_what_is_tax(customer: Person, goods: Goods, admin: Person) -> None:
    method(500), tax_rate(), tax_country("KE", prices_include_tax=False)
    order = place(customer.user, {goods.mug: 2})
    page = admin.admin.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    for said in ("Shipping: Courier, 1 to 3 days", "KES 5.00", "KES 2.40", "KES 17.40"):
        assert said in page


def test_without_shipping_and_tax_its_page_says_the_total_alone(customer: Person, goods: Goods, admin: Person) -> None:
    order = place(customer.user, {goods.mug: 2})
    page = admin.admin.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert ("<dt>Shipping" in page, "<dt>Gross, 2 items</dt>" in page) == (False, True)
