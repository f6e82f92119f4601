"""Orders that end before they are sent: by the buyer, by the market, by finance."""

import pytest

from core.errors import DomainError, Missing
from core.models import Audit
from core.money import Money
from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.catalog.actions.stock import MOST_PIECES
from marketplace.catalog.models import Stock, StockMove, Variant
from marketplace.orders import actions
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import money_goes_back, paid, place, shares_of
from marketplace.payments.models import Refund

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
WHY = "Ordered by mistake."


def stock_of(variant: Variant) -> tuple[int, int]:
    found = Stock.objects.get(variant=variant)
    return found.on_hand, found.reserved


def told(order: Order) -> tuple[str, str, list[str]]:
    row = Order.objects.get(pk=order.pk)
    return row.payment_state, row.cached_state, [share.state for share in shares_of(row)]


def code_of(verb: object, order: Order, by: Actor) -> str:
    """With which code it is refused; nothing may have changed."""
    before = (
        told(order),
        list(Stock.objects.order_by("pk").values()),
        Refund.objects.count(),
        Audit.objects.count(),
        StockMove.objects.count(),
    )
    with pytest.raises(DomainError) as refusal:
        verb(order.pk, by=by, reason=WHY)  # type: ignore[operator]
    after = (
        told(order),
        list(Stock.objects.order_by("pk").values()),
        Refund.objects.count(),
        Audit.objects.count(),
        StockMove.objects.count(),
    )
    assert after == before
    return refusal.value.code


def test_a_buyer_drops_an_order_that_is_not_paid(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2, goods.lamp: 1})
    actions.cancel(order.pk, by=customer.actor(), reason=WHY)
    assert told(order) == ("cancelled", "cancelled", ["cancelled", "cancelled"])
    assert (stock_of(goods.mug), stock_of(goods.lamp)) == ((10, 0), (1, 0))
    assert [share.reason for share in shares_of(order)] == [WHY, WHY]
    assert Refund.objects.count() == 0
    assert code_of(actions.cancel, order, customer.actor()) == "cannot_cancel"


