"""Finance gives some of a share's money back, by line; large amounts wait for a second person, and nothing goes back twice."""

from dataclasses import replace
from typing import Any

import pytest

from core.rules import Actor
from marketplace.accounts.tests.factories import make_user
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Variant
from marketplace.orders import actions
from marketplace.orders.models import LineReduction, Order, RefundRequest, VendorOrder
from marketplace.orders.pieces import RefundedPieces
from marketplace.orders.tests.factories import money_goes_back, paid, place, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.orders.tests.test_cancelling_lines import now, refused, some, stock_of
from marketplace.orders.tests.test_refund_parts import billed, failed, paid_later, parts
from marketplace.payments import actions as payments
from marketplace.payments.models import Refund

pytestmark = pytest.mark.django_db
WHY = "It arrived broken."


def of(variant: Variant, quantity: int = 0, **more: int) -> list[RefundedPieces]:
    return [RefundedPieces(variant_id=variant.pk, quantity=quantity, **more)]


@pytest.fixture
def order(customer: Person, owner: Person, goods: Goods) -> Order:
    """Three mugs were sent for 300, a lamp was not; tax is within the prices."""
    found = paid_later(billed(place(customer.user, {goods.mug: 3, goods.lamp: 1}), shipping=300, tax=70))
    share = shares_of(found)[0]
    actions.accept(share.pk, by=owner.actor("vendor"))
    actions.ship(share.pk, by=owner.actor("vendor"), carrier="G4S")
    return found


@pytest.fixture
def share(order: Order) -> VendorOrder:
    return shares_of(order)[0]


@pytest.fixture
def money(finance: Person) -> Actor:
    return finance.actor("operations")


@pytest.fixture
def clerk(db: None) -> Actor:
    """May ask for refunds and allow none."""
    found = Person(make_user("finance", full_name="Carl Clerk")).actor("operations")
    return replace(found, grants=found.grants - {"approve_refund"})


def test_pieces_go_back_at_what_they_cost_and_some_of_them_on_the_shelf(
    share: VendorOrder, money: Actor, goods: Goods
) -> None:
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, 2, restock=1), reason=WHY)
    assert parts() == [("Mug", 2, 1_000, 47)]
    fact = LineReduction.objects.get()
    assert (fact.kind, fact.quantity, fact.restocked) == ("refunded", 2, 1)
    assert stock_of(goods.mug) == (8, 0)
    asked = RefundRequest.objects.get()
    assert (asked.state, asked.refund, asked.amount.amount) == ("approved", Refund.objects.get(), 1_000)
    assert broken() == {}


def test_an_amount_goes_back_and_nobody_gives_anything_up(share: VendorOrder, money: Actor, goods: Goods) -> None:
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, amount_minor=333), reason=WHY, shipping=True)
    assert parts() == [("Mug", 0, 333, 16), ("A", 0, 300, 70)]
    assert LineReduction.objects.count() == 0
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, 3), reason=WHY)
    assert parts()[2:] == [("Mug", 3, 1_167, 54)]
    assert broken() == {}


def test_of_no_line_more_goes_back_than_it_cost_though_the_payment_would_cover_it(
    order: Order, share: VendorOrder, money: Actor, goods: Goods
) -> None:
    too_much = {"lines": of(goods.mug, amount_minor=1_501), "reason": WHY}
    assert refused(order, actions.refund_lines, share.pk, money, **too_much) == "refund_exceeds_line"
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, amount_minor=1_000), reason=WHY)
    again = {"lines": of(goods.mug, amount_minor=501), "reason": WHY}
    assert refused(order, actions.refund_lines, share.pk, money, **again) == "refund_exceeds_line"
    failed(Refund.objects.get())
    actions.refund_lines(share.pk, by=money, **again)
    assert broken() == {}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"lines": [], "shipping": False}, "invalid"),
        ({"quantity": 4}, "too_many_pieces"),
        ({"quantity": 1, "restock": 2}, "invalid"),
        ({"quantity": 0}, "invalid"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    order: Order, share: VendorOrder, money: Actor, goods: Goods, said: dict[str, Any], code: str
) -> None:
    given = said if "lines" in said else {"lines": of(goods.mug, **said)}
    assert refused(order, actions.refund_lines, share.pk, money, reason=WHY, **given) == code
    assert RefundRequest.objects.count() == 0


