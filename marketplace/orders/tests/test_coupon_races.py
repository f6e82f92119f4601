"""Coupons at the same moment (PostgreSQL, real transactions): as many uses as there may be, and no more.

Each storm has its positive control: with the guard taken away, the very same storm must break what the guard keeps.
"""

from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import F

from core.testing.races import at_once
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.carts import actions as carts
from marketplace.carts.tests.factories import filled
from marketplace.cast import Goods
from marketplace.catalog.models import Stock, StockMove, Variant
from marketplace.coupons.actions import Use, redeeming
from marketplace.coupons.models import CouponTally, Redemption
from marketplace.coupons.tests.factories import coupon
from marketplace.orders import actions
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import ADDRESS, SYSTEM, buyer_of
from marketplace.orders.tests.holding import broken

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def with_coupon(count: int, code: str, variant: Variant) -> list[User]:
    """So many people with a thing and a coupon in their carts."""
    Stock.objects.filter(variant=variant).update(on_hand=100)
    StockMove(variant=variant, kind="found", on_hand_change=90, at="2026-01-01T00:00Z", actor_name="test").save()
    found = [make_user() for _ in range(count)]
    for each in found:
        filled(each, {variant: 1})
        carts.add_coupon(code, by=buyer_of(each))
    return found


def ordering(user: User) -> Callable[[], object]:
    return lambda: actions.place_order(by=buyer_of(user), **ADDRESS)


def refused(answers: Counter[str]) -> int:
    """Whoever saw the last use go before the order began, and whoever lost it at the end."""
    return answers["coupon_used_up"] + answers["cart_changed"]


@pytest.mark.parametrize("limit", [1, 10])
def test_of_forty_who_use_a_coupon_at_once_as_many_may_as_its_limit_says(goods: Goods, limit: int) -> None:
    found = coupon("scarce", limit=limit, per_user_limit=1)
    people = with_coupon(40, "scarce", goods.mug)
    answers = at_once([ordering(each) for each in people])
    assert (answers["done"], refused(answers)) == (limit, 40 - limit)
    assert (CouponTally.objects.get(coupon=found).used, Redemption.objects.count()) == (limit, limit)
    assert Order.objects.count() == Stock.objects.get(variant=goods.mug).reserved == limit
    assert broken() == {}


def test_with_the_count_looked_at_first_a_single_coupon_is_used_twice(
    goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: a look first and a write later, as shops have it whose vouchers are used twice; no CHECK behind."""

    def looked_first(uses: list[Use]) -> None:
        for each in uses:
            tally = CouponTally.objects.get(coupon=each.coupon_id)
            assert tally.limit is not None
            if tally.used >= tally.limit:
                raise redeeming.CouponUsedUp(coupon=each.code)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.3)")
            CouponTally.objects.filter(pk=tally.pk).update(used=F("used") + 1)
            redeeming._take_of_user(each)

    coupon("scarce", limit=1)
    people = with_coupon(4, "scarce", goods.mug)
    monkeypatch.setattr("marketplace.orders.actions.placing.coupons.take_uses", looked_first)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE coupons_coupontally DROP CONSTRAINT coupon_used_within_limit")
    try:
        answers = at_once([ordering(each) for each in people])
        assert answers["done"] == CouponTally.objects.get().used > 1
        assert set(broken()) == {"I-C1"}
    finally:
        CouponTally.objects.update(used=0)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE coupons_coupontally ADD CONSTRAINT coupon_used_within_limit"
                ' CHECK ("limit" IS NULL OR used <= "limit")'
            )


def test_one_buyer_uses_a_coupon_for_each_once_however_fast_they_are(goods: Goods) -> None:
    coupon("once-each", per_user_limit=1)
    (user,) = with_coupon(1, "once-each", goods.mug)
    first = actions.place_order(by=buyer_of(user), **ADDRESS)
    actions.expire(first.pk, by=SYSTEM)  # the use is there again; the late money and another order both want it

    def again() -> None:
        filled(user, {goods.mug: 1})
        carts.add_coupon("once-each", by=buyer_of(user))
        actions.place_order(by=buyer_of(user), **ADDRESS)

    answers = at_once([again] * 6)
    assert answers["done"] >= 1
    net = Counter(Redemption.objects.values_list("kind", flat=True))
    assert net["taken"] - net["returned"] == 1
    assert broken() == {}


def test_orders_that_end_and_begin_with_one_coupon_at_once_never_pass_its_limit(goods: Goods) -> None:
    coupon("scarce", limit=2)
    first = with_coupon(2, "scarce", goods.mug)
    others = with_coupon_later(4, goods.mug)
    orders = [actions.place_order(by=buyer_of(each), **ADDRESS) for each in first]
    ends: list[Callable[[], object]] = [lambda key=each.pk: actions.expire(key, by=SYSTEM) for each in orders]
    answers = at_once([*ends, *(ordering(each) for each in others)])
    assert answers["done"] <= 4
    assert CouponTally.objects.get().used <= 2
    assert broken() == {}


def with_coupon_later(count: int, variant: Variant) -> list[User]:
    """People who put the coupon in while there is still a use of it."""
    found = [make_user() for _ in range(count)]
    for each in found:
        filled(each, {variant: 1})
        carts.add_coupon("scarce", by=buyer_of(each))
    return found
