"""Shipping that the market paid for with a coupon: it is the vendor's once it is earned, and taken back if it never is."""

import pytest

from marketplace.carts import actions as carts
from marketplace.carts.tests.factories import filled
from marketplace.cast import Goods, Person
from marketplace.coupons.tests.factories import coupon
from marketplace.ledger import tasks
from marketplace.ledger.tests.factories import SYSTEM, books
from marketplace.orders import actions as orders
from marketplace.orders.tests.factories import ADDRESS, buyer_of, money_comes, money_goes_back
from marketplace.shipping.tests.factories import method

pytestmark = pytest.mark.django_db


def test_shipping_that_the_market_paid_for_is_taken_back_with_a_share_that_is_called_off(
    customer: Person, goods: Goods
) -> None:
    method(333)
    coupon("free", kind="free_shipping")
    filled(customer.user, {goods.mug: 1})
    carts.add_coupon("free", by=customer.actor())
    order = orders.place_order(by=buyer_of(customer.user), **ADDRESS)
    money_comes(order)
    orders.complete(order.pk, by=SYSTEM)
    tasks.catch_up()
    assert books() == {"coupons": 333, "gateway": 500, "vendor_pending": 833}
    orders.cancel(order.pk, by=buyer_of(customer.user), reason="I have changed my mind.")
    assert money_goes_back(order) == 1
    tasks.catch_up()
    assert books() == {}
    assert tasks.catch_up() == 0
