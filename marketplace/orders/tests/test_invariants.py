"""Each invariant of orders finds what is planted, and nothing in orders that were made by their verbs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from core import invariants
from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Stock, StockMove
from marketplace.orders import actions
from marketplace.orders.models import Invoice, InvoiceCounter, Order, OrderLine, Shipment, ShipmentLine, VendorOrder
from marketplace.orders.queries import rebuilt_states
from marketplace.orders.tests.factories import money_comes, money_goes_back, paid, place, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.payments import actions as payments
from marketplace.payments.models import Payment, Refund
from marketplace.payments.tests.factories import said_of_refund

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture
def orders(customer: Person, buyer: Person, goods: Goods) -> dict[str, Order]:
    """One order in each stretch of its way."""
    found = {
        "pending": place(customer.user, {goods.mug: 1}),
        "paid": paid(customer.user, {goods.mug: 1, goods.rug: 1}),
        "sent": paid(buyer.user, {goods.mug: 1}),
        "expired": place(buyer.user, {goods.mug: 1}),
        "given_back": paid(customer.user, {goods.lamp: 1}),
    }
    share = shares_of(found["sent"])[0]
    actions.accept(share.pk, by=SYSTEM)
    actions.ship(share.pk, by=SYSTEM, carrier="G4S")
    actions.expire(found["expired"].pk, by=SYSTEM)
    actions.cancel(found["given_back"].pk, by=customer.actor(), reason="Not any more.")
    money_goes_back(found["given_back"])
    return found


def test_orders_made_by_their_verbs_break_nothing(orders: dict[str, Order]) -> None:
    assert broken() == {}


def raw(rows: object) -> None:
    """Facts are never removed; here one is."""
    rows._raw_delete("default")  # type: ignore[attr-defined]


def change_line(order: Order, /, **values: object) -> None:
    """Facts are never changed; here one is."""
    QuerySet(OrderLine).filter(order=order).update(**values)


PLANTS: list[tuple[str, Callable[[dict[str, Order]], object]]] = [
    ("I-S3", lambda of: Stock.objects.filter(reserved=1).update(reserved=0)),
    ("I-S3", lambda of: VendorOrder.objects.filter(order=of["pending"]).update(state="cancelled")),
    ("I-S4", lambda of: raw(StockMove.objects.filter(reference=of["paid"].reference, kind="sold"))),
    ("I-S4", lambda of: raw(StockMove.objects.filter(reference=of["given_back"].reference, kind="returned"))),
    ("I-S4", lambda of: VendorOrder.objects.filter(order=of["expired"]).update(state="to_accept")),
    ("I-S5", lambda of: StockMove(
        variant=OrderLine.objects.first().variant, kind="sold", reference="SK-0000-0000-0000", at=timezone.now(),
        actor_name="test").save()),
    ("I-O1", lambda of: VendorOrder.objects.filter(order=of["paid"]).update(tax_minor=1)),
    ("I-O2", lambda of: Order.objects.filter(pk=of["paid"].pk).update(total_minor=1)),
    ("I-O2", lambda of: change_line(of["given_back"], order=of["pending"])),
    ("I-O3", lambda of: Order.objects.filter(pk=of["pending"].pk).update(payment_state="cancelled")),
    ("I-O3", lambda of: Order.objects.filter(pk=of["paid"].pk).update(cached_state="delivered")),
    ("I-O3", lambda of: Shipment.objects.update(state="delivered")),
    ("I-O4", lambda of: Order.objects.filter(pk=of["pending"].pk).update(
        expires_at=timezone.now() - timedelta(minutes=11))),
    ("I-O4", lambda of: late_money(of["pending"])),
    ("I-O5", lambda of: Payment.objects.filter(subject=of["paid"].reference).update(subject="SK-0000-0000-0000")),
    ("I-O5", lambda of: Order.objects.filter(pk=of["paid"].pk).update(refunded_minor=5)),
    ("I-O5", lambda of: Order.objects.filter(pk=of["paid"].pk).update(payment_state="pending")),
    ("I-O6", lambda of: change_line(of["paid"], vendor_order=shares_of(of["pending"])[0])),
    ("I-O7", lambda of: VendorOrder.objects.filter(order=of["paid"]).update(state="shipped")),
    ("I-O7", lambda of: VendorOrder.objects.filter(order=of["sent"]).update(state="to_ship")),
    ("I-O7", lambda of: VendorOrder.objects.filter(order=of["sent"]).update(state="part_shipped")),
    ("I-O7", lambda of: VendorOrder.objects.filter(order=of["sent"]).update(state="delivered")),
    ("I-O7", lambda of: raw(ShipmentLine.objects.all())),
    ("I-O11", lambda of: raw(Invoice.objects.all())),
    ("I-O11", lambda of: InvoiceCounter.objects.update(last=2)),
    ("I-O11", lambda of: QuerySet(Invoice).update(number=2)),
    ("I-O11", lambda of: QuerySet(Invoice).update(vendor=shares_of(of["given_back"])[0].vendor)),
    ("I-O7", lambda of: QuerySet(ShipmentLine).update(quantity=2)),
    ("I-O7", lambda of: QuerySet(ShipmentLine).update(line=OrderLine.objects.filter(order=of["pending"]).get())),
]  # fmt: skip


def late_money(order: Order) -> None:
    """The money came a while ago, and nobody completed the order."""
    payment = money_comes(order)
    Payment.objects.filter(pk=payment.pk).update(status_since=timezone.now() - timedelta(minutes=11))


@pytest.mark.parametrize(("name", "plant"), PLANTS, ids=[f"{name}-{n}" for n, (name, _plant) in enumerate(PLANTS)])
def test_what_is_planted_is_found(name: str, plant: Callable[..., object], orders: dict[str, Order]) -> None:
    plant(orders)
    assert name in broken()


def test_money_that_is_owed_and_that_the_gateway_will_not_give_back_is_a_warning(
    customer: Person, goods: Goods, finance: Person
) -> None:
    order = paid(customer.user, {goods.mug: 2})
    actions.cancel(order.pk, by=customer.actor(), reason="Not any more.")
    assert broken() == {}
    refund = payments.claim_refund(Refund.objects.get().pk, by=SYSTEM)
    payments.record_refund(refund.pk, by=SYSTEM, answer=said_of_refund(refund, "failed", failure_code="closed"))
    assert broken() == {"I-O5b": [str(order.pk)]}
    assert [each.fails for each in invariants.run(["I-O5b"])] == [False]
    actions.refund(order.pk, by=finance.actor("operations"), reason="The first try failed.")
    assert broken() == {}
    assert money_goes_back(order) == 1
    assert Order.objects.get().payment_state == "refunded"


def test_the_word_for_every_order_can_be_made_anew(orders: dict[str, Order]) -> None:
    """`cached_state` is a tally: it follows from what is kept elsewhere."""
    right = dict(Order.objects.values_list("pk", "cached_state"))
    Order.objects.update(cached_state="delivered")
    assert dict(rebuilt_states()) == right
