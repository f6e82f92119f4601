"""Every refund says of which lines and whose shipping it is, to the last cent."""

from collections.abc import Callable

import pytest
from django.db.models import QuerySet
from hypothesis import given
from hypothesis import strategies as st

from marketplace.cast import Goods, Person
from marketplace.orders import actions
from marketplace.orders.errors import RefundExceedsLine
from marketplace.orders.models import Order, OrderLine, RefundPart, VendorOrder
from marketplace.orders.tests.factories import (
    SYSTEM,
    being_paid,
    money_comes,
    paid,
    payment_succeeds,
    place,
    shares_of,
)
from marketplace.orders.tests.holding import broken
from marketplace.orders.unreturned import Rest
from marketplace.payments import actions as payments
from marketplace.payments.models import Refund
from marketplace.payments.tests.factories import said_of_refund

WHY = "Ordered by mistake."
db = pytest.mark.django_db


def billed(order: Order, *, shipping: int = 0, tax: int = 0, included: bool = True) -> Order:
    """As if the first share had been sent for so much, and its first line and shipping held so much tax each."""
    share = shares_of(order)[0]
    more = shipping + (0 if included else 2 * tax)
    VendorOrder.objects.filter(pk=share.pk).update(
        shipping_minor=shipping, tax_minor=2 * tax, shipping_tax_minor=tax, tax_is_included=included,
        total_minor=share.total.amount + more,
    )  # fmt: skip
    line = share.lines.order_by("pk").first()
    QuerySet(OrderLine).filter(pk=line.pk).update(tax_minor=tax)
    Order.objects.filter(pk=order.pk).update(total_minor=order.total.amount + more)
    return Order.objects.get(pk=order.pk)


def paid_later(order: Order) -> Order:
    money_comes(order)
    return actions.complete(order.pk, by=SYSTEM)


def parts() -> list[tuple[str, int, int, int]]:
    """What is whose of all refunds, as they were asked for: whose it is, pieces, money, tax."""
    rows = RefundPart.objects.select_related("line", "vendor_order").order_by("pk")
    return [
        (
            each.line.title if each.line else each.vendor_order.reference[-1],
            each.quantity,
            each.amount.amount,
            each.tax_minor,
        )
        for each in rows
    ]


@db
@pytest.mark.parametrize("included", [True, False])
def test_a_cancelled_share_gives_back_its_lines_and_its_shipping_with_their_tax(
    customer: Person, owner: Person, goods: Goods, included: bool
) -> None:
    order = paid_later(
        billed(place(customer.user, {goods.mug: 2, goods.lamp: 1}), shipping=300, tax=70, included=included)
    )
    actions.cancel_share(shares_of(order)[0].pk, by=owner.actor("vendor"), reason="No longer in stock.")
    more = 0 if included else 70
    assert parts() == [("Mug", 2, 1_000 + more, 70), ("A", 0, 300 + more, 70)]
    assert Refund.objects.get().amount.amount == 1_300 + 2 * more
    assert broken() == {}


