"""What banks give back after they have taken it: everybody stands as before, and what is taken once more is taken once more."""

from typing import Any

import pytest
from django.db.models import QuerySet

from core.errors import DomainError
from marketplace.cast import Goods, Person
from marketplace.ledger import actions as ledger
from marketplace.ledger import queries, reactions, tasks
from marketplace.ledger.models import Journal
from marketplace.ledger.tests.factories import SYSTEM, booked, books, delivered, given_back, rebilled, rule
from marketplace.ledger.tests.test_banks import an_hour_later, cases, refunded, says, stands
from marketplace.orders import actions as orders
from marketplace.orders import banks
from marketplace.orders import tasks as of_orders
from marketplace.orders.actions import charging_back
from marketplace.orders.events import DisputeRecovered
from marketplace.orders.models import Dispute, DisputeEntry, VendorOrder
from marketplace.orders.pieces import RefundedPieces
from marketplace.orders.tests.factories import money_goes_back, paid, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.payments import actions as payments
from marketplace.payments.events import ChargebackClosed
from marketplace.payments.models import Chargeback, Payment, Refund
from marketplace.payments.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def share(customer: Person, goods: Goods) -> VendorOrder:
    """Three mugs of 5.00, delivered; the market takes a tenth."""
    rule(1_000)
    return delivered(shares_of(booked(customer.user, {goods.mug: 3}))[0])


def told(status: str, amount: int = 1_500) -> Chargeback:
    """The bank says so, and neither cases nor books have heard of it."""
    payment = Payment.objects.get(is_extra=False)
    return factories.disputed(payment, status, gateway_id="dp_1", amount=factories.kes(amount))


def heard(row: Chargeback) -> None:
    banks.follow(row.payment.subject, banks.Word.of(row))


def whole(share: VendorOrder) -> tuple[Any, ...]:
    """How everybody stands with a share: all accounts, where the vendor's money is, and what of each line has gone back."""
    splits = queries.splits_of(share.order).get(share.pk, {})
    gone = [
        (line, back.paid, back.borne, back.tax, sum(back.fees.values()), back.vendor, back.quantity)
        for line, (_sold, back) in splits.items()
    ]
    return books(), stands(share), gone


def all_holds() -> bool:
    return (an_hour_later(), broken(), tasks.catch_up(), of_orders.follow_banks()) == ([], {}, 0, 0)


def words() -> list[str]:
    return list(DisputeEntry.objects.filter(party="gateway").order_by("pk").values_list("text", flat=True))


# --- As before the loss ------------------------------------------------------------------------------------------------------


def test_what_a_bank_gives_back_is_its_vendors_and_the_markets_again(share: VendorOrder) -> None:
    before = whole(share)
    says(share)
    row = says(share, "lost")
    assert (books(), stands(share)) == ({}, (0, 0, 0))
    row = says(share, "won")
    assert (whole(share), row.borne_minor) == (before, None)
    (case,) = Dispute.objects.all()
    assert (case.state, case.decision) == (
        "won",
        "The buyer's bank decided for the buyer, and has given the money back since.",
    )
    assert words()[-1] == "The buyer's bank has given KES 15.00 back."
    kinds = Journal.objects.order_by("pk").values_list("kind", "cause_reference", "reverses__kind")
    number = case.reference
    assert [each for each in kinds if each[1].startswith(number)] == [
        ("hold", number, None), ("chargeback", number, None), ("reversal", number, "sale"),
        ("chargeback", f"{number}/2", "chargeback"), ("reversal", f"{number}/2", "reversal"), ("hold_release", number, "hold"),
    ]  # fmt: skip
    assert all_holds()


@pytest.mark.parametrize("amount", [1, 333, 1_000, 1_499])
def test_part_of_it_comes_back_as_it_went(share: VendorOrder, amount: int) -> None:
    refunded(share, 1)
    before = whole(share)
    for _time in range(3):
        says(share, amount=min(amount, 1_000))
        says(share, "lost", amount=amount)
        assert whole(share) != before
        says(share, "won", amount=amount)
        assert whole(share) == before
    assert all_holds()


def test_discounts_of_the_market_tax_and_shipping_come_back_too(customer: Person, goods: Goods, settings: Any) -> None:
    settings.TAX_REMITTED_BY = "market"
    rule(1_000)
    rule(333, fee="service")
    order = paid(customer.user, {goods.mug: 3, goods.lamp: 1})
    for each in shares_of(order):
        rebilled(each, shipping=301, discount=77, market_discount=77, tax=61)
    tasks.catch_up()
    order.refresh_from_db()
    first, second = (delivered(each) for each in shares_of(order))
    given_back(order, 401, about=first.reference)
    before = (whole(first), whole(second))
    amount = order.total.amount - 401
    for _time in range(2):
        says(first, "lost", amount=amount)
        assert (stands(first), books()["disputes"]) == ((0, 0, 0), 261)
        says(first, "won", amount=amount)
        assert (whole(first), whole(second)) == before
    assert (an_hour_later(), tasks.catch_up()) == ([], 0)