def test_what_was_not_sent_is_called_off_and_not_refunded_by_piece(order: Order, money: Actor, goods: Goods) -> None:
    unsent = shares_of(order)[1]
    pieces = {"lines": of(goods.lamp, 1), "reason": WHY}
    assert refused(order, actions.refund_lines, unsent.pk, money, **pieces) == "not_sent_yet"
    actions.refund_lines(unsent.pk, by=money, lines=of(goods.lamp, amount_minor=500), reason=WHY)
    actions.cancel_lines(unsent.pk, by=money, lines=some(goods.lamp, 1), reason=WHY)
    assert parts() == [("Lamp", 0, 500, 0), ("Lamp", 1, 2_500, 0)]
    assert broken() == {}


def test_support_vendors_and_buyers_refund_nothing_by_line(
    order: Order, share: VendorOrder, support: Person, owner: Person, rival: Person, customer: Person, goods: Goods
) -> None:
    asked = {"lines": of(goods.mug, 1), "reason": WHY}
    for person, audience, code in (
        (support, "operations", "denied"), (owner, "vendor", "denied"), (rival, "vendor", "not_found"),
        (customer, "storefront", "not_found"),
    ):  # fmt: skip
        assert refused(order, actions.refund_lines, share.pk, person.actor(audience), **asked) == code


def test_whoever_may_allow_none_asks_and_another_allows_it(
    order: Order, share: VendorOrder, clerk: Actor, money: Actor, goods: Goods
) -> None:
    actions.refund_lines(share.pk, by=clerk, lines=of(goods.mug, 1, restock=1), reason=WHY)
    asked = RefundRequest.objects.get()
    assert (asked.state, asked.asked_by_name, Refund.objects.count(), LineReduction.objects.count()) == (
        "asked",
        clerk.name,
        0,
        0,
    )
    assert refused(order, actions.requesting.approve, asked.pk, clerk) == "denied"
    actions.requesting.approve(asked.pk, by=money)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by_name, asked.refund) == ("approved", money.name, Refund.objects.get())
    assert (parts(), stock_of(goods.mug)) == ([("Mug", 1, 500, 23)], (8, 0))
    assert refused(order, actions.requesting.approve, asked.pk, money) == "wrong_state"
    assert broken() == {}


def test_above_the_amount_that_was_set_nobody_allows_their_own(
    order: Order, share: VendorOrder, money: Actor, admin: Person, goods: Goods, settings: Any
) -> None:
    settings.REFUND_APPROVAL = ["KES 9.99"]
    assert refused(order, actions.refund, order.pk, money, reason=WHY) == "needs_approval"
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, amount_minor=999), reason=WHY)
    assert Refund.objects.count() == 1
    actions.refund_lines(shares_of(order)[1].pk, by=money, lines=of(goods.lamp, amount_minor=1_000), reason=WHY)
    asked = RefundRequest.objects.get(state="asked")
    assert refused(order, actions.requesting.approve, asked.pk, money) == "own_request"
    actions.requesting.approve(asked.pk, by=admin.actor("operations"))
    assert Refund.objects.count() == 2
    assert broken() == {}


def test_a_large_refund_in_small_ones_waits_for_a_second_person_whoever_asks_for_the_rest(
    order: Order, share: VendorOrder, money: Actor, admin: Person, customer: Person, goods: Goods, settings: Any
) -> None:
    settings.REFUND_APPROVAL = ["KES 9.99"]
    other = admin.actor("operations")
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, amount_minor=998), reason=WHY)
    actions.refund_lines(shares_of(order)[1].pk, by=other, lines=of(goods.lamp, amount_minor=1), reason=WHY)
    assert Refund.objects.count() == 2
    assert "KES 9.99 of it was given back so already." in actions.refund_lines.look.effect(share)  # type: ignore[misc]
    actions.refund_lines(shares_of(order)[1].pk, by=other, lines=of(goods.lamp, amount_minor=1), reason=WHY)
    asked = RefundRequest.objects.get(state="asked")
    assert (asked.amount.amount, Refund.objects.count()) == (1, 2)
    assert refused(order, actions.requesting.approve, asked.pk, other) == "own_request"
    actions.requesting.approve(asked.pk, by=money)
    assert Refund.objects.count() == 3
    another = paid(customer.user, {goods.mug: 1})
    actions.accept(shares_of(another)[0].pk, by=other)
    actions.refund_lines(shares_of(another)[0].pk, by=money, lines=of(goods.mug, amount_minor=400), reason=WHY)
    assert Refund.objects.count() == 4
    assert broken() == {}


