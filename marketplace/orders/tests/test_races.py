"""What happens when many order, pay, cancel and send at the same moment (PostgreSQL, real transactions).

Each storm has its positive control: with the guard taken away, the very same storm must break what the guard keeps.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import F, Sum

from core.rules import Actor
from core.testing.races import at_once
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.carts.tests.factories import filled
from marketplace.cast import Goods, Person
from marketplace.catalog.actions.stock import Movement
from marketplace.catalog.models import Stock, StockMove, Variant
from marketplace.orders import actions, queries
from marketplace.orders.actions import shelf
from marketplace.orders.models import Order, OrderLine, VendorOrder
from marketplace.orders.tests.factories import ADDRESS, being_paid, buyer_of, money_comes, paid, place, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.payments.models import Payment, Refund

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SYSTEM = Actor.system("test")


def buyers(count: int, wanted: dict[Variant, int]) -> list[User]:
    """So many people with the same things in their carts."""
    found = [make_user() for _ in range(count)]
    for each in found:
        filled(each, wanted)
    return found


def ordering(user: User) -> Callable[[], object]:
    return lambda: actions.place_order(by=buyer_of(user), **ADDRESS)


def deadlocks() -> int:
    """How many this database has seen so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def test_of_twelve_who_want_the_last_five_five_get_one(goods: Goods) -> None:
    Stock.objects.filter(variant=goods.mug).update(on_hand=5)
    StockMove(variant=goods.mug, kind="corrected", on_hand_change=-5, at="2026-01-01T00:00Z", actor_name="test").save()
    answers = at_once([ordering(each) for each in buyers(12, {goods.mug: 1})])
    assert answers == {"done": 5, "not_enough_stock": 7}
    assert (Stock.objects.get(variant=goods.mug).reserved, OrderLine.objects.count()) == (5, 5)
    assert broken() == {}


def test_without_the_condition_on_stock_more_is_promised_than_there_is(
    goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: a look first and a write later, as shops have it that oversell; and no CHECK behind it."""

    def looked_first(move: Movement) -> None:
        if Stock.objects.get(variant=move.variant).free >= move.reserved:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.2)")
            Stock.objects.filter(variant=move.variant).update(reserved=F("reserved") + move.reserved)

    monkeypatch.setattr(shelf, "move_stock", looked_first)
    people = buyers(4, {goods.lamp: 1})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE catalog_stock DROP CONSTRAINT stock_reserved_on_hand")
    try:
        answers = at_once([ordering(each) for each in people])
        promised = Stock.objects.get(variant=goods.lamp).reserved
        assert answers["done"] == promised == 4
        assert set(broken()) == {"I-S1"}
    finally:
        Stock.objects.filter(variant=goods.lamp).update(reserved=0)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE catalog_stock ADD CONSTRAINT stock_reserved_on_hand CHECK (reserved <= on_hand)"
            )


def opposite_carts(goods: Goods, count: int) -> list[User]:
    """People who put the same two things into their carts in opposite order."""
    found = [make_user() for _ in range(count)]
    for number, each in enumerate(found):
        pair = [goods.mug, goods.rug]
        filled(each, dict.fromkeys(pair if number % 2 else reversed(pair), 1))
    return found


def test_carts_with_lines_in_opposite_order_never_deadlock(goods: Goods) -> None:
    before = deadlocks()
    Stock.objects.filter(variant__in=(goods.mug, goods.rug)).update(on_hand=100)
    for _ in range(5):
        assert at_once([ordering(each) for each in opposite_carts(goods, 8)]) == {"done": 8}
    assert deadlocks() == before
    assert Stock.objects.filter(reserved=40).count() == 2


def test_in_the_order_of_the_cart_they_do(goods: Goods, monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control: taken in the order in which they lie in the cart, with a moment between."""
    taken = shelf.move_stock

    def slowly(*given: Any, **named: Any) -> None:
        taken(*given, **named)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")

    monkeypatch.setattr(shelf, "move_stock", slowly)
    monkeypatch.setattr(shelf, "sorted", lambda lines, key: list(lines), raising=False)
    answers = at_once([ordering(each) for each in opposite_carts(goods, 2)])
    assert answers == {"done": 1, "busy": 1}


def test_one_cart_is_ordered_once(customer: Person, goods: Goods) -> None:
    filled(customer.user, {goods.mug: 1})
    assert at_once([ordering(customer.user)] * 6) == {"done": 1, "cart_empty": 5}
    assert Stock.objects.get(variant=goods.mug).reserved == 1


def test_an_order_is_completed_once_however_many_notice(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2, goods.lamp: 1})
    money_comes(order)
    assert at_once([lambda: actions.complete(order.pk, by=SYSTEM)] * 8) == {"done": 8}
    kinds = Counter(StockMove.objects.filter(reference=order.reference).values_list("kind", flat=True))
    assert kinds == {"reserved": 2, "sold": 2}
    assert broken() == {}