def test_what_the_market_bore_of_it_comes_back_to_the_market(share: VendorOrder) -> None:
    refunded(share, 1)
    before = whole(share)
    assert says(share, "lost").borne_minor == 500
    assert books() == {"disputes": 500, "gateway": -500}
    assert says(share, "won").borne_minor is None
    assert whole(share) == before
    assert says(share, "lost").borne_minor == 500
    assert (books(), cases()) == ({"disputes": 500, "gateway": -500}, [("won", 1_000), ("lost", 1_000)])
    assert all_holds()


def test_what_was_paid_out_before_it_was_taken_settles_the_debt(share: VendorOrder) -> None:
    VendorOrder.objects.filter(pk=share.pk).update(state_since="2020-01-01T00:00Z")
    assert tasks.release_due() == 1
    assert stands(share) == (0, 1_350, 0)
    row = told("lost")
    heard(row)
    tasks.catch_up()
    assert stands(share) == (0, 0, 0)
    says(share, "won")
    assert stands(share) == (0, 1_350, 0)
    assert all_holds()


def test_what_became_due_while_the_bank_had_it_is_available_afterwards(share: VendorOrder) -> None:
    says(share, "lost")
    VendorOrder.objects.filter(pk=share.pk).update(state_since="2020-01-01T00:00Z")
    assert tasks.release_due() == 0
    says(share, "won")
    assert stands(share) == (1_350, 0, 0)
    assert tasks.release_due() == 1
    assert stands(share) == (0, 1_350, 0)


def test_what_never_was_sold_is_to_go_back_once_more(customer: Person, goods: Goods) -> None:
    """A refund failed, the bank gave the buyer the money, and took it away again: the buyer has nothing, and is owed it."""
    order = paid(customer.user, {goods.mug: 3})
    tasks.catch_up()
    orders.cancel(order.pk, by=SYSTEM, reason="It is not in stock.")
    refund = Refund.objects.get()
    payments.claim_refund(refund.pk, by=SYSTEM)
    payments.record_refund(refund.pk, by=SYSTEM, answer=factories.said_of_refund(refund, "failed"))
    share = shares_of(order)[0]
    says(share, "lost")
    with pytest.raises(DomainError) as refusal:
        payments.try_again(refund.pk, by=SYSTEM)
    assert refusal.value.code == "disputed"
    says(share, "won")
    payments.try_again(refund.pk, by=SYSTEM)
    assert money_goes_back(order) == 1
    tasks.catch_up()
    assert books() == {}


@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_on_its_way_back_is_no_bank_s(buyer: Person, goods: Goods, is_first: bool) -> None:
    """A line that is being paid back loses nothing to the bank, so that its refund is of it, whichever is booked first."""
    rule(1_000)
    share = delivered(shares_of(booked(buyer.user, {goods.rug: 1, goods.mug: 2}))[0])
    before, whole_amount = books(), share.total.amount
    lines = [RefundedPieces(variant_id=goods.mug.pk, quantity=2)]
    orders.refund_lines(share.pk, by=SYSTEM, lines=lines, reason="It is broken.")
    if is_first:
        assert money_goes_back(share.order) == 1
    says(share, "lost", amount=whole_amount - 1_000)
    if not is_first:
        assert money_goes_back(share.order) == 1
        tasks.catch_up()
    says(share, "lost", amount=whole_amount - 1_000)
    assert (books(), stands(share)) == ({}, (0, 0, 0))
    says(share, "won", amount=whole_amount - 1_000)
    assert books() == {
        "gateway": before["gateway"] - 1_000, "revenue:commission": before["revenue:commission"] - 100,
        "vendor_pending": before["vendor_pending"] - 900,
    }  # fmt: skip
    assert all_holds()


# --- Taken once more ---------------------------------------------------------------------------------------------------------


def test_what_is_taken_again_is_lost_again_once(share: VendorOrder) -> None:
    before = whole(share)
    for number in range(1, 4):
        says(share, "lost")
        assert (books(), stands(share)) == ({}, (0, 0, 0))
        assert cases() == [*[("won", 1_500)] * (number - 1), ("lost", 1_500)]
        assert all_holds()
        says(share, "won")
        assert whole(share) == before
        assert all_holds()
    assert Journal.objects.filter(kind="chargeback").count() == 6


def test_what_is_given_back_and_open_again_is_held_again(share: VendorOrder) -> None:
    says(share, "lost")
    says(share, "won")
    says(share, "open", amount=700)
    assert (cases(), stands(share)) == ([("won", 1_500), ("awaiting_vendor", 700)], (650, 0, 700))
    assert all_holds()
    says(share, "won", amount=700)
    assert stands(share) == (1_350, 0, 0)
    assert all_holds()


