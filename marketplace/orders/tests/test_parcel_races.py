"""What happens when many accept, send and bring at the same moment (PostgreSQL, real transactions).

Each storm has its positive control: with the guard taken away, the very same storm must break what the guard keeps.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core.rules import Actor
from core.testing.races import at_once
from marketplace.accounts.tests.factories import make_user
from marketplace.cast import Goods
from marketplace.orders import actions
from marketplace.orders.actions import invoicing
from marketplace.orders.actions.shipping import Pieces
from marketplace.orders.models import Delivery, Invoice, OrderLine, Shipment, ShipmentLine, VendorOrder
from marketplace.orders.tests.factories import paid, shares_of
from marketplace.orders.tests.holding import broken

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SYSTEM = Actor.system("test")


def shares(goods: Goods, count: int) -> list[VendorOrder]:
    return [shares_of(paid(make_user(), {goods.mug: 1}))[0] for _ in range(count)]


def accepting(share: VendorOrder) -> Callable[[], object]:
    return lambda: actions.accept(share.pk, by=SYSTEM)


def test_of_eight_that_are_accepted_at_once_each_has_a_number_and_none_is_left_out(goods: Goods) -> None:
    assert at_once([accepting(each) for each in shares(goods, 8)]) == {"done": 8}
    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 9))
    assert broken() == {}


def test_without_the_counters_lock_two_want_the_same_number(goods: Goods, monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control: the last number is looked up, and the next one written later."""

    def looked_first(vendor_id: int) -> int:
        last = (
            Invoice.objects.filter(vendor=vendor_id).order_by("-number").values_list("number", flat=True).first() or 0
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        return last + 1

    monkeypatch.setattr(invoicing, "next_number", looked_first)
    answers = at_once([accepting(each) for each in shares(goods, 4)])
    assert (answers["done"] + answers["IntegrityError"], answers["IntegrityError"] > 0) == (4, True)


def test_of_five_who_send_the_same_two_pieces_one_does(goods: Goods) -> None:
    share = shares_of(paid(make_user(), {goods.mug: 3}))[0]
    actions.accept(share.pk, by=SYSTEM)
    line = OrderLine.objects.get()

    def send() -> object:
        return actions.ship(share.pk, by=SYSTEM, carrier="G4S", lines=[Pieces(line_id=line.pk, quantity=2)])

    assert at_once([send] * 5) == {"done": 1, "more_than_left": 4}
    assert list(ShipmentLine.objects.values_list("quantity", flat=True)) == [2]
    assert broken() == {}


def test_a_courier_a_vendor_and_the_clock_say_at_once_that_it_arrived_and_it_does_once(goods: Goods) -> None:
    share = shares_of(paid(make_user(), {goods.mug: 1}))[0]
    actions.accept(share.pk, by=SYSTEM)
    actions.ship(share.pk, by=SYSTEM, carrier="Our own rider")
    parcel = Shipment.objects.get()
    actions.assign(parcel.pk, by=SYSTEM, courier_id=make_user("courier").pk)
    task = Delivery.objects.get()
    actions.pick_up(task.pk, by=SYSTEM)
    said: list[Callable[[], Any]] = [
        lambda: actions.hand_over(task.pk, by=SYSTEM, received_by="Amina"),
        lambda: actions.deliver(share.pk, by=SYSTEM),
        lambda: actions.deliver_parcel(parcel.pk, by=SYSTEM),
        lambda: actions.presume(parcel.pk, by=SYSTEM, reason="Nobody said."),
    ]
    assert at_once(said) == {"done": 1, "wrong_state": 3}
    assert (VendorOrder.objects.get().state, Shipment.objects.get().state) == ("delivered", "delivered")
    assert Delivery.objects.get().state in ("delivered", "closed")
    assert broken() == {}