@db
def test_a_refund_of_all_is_made_up_of_what_no_other_had_given_back(
    customer: Person, owner: Person, finance: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    actions.cancel_share(shares_of(order)[0].pk, by=owner.actor("vendor"), reason="No longer in stock.")
    actions.refund(order.pk, by=finance.actor("operations"), reason="It broke on the way.")
    assert parts() == [("Mug", 2, 1_000, 0), ("Lamp", 1, 3_000, 0)]
    assert broken() == {}


@db
def test_money_that_comes_too_late_goes_back_with_its_parts(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    payment = being_paid(order)
    actions.cancel(order.pk, by=customer.actor(), reason=WHY)
    payment_succeeds(payment)
    actions.complete(order.pk, by=SYSTEM)
    assert parts() == [("Mug", 2, 1_000, 0)]
    assert broken() == {}


def failed(refund: Refund) -> Refund:
    payments.claim_refund(refund.pk, by=SYSTEM)
    return payments.record_refund(refund.pk, by=SYSTEM, answer=said_of_refund(refund, "failed", gateway_id=""))


@db
def test_a_refund_that_is_tried_again_has_the_parts_of_the_one_that_failed(
    customer: Person, owner: Person, finance: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    actions.cancel_share(shares_of(order)[0].pk, by=owner.actor("vendor"), reason="No longer in stock.")
    payments.try_again(failed(Refund.objects.get()).pk, by=finance.actor("operations"))
    assert parts() == [("Mug", 2, 1_000, 0)] * 2
    assert broken() == {}


@db
def test_a_failed_refund_is_not_repeated_where_its_lines_were_paid_back_otherwise(
    customer: Person, owner: Person, finance: Person, goods: Goods
) -> None:
    """Other lines' money would still cover it: it is not theirs to give."""
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    share = shares_of(order)[0]
    actions.cancel_share(share.pk, by=owner.actor("vendor"), reason="No longer in stock.")
    first = failed(Refund.objects.get())
    line = share.lines.get()
    again = payments.request_refund(first.payment, by=SYSTEM, amount=first.amount, reason=WHY)
    RefundPart(
        refund=again, vendor_order=share, line=line, quantity=2, amount_minor=1_000, amount_currency="KES"
    ).save()
    with pytest.raises(RefundExceedsLine):
        payments.try_again(first.pk, by=finance.actor("operations"))
    first.refresh_from_db()
    assert (first.status, Refund.objects.count(), RefundPart.objects.count()) == ("failed", 2, 2)
    assert broken() == {}


PLANTS: list[tuple[str, Callable[[RefundPart], object]]] = [
    ("I-P6b", lambda part: QuerySet(RefundPart).filter(pk=part.pk).update(amount_minor=999)),
    ("I-P6b", lambda part: QuerySet(RefundPart).filter(pk=part.pk)._raw_delete("default")),  # type: ignore[attr-defined]
    ("I-P6b", lambda part: QuerySet(RefundPart).filter(pk=part.pk).update(quantity=3)),
    ("I-P2b", lambda part: QuerySet(RefundPart).filter(pk=part.pk).update(amount_minor=1_001)),
    ("I-P2b", lambda part: QuerySet(RefundPart).filter(pk=part.pk).update(tax_minor=1)),
    ("I-P2b", lambda part: QuerySet(RefundPart).filter(pk=part.pk).update(line=None, quantity=0)),
]  # fmt: skip


@db
@pytest.mark.parametrize(("name", "plant"), PLANTS, ids=[f"{name}-{n}" for n, (name, _plant) in enumerate(PLANTS)])
def test_what_is_planted_is_found(
    name: str, plant: Callable[[RefundPart], object], customer: Person, owner: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    actions.cancel_share(shares_of(order)[0].pk, by=owner.actor("vendor"), reason="No longer in stock.")
    assert broken() == {}
    plant(RefundPart.objects.get())
    assert name in broken()


@given(
    paid_minor=st.integers(0, 10_000_000),
    pieces=st.integers(1, 99),
    tax=st.integers(0, 10_000_000),
    cuts=st.lists(st.integers(1, 99)),
)
def test_pieces_given_up_in_any_steps_bring_exactly_what_was_paid(
    paid_minor: int, pieces: int, tax: int, cuts: list[int]
) -> None:
    rest = Rest(VendorOrder(), OrderLine(), pieces, paid_minor, min(tax, paid_minor))
    brought = taxed = 0
    for cut in [*cuts, pieces]:
        portion = rest.of_pieces(min(cut, rest.quantity))
        assert 0 <= portion.tax_minor <= portion.minor <= rest.minor
        brought, taxed = brought + portion.minor, taxed + portion.tax_minor
        rest = Rest(
            rest.share,
            rest.line,
            rest.quantity - portion.quantity,
            rest.minor - portion.minor,
            rest.tax_minor - portion.tax_minor,
        )
        assert rest.tax_minor <= rest.minor
        if not rest.quantity:
            break
    assert (brought, taxed) == (paid_minor, min(tax, paid_minor))