def test_buyers_have_their_money_once(share: VendorOrder) -> None:
    """Nothing goes back while the bank has it; what went back while it had not is not lost by the vendor a second time."""
    says(share, "lost")
    with pytest.raises(DomainError) as refusal:
        refunded(share, 1)
    assert refusal.value.code == "disputed"
    says(share, "won")
    refunded(share, 1)
    row = says(share, "lost")
    assert (cases(), row.borne_minor) == ([("won", 1_500), ("lost", 1_000)], 500)
    assert books() == {"disputes": 500, "gateway": -500}
    assert all_holds()


# --- Whichever is heard when -------------------------------------------------------------------------------------------------


def test_what_was_taken_and_given_back_before_anybody_heard_was_won(share: VendorOrder) -> None:
    before = whole(share)
    lost, won = told("lost"), told("won")
    for row in (lost, won, lost, won):
        heard(row)
        tasks.catch_up()
    assert (cases(), whole(share)) == ([("won", 1_500)], before)
    assert all_holds()


def test_a_loss_that_is_heard_late_takes_nothing_of_what_was_given_back(share: VendorOrder) -> None:
    before = whole(share)
    lost = banks.Word.of(told("lost"))
    banks.follow(share.order.reference, lost)
    tasks.catch_up()
    heard(told("won"))
    banks.follow(share.order.reference, lost)
    tasks.catch_up()
    banks.follow(share.order.reference, lost)
    assert (cases(), whole(share)) == ([("won", 1_500)], before)
    assert all_holds()


def test_a_return_that_is_heard_late_gives_nothing_back(share: VendorOrder) -> None:
    says(share, "lost")
    won = banks.Word.of(told("won"))
    told("lost")
    banks.follow(share.order.reference, won)
    case = Dispute.objects.get()
    charging_back.recover(case.pk, by=SYSTEM)
    tasks.catch_up()
    assert (cases(), books()) == ([("lost", 1_500)], {})


def test_what_the_market_decided_is_no_banks_to_give_back(share: VendorOrder) -> None:
    says(share, "lost")
    QuerySet(Dispute).update(gateway_dispute_id="")
    told("won")
    charging_back.recover(Dispute.objects.get().pk, by=SYSTEM)
    assert cases() == [("lost", 1_500)]


def test_books_that_hear_of_nothing_till_it_is_taken_again_take_it_once(share: VendorOrder) -> None:
    heard(told("lost"))
    tasks.catch_up()
    heard(told("won"))
    heard(told("lost"))
    case = Dispute.objects.latest("pk")
    reactions.end_hold(DisputeRecovered(case.pk, share.pk, share.vendor_id, 1_500, "KES"))
    assert (cases(), books()) == ([("won", 1_500), ("lost", 1_500)], {})
    tasks.catch_up()
    assert (books(), all_holds()) == ({}, True)


def test_a_refund_that_is_booked_first_counts_with_what_was_given_back(share: VendorOrder) -> None:
    says(share, "lost")
    heard(told("won"))
    lines = [RefundedPieces(variant_id=share.lines.get().variant_id, quantity=1)]
    orders.refund_lines(share.pk, by=SYSTEM, lines=lines, reason="It is broken.")
    assert money_goes_back(share.order) == 1
    ledger.book_refund(Refund.objects.get().pk, by=SYSTEM)
    tasks.catch_up()
    assert books() == {"gateway": 1_000, "revenue:commission": 100, "vendor_pending": 900}
    assert all_holds()


def test_events_do_what_the_clock_would(share: VendorOrder) -> None:
    refunded(share, 1)
    before = books()
    says(share, "lost")
    heard(told("won"))
    case = Dispute.objects.get()
    for _time in range(2):
        reactions.end_hold(DisputeRecovered(case.pk, share.pk, share.vendor_id, 1_000, "KES"))
        reactions.bear_no_longer(
            ChargebackClosed(Payment.objects.get().pk, share.order.reference, "dp_1", 1_500, "KES", "", "", "won")
        )
    assert books() == before
    assert tasks.catch_up() == 0


def test_the_clock_finds_what_was_given_back_and_no_event_told_of(share: VendorOrder) -> None:
    refunded(share, 1)
    before = whole(share)
    says(share, "lost")
    row = told("won")
    assert an_hour_later() == [f"chargeback {row.pk}: the bank has given it back, the books have 1500 taken"]
    assert (of_orders.follow_banks(), of_orders.follow_banks()) == (1, 0)
    assert an_hour_later() == [f"chargeback {row.pk}: the bank has given it back, the books have 1500 taken"]
    tasks.catch_up()
    assert whole(share) == before
    assert all_holds()