def test_a_buyer_cancels_a_paid_order_that_nobody_has_accepted(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    actions.cancel(order.pk, by=customer.actor(), reason=WHY)
    assert told(order) == ("paid", "cancelled", ["cancelled", "cancelled"])
    assert (stock_of(goods.mug), stock_of(goods.lamp)) == ((10, 0), (1, 0))
    assert (Refund.objects.get().amount, Refund.objects.get().reason) == (Money(4_000, "KES"), WHY)
    assert money_goes_back(order) == 1
    assert told(order)[:2] == ("refunded", "refunded")
    assert code_of(actions.cancel, order, customer.actor()) == "cannot_cancel"


def test_once_a_vendor_has_accepted_the_buyer_asks_the_market(
    customer: Person, owner: Person, support: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    actions.accept(shares_of(order)[0].pk, by=owner.actor("vendor"))
    assert code_of(actions.cancel, order, customer.actor()) == "cannot_cancel"
    actions.cancel(order.pk, by=support.actor("operations"), reason=WHY)
    assert told(order) == ("paid", "cancelled", ["cancelled", "cancelled"])
    assert Refund.objects.get().amount == order.total


def test_what_was_sent_is_not_cancelled_by_anybody(
    customer: Person, owner: Person, support: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    share = shares_of(order)[0]
    actions.accept(share.pk, by=owner.actor("vendor"))
    actions.ship(share.pk, by=owner.actor("vendor"), carrier="G4S")
    assert code_of(actions.cancel, order, customer.actor()) == "cannot_cancel"
    assert code_of(actions.cancel, order, support.actor("operations")) == "cannot_cancel"


def test_what_is_left_after_one_vendor_called_off_can_be_cancelled(
    customer: Person, owner: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    actions.cancel_share(shares_of(order)[0].pk, by=owner.actor("vendor"), reason="No longer in stock.")
    actions.cancel(order.pk, by=customer.actor(), reason=WHY)
    assert list(Refund.objects.order_by("pk").values_list("amount_minor", flat=True)) == [1_000, 3_000]
    assert [share.reason for share in shares_of(order)] == ["No longer in stock.", WHY]
    assert StockMove.objects.filter(kind="returned").count() == 2
    assert money_goes_back(order) == 2
    assert told(order)[0] == "refunded"


@pytest.mark.parametrize("role", ["buyer", "owner", "rival", "member", "nobody"])
def test_an_order_of_somebody_else_is_not_there(
    role: str, customer: Person, goods: Goods, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(role)
    order = paid(customer.user, {goods.mug: 2})
    for audience in ("storefront", "vendor", "operations"):
        for verb in (actions.cancel, actions.refund):
            with pytest.raises(Missing):
                verb(order.pk, by=person.actor(audience), reason=WHY)
    assert told(order)[0] == "paid"


def test_a_buyer_and_support_refund_nothing_and_finance_cancels_nothing(
    customer: Person, support: Person, finance: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2})
    assert code_of(actions.refund, order, customer.actor()) == "denied"
    assert code_of(actions.refund, order, support.actor("operations")) == "denied"
    assert code_of(actions.cancel, order, finance.actor("operations")) == "denied"


def test_finance_gives_everything_back_and_what_was_not_sent_returns_to_the_shelf(
    customer: Person, owner: Person, finance: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    share = shares_of(order)[0]
    actions.accept(share.pk, by=owner.actor("vendor"))
    actions.ship(share.pk, by=owner.actor("vendor"), carrier="G4S")
    actions.refund(order.pk, by=finance.actor("operations"), reason="It broke on the way.")
    assert told(order) == ("paid", "shipped", ["shipped", "cancelled"])
    assert (stock_of(goods.mug), stock_of(goods.lamp)) == ((8, 0), (1, 0))
    assert Refund.objects.get().amount == order.total
    assert code_of(actions.refund, order, finance.actor("operations")) == "nothing_to_refund"
    assert money_goes_back(order) == 1
    assert told(order) == ("refunded", "refunded", ["shipped", "cancelled"])
    assert code_of(actions.refund, order, finance.actor("operations")) == "nothing_to_refund"
    assert (stock_of(goods.mug), stock_of(goods.lamp)) == ((8, 0), (1, 0))


def test_a_refund_gives_back_only_what_has_not_gone_back_yet(
    customer: Person, owner: Person, finance: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    actions.cancel_share(shares_of(order)[0].pk, by=owner.actor("vendor"), reason="No longer in stock.")
    actions.refund(order.pk, by=finance.actor("operations"), reason="It takes too long.")
    assert list(Refund.objects.order_by("pk").values_list("amount_minor", flat=True)) == [1_000, 3_000]
    assert StockMove.objects.filter(kind="returned").count() == 2


@pytest.mark.parametrize("end", ["pending", "expired", "cancelled"])
def test_where_nothing_was_paid_there_is_nothing_to_refund(
    customer: Person, finance: Person, goods: Goods, end: str
) -> None:
    order = place(customer.user, {goods.mug: 2})
    if end == "expired":
        actions.expire(order.pk, by=SYSTEM)
    elif end == "cancelled":
        actions.cancel(order.pk, by=customer.actor(), reason=WHY)
    assert code_of(actions.refund, order, finance.actor("operations")) == "wrong_state"


def test_an_expired_order_is_not_cancelled(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    actions.expire(order.pk, by=SYSTEM)
    assert code_of(actions.cancel, order, customer.actor()) == "cannot_cancel"


def test_what_is_called_off_goes_back_on_a_shelf_that_is_full(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2})
    Stock.objects.filter(variant=goods.mug).update(on_hand=MOST_PIECES)
    on_hand, reserved = stock_of(goods.mug)
    actions.cancel(order.pk, by=customer.actor(), reason=WHY)
    on_hand_then, reserved_then = stock_of(goods.mug)
    assert on_hand_then - reserved_then == on_hand - reserved + 2
    assert Refund.objects.get().amount == order.total