def test_what_a_second_person_allowed_does_not_count_and_what_failed_does(
    order: Order, share: VendorOrder, money: Actor, admin: Person, goods: Goods, settings: Any
) -> None:
    settings.REFUND_APPROVAL = ["KES 9.99"]
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, amount_minor=1_000), reason=WHY)
    actions.requesting.approve(RefundRequest.objects.get().pk, by=admin.actor("operations"))
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, amount_minor=499), reason=WHY)
    failed(Refund.objects.latest("pk"))
    actions.refund_lines(shares_of(order)[1].pk, by=money, lines=of(goods.lamp, amount_minor=501), reason=WHY)
    assert [each.state for each in RefundRequest.objects.order_by("pk")] == ["approved", "approved", "asked"]
    assert broken() == {}


def test_the_whole_rest_of_an_order_counts_what_one_person_gave_back_before(
    order: Order, share: VendorOrder, money: Actor, goods: Goods, settings: Any
) -> None:
    settings.REFUND_APPROVAL = ["KES 47.00"]  # all of it is 48.00
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, amount_minor=200), reason=WHY)
    assert refused(order, actions.refund, order.pk, money, reason=WHY) == "needs_approval"
    settings.REFUND_APPROVAL = ["KES 48.00"]
    actions.refund(order.pk, by=money, reason=WHY)
    assert Refund.objects.count() == 2
    assert broken() == {}


def test_what_was_allowed_too_late_is_refused_where_its_money_has_gone_otherwise(
    order: Order, share: VendorOrder, clerk: Actor, money: Actor, goods: Goods
) -> None:
    actions.refund_lines(share.pk, by=clerk, lines=of(goods.mug, 3), reason=WHY)
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, 1), reason=WHY)
    asked = RefundRequest.objects.get(state="asked")
    assert refused(order, actions.requesting.approve, asked.pk, money) == "refund_exceeds_line"
    actions.requesting.refuse(asked.pk, by=money, reason="This was given back already.")
    asked.refresh_from_db()
    assert (asked.state, asked.decision) == ("refused", "This was given back already.")
    assert refused(order, actions.requesting.withdraw, asked.pk, money, reason=WHY) == "wrong_state"


def test_a_refund_by_line_is_booked_on_the_order_and_all_the_rest_can_follow(
    order: Order, share: VendorOrder, money: Actor, goods: Goods
) -> None:
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, 1), reason=WHY)
    assert money_goes_back(order) == 1
    assert Order.objects.get(pk=order.pk).payment_state == "part_refunded"
    actions.refund(order.pk, by=money, reason=WHY)
    assert parts()[1:] == [("Mug", 2, 1_000, 47), ("A", 0, 300, 70), ("Lamp", 1, 3_000, 0)]
    assert money_goes_back(order) == 1
    assert Order.objects.get(pk=order.pk).payment_state == "refunded"
    assert broken() == {}


def test_a_failed_refund_by_line_is_tried_again_with_its_parts(share: VendorOrder, money: Actor, goods: Goods) -> None:
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, 1), reason=WHY)
    payments.try_again(failed(Refund.objects.get()).pk, by=money)
    assert parts() == [("Mug", 1, 500, 23)] * 2
    assert broken() == {}


def test_unpaid_shares_give_nothing_back(customer: Person, money: Actor, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    asked = {"lines": of(goods.mug, amount_minor=1), "reason": WHY}
    assert refused(order, actions.refund_lines, shares_of(order)[0].pk, money, **asked) == "wrong_state"
    assert now(order)[0] == "pending"


def test_allowing_is_offered_to_others_than_whoever_asked(
    share: VendorOrder, money: Actor, finance: Person, admin: Person, goods: Goods, settings: Any
) -> None:
    settings.REFUND_APPROVAL = ["KES 9.99"]
    actions.refund_lines(share.pk, by=money, lines=of(goods.mug, amount_minor=1_000), reason=WHY)
    asked = RefundRequest.objects.get()
    place = f"/admin/orders/refundrequest/{asked.pk}"
    said = "You asked for this: it waits for a second person"
    for person, offered in ((finance, False), (admin, True)):
        page = person.admin.get(f"{place}/change/").content.decode()
        assert (f"{place}/verb/approve/" in page) is offered
        assert (said in page) is not offered
        assert f"{place}/verb/withdraw/" in page
        assert (said in person.admin.get(f"{place}/verb/approve/").content.decode()) is not offered
