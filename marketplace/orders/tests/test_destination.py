"""Where a share goes is told while there is something to send, and to nobody's vendor otherwise: not in the API, not on its page."""

from collections.abc import Callable

import pytest

from marketplace.cast import Goods, Person
from marketplace.orders import actions
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.tests.factories import SYSTEM, being_paid, paid, payment_succeeds, place, shares_of

pytestmark = pytest.mark.django_db
WHY = "Ordered by mistake."
SENT_TO = ("Amina Odhiambo", "12 Moi Avenue", "712345678", "Ring twice.")


def paid_after_all(customer: Person, goods: Goods, end: Callable[[Order], object]) -> Order:
    """The order ends while the gateway is asked for its money, and nobody can buy its goods any more; then the money comes."""
    order = place(customer.user, {goods.lamp: 1, goods.mug: 1}, note="Ring twice.")
    payment = being_paid(order)
    end(order)
    place(customer.user, {goods.lamp: 1})
    payment_succeeds(payment)
    return actions.complete(order.pk, by=SYSTEM)


def called_off(customer: Person, _owner: Person, goods: Goods) -> Order:
    return paid_after_all(customer, goods, lambda order: actions.cancel(order.pk, by=customer.actor(), reason=WHY))


def expired(customer: Person, _owner: Person, goods: Goods) -> Order:
    return paid_after_all(customer, goods, lambda order: actions.expire(order.pk, by=SYSTEM))


def accepted_and_cancelled(customer: Person, owner: Person, goods: Goods) -> Order:
    order = paid(customer.user, {goods.mug: 1, goods.lamp: 1}, note="Ring twice.")
    mine = shares_of(order)[0]
    actions.accept(mine.pk, by=owner.actor("vendor"))
    actions.cancel_share(mine.pk, by=owner.actor("vendor"), reason=WHY)
    return Order.objects.get(pk=order.pk)


@pytest.mark.parametrize("end", [called_off, expired, accepted_and_cancelled])
def test_a_vendor_does_not_learn_where_a_share_would_have_gone(
    end: Callable[[Person, Person, Goods], Order], customer: Person, owner: Person, goods: Goods
) -> None:
    order = end(customer, owner, goods)
    share = VendorOrder.objects.get(order=order, vendor=owner.vendor)
    assert (order.paid_at is not None, share.state in ("cancelled", "expired")) == (True, True)
    answer = owner.api("vendor").get(f"/vendor-orders/{share.reference}")
    page = owner.admin.get(f"/admin/orders/vendororder/{share.pk}/change/")
    rows = owner.admin.get("/admin/orders/vendororder/")
    assert answer.json()["destination"] is None
    assert "There is nothing to send." in page.content.decode()
    for told in (answer, page, rows):
        text = told.content.decode()
        assert not [word for word in SENT_TO if word in text]
