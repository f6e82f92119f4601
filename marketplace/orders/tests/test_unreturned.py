"""What is left of a share: pieces, money and tax, by hand; and what refunds in the database take of it."""

import pytest
from django.db.models import QuerySet

from core.money import Money
from marketplace.cast import Goods, Person
from marketplace.orders import actions
from marketplace.orders.models import OrderLine, RefundPart, VendorOrder
from marketplace.orders.tests.factories import SYSTEM, paid, shares_of
from marketplace.orders.unreturned import Portion, Rest, everything, held_parts, rests_of, sum_of
from marketplace.payments import actions as payments
from marketplace.payments.models import Refund
from marketplace.payments.tests.factories import said_of_refund

SHARE, LINE = VendorOrder(pk=1), OrderLine(pk=2)


def rest(quantity: int, minor: int, tax: int = 0) -> Rest:
    return Rest(SHARE, LINE, quantity, minor, tax)


def test_some_pieces_cost_their_part_and_the_last_ones_all_that_is_left() -> None:
    assert rest(3, 1_000, 100).of_pieces(1) == Portion(SHARE, LINE, 1, 333, 33)
    assert rest(3, 1_000, 100).of_pieces(2) == Portion(SHARE, LINE, 2, 667, 67)
    assert rest(3, 1_000, 100).of_pieces(3) == Portion(SHARE, LINE, 3, 1_000, 100)
    assert rest(3, 1_000, 100).of_pieces(4) == Portion(SHARE, LINE, 3, 1_000, 100)


def test_an_amount_takes_its_tax_along_and_no_pieces_unless_said() -> None:
    assert rest(3, 1_000, 160).of_amount(500) == Portion(SHARE, LINE, 0, 500, 80)
    assert rest(3, 1_000, 160).of_amount(1_000, quantity=3) == Portion(SHARE, LINE, 3, 1_000, 160)


def test_of_what_cost_nothing_the_tax_goes_whole() -> None:
    assert rest(2, 0, 7).of_amount(0, quantity=1) == Portion(SHARE, LINE, 1, 0, 7)


def test_one_minor_unit_takes_no_more_tax_than_there_is() -> None:
    assert rest(1, 1, 1).of_amount(1).tax_minor == 1
    assert rest(1, 1, 1).of_amount(0).tax_minor == 0


def test_everything_is_the_whole_of_each_and_adds_up() -> None:
    rests = [rest(3, 1_000, 100), Rest(SHARE, None, 0, 250, 40)]
    parts = everything(rests)
    assert parts == [Portion(SHARE, LINE, 3, 1_000, 100), Portion(SHARE, None, 0, 250, 40)]
    assert sum_of(parts, "KES") == sum_of(rests, "KES") == Money(1_250, "KES")
    assert sum_of([], "UGX") == Money(0, "UGX")


def billed(share: VendorOrder, *, shipping: int, line_tax: int, shipping_tax: int, included: bool) -> None:
    """As if the share had been sent for so much, and its first line and its shipping held so much tax."""
    VendorOrder.objects.filter(pk=share.pk).update(
        shipping_minor=shipping, tax_minor=line_tax + shipping_tax, shipping_tax_minor=shipping_tax,
        tax_is_included=included, total_minor=share.total.amount + shipping + (0 if included else line_tax + shipping_tax),
    )  # fmt: skip
    QuerySet(OrderLine).filter(pk=share.lines.order_by("pk").values("pk")[:1]).update(tax_minor=line_tax)


def left(shares: list[VendorOrder]) -> list[tuple[int, str, int, int, int]]:
    """Of each rest: whose it is, of what, and how many pieces, how much money and tax are left."""
    fresh = list(VendorOrder.objects.filter(pk__in=[each.pk for each in shares]).order_by("pk"))
    return [
        (each.share.pk, each.line.title if each.line else "shipping", each.quantity, each.minor, each.tax_minor)
        for each in rests_of(fresh)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("included", [True, False])
def test_of_a_paid_order_all_is_left_and_goes_by_line_and_shipping(
    customer: Person, finance: Person, goods: Goods, included: bool
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    mine, theirs = shares_of(order)
    billed(mine, shipping=300, line_tax=70, shipping_tax=20, included=included)
    more = (0, 0) if included else (70, 20)
    assert left([mine, theirs]) == [
        (mine.pk, "Mug", 2, 1_000 + more[0], 70),
        (mine.pk, "shipping", 0, 300 + more[1], 20),
        (theirs.pk, "Lamp", 1, 3_000, 0),
        (theirs.pk, "shipping", 0, 0, 0),
    ]


def gives_back(
    order_payment: Refund, share: VendorOrder, line: OrderLine | None, pieces: int, minor: int, tax: int
) -> None:
    RefundPart(
        refund=order_payment, vendor_order=share, line=line, quantity=pieces, amount_minor=minor, amount_currency="KES",
        tax_minor=tax,
    ).save()  # fmt: skip


@pytest.mark.django_db
def test_what_is_promised_or_given_back_is_gone_and_what_failed_is_free_again(
    customer: Person, owner: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    mine, theirs = shares_of(order)
    billed(mine, shipping=300, line_tax=70, shipping_tax=20, included=True)
    actions.cancel_share(theirs.pk, by=SYSTEM, reason="No longer in stock.")
    refund = Refund.objects.get()
    mug = mine.lines.get()
    gives_back(refund, mine, mug, 1, 400, 30)
    gives_back(refund, mine, None, 0, 100, 5)
    gone = [
        (mine.pk, "Mug", 1, 600, 40),
        (mine.pk, "shipping", 0, 200, 15),
        (theirs.pk, "Lamp", 0, 0, 0),
        (theirs.pk, "shipping", 0, 0, 0),
    ]
    assert (left([mine, theirs]), held_parts().count()) == (gone, 3)
    payments.claim_refund(refund.pk, by=SYSTEM)
    assert left([mine, theirs]) == gone, "it is on its way"
    payments.record_refund(refund.pk, by=SYSTEM, answer=said_of_refund(refund, "failed", gateway_id=""))
    assert (left([mine, theirs])[0], held_parts().count()) == ((mine.pk, "Mug", 2, 1_000, 70), 0)


@pytest.mark.django_db
def test_of_no_shares_nothing_is_left() -> None:
    assert rests_of([]) == []
