"""Coupons in carts and orders: what they take off, who bears it, how often, and what becomes of a use when an order ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import DomainError, Missing
from core.money import Money
from core.resources import operations
from core.testing import writing_as_system
from marketplace.carts import actions as carts
from marketplace.carts.models import CartCoupon
from marketplace.carts.queries import contents
from marketplace.carts.tests.factories import filled
from marketplace.cast import Goods, Person
from marketplace.coupons.errors import LimitBelowUse
from marketplace.coupons.models import Coupon, CouponTally, CouponUserTally, Redemption
from marketplace.coupons.tests.factories import coupon
from marketplace.orders import actions
from marketplace.orders.errors import CartChanged
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import ADDRESS, SYSTEM, being_paid, buyer_of, payment_succeeds, shares_of
from marketplace.orders.tests.holding import broken

pytestmark = pytest.mark.django_db


def ordered(person: Person, wanted: dict[Any, int], *codes: str) -> Order:
    filled(person.user, wanted)
    for code in codes:
        carts.add_coupon(code, by=person.actor())
    return actions.place_order(by=buyer_of(person.user), **ADDRESS)  # type: ignore[arg-type]


def refused(code: str, person: Person) -> str:
    with pytest.raises(DomainError) as refusal:
        carts.add_coupon(code, by=person.actor())
    return refusal.value.code


def used(of: Coupon) -> tuple[int, list[str]]:
    kinds = Redemption.objects.filter(coupon=of).order_by("pk").values_list("kind", flat=True)
    return CouponTally.objects.get(coupon=of).used, list(kinds)


def test_an_order_keeps_what_each_coupon_took_off_and_who_bears_it(customer: Person, goods: Goods) -> None:
    coupon("market10", basis_points=1_000, limit=5)
    coupon("omar-100", amount=Money(100, "KES"), vendor=goods.mug.vendor, borne_by="vendor")
    order = ordered(customer, {goods.mug: 2, goods.lamp: 1}, "Market10", " OMAR-100 ")
    mine, theirs = shares_of(order)
    # Of 10.00 and 30.00: 1.00 off the mugs by their vendor, then ten percent of 9.00 and 30.00 by the market.
    assert (mine.goods_minor, mine.discount_minor, mine.market_discount_minor, mine.total.amount) == (
        1000,
        190,
        90,
        810,
    )
    assert (theirs.discount_minor, theirs.market_discount_minor, theirs.total.amount) == (300, 300, 2700)
    assert order.total == Money(3510, "KES")
    facts = Redemption.objects.order_by("coupon__code").values_list("coupon__code", "amount_minor", "reference")
    assert list(facts) == [("MARKET10", 390, order.reference), ("OMAR-100", 100, order.reference)]
    assert CartCoupon.objects.count() == 0
    assert broken() == {}


def test_an_order_that_costs_nothing_is_paid_at_once(customer: Person, goods: Goods) -> None:
    coupon("gift", basis_points=10_000)
    order = ordered(customer, {goods.mug: 1}, "gift")
    assert (order.total.amount, order.payment_state) == (0, "paid")
    assert broken() == {}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"is_active": False}, "coupon_unknown"),
        ({"starts_at": timezone.now() + timedelta(days=1)}, "coupon_unknown"),
        (
            {"starts_at": timezone.now() - timedelta(days=2), "ends_at": timezone.now() - timedelta(days=1)},
            "coupon_ended",
        ),
        ({"minimum": Money(501, "KES")}, "coupon_minimum"),
        ({"amount": Money(10, "UGX")}, "coupon_not_for_this_cart"),
    ],
)
def test_a_coupon_that_may_not_be_used_is_refused_by_a_word(
    customer: Person, goods: Goods, values: dict[str, Any], code: str
) -> None:
    filled(customer.user, {goods.mug: 1})
    coupon("try", **values)
    assert refused("try", customer) == code
    assert CartCoupon.objects.count() == 0


def test_a_coupon_for_other_goods_or_beside_another_of_the_same_is_refused(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    coupon("lamps", listings=(goods.lamp.listing,))
    coupon("elsewhere", category=goods.lamp.listing.category)
    coupon("one")
    coupon("two")
    assert refused("nonsense", customer) == "coupon_unknown"
    assert refused("lamps", customer) == "coupon_not_for_this_cart"
    assert refused("elsewhere", customer) == "coupon_not_for_this_cart"
    carts.add_coupon("one", by=customer.actor())
    carts.add_coupon("ONE", by=customer.actor())
    assert refused("two", customer) == "coupon_not_combinable"
    with pytest.raises(Missing):
        carts.remove_coupon("two", by=customer.actor())
    carts.remove_coupon("one", by=customer.actor())
    carts.add_coupon("two", by=customer.actor())


def test_a_coupon_that_stops_is_a_notice_and_the_cart_is_not_ordered_until_it_is_accepted(
    customer: Person, goods: Goods
) -> None:
    filled(customer.user, {goods.mug: 1})
    found = coupon("soon")
    carts.add_coupon("soon", by=customer.actor())
    operations.update(found, {"ends_at": timezone.now()}, by=SYSTEM)
    assert customer.user is not None
    (notice,) = contents(customer.user.pk).notices
    assert (notice.code, notice.coupon, notice.line) == ("coupon_ended", "SOON", None)
    with pytest.raises(CartChanged):
        actions.place_order(by=buyer_of(customer.user), **ADDRESS)  # type: ignore[arg-type]
    assert Order.objects.count() == 0
    carts.accept_changes(by=customer.actor())
    assert contents(customer.user.pk).notices == ()
    assert actions.place_order(by=buyer_of(customer.user), **ADDRESS).total == Money(500, "KES")  # type: ignore[arg-type]


def test_limits_of_all_and_of_each_buyer_hold(customer: Person, buyer: Person, goods: Goods) -> None:
    coupon("once-each", per_user_limit=1)
    ordered(customer, {goods.mug: 1}, "once-each")
    filled(customer.user, {goods.mug: 1})
    assert refused("once-each", customer) == "coupon_used_up"
    ordered(buyer, {goods.mug: 1}, "once-each")
    coupon("single", limit=1)
    ordered(buyer, {goods.rug: 1}, "single")
    assert refused("single", customer) == "coupon_used_up"
    assert broken() == {}


def test_an_order_that_ends_unpaid_gives_its_use_back_once(customer: Person, buyer: Person, goods: Goods) -> None:
    one = coupon("single", limit=1, per_user_limit=1)
    order = ordered(customer, {goods.mug: 1}, "single")
    actions.expire(order.pk, by=SYSTEM)
    assert used(one) == (0, ["taken", "returned"])
    other = ordered(buyer, {goods.mug: 1}, "single")
    actions.cancel(other.pk, by=buyer_of(buyer.user), reason="I have changed my mind.")  # type: ignore[arg-type]
    assert used(one) == (0, ["taken", "returned"] * 2)
    assert CouponUserTally.objects.filter(used=0).count() == 2
    assert broken() == {}


def test_money_that_comes_late_uses_the_coupon_after_all(customer: Person, goods: Goods) -> None:
    one = coupon("single", limit=1)
    order = ordered(customer, {goods.mug: 1}, "single")
    money_comes_after_expiry(order)
    assert Order.objects.get().payment_state == "paid"
    assert [share.state for share in shares_of(order)] == ["to_accept"]
    assert used(one) == (1, ["taken", "returned", "taken_again"])
    assert broken() == {}


def test_money_that_comes_late_goes_back_where_others_have_the_coupon_now(
    customer: Person, buyer: Person, goods: Goods
) -> None:
    one = coupon("single", limit=1)
    order = ordered(customer, {goods.mug: 1}, "single")
    money_comes_after_expiry(order, meanwhile=lambda: ordered(buyer, {goods.mug: 1}, "single"))
    assert [share.state for share in shares_of(order)] == ["expired"]
    assert order.reference in Redemption.objects.values_list("reference", flat=True)
    assert used(one) == (1, ["taken", "returned", "taken"])
    assert broken() == {}


def money_comes_after_expiry(order: Order, meanwhile: Any = lambda: None) -> None:
    """The gateway was asked in time, and answers when the order has ended."""

    payment = being_paid(order)
    actions.expire(order.pk, by=SYSTEM)
    meanwhile()
    payment.refresh_from_db()
    payment_succeeds(payment)
    actions.complete(order.pk, by=SYSTEM)


def test_a_limit_never_falls_below_what_was_used(customer: Person, buyer: Person, goods: Goods) -> None:
    one = coupon("several", limit=5)
    for person in (customer, buyer):
        ordered(person, {goods.mug: 1}, "several")
    with pytest.raises(LimitBelowUse):
        operations.update(one, {"limit": 1}, by=SYSTEM)
    assert (Coupon.objects.get().limit, CouponTally.objects.get().limit) == (5, 5)
    operations.update(Coupon.objects.get(), {"limit": 2}, by=SYSTEM)
    assert CouponTally.objects.get().limit == 2
    operations.update(Coupon.objects.get(), {"limit": None}, by=SYSTEM)
    assert CouponTally.objects.get().limit is None
    assert broken() == {}


def test_a_broken_count_is_found(customer: Person, goods: Goods) -> None:
    coupon("one")
    ordered(customer, {goods.mug: 1}, "one")
    with writing_as_system():
        CouponTally.objects.update(used=7)
    assert set(broken()) == {"I-C1"}


def test_a_member_makes_coupons_of_their_own_vendor_which_bears_them(
    owner: Person, rival: Person, admin: Person
) -> None:
    api = owner.api("vendor")
    made = api.post("/coupons", {"code": "spring", "kind": "percent", "basis_points": 500})
    assert made.status_code == 201, made.content
    assert (made.json()["code"], made.json()["vendor_id"], made.json()["borne_by"]) == (
        "SPRING",
        owner.vendor.pk,  # type: ignore[union-attr]
        "vendor",
    )
    taken = api.post("/coupons", {"code": "Spring", "kind": "percent", "basis_points": 500})
    assert taken.status_code == 409
    for body in (
        {"code": "theirs", "kind": "percent", "basis_points": 500, "vendor_id": rival.vendor.pk},  # type: ignore[union-attr]
        {"code": "gift", "kind": "percent", "basis_points": 500, "borne_by": "market"},
        {"code": "odd", "kind": "percent"},
        {"code": "odd", "kind": "amount", "amount": {"amount": 5, "currency": "UGX"}},
    ):
        assert api.post("/coupons", body).status_code in (403, 422), body
    assert Coupon.objects.count() == 1
    assert rival.api("vendor").get(f"/coupons/{made.json()['id']}").status_code == 404
    wide = admin.api("operations").post("/coupons", {"code": "ALL", "kind": "free_shipping"})
    assert (wide.status_code, wide.json()["borne_by"], wide.json()["vendor_id"]) == (201, "market", None)