@pytest.mark.parametrize("round_number", range(4))
def test_expiry_and_payment_at_once_end_in_one_of_the_two(customer: Person, goods: Goods, round_number: int) -> None:
    """Money that comes while the clock ends the order: it is paid, whichever was faster, and the goods are sold once."""
    order = place(customer.user, {goods.lamp: 1})
    being_paid(order)

    def expire() -> None:
        actions.expire(order.pk, by=SYSTEM)

    def pay() -> None:
        from marketplace.orders.tests.factories import payment_succeeds

        payment_succeeds(Payment.objects.get(subject=order.reference))
        actions.complete(order.pk, by=SYSTEM)

    answers = at_once([expire, pay])
    assert answers["done"] + answers["already_paid"] + answers["wrong_state"] == 2
    for key in queries.to_complete().values_list("pk", flat=True):
        actions.complete(key, by=SYSTEM)
    now = Order.objects.get()
    assert (now.payment_state, now.cached_state, [share.state for share in shares_of(now)]) == (
        "paid",
        "paid",
        ["to_accept"],
    )
    assert StockMove.objects.filter(reference=order.reference, kind="sold").count() == 1
    assert broken() == {}


@pytest.mark.parametrize("round_number", range(4))
def test_cancelling_and_shipping_at_once_end_in_one_of_the_two(
    customer: Person, owner: Person, support: Person, goods: Goods, round_number: int
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    mine = shares_of(order)[0]
    actions.accept(mine.pk, by=owner.actor("vendor"))
    vendor, staff = owner.actor("vendor"), support.actor("operations")
    answers = at_once(
        [
            lambda: actions.ship(mine.pk, by=vendor, carrier="G4S"),
            lambda: actions.cancel(order.pk, by=staff, reason="It takes too long."),
        ]
    )
    assert answers["done"] == 1
    assert answers["cannot_cancel"] + answers["wrong_state"] == 1
    state = VendorOrder.objects.get(pk=mine.pk).state
    assert Refund.objects.count() == (0 if state == "shipped" else 1)
    assert broken() == {}


def test_all_verbs_on_one_order_at_once_never_deadlock(
    customer: Person, owner: Person, rival: Person, support: Person, finance: Person, goods: Goods
) -> None:
    """Buyer, both vendors, support and finance press at the same moment: whatever wins, stock and money are explained."""
    before = deadlocks()
    for _ in range(4):
        Stock.objects.filter(variant=goods.lamp).update(on_hand=F("reserved") + 1)
        order = paid(customer.user, {goods.mug: 1, goods.lamp: 1})
        mine, theirs = shares_of(order)
        vendor, other = owner.actor("vendor"), rival.actor("vendor")
        staff, money, buyer = support.actor("operations"), finance.actor("operations"), customer.actor()
        answers = at_once(
            [
                lambda mine=mine, by=vendor: actions.accept(mine.pk, by=by),
                lambda mine=mine, by=vendor: actions.cancel_share(mine.pk, by=by, reason="No longer in stock."),
                lambda theirs=theirs, by=other: actions.cancel_share(theirs.pk, by=by, reason="No longer in stock."),
                lambda theirs=theirs, by=other: actions.accept(theirs.pk, by=by),
                lambda order=order, by=buyer: actions.cancel(order.pk, by=by, reason="I have changed my mind."),
                lambda order=order, by=staff: actions.cancel(order.pk, by=by, reason="The vendor asked us to."),
                lambda order=order, by=money: actions.refund(order.pk, by=by, reason="It takes too long."),
                lambda order=order: actions.complete(order.pk, by=SYSTEM),
            ]
        )
        assert set(answers) <= {"done", "wrong_state", "cannot_cancel", "nothing_to_refund"}, answers
        held = Payment.objects.get(subject=order.reference).held_minor
        asked = Refund.objects.filter(payment__subject=order.reference).aggregate(sum=Sum("amount_minor"))["sum"]
        assert held == asked <= order.total.amount
    assert deadlocks() == before
    found = broken()
    found.pop("I-S2", None)  # the lamps were put there by hand
    assert found == {}


def test_money_is_asked_back_once_however_often_finance_presses(
    customer: Person, finance: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2})
    by = finance.actor("operations")
    press = lambda: actions.refund(order.pk, by=by, reason="It takes too long.")  # noqa: E731
    assert at_once([press] * 6) == {"done": 1, "nothing_to_refund": 5}
    assert (Refund.objects.get().amount, StockMove.objects.filter(kind="returned").count()) == (order.total, 1)


def test_a_share_is_held_under_its_order(customer: Person, goods: Goods) -> None:
    """Whoever works on a share holds the whole order: otherwise two who come from both ends would wait for each other."""
    order = paid(customer.user, {goods.mug: 2})
    with connections["default"].execute_wrapper(_Heard(said := [])):
        actions.accept(shares_of(order)[0].pk, by=SYSTEM)
    locks = [sql.split('FROM "')[1].split('"')[0] for sql in said if "FOR NO KEY UPDATE" in sql]
    assert locks[:2] == ["orders_order", "orders_vendororder"]


class _Heard:
    """Keeps what is asked of the database."""

    def __init__(self, said: list[str]) -> None:
        self.said = said

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.said.append(sql)
        return execute(sql, params, many, context)
